"""Names that a codex repository may not write, in every disguise that some file system sees through."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest
from sync_world import RULES, plan_of

from codex_action.sync.gates import Limits
from codex_action.sync.names import unsafe
from codex_action.sync.protected import is_git, leads_out, protected

NAMES = {
    ".github/workflows/x.yml": ".github/workflows",
    ".github/workflows": ".github/workflows",
    ".github/actions/a/action.yml": ".github/actions",
    ".github/actions/a/main.js": ".github/actions",
    "action.yml": "action.yml",
    "sub/action.yaml": "action.yaml",
    ".pre-commit-config.yaml": ".pre-commit-config.yaml",
    "CODEOWNERS": "codeowners",
    ".github/CODEOWNERS": "codeowners",
    "docs/CODEOWNERS": "codeowners",
    ".gitmodules": ".gitmodules",
    ".gitattributes": ".gitattributes",
    "docs/.gitattributes": ".gitattributes",
    ".npmrc": ".npmrc",
    ".envrc": ".envrc",
    ".vscode/tasks.json": ".vscode",
    "packages/x/.vscode/settings.json": ".vscode",
    ".claude/settings.json": ".claude/settings.json",
    ".claude/settings.local.json": ".claude/settings.local.json",
}
GIT = (
    ".git",
    ".git/config",
    ".git/hooks/pre-commit",
    "sub/.git/hooks/post-checkout",
    ".git/modules/x/config",
)


def disguises(path: str) -> Iterator[str]:
    """The same file, as some system or other would open it."""
    yield path.upper()
    yield path.title()
    yield path.swapcase()
    yield unicodedata.normalize("NFD", path)
    segments = path.split("/")
    for number, part in enumerate(segments):
        for other in disguised(part):
            yield "/".join((*segments[:number], other, *segments[number + 1 :]))


def disguised(part: str) -> Iterator[str]:
    yield from (
        f"{part}.",
        f"{part} ",
        f"{part}. . ",
        f"{part}::$INDEX_ALLOCATION",
        f"{part}:x",
        f"{part}::$DATA",
    )
    for ignored in "\u200c\u200d\u200e\u202e\u206a\u206f\ufeff":
        yield f"{part[:2]}{ignored}{part[2:]}"
        yield f"{part.upper()}{ignored}"
    if "s" in part:
        yield part.replace("s", "\u017f")
    if "k" in part:
        yield part.replace("k", "\u212a")
    stem = part.strip(".").split(".")[0]
    if len(stem) > 2 and (part.startswith(".") or len(stem) > 8):  # what has no 8.3 name of its own
        yield from (f"{stem[:6]}~1", f"{stem[:6].upper()}~4", f"{stem[:5]}~12")


def every(names: Iterable[str]) -> set[str]:
    return {path for name in names for path in (name, *disguises(name))}


def test_there_are_enough_of_them() -> None:
    assert len(every(NAMES)) >= 800
    assert len(every(GIT)) >= 200


@pytest.mark.parametrize("name", NAMES)
def test_protected(name: str) -> None:
    assert protected(name) == NAMES[name]


@pytest.mark.parametrize("name", NAMES)
def test_protected_in_disguise(name: str) -> None:
    assert [path for path in every([name]) if not protected(path) or is_git(path)] == []


@pytest.mark.parametrize("name", GIT)
def test_git_in_disguise(name: str) -> None:
    assert [path for path in every([name]) if not is_git(path)] == []


@pytest.mark.parametrize("path", ["GI7EBA~1", "docs/gi7d29~1.txt", "ab12cd~9"])
def test_short_names_made_of_a_checksum(path: str) -> None:
    assert protected(path) == "a short name of another file"


@pytest.mark.parametrize(
    "path",
    [
        "README.md", ".github/dependabot.yml", ".github/ISSUE_TEMPLATE/bug.md", "workflows/x.yml", "docs/workflows/a.md", "github/workflows/a.md",
        "docs/action.md", "my-action.yml", "actions/a.md", ".claude/commands/a.md", ".claude/agents/b.md", "claude/settings.json", "settings.json",
        ".gitignore", ".gitkeep", "git", "git/config", "docs/git.md", "digit", ".gitx/a", ".git-notes/a.md", "npmrc", "envrc.md", ".env",
        "vscode/a.md", "docs/codeowners.md", "a~1.md", "notes~", "a.md~", "v~10.md", "draft~final.md", "pre-commit-config.yaml",
    ],
)  # fmt: skip
def test_ordinary_names(path: str) -> None:
    assert protected(path) is None
    assert not is_git(path)
    assert unsafe(path) is None


@pytest.mark.parametrize("kind", ["create", "update", "delete"])
def test_no_plan_writes_one_from_the_codex(kind: str) -> None:
    for path in every((*NAMES, *GIT)):
        base = {} if kind == "create" else {path: "1", "x": "1"}
        codex = {"create": {path: "1"}, "update": {path: "2", "x": "1"}, "delete": {"x": "1"}}[kind]
        plan = plan_of(base, codex, base)
        assert [(action.kind, action.side) for action in plan.actions] == [(kind, "local")]
        assert {refusal.gate for refusal in plan.refusals} & {"protected", "names"}, ascii(path)


def test_nothing_forces_what_is_protected_and_a_setting_allows_it() -> None:
    name = ".github/workflows/x.yml"
    forced = Limits(forced=frozenset(("protected", "names", "strange", "exec-bits")))
    assert plan_of({}, {name: "1"}, limits=forced).refusals[0].gate == "protected"
    allowed = Limits(allow_protected=True, forced=frozenset(("names",)))
    assert plan_of({}, {name: "1"}, limits=allowed).refusals == ()
    assert plan_of({}, {".git/config": "1"}, limits=allowed).refusals[0].gate == "names"


def test_a_project_may_send_its_own_to_the_codex_where_they_do_nothing() -> None:
    name = ".github/workflows/x.yml"
    assert plan_of({name: "1"}, {}).refusals == ()
    at_the_root = replace(RULES, layout="")
    (refusal,) = plan_of({name: "1"}, {}, rules=at_the_root).refusals
    assert refusal.gate == "protected"
    assert "in the codex repository" in refusal.message


OUTSIDE = [
    "", "/a", "//a", "a//b", "a/", "./a", "a/./b", "../a", "a/..", "a/../b", ".", "..", "C:a", "c:/x", "a\\b", "a\nb", "a\x7f", "a\0b", "\0",
    ".git/x", "a/.GIT", "git~1/x", "a/.g\u200cit/x", ".git", ".git /x", "a/.git./x", ".git::$INDEX_ALLOCATION/x", "\u00e9/../x", "\u00e9\x01",
]  # fmt: skip
INSIDE = [
    ".github/x",
    "a/.gitignore",
    "...",
    "a/...b",
    "xy:z.md",
    "~a",
    "LICENSE~1",
    "\u00e9.md",
    "a b",
    "a.git",
    "a\u200cb",
]


@pytest.mark.parametrize("path", OUTSIDE)
def test_one_path_of_many_that_no_tree_holds(path: str) -> None:
    assert leads_out([path]) == leads_out(["docs/a.md", path, *INSIDE]) == leads_out([*INSIDE, path]) == path


@pytest.mark.parametrize("paths", [[], *([path] for path in INSIDE), INSIDE])
def test_paths_that_are_in_a_tree(paths: list[str]) -> None:
    assert leads_out(paths) is None
