"""`sync project` through the door, with a checkout of the codex repository."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from programs import RunCli, script
from schema import load, problems
from sync_project import INSIDE, MANIFEST, PLACE, Desk, operations
from terminals import on_terminal
from trees import Tree, snapshot

from codex_action.sync.lock import locked
from codex_action.version import __version__

pytestmark = pytest.mark.slow

NOW = "2026-01-01T00:00:00Z"


@pytest.fixture
def desk(tmp_path: Path, run_cli: RunCli) -> Desk:
    return Desk(tmp_path, run_cli)


def test_from_nothing_to_both_sides(desk: Desk) -> None:
    desk.local({"docs/a.md": "a\n", "docs/deep/b.md": "b\r\n", "notes.txt": "not synced\n"})
    desk.inside({"docs/c.md": "c\n"})
    first = desk.run()
    assert (first.code, first.err) == (0, "")
    assert (
        desk.here() == desk.there() == {"docs/a.md": b"a\n", "docs/deep/b.md": b"b\r\n", "docs/c.md": b"c\n"}
    )
    assert "In the codex repository: 2 to create" in first.out
    assert "In this project: 1 to create" in first.out
    again = desk.run()
    assert (again.code, again.out.splitlines()[-1]) == (0, "Nothing to do: both sides agree.")
    assert json.loads(desk.project.read(MANIFEST))["codex"]["repository"] == "umbrella/codex"
    assert desk.codex.git("log", "--format=%s") == "change\n"  # a folder is written, never committed unasked


def test_quiet_is_what_it_comes_to(desk: Desk) -> None:
    desk.local({"docs/a.md": "a\n"})
    found = desk.run("-q")
    assert (found.code, found.err) == (0, "")
    assert found.out.splitlines() == [
        "Sync handbook, bidirectional, branch main",
        "",
        "Success: 1 created, 0 updated, 0 deleted.",
    ]


def test_what_one_direction_leaves_alone_is_not_said_to_agree(desk: Desk) -> None:
    desk.local({"docs/a.md": "a\n"})
    found = desk.run("--direction", "from-codex")
    assert found.code == 0
    assert found.out.splitlines()[-3:] == [
        "Left alone: 1 file (-v lists them)",
        "",
        "Nothing to do, but for what is left alone.",
    ]


def test_a_dry_run_writes_nothing(desk: Desk) -> None:
    desk.local({"docs/a.md": "a\n"})
    desk.inside({"docs/c.md": "c\n"})
    before = snapshot(desk.folder)
    found = desk.json("--dry-run")
    assert snapshot(desk.folder) == before
    assert operations(found) == ["create codex docs/a.md", "create local docs/c.md"]
    assert (found["status"], found["dry_run"], found["files_created"]) == ("success", True, 2)


def test_what_a_reviewer_sees(desk: Desk) -> None:
    """Grouped by side, counted, with sizes; -v with what changes."""
    desk.local({"docs/a.md": "one\ntwo\nthree\n", "docs/gone.md": "x\n"})
    assert desk.run().code == 0
    desk.local({"docs/a.md": "one\n2\nthree\n", "docs/gone.md": None, "docs/new.md": "n\n"})
    desk.inside({"docs/theirs.md": "t" * 5000})
    found = desk.run("--dry-run", "-v")
    assert found.out.splitlines() == [
        "Sync handbook, bidirectional, branch main",
        "",
        "In the codex repository: 1 to create, 1 to update, 1 to delete",
        "  ~ docs/a.md         12 B",
        "      @@ -1,3 +1,3 @@",
        "       one",
        "      -two",
        "      +2",
        "       three",
        "  - docs/gone.md       2 B",
        "      @@ -1 +0,0 @@",
        "      -x",
        "  + docs/new.md        2 B",
        "      @@ -0,0 +1 @@",
        "      +n",
        "",
        "In this project: 1 to create",
        "  + docs/theirs.md    4.9 KB",
        "      @@ -0,0 +1 @@",
        f"      +{'t' * 5000}",
        "",
        re.sub(r" +", " ", found.out.splitlines()[-1]),
    ]
    assert re.fullmatch(
        r"Plan [0-9a-f]{12}: 2 created, 1 updated, 1 deleted, 4\.9 KB; nothing was written\.",
        found.out.splitlines()[-1],
    )


CONFLICTS = {
    "manual": (6, b"mine\n", b"theirs\n", "manual", None),
    "keep-local": (0, b"mine\n", b"mine\n", "keep_local", b"theirs\n"),
    "keep-codex": (0, b"theirs\n", b"theirs\n", "keep_remote", b"mine\n"),
}


@pytest.mark.parametrize("strategy", CONFLICTS)
@pytest.mark.parametrize("where", ["option", "configuration"])
def test_a_file_that_changed_on_both_sides(strategy: str, where: str, desk: Desk) -> None:
    code, here, there, resolution, saved = CONFLICTS[strategy]
    desk.local({"docs/a.md": "base\n"})
    desk.run()
    desk.local({"docs/a.md": "mine\n"})
    desk.inside({"docs/a.md": "theirs\n"})
    options = ("--conflict", strategy) if where == "option" else ()
    if where == "configuration":
        desk.configure(f'sync: {{patterns: ["docs/**"], conflict: {strategy}}}\n')
    found = desk.run(*options, "--json")
    assert found.code == code
    assert found.data["conflicts"] == [{"path": "docs/a.md", "type": "content", "resolution": resolution}]
    assert (desk.here()["docs/a.md"], desk.there()["docs/a.md"]) == (here, there)
    backup = found.data["backup"]
    assert (backup is None) == (saved is None)
    if saved:
        (kept,) = (path for path in (desk.project.root / backup).rglob("*") if path.is_file())
        assert kept.read_bytes() == saved


def test_how_a_conflict_is_settled_by_hand(desk: Desk) -> None:
    """Make both files the same, and the next run remembers them so."""
    desk.local({"docs/a.md": "mine\n"})
    desk.inside({"docs/a.md": "theirs\n"})
    found = desk.run()
    assert found.code == 6
    assert "  ! docs/a.md  changed on both sides; both files stay as they are" in found.out
    assert "settle them with --conflict keep-local or keep-codex, or make both files the same" in found.out
    desk.local({"docs/a.md": "both\n"})
    desk.inside({"docs/a.md": "both\n"})
    assert desk.run().out.splitlines()[-2:] == [
        "Nothing to do: both sides agree.",
        "The same on both sides, and from now on remembered: 1 file.",
    ]
    desk.local({"docs/a.md": "later\n"})
    assert desk.planned() == ["update codex docs/a.md"]


@pytest.mark.parametrize(
    ("direction", "planned", "skipped"),
    [
        ("to-codex", ["update codex docs/a.md"], {"docs/c.md": "codex is ahead: changed in codex"}),
        ("from-codex", ["update local docs/c.md"], {"docs/a.md": "local is ahead: changed here"}),
        ("bidirectional", ["update codex docs/a.md", "update local docs/c.md"], {}),
    ],
)
def test_directions(direction: str, planned: list[str], skipped: Mapping[str, str], desk: Desk) -> None:
    desk.local({"docs/a.md": "a\n", "docs/c.md": "c\n"})
    desk.run()
    desk.local({"docs/a.md": "a2\n"})
    desk.inside({"docs/c.md": "c2\n"})
    found = desk.json("--dry-run", "--direction", direction)
    assert operations(found) == planned
    assert {note["path"]: note["reason"] for note in found["plan"]["skipped"]} == skipped
    desk.configure(f'sync: {{patterns: ["docs/**"], default_direction: {direction}}}\n')
    assert desk.planned() == planned


# --- what is synced ---


def test_patterns_and_excludes_of_the_command_line(desk: Desk) -> None:
    desk.local({"docs/a.md": "a", "docs/b.txt": "b", "src/c.py": "c", "src/d.md": "d", "docs/x/e.md": "e"})
    assert desk.planned("--patterns", "src/*.{py,md},docs/*.md", "--exclude", "**/d.md, **/x/**") == [
        "create codex docs/a.md",
        "create codex src/c.py",
    ]
    assert desk.planned("--patterns", "docs/*.md", "--patterns", "src/*.py") == [
        "create codex docs/a.md",
        "create codex src/c.py",
    ]
    assert desk.planned(env={"CODEX_SYNC_EXCLUDE": "docs/x/**\ndocs/b.txt"}) == ["create codex docs/a.md"]


def test_what_the_permissions_deny(desk: Desk) -> None:
    desk.configure(
        'sync: {patterns: ["docs/**"]}\npermissions: {default: read, rules: [{pattern: "docs/secret/**", permission: none}]}\n'
    )
    desk.local({"docs/a.md": "a", "docs/secret/key.md": "k"})
    found = desk.json()
    assert operations(found) == ["create codex docs/a.md"]
    assert found["plan"]["denied"] == [
        {"path": "docs/secret/key.md", "reason": "the rule 'docs/secret/**' gives none; sync needs read"}
    ]
    assert desk.there() == {"docs/a.md": b"a"}
    assert "Denied by the permissions:\n    docs/secret/key.md  the rule" in desk.run().out


def test_broken_permissions_are_the_configurations_fault(desk: Desk) -> None:
    desk.configure(
        'sync: {patterns: ["docs/**"]}\npermissions: {rules: [{pattern: "{1..9999}", permission: none}]}\n'
    )
    desk.local({"docs/a.md": "a"})
    assert desk.run().code == 3


def test_the_cache_is_no_document(desk: Desk) -> None:
    desk.configure('cache: {path: docs/.kept}\nsync: {patterns: ["docs/**"]}\n')
    desk.local({"docs/a.md": "a", "docs/.kept/objects/ab/x": "cached"})
    assert desk.planned() == ["create codex docs/a.md"]


ROUTED = "---\ncodex_sync_include: [hand*, other]\n---\n# Shared\n"
SHARED = ".fractary/codex/shared/umbrella/platform/guide.md"


def test_a_document_whose_header_names_this_project(desk: Desk) -> None:
    desk.codex.write(
        {
            "projects/platform/guide.md": ROUTED,
            "projects/platform/not-here.md": "---\ncodex_sync_include: [other]\n---\n",
            "projects/platform/denied.md": "---\ncodex_sync_include: ['*']\ncodex_sync_exclude: [handbook]\n---\n",
            "projects/platform/broken.md": "---\ncodex_sync_include: {a: 1}\n---\n",
            "projects/platform/only-text.md": "codex_sync_include: [handbook]\n",
            "projects/platform/guide.txt": ROUTED,
        }
    )
    found = desk.json()
    assert operations(found) == [f"create local {SHARED}"]
    assert found["notices"] == [
        "projects/platform/broken.md in the codex repository stays there: codex_sync_include is no list of texts"
    ]
    assert desk.project.read(SHARED) == ROUTED.encode()
    assert desk.planned() == []


@pytest.mark.parametrize(
    ("there", "planned", "left"),
    [
        (ROUTED + "more\n", [f"update local {SHARED}"], False),
        (None, [f"delete local {SHARED}"], False),
        ("---\ncodex_sync_include: [other]\n---\n", [], True),
    ],
    ids=["changed", "deleted", "not-routed-any-more"],
)
def test_a_routed_document_later(there: str | None, planned: list[str], left: bool, desk: Desk) -> None:  # noqa: FBT001
    place = "projects/platform/guide.md"
    desk.codex.write({place: ROUTED, "projects/platform/other.md": ROUTED})
    desk.local({"docs/a.md": "a"})
    desk.run()
    if there is None:
        (desk.codex.root / place).unlink()
    else:
        desk.codex.write({place: there})
    found = desk.json("--dry-run")
    assert operations(found) == planned
    skipped = {note["path"] for note in found["plan"]["skipped"]}
    assert (SHARED in skipped) == left
    assert desk.planned("--direction", "to-codex") == []
    desk.run()
    assert (desk.project.root / SHARED).exists() == (there is not None)


def test_shared_documents_are_set_aside_on_the_way_to_codex(desk: Desk) -> None:
    desk.codex.write({"projects/platform/guide.md": ROUTED})
    desk.local({"docs/a.md": "a"})
    desk.run()
    desk.local({SHARED: "changed here", "docs/a.md": "b"})
    found = desk.json("--direction", "to-codex")
    assert operations(found) == ["update codex docs/a.md"]
    assert found["plan"]["skipped"] == [
        {
            "path": ".fractary/codex/shared",
            "reason": "documents of other projects are not written to the codex repository",
        }
    ]
    assert SHARED in json.loads(desk.project.read(MANIFEST))["entries"]


def test_documents_that_the_configuration_pulls(desk: Desk) -> None:
    desk.configure('sync: {patterns: ["docs/**"], from_codex: ["codex://{org}/{codex_repo}/standards/**"]}\n')
    desk.codex.write({"standards/style.md": "s\n", "internal/x.md": "x\n"})
    assert desk.planned() == ["create local .fractary/codex/shared/umbrella/codex/standards/style.md"]


# --- refused ---


def test_a_gate_is_opened_by_its_name_alone(desk: Desk) -> None:
    desk.local({f"docs/{number}.md": f"{number}\n" for number in range(20)})
    desk.run()
    desk.local({f"docs/{number}.md": None for number in range(10)})
    before = desk.there()
    refused = desk.run()
    assert (refused.code, desk.there()) == (4, before)
    assert "Refused: it deletes 10 of 20 files in the codex repository" in refused.out
    assert "--force deletes allows it this once" in refused.out
    assert desk.run("--force", "empty-side").code == 4
    assert desk.json("--dry-run")["status"] == "refused"
    assert desk.run("--force", "deletes").code == 0
    assert len(desk.there()) == 10


def test_what_is_never_forced(desk: Desk) -> None:
    desk.configure('sync: {patterns: ["**"]}\n')
    desk.inside({".github/workflows/evil.yml": "on: push\n"})
    assert desk.run("--force", "deletes", "--force", "collisions").code == 4
    assert desk.run("--force", "protected").code == 2
    assert not (desk.project.root / ".github").exists()


def test_an_approved_plan(desk: Desk, tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    desk.local({"docs/a.md": "a\n"})
    shown = desk.run("--dry-run", "--plan-out", str(plan))
    assert shown.code == 0
    document = json.loads(plan.read_bytes())
    assert list(problems(document, load("sync-plan"))) == []
    assert document["digest"].startswith(re.findall("Plan ([0-9a-f]{12})", shown.out)[0])
    assert desk.run("--plan", str(plan)).code == 0
    assert desk.there() == {"docs/a.md": b"a\n"}
    assert desk.run("--plan", str(plan)).code == 0  # what was done may vanish


OTHERWISE = {
    "content": ({}, {"docs/a.md": "other\n"}, {}, (), "docs/a.md (codex): what it writes was"),
    "replaced": ({}, {}, {"docs/a.md": "moved\n"}, (), None),
    "new-file": ({}, {"docs/new.md": "n\n"}, {}, (), "create docs/new.md (codex) is not in the plan"),
    "new-there": ({}, {}, {"docs/new.md": "n\n"}, (), "create docs/new.md (local) is not in the plan"),
    "deleted": ({}, {"docs/a.md": None}, {}, (), "update docs/a.md (codex) has become delete"),
    "direction": ({}, {}, {}, ("--direction", "to-codex"), "the direction was 'bidirectional' and is 'to-codex'"),
    "patterns": ({}, {}, {}, ("--patterns", "docs/*"), "the rules are others"),
    "exclude": ({}, {}, {}, ("--exclude", "x"), "the rules are others"),
    "configuration": ({"sync": '{patterns: ["docs/**", "x"]}'}, {}, {}, (), "the rules are others"),
    "layout": ({"sync": '{patterns: ["docs/**"], layout: "p/{project}"}'}, {}, {}, (), "the rules are others"),
    "permissions": ({"permissions": "{default: write}"}, {}, {}, (), "the rules are others"),
    "environment": ({"environments": "{dev: main}"}, {}, {}, ("--env", "dev"), "the environment was None and is 'dev'"),
}  # fmt: skip


@pytest.mark.parametrize("case", OTHERWISE)
@pytest.mark.parametrize("how", ["plan", "expect"])
def test_a_plan_that_is_out_of_date_is_refused_by_name(
    case: str, how: str, desk: Desk, tmp_path: Path
) -> None:
    settings, local, inside, options, words = OTHERWISE[case]
    plan = tmp_path / "plan.json"
    desk.local({"docs/a.md": "a\n"})
    desk.run()
    desk.local({"docs/a.md": "approved\n"})
    assert desk.run("--dry-run", "--plan-out", str(plan)).code == 0
    digest = json.loads(plan.read_bytes())["digest"]
    if settings:
        rows = {"sync": '{patterns: ["docs/**"]}', **settings}
        desk.configure("".join(f"{key}: {value}\n" for key, value in rows.items()))
    desk.local(local)
    desk.inside(inside)
    before = (desk.here(), desk.there(), desk.project.read(MANIFEST))
    given = ("--plan", str(plan)) if how == "plan" else ("--expect", digest)
    found = desk.run(*given, *options)
    changed = how == "plan" or case not in ("direction", "environment")
    if words is None:  # a conflict now: there is nothing to do that was not approved
        assert found.code == (6 if how == "plan" else 4)
    elif changed:
        assert found.code == 4
        assert (words if how == "plan" else f"its digest was {digest[:12]} and is ") in found.err
    if found.code == 4:
        assert "the plan is out of date: " in found.err
        assert (desk.here(), desk.there(), desk.project.read(MANIFEST)) == before


def test_a_branch_that_is_another_one(desk: Desk, tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    desk.local({"docs/a.md": "a\n"})
    desk.run("--dry-run", "--plan-out", str(plan))
    desk.codex.git("switch", "--quiet", "-c", "develop")
    found = desk.run("--plan", str(plan))
    assert found.code == 4
    assert "the branch was 'main' and is 'develop'" in found.err


def test_the_digest_that_a_dry_run_shows_is_enough(desk: Desk) -> None:
    desk.local({"docs/a.md": "a\n"})
    (digest,) = re.findall("Plan ([0-9a-f]{12})", desk.run("--dry-run").out)
    assert desk.run("--expect", "0" * 12).code == 4
    assert desk.run("--expect", digest).code == 0


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"schema": "codex-action/sync-plan@1"}'])
def test_what_is_no_plan(content: bytes, desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(content)
    found = desk.run("--plan", str(path))
    assert found.code == 4
    assert "the plan file cannot be used: " in found.err


WRONG = {
    "gate": (("--force", "everything"), 2, "everything"),
    "direction": (("--direction", "up"), 2, "up"),
    "two ways to publish": (("--push", "--pull-request"), 2, "two ways to publish"),
    "two approvals": (("--plan", "{plan}", "--expect", "0" * 64), 2, "two ways to approve"),
    "short digest": (("--expect", "abc"), 2, "'abc' is no plan's digest"),
    "plan is not there": (("--plan", "nowhere.json"), 2, "cannot read 'nowhere.json'"),
    "plan-out alone": (("--plan-out", "x.json"), 2, "go with --dry-run"),
    "exit code alone": (("--detailed-exitcode",), 2, "go with --dry-run"),
    "environment": (("--env", "moon"), 2, "there is no environment 'moon'"),
    "other project": (("umbrella",), 2, "this folder is the project umbrella/handbook, not umbrella"),
    "pattern": (("--patterns", "{1..9999}"), 2, "more than 1000 others"),
}


@pytest.mark.parametrize("case", WRONG)
def test_requests_that_make_no_sense(case: str, desk: Desk, tmp_path: Path) -> None:
    options, code, words = WRONG[case]
    plan = tmp_path / "plan.json"
    desk.local({"docs/a.md": "a\n"})
    desk.run("--dry-run", "--plan-out", str(plan))
    before = snapshot(desk.project.root)
    found = desk.run(*(text.format(plan=plan) if text == "{plan}" else text for text in options))
    assert found.code == code, found.err
    assert words in found.err
    assert snapshot(desk.project.root) == before


@pytest.mark.parametrize("name", ["handbook", "umbrella/handbook", "Handbook"])
def test_the_project_may_be_named(name: str, desk: Desk) -> None:
    desk.local({"docs/a.md": "a\n"})
    assert desk.planned(name) == ["create codex docs/a.md"]


def test_where_the_codex_repository_is_not(desk: Desk) -> None:
    found = desk.run(codex="../nowhere")
    assert (found.code, "there is no folder '../nowhere'" in found.err) == (2, True)
    found = desk.run(codex="git@github.com:umbrella/codex.git")
    assert (found.code, "or a URL as https://HOST/OWNER/REPOSITORY.git" in found.err) == (2, True)
    found = desk.run("--dry-run", codex="ext::sh -c touch% x")
    assert found.code == 2


def test_a_project_without_a_configuration(desk: Desk) -> None:
    (desk.project.root / PLACE).unlink()
    found = desk.run()
    assert found.code == 3
    assert "names no codex repository" in found.err
    assert "codex-action init" in found.err


def test_no_patterns_is_said(desk: Desk) -> None:
    desk.configure("")
    found = desk.run()
    assert found.err == "Note: sync.patterns is empty: no file of this project is synced\n"
    assert desk.run("--quiet").err == ""


# --- branches ---


def test_the_environment_names_the_branch(desk: Desk) -> None:
    desk.configure('sync: {patterns: ["docs/**"]}\nenvironments: {dev: develop, prod: main}\n')
    desk.local({"docs/a.md": "a\n"})
    found = desk.run("--env", "dev")
    assert found.code == 2
    assert "is at the branch 'main', and 'develop' is asked for" in found.err
    assert "git switch develop there" in found.err
    assert desk.json("--env", "prod", "--dry-run")["environment"] == "prod"
    desk.codex.git("switch", "--quiet", "-c", "develop")
    assert desk.json("--env", "dev")["branch"] == "develop"
    assert "the checkout is at the branch 'develop', not 'main', which is configured" in desk.run().err


def test_a_folder_that_is_no_checkout(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    desk.local({"docs/a.md": "a\n"})
    assert desk.json(codex="../plain")["branch"] == "main"
    assert (tmp_path / "plain" / INSIDE / "docs/a.md").read_bytes() == b"a\n"
    desk.local({"docs/a.md": "b\n"})
    found = desk.run("--push", codex="../plain")
    assert (found.code, "is no git checkout" in found.err) == (2, True)


def test_exit_codes_of_a_dry_run(desk: Desk) -> None:
    assert desk.run("--dry-run", "--detailed-exitcode").code == 0
    desk.local({"docs/a.md": "a\n"})
    assert desk.run("--dry-run", "--detailed-exitcode").code == 1
    assert desk.run("--dry-run").code == 0


# --- faults ---


def test_a_file_that_cannot_be_written_is_a_row(desk: Desk) -> None:
    desk.local({"docs/a.md": "a\n", "docs/b.md": "b\n"})
    desk.run()
    desk.local({"docs/a.md": "a2\n", "docs/sub/c.md": "c\n"})
    (desk.codex.root / INSIDE / "docs/sub").symlink_to("/")
    found = desk.run("--json")
    assert found.code in (4, 6)  # a link out of the tree is refused before anything is written
    assert not Path("/c.md").exists()


def test_a_damaged_manifest_is_no_ancestor(desk: Desk) -> None:
    desk.local({"docs/a.md": "a\n"})
    desk.run()
    desk.project.write({MANIFEST: b"{"})
    desk.local({"docs/a.md": "b\n"})
    found = desk.run()
    assert found.code == 6
    assert "sync-manifest.json is damaged: it is no JSON: it is not used" in found.err


def test_a_manifest_that_is_a_folder(desk: Desk) -> None:
    (desk.project.root / MANIFEST).mkdir(parents=True)
    found = desk.run()
    assert found.code == 5
    assert "sync-manifest.json cannot be read" in found.err


def test_two_at_once(desk: Desk) -> None:
    desk.local({"docs/a.md": "a\n"})
    with locked(str(desk.project.root), now=NOW):
        found = desk.run()
        assert found.code == 75
        assert f"another sync is at work in this project (pid {os.getpid()} " in found.err
        assert desk.planned() == ["create codex docs/a.md"]  # looking is free
    assert desk.run().code == 0


def test_many_at_once_one_works_and_nothing_is_lost(desk: Desk) -> None:
    desk.local({f"docs/{number}.md": f"{number}\n" for number in range(40)})
    command = [script(), "sync", "project", "--codex", "../codex"]
    runs = [
        subprocess.Popen(command, cwd=desk.project.root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(4)
    ]
    codes = sorted(run.wait(60) for run in runs)
    assert codes[0] == 0
    assert set(codes) <= {0, 75}
    assert desk.there() == desk.here()


def test_interrupted(desk: Desk) -> None:
    """Ctrl-C while files are written: told so, whole files, and the next run goes on."""
    desk.local({f"docs/{number:04}.md": f"{number}\n" for number in range(3000)})
    command = [sys.executable, "-m", "codex_action", "sync", "project", "--codex", "../codex"]
    run = subprocess.Popen(
        command, cwd=desk.project.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    end = time.monotonic() + 60
    while not (desk.codex.root / INSIDE).exists() and run.poll() is None and time.monotonic() < end:
        time.sleep(0.005)
    os.killpg(run.pid, signal.SIGINT)
    out, err = run.communicate(timeout=60)
    assert (run.returncode, err.strip(), out) == (130, b"Interrupted: nothing is half written.", b"")
    assert all(content == b"%d\n" % int(name[5:-3]) for name, content in desk.there().items())
    assert desk.run("-q").code == 0
    assert desk.here() == desk.there()
    assert desk.planned() == []


def test_progress_on_a_terminal(desk: Desk) -> None:
    desk.local({f"docs/{number:03}.md": "x" for number in range(150)})
    environ = {key: value for key, value in os.environ.items() if key != "CI"}
    shown = on_terminal(
        [sys.executable, "-m", "codex_action", "sync", "project", "--codex", "../codex"], desk.project.root, environ
    )  # fmt: skip
    assert shown.code == 0
    assert "\r\033[KComparing ..." in shown.out
    assert "Writing  [" in shown.out
    assert "\033[32m  + docs/000.md" in shown.out
    quiet = on_terminal(
        [sys.executable, "-m", "codex_action", "sync", "project", "--codex", "../codex", "-q"], desk.project.root, environ
    )  # fmt: skip
    assert quiet.out.splitlines()[-1] == "Nothing to do: both sides agree."
    assert "\r\033[K" not in quiet.out


def test_names_that_a_terminal_or_a_log_would_obey(desk: Desk) -> None:
    desk.local({"docs/\x1b[31m.md": "x", "docs/##[error]a.md": "x", "docs/b\n::error::x.md": "x"})
    found = desk.run("--dry-run")
    assert found.code == 4  # control characters are no names
    for text in (found.out, found.err):
        assert "\x1b" not in text
        assert "##[" not in text
        assert not re.search("^::", text, re.MULTILINE)


# --- what is there and is not listed is not deleted ---


def test_a_file_that_git_ignores_here_is_deleted_nowhere(desk: Desk) -> None:
    desk.local({"docs/a.md": "a\n", "docs/b.md": "b\n"})
    assert desk.run().code == 0
    desk.local({".gitignore": "docs/b.md\n"})
    found = desk.run()
    assert (found.code, "docs/b.md" in desk.there(), "docs/b.md" in desk.here()) == (0, True, True)
    desk.inside({"docs/b.md": "theirs\n"})
    found = desk.json()
    assert (found["status"], desk.here()["docs/b.md"]) == ("success", b"b\n")
    assert ("docs/b.md", "git ignores it") in {
        (row["path"], row["reason"]) for row in found["plan"]["skipped"]
    }


def test_a_file_that_the_codex_repository_ignores_is_written_once_and_never_deleted(desk: Desk) -> None:
    desk.codex.write({".gitignore": "build/\n"})
    desk.local({"docs/build/guide.md": "mine\n"})
    for _ in range(3):
        assert desk.run().code == 0
        assert desk.here() == desk.there() == {"docs/build/guide.md": b"mine\n"}


def test_an_ignored_file_that_is_another_one_in_the_codex_repository_is_reported(desk: Desk) -> None:
    desk.local({".gitignore": "build/\n", "docs/build/guide.md": "mine\n"})
    desk.inside({"docs/build/guide.md": "theirs\n"})
    assert desk.run().code == 0
    assert (desk.here(), desk.there()) == (
        {"docs/build/guide.md": b"mine\n"},
        {"docs/build/guide.md": b"theirs\n"},
    )


def test_attributes_above_the_projects_folder_hide_no_difference(desk: Desk) -> None:
    """Both contents are one to git in the codex repository, and two to everybody else."""
    desk.codex.write({"projects/.gitattributes": "* text=auto\n"})
    desk.local({"docs/a.md": "a\n"})
    assert desk.run().code == 0
    desk.codex.commit()
    assert desk.run().code == 0
    desk.inside({"docs/a.md": "a\r\n"})
    desk.codex.git("add", "--renormalize", ".")
    assert desk.run().code == 0
    assert desk.here() == desk.there() == {"docs/a.md": b"a\r\n"}


def test_a_folder_of_syncs_that_is_a_link(desk: Desk) -> None:
    """A dry run remembers nothing where it leads."""
    desk.local({"docs/a.md": "a\n"})
    assert desk.run().code == 0
    outside = desk.folder / "outside"
    (desk.project.root / ".fractary/codex/sync").rename(outside)
    for path in outside.iterdir():
        path.unlink()
    (desk.project.root / ".fractary/codex/sync").symlink_to(outside)
    assert desk.planned() == []
    assert os.listdir(outside) == []


def test_a_folder_of_git_s_that_is_none(desk: Desk) -> None:
    """Then git knows the repository around, and names files from its top on."""
    desk.local({"docs/a.md": "a\n", "docs/b.md": "b\n"})
    for path in sorted((desk.project.root / ".git").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    outer = Tree(desk.folder)
    outer.write({".gitignore": "codex\nserver*\n"}).git("init", "--quiet")
    outer.commit()
    assert desk.run().code == 0
    assert desk.planned() == []
    desk.local({"docs/a.md": "changed\n"})
    assert desk.planned() == ["update codex docs/a.md"]


def test_attributes_above_that_are_in_the_index_alone(desk: Desk) -> None:
    """git reads them there, and takes two files of other line ends for one."""
    desk.local({"docs/a.md": "a\n"})
    assert desk.run().code == 0
    desk.codex.commit({".gitattributes": "* text\n"})
    (desk.codex.root / ".gitattributes").unlink()
    assert desk.planned() == []
    desk.inside({"docs/a.md": "a\r\n"})
    desk.codex.git("add", INSIDE)
    assert desk.codex.git("status", "--porcelain", INSIDE) == ""
    assert desk.planned() == ["update local docs/a.md"]


def test_a_size_that_is_remembered_and_no_size(desk: Desk) -> None:
    """A number of so many digits cannot even be read."""
    desk.local({"docs/a.md": "a\n"})
    desk.project.commit()
    assert desk.run().code == 0
    desk.planned()
    known = desk.project.root / ".fractary/codex/sync/hashes-local-git"
    known.write_text(known.read_text().replace(" 2 100644 ", f" {'9' * 5000} 100644 "))
    other = desk.project.read(MANIFEST).replace(hashlib.sha256(b"a\n").hexdigest().encode(), b"0" * 64)
    desk.project.write({MANIFEST: other})
    assert desk.planned() == []


@pytest.mark.parametrize("push", [(), ("--push",)])
def test_a_damaged_hash_is_forgotten_with_the_plan_that_stood_on_it(
    push: tuple[str, ...], desk: Desk
) -> None:
    """Nothing is written from it, and the next run looks at the file itself."""
    desk.local({"docs/a.md": "a\n"})
    desk.project.commit()
    assert desk.run("--push").code == 0
    assert desk.planned() == []
    state = desk.project.root / ".fractary/codex/sync"
    known, good = state / "hashes-local-git", hashlib.sha256(b"a\n").hexdigest()
    known.write_text(known.read_text().replace(good, good[::-1]))
    (state / "known-local-git").unlink()
    assert desk.planned() == ["update codex docs/a.md"]
    assert desk.run(*push).code == 5
    assert desk.there() == desk.pushed() == {"docs/a.md": b"a\n"}
    assert desk.planned() == []


def test_what_was_half_remembered_is_cleared(desk: Desk) -> None:
    """By a run that was killed: there would be one more each time."""
    desk.local({"docs/a.md": "a\n"})
    assert desk.run().code == 0
    state = desk.project.root / ".fractary/codex/sync"
    for name in ("known-local-git", "known-codex-stat-hashes", "known-manifest", "hashes-local-git"):
        (state / f".{name}.4711.0badcafe.tmp").write_text("H 1")
    assert desk.run().code == 0
    assert list(state.glob(".*.tmp")) == []


def test_a_deep_folder_that_is_in_the_way(desk: Desk) -> None:
    """Deeper than calls of functions may be."""
    desk.local({"docs/a.md": "a\n"})
    deep = desk.codex.root / INSIDE / "docs/A.md"
    deep.mkdir(parents=True)
    here = os.getcwd()
    try:
        os.chdir(deep)
        for _ in range(1100):
            os.mkdir("d")
            os.chdir("d")
        Path("f").touch()
        os.chdir(here)
        found = desk.run("--dry-run")
    finally:
        os.chdir(here)
        subprocess.run(["rm", "-r", str(deep)], check=True)
    assert found.code == 4
    assert "docs/A.md/d/d/" in found.out


def test_what_is_committed_as_remembered_is_not_believed(desk: Desk) -> None:
    """Else a pull request could say that a manifest was read in full, and which files are as it says."""
    desk.local({"docs/a.md": "a\n"})
    desk.project.git("init", "--quiet")
    assert desk.run().code == 0
    desk.planned()
    state, manifest = desk.project.root / ".fractary/codex/sync", desk.project.root / MANIFEST
    forged = manifest.read_bytes().replace(b'"docs/a.md"', b'"../victim.md"')
    manifest.write_bytes(forged)
    mark = f"{__version__} {hashlib.sha256(forged).hexdigest()} apart"
    (state / "known-manifest").write_text(mark, encoding="utf-8")
    assert "../victim.md" not in desk.run("--dry-run").err
    desk.project.git("add", "--force", ".fractary")
    result = desk.run("--dry-run")
    assert "names '../victim.md', which is no path in a project" in result.err
