"""Documents of other projects whose headers send them here: in a working tree, in a plain folder, hostile ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from sync_world import RULES
from trees import Tree, repository

from codex_action.remote.git import Git
from codex_action.sync.headers import Headers, may_have_header, places_of, routed_here

HERE = "---\ncodex_sync_include: [handbook]\n---\n"
FILES: dict[str, str | bytes] = {
    "projects/a/here.md": HERE,
    "projects/a/Upper.MD": HERE,
    "projects/a/page.mdx": HERE,
    "projects/a/bom.md": b"\xef\xbb\xbf" + HERE.replace("\n", "\r\n").encode(),
    "projects/a/elsewhere.md": HERE.replace("handbook", "other"),
    "projects/a/no-header.md": "codex_sync_include: [handbook]\n",
    "projects/a/text.txt": HERE,
    "projects/a/binary.md": b"\0" + HERE.encode(),
    "projects/handbook/ours.md": HERE,
    "standards/top.md": HERE,
    "systems/handbook/self.md": HERE,
}
EXPECTED = {
    "projects/a/here.md",
    "projects/a/Upper.MD",
    "projects/a/page.mdx",
    "projects/a/bom.md",
    "standards/top.md",
}


@pytest.fixture(params=["checkout", "folder"])
def codex(request: pytest.FixtureRequest, tmp_path: Path) -> Tree:
    if request.param == "checkout":
        return repository(tmp_path / "codex", FILES)
    return Tree(tmp_path / "codex").write(FILES)


def test_who_is_sent_here(codex: Tree) -> None:
    codex.write({"projects/b/new.md": HERE})  # git has not seen it yet
    found = routed_here(str(codex.root), RULES, Git(str(codex.root)))
    assert found == Headers(frozenset(EXPECTED | {"projects/b/new.md"}))
    assert places_of(RULES, found.sources) == {
        ".fractary/codex/shared/umbrella/a/here.md",
        ".fractary/codex/shared/umbrella/a/Upper.MD",
        ".fractary/codex/shared/umbrella/a/page.mdx",
        ".fractary/codex/shared/umbrella/a/bom.md",
        ".fractary/codex/shared/umbrella/codex/standards/top.md",
        ".fractary/codex/shared/umbrella/b/new.md",
    }


def test_nobody_is(tmp_path: Path) -> None:
    tree = Tree(tmp_path).write({"a.md": "text\n"})
    assert routed_here(str(tree.root), RULES, Git(str(tree.root))) == Headers(frozenset())


def test_headers_that_cannot_be_used(codex: Tree) -> None:
    codex.write(
        {
            "projects/c/wrong.md": "---\ncodex_sync_include: {a: b}\n---\n",
            "projects/c/glob.md": "---\ncodex_sync_include: ['{1..99999}']\n---\n",
            "projects/c/bomb.md": "---\ncodex_sync_include: " + "[" * 50_000 + "\n---\n",
            "projects/c/cut.md": "---\ncodex_sync_include: [handbook]\n" + "x: y\n" * 60_000,
        }
    )
    (codex.root / "projects/c/link.md").symlink_to("/etc/passwd")
    found = routed_here(str(codex.root), RULES, Git(str(codex.root)))
    assert found.sources == EXPECTED
    assert [notice.partition(" in the codex repository stays there: ")[0] for notice in found.notices] == [
        "projects/c/glob.md",
        "projects/c/wrong.md",
    ]


@pytest.mark.parametrize(
    ("path", "may"), [("a.md", True), ("a/B.MDX", True), ("a.txt", False), ("md", False)]
)
def test_which_names(path: str, *, may: bool) -> None:
    assert may_have_header(path) == may
