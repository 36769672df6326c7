"""Comments on a pull request, as the tests make them: a header, plans of every kind, results, a body."""

from __future__ import annotations

from dataclasses import replace

from sync_world import plan_of

from codex_action.report.comment import BUDGET, Comment, render
from codex_action.report.marker import Header, State
from codex_action.sync.approval import approval_of
from codex_action.sync.model import (
    EXECUTABLE,
    FILE,
    Action,
    Conflict,
    Kind,
    Note,
    Outcome,
    Plan,
    Refusal,
    Side,
    SyncResult,
)

HEAD, BASE, CODEX, NEXT = "4f1c2ab" + "0" * 33, "b" * 40, "c" * 40, "9e8d7c6" + "1" * 33
RUN_URL = "https://github.com/umbrella/billing/actions/runs/812"
PLAN_URL = f"{RUN_URL}#summary"
_WAS = {
    "docs/api.md": "1",
    "docs/old.md": "o",
    "docs/both.md": "2",
    "docs/guide.md": "3" * 700,
    "docs/web.md": "w",
}


def header(state: State = "planned", run: int = 812, attempt: int = 1, **more: object) -> Header:
    """Of the key `sync`; `head` and the others as they are given."""
    values: dict[str, object] = {"head": HEAD, "base": BASE, "codex": CODEX, **more}
    return Header("sync", state, run=run, attempt=attempt, at="2026-01-02T03:04:05Z", **values)  # type: ignore[arg-type]


def plan(project: str = "billing", **more: object) -> Plan:
    """Files to add and update on both sides, one to delete, one in conflict, one kept out."""
    local = {"docs/api.md": "2", "docs/both.md": "2l", "docs/guide.md": "4" * 1400, "docs/new.md": "n", "docs/web.md": "w", "bin/run": "#!"}  # fmt: skip
    codex = {"docs/api.md": "1", "docs/old.md": "o", "docs/both.md": "2c", "docs/guide.md": "3" * 700, "docs/web.md": "v", "docs/here.md": "h"}  # fmt: skip
    made = plan_of(local, codex, _WAS, **more)
    actions = tuple(
        item._replace(mode=EXECUTABLE) if item.path.startswith("bin/") else item for item in made.actions
    )
    notes = (Note("secret.md", "denied"),)
    return replace(made, project=project, environment="prod", actions=actions, denied=notes)


def many(number: int, project: str = "billing") -> Plan:
    """A plan of so many files, of which a tenth is deleted and a tenth in conflict."""
    paths = [f"docs/chapter-{index // 50:02d}/page-of-some-length-{index:04d}.md" for index in range(number)]
    gone, clash = paths[: number // 10], paths[number // 10 : number // 5]
    local = {path: "l" for path in paths if path not in gone}
    codex = {**dict.fromkeys(gone, "b"), **dict.fromkeys(clash, "c")}
    return replace(plan_of(local, codex, dict.fromkeys(gone, "b")), project=project)


def refused(made: Plan) -> Plan:
    """The same, but it is not carried out."""
    gate = Refusal("deletes", "it deletes 60 files, and sync.max_deletes is 50", "raise sync.max_deletes")
    return replace(made, refusals=(gate,))


def result(made: Plan, *errors: str | None, **more: object) -> SyncResult:
    """What came of a plan; an error for each of the first actions, None for one that was done."""
    padded = (*errors, *(None,) * (len(made.actions) - len(errors)))
    outcomes = tuple(Outcome(action, error) for action, error in zip(made.actions, padded))
    return SyncResult(made, outcomes, **more)  # type: ignore[arg-type]


DIFFS = {
    (
        "billing",
        "codex",
        "docs/api.md",
    ): "--- a/docs/api.md\n+++ b/docs/api.md\n@@ -1 +1,2 @@\n-1\n+2\n+```\n",
    ("billing", "codex", "docs/old.md"): "--- a/docs/old.md\n+++ /dev/null\n@@ -1 +0,0 @@\n-o\n",
}


def example() -> tuple[Plan, dict[tuple[str, str, str], str]]:
    """A plan as a team would see it, with its diffs: docs/comment.png is made of it."""
    rows: list[tuple[Kind, Side, str, int]] = [
        ("delete", "codex", "docs/api/v1-invoices.md", 4_130),
        ("create", "codex", "docs/decisions/0007-ledger-per-tenant.md", 3_274),
        ("create", "codex", "docs/runbooks/replay-webhooks.md", 6_912),
        ("update", "codex", "docs/api/v2-invoices.md", 18_377),
        ("update", "codex", "docs/architecture.md", 12_801),
        ("create", "codex", "docs/specs/tax-rounding.md", 2_048),
        ("create", "local", ".fractary/codex/shared/umbrella/platform/docs/retries.md", 5_120),
        ("update", "local", "docs/glossary.md", 9_421),
    ]
    made = many(0)
    actions = tuple(
        Action(
            kind,
            side,
            path,
            None if kind == "create" else HEAD,
            None if kind == "delete" else BASE,
            size,
            FILE,
            "",
        )
        for kind, side, path, size in rows
    )
    clash = (Conflict("docs/onboarding.md", "content", BASE, HEAD, CODEX),)
    invoices = """--- a/docs/api/v2-invoices.md
+++ b/docs/api/v2-invoices.md
@@ -41,7 +41,8 @@ An invoice is immutable once it has been sent.
 | Field | Type | Meaning |
 |---|---|---|
 | `id` | string | stable for ever |
-| `total` | number | in the account's currency |
+| `total` | string | a decimal, in `currency` |
+| `currency` | string | ISO 4217 |
 | `lines` | array | see below |

"""
    glossary = """--- a/docs/glossary.md
+++ b/docs/glossary.md
@@ -12,4 +12,4 @@
-**Ledger**: one for all tenants.
+**Ledger**: one per tenant, see codex://umbrella/billing/docs/decisions/0007-ledger-per-tenant.md
"""
    diffs = {
        ("billing", "codex", "docs/api/v2-invoices.md"): invoices,
        ("billing", "local", "docs/glossary.md"): glossary,
    }
    return replace(made, environment="prod", actions=actions, conflicts=clash), diffs


def comment(state: State = "planned", *plans: Plan, **more: object) -> Comment:
    """A comment of a state; a plan's own states agree to what it plans."""
    made = header(state)
    if state in ("planned", "applying"):
        made = made._replace(approval=approval_of(plans))
    more.setdefault("header", made)
    return Comment(plans=plans, run_url=RUN_URL, plan_url=PLAN_URL, **more)  # type: ignore[arg-type]


def body(state: State = "planned", *plans: Plan, budget: int = BUDGET, **more: object) -> str:
    """The same as Markdown."""
    return render(comment(state, *plans, **more), budget)
