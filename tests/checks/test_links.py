"""CODEX012: relative links that leave the project, or a synced tree."""

from __future__ import annotations

import shutil
from typing import Callable

import pytest
from programs import RunCli
from trees import Tree

from codex_action.checks.links import check_link, escapes_to, shared_document
from codex_action.checks.model import Edit
from codex_action.refs.scan import LINK, Found
from codex_action.refs.uri import is_valid_uri

SYNCED = ".fractary/codex/shared/umbrella/other/docs/a.md"
ESCAPES = {
    "inside": ("docs/a.md", "../b.md", None),
    "inside, around": ("docs/a.md", "../docs/../x/b.md", None),
    "outside": ("docs/a.md", "../../b.md", "../b.md"),
    "outside, to a sibling": ("docs/a.md", "../../other/docs/b.md#x", "../other/docs/b.md"),
    "to the folder above": ("a.md", "../", ".."),
    "a name that starts with dots": ("a.md", "./..b.md", None),
    "encoded": ("a.md", "%2E%2E/b%20c.md", "../b c.md"),
    "a query": ("a.md", "../b.md?plain=1", "../b.md"),
    "inside a synced tree": (SYNCED, "../b.md", None),
    "out of a synced tree": (SYNCED, "../../third/c.md", ".fractary/codex/shared/umbrella/third/c.md"),
    "out of all synced trees": (SYNCED, "../../../../../../README.md", "README.md"),
}
SHARED = {
    "a document": (SYNCED, ("umbrella", "other", "docs/a.md")),
    "a project's folder": (".fractary/codex/shared/umbrella/other/", None),
    "an organisation's folder": (".fractary/codex/shared/umbrella", None),
    "elsewhere": ("docs/a.md", None),
}


@pytest.mark.parametrize(("file", "link", "path"), ESCAPES.values(), ids=ESCAPES.keys())
def test_escapes(file: str, link: str, path: str | None) -> None:
    assert escapes_to(file, link) == path


@pytest.mark.parametrize(("path", "parts"), SHARED.values(), ids=SHARED.keys())
def test_shared_document(path: str, parts: tuple[str, str, str] | None) -> None:
    assert shared_document(path) == parts


def find(raw: str) -> Found:
    return Found(LINK, 4, 4 + len(raw), 1, 5, 5 + len(raw), raw)


def test_a_link_inside_is_no_finding() -> None:
    assert check_link("docs/a.md", find("../b.md"), lambda _: "codex://never/asked/x") is None


def test_a_link_outside_whose_target_is_known_can_be_mended() -> None:
    item = check_link("a.md", find("../other/b.md#top"), {"../other/b.md": "codex://umbrella/other/b.md"}.get)
    assert item is not None
    assert (item.code, item.edit) == ("CODEX012", Edit(4, 21, "codex://umbrella/other/b.md#top"))
    assert item.message == "the link leaves the project; write codex://umbrella/other/b.md#top"


@pytest.mark.parametrize(
    ("anchor", "written"),
    [
        ("#", ""),
        ("", ""),
        ("#L3", "#L3"),
        ("#a%20b", "#a%20b"),
        ("#a?b", "#a%3Fb"),
        ("#a b", "#a%20b"),
        ("#%zz", "#%25zz"),
        ("#%ff", "#%25ff"),
    ],
)
def test_an_anchor_is_written_as_a_reference_needs_it(anchor: str, written: str) -> None:
    uri = "codex://umbrella/other/b.md"
    item = check_link("a.md", find(f"../other/b.md{anchor}"), lambda _: uri)
    assert item is not None
    assert item.suggestion == uri + written
    assert is_valid_uri(uri + written)


def test_a_link_outside_whose_target_is_not_known_is_only_told() -> None:
    item = check_link(SYNCED, find("../../../third/c.md"), lambda _: None)
    assert item is not None
    assert (item.edit, item.suggestion) == (None, None)
    assert "leaves the synced tree" in item.message


PAGE = """\
[inside](./b.md) and [gone](../nowhere/x.md) and [sibling](../other/docs/b.md#part)

[ref]: ../other/docs/b.md "title"

`[code](../other/docs/b.md)` [anchored](<../other/docs/b.md>)
"""


@pytest.fixture
def siblings(make_project: Callable[..., Tree]) -> Tree:
    make_project({"docs/b.md": "x\n"}, name="other", remote="https://github.com/umbrella/Other.git")
    return make_project({"page.md": PAGE, "b.md": "x\n", "page.txt": PAGE})


def test_off_unless_selected(siblings: Tree, run_cli: RunCli) -> None:
    assert run_cli("validate", "refs", cwd=siblings.root).code == 0


def test_links_to_a_sibling_checkout(siblings: Tree, run_cli: RunCli) -> None:
    result = run_cli("validate", "refs", "--select", "CODEX012", "--json", cwd=siblings.root)
    uri = "codex://umbrella/Other/docs/b.md"
    found = [
        (item["file"], item["line"], item["column"], item["suggestion"]) for item in result.data["findings"]
    ]
    assert found[:3] == [
        ("page.md", 1, 29, None),
        ("page.md", 1, 60, uri + "#part"),
        ("page.md", 3, 8, uri),
    ]
    assert result.code == 1


def test_links_to_a_sibling_checkout_are_mended(siblings: Tree, run_cli: RunCli) -> None:
    result = run_cli("validate", "refs", "--select", "CODEX012", "--fix", "--json", cwd=siblings.root)
    text = siblings.read("page.md").decode()
    assert "[sibling](codex://umbrella/Other/docs/b.md#part)" in text
    assert '[ref]: codex://umbrella/Other/docs/b.md "title"' in text
    assert "[gone](../nowhere/x.md)" in text
    assert "[anchored](<codex://umbrella/Other/docs/b.md>)" in text
    assert result.rules == ["CODEX012"]
    assert siblings.read("page.txt").decode() == PAGE


def test_a_sibling_is_known_wherever_git_is_installed(
    siblings: Tree, run_cli: RunCli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The search for the sibling's name uses the same environment as everything else."""
    tools = siblings.root.parent / "tools"
    tools.mkdir()
    log = tools / "log"
    (tools / "git").write_text(f'#!/bin/sh\necho "$*" >>"{log}"\nexec "$REAL_GIT" "$@"\n')
    (tools / "git").chmod(0o755)
    monkeypatch.setenv("REAL_GIT", str(shutil.which("git")))
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    run_cli("validate", "refs", "--select", "CODEX012", cwd=siblings.root)
    assert any(str(siblings.root.parent / "other") in line for line in log.read_text().splitlines())


def test_links_out_of_a_synced_tree(make_project: Callable[..., Tree], run_cli: RunCli) -> None:
    tree = make_project(
        {
            SYNCED: "[third](../../third/c.md) [home](../../../../../../README.md) [own](./b.md)\n",
            ".fractary/codex/shared/umbrella/third/c.md": "x\n",
            "README.md": "x\n",
        }
    )
    result = run_cli("validate", "refs", "--select", "CODEX012", "--fix", "--json", cwd=tree.root)
    assert result.data["fixed"] == 2
    assert tree.read(SYNCED).decode() == (
        "[third](codex://umbrella/third/c.md) [home](codex://umbrella/handbook/README.md) [own](./b.md)\n"
    )


def test_a_document_that_no_reference_can_name_is_only_told(
    make_project: Callable[..., Tree], run_cli: RunCli
) -> None:
    make_project({"~b.md": "x\n"}, name="other", remote="https://github.com/umbrella/Other.git")
    tree = make_project({"page.md": "[x](../other/~b.md)\n"})
    result = run_cli("validate", "refs", "--select", "CODEX012", "--json", cwd=tree.root)
    assert [(item["rule"], item["suggestion"]) for item in result.data["findings"]] == [("CODEX012", None)]


def test_a_checkout_that_says_no_project_is_only_told(
    make_project: Callable[..., Tree], run_cli: RunCli
) -> None:
    make_project({"b.md": "x\n"}, name="other", remote=None)
    tree = make_project({"page.md": "[x](../other/b.md)\n"})
    env = {"GITHUB_REPOSITORY": "umbrella/handbook"}
    result = run_cli("validate", "refs", "--select", "CODEX012", "--json", cwd=tree.root, env=env)
    assert [(item["rule"], item["suggestion"]) for item in result.data["findings"]] == [("CODEX012", None)]


def test_a_link_shown_as_inline_code_is_none(project: Tree, run_cli: RunCli) -> None:
    project.write({"a.md": "Write `[x](../other/y.md)`, not [x](../other/z.md)\n"})
    result = run_cli("validate", "refs", "a.md", "--select", "CODEX012", "--json", cwd=project.root)
    assert [item["reference"] for item in result.data["findings"]] == ["../other/z.md"]
