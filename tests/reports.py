"""Reports for the tests of what is made of them."""

from __future__ import annotations

from codex_action.checks.model import CheckReport, Edit, Finding, Skipped

OLD = "@codex/other/docs/a.md"
NEW = "codex://umbrella/other/docs/a.md"


def finding(
    code: str,
    file: str = "docs/guide.md",
    line: int = 1,
    *,
    reference: str = "codex://umbrella/other/x.md",
    message: str = "it is so",
    suggestion: str | None = None,
    edit: bool = False,
    unsafe: bool = False,
) -> Finding:
    """A finding at column 5 of a line."""
    change = Edit(4, 4 + len(reference), suggestion or "") if edit else None
    return Finding(
        code, file, line, 5, line, 5 + len(reference), 4, 4 + len(reference), reference, message, suggestion, change, unsafe
    )  # fmt: skip


FULL = CheckReport(
    findings=(
        finding("CODEX010", reference=OLD, message=f"legacy reference, now {NEW}", suggestion=NEW, edit=True),
        finding(
            "CODEX010",
            line=9,
            reference=OLD,
            message=f"legacy reference, now {NEW}",
            suggestion=NEW,
            edit=True,
        ),
        finding(
            "CODEX020",
            "docs/ünïcode name.md",
            3,
            message="umbrella/other has no 'x.md'; did you mean 'y.md'?",
            suggestion="codex://umbrella/other/y.md",
            edit=True,
            unsafe=True,
        ),
        finding("CODEX024", "src/a.py", 7, message="not verified: umbrella/far: the host cannot be reached"),
        finding(
            "CODEX090",
            "src/a.py",
            8,
            reference="codex-ignore",
            message="'codex-ignore' silences nothing",
            edit=True,
        ),
    ),
    files_checked=1234,
    refs_checked=5678,
    placeholders=2,
    foreign=1,
    unverified=3,
    binary=4,
    links=1,
    fixed=2,
    changed=("b.md",),
    problems=(Skipped("secret.md", "Permission denied"),),
    notices=("The base of the comparison was not there.",),
)
DIFF = CheckReport(
    findings=FULL.findings[:1],
    files_checked=1,
    refs_checked=1,
    fixed=1,
    changed=("docs/guide.md",),
    diff=f"--- a/docs/guide.md\n+++ b/docs/guide.md\n@@ -1,2 +1,2 @@\n-See {OLD}\r\n+See {NEW}\r\n last\n\\ No newline at end of file\n",
)
CLEAN = CheckReport(files_checked=1, refs_checked=1)
REPORTS = {"full": FULL, "diff": DIFF, "clean": CLEAN}
