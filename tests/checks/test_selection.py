"""Which files a run reads, through the door: what was named, what is listed, what is left out, what went wrong."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Callable

import pytest
from programs import Result, RunCli
from trees import REMOTE, Tree, repository

from codex_action.checks.selection import WorkTree, relative

BAD = "codex://umbrella/handbook/../x\n"  # one CODEX002 in every file that is read


def found(result: Result) -> list[str]:
    """The files that were read, by their findings."""
    return [item["file"] for item in result.data["findings"]]


@pytest.fixture
def tree(make_project: Callable[..., Tree]) -> Tree:
    names = ["a.md", "docs/b.md", "docs/deep/c.md", "docs2/d.md", ".fractary/e.md", ".github/f.md"]
    made = make_project({**dict.fromkeys(names, BAD), ".gitignore": "build/\n*.log\n"})
    return made.write({"new.md": BAD, "docs/new.md": BAD, "build/out.md": BAD, "x.log": BAD})


ROWS: dict[str, tuple[list[str], list[str]]] = {
    "all": (
        [],
        [
            ".fractary/e.md",
            ".github/f.md",
            "a.md",
            "docs/b.md",
            "docs/deep/c.md",
            "docs/new.md",
            "docs2/d.md",
            "new.md",
        ],
    ),
    "a folder": (["--path", "docs"], ["docs/b.md", "docs/deep/c.md", "docs/new.md"]),
    "a folder, given with a slash": (["--path", "docs/"], ["docs/b.md", "docs/deep/c.md", "docs/new.md"]),
    "named": (["a.md", "docs/b.md"], ["a.md", "docs/b.md"]),
    "named twice": (["a.md", "./a.md", "docs/../a.md"], ["a.md"]),
    "a folder named": (["docs/deep"], ["docs/deep/c.md"]),
    "a folder and a file in it": (["docs/deep", "docs/deep/c.md"], ["docs/deep/c.md"]),
    "a file that git ignores, named": (["build/out.md", "x.log"], ["build/out.md", "x.log"]),
    "named after --": (["--", "a.md"], ["a.md"]),
    "excluded": (["--exclude", "docs*/", "--exclude", ".*/"], ["a.md", "new.md"]),
    "excluded, though named": (["--exclude", "/a.md", "a.md", "docs/b.md"], ["docs/b.md"]),
    "excluded and taken back": (
        ["--exclude", "*.md", "--exclude", "!new.md"],
        ["docs/new.md", "new.md"],
    ),
}


@pytest.mark.parametrize(("arguments", "files"), ROWS.values(), ids=ROWS.keys())
def test_selection(arguments: list[str], files: list[str], tree: Tree, run_cli: RunCli) -> None:
    result = run_cli("validate", "refs", "--json", *arguments, cwd=tree.root)
    assert found(result) == files
    assert result.code == 1


def test_codexignore_holds_for_named_files_too(tree: Tree, run_cli: RunCli) -> None:
    tree.write({".codexignore": "# old things\n\n/docs/*\n!/docs/b.md\n"})
    result = run_cli("validate", "refs", "--json", "--path", "docs", cwd=tree.root)
    assert found(result) == ["docs/b.md"]
    named = run_cli("validate", "refs", "--json", "docs/b.md", "docs/new.md", cwd=tree.root)
    assert (found(named), named.data["files_checked"]) == (["docs/b.md"], 1)


def test_the_current_folder_limits_what_is_checked_and_names_stay_the_same(
    tree: Tree, run_cli: RunCli
) -> None:
    result = run_cli("validate", "refs", "--json", cwd=tree.root / "docs")
    assert found(result) == ["docs/b.md", "docs/deep/c.md", "docs/new.md"]
    named = run_cli("validate", "refs", "--json", "../a.md", cwd=tree.root / "docs")
    assert found(named) == ["a.md"]


def test_a_folder_of_its_own_project_below_a_repository(tree: Tree, run_cli: RunCli) -> None:
    tree.commit({"part/.fractary/config.yml": "", "part/x.md": BAD, "part/sub/y.md": BAD})
    assert found(run_cli("validate", "refs", "--json", cwd=tree.root / "part")) == ["sub/y.md", "x.md"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--path", "none"],
        ["--path", "a.md"],
        ["none.md"],
        ["a.md", "none.md"],
        ["--path", "none", "--changed-since", "HEAD"],
    ],
    ids=" ".join,
)
def test_what_is_not_there_is_a_usage_error(arguments: list[str], tree: Tree, run_cli: RunCli) -> None:
    result = run_cli("validate", "refs", "--json", *arguments, cwd=tree.root)
    assert result.code == 2
    assert result.data["error"]["type"] == "UsageError"
    assert "Hint: " in result.err


# --- changed since -------------------------------------------------------------------------------------------------


@pytest.fixture
def branch(make_project: Callable[..., Tree]) -> Tree:
    """A branch that left main behind, which has moved on since."""
    made = make_project(dict.fromkeys(("kept.md", "edited.md", "gone.md", "moved.md", "docs/edited.md"), BAD))
    made.git("tag", "start")
    made.git("switch", "--quiet", "--create", "topic")
    made.git("mv", "moved.md", "moved-away.md")
    made.git("rm", "--quiet", "gone.md")
    made.commit({"edited.md": BAD * 2, "added.md": BAD, "docs/edited.md": BAD * 2})
    made.git("switch", "--quiet", "main")
    made.commit({"kept.md": BAD * 3})
    made.git("switch", "--quiet", "topic")
    return made.write({"untracked.md": BAD})


CHANGED = ["added.md", "docs/edited.md", "edited.md", "moved-away.md", "untracked.md"]
SINCE: dict[str, tuple[list[str], list[str]]] = {
    "a branch": (["--changed-since", "main"], CHANGED),
    "a tag": (["--changed-since", "start"], CHANGED),
    "its parent": (["--changed-since", "HEAD~1"], CHANGED),
    "now": (["--changed-since", "HEAD"], ["untracked.md"]),
    "a folder": (["--changed-since", "main", "--path", "docs"], ["docs/edited.md"]),
    "an exclude": (
        ["--changed-since", "main", "--exclude", "*edited*"],
        ["added.md", "moved-away.md", "untracked.md"],
    ),
    "named files": (["--changed-since", "main", "kept.md", "added.md"], ["added.md"]),
    "a named folder": (["--changed-since", "main", "docs"], ["docs/edited.md"]),
}


@pytest.mark.parametrize(("arguments", "files"), SINCE.values(), ids=SINCE.keys())
def test_changed_since(arguments: list[str], files: list[str], branch: Tree, run_cli: RunCli) -> None:
    result = run_cli("validate", "refs", "--json", *arguments, cwd=branch.root)
    assert sorted(set(found(result))) == files


def test_changed_since_sees_what_is_not_committed(branch: Tree, run_cli: RunCli) -> None:
    branch.write({"kept.md": BAD * 5})
    branch.git("add", "kept.md")
    branch.write({"moved-away.md": BAD * 5})
    (branch.root / "edited.md").unlink()
    result = run_cli("validate", "refs", "--json", "--changed-since", "main", cwd=branch.root)
    assert sorted(set(found(result))) == [
        "added.md",
        "docs/edited.md",
        "kept.md",
        "moved-away.md",
        "untracked.md",
    ]


@pytest.mark.parametrize(
    "ref", ["nowhere", "--help", "-x", "a b", "HEAD~99", "x\ny", "$(id)", "HEAD:kept.md", "", "@{u}"]
)
def test_an_unknown_ref_is_a_usage_error(ref: str, branch: Tree, run_cli: RunCli) -> None:
    result = run_cli("validate", "refs", "--json", f"--changed-since={ref}", cwd=branch.root)
    assert result.code == 2, result.out
    assert "findings" not in result.data
    assert "fetch" in result.err


def test_a_shallow_clone_that_cannot_tell_says_so(branch: Tree, run_cli: RunCli, tmp_path: Path) -> None:
    branch.git(
        "clone",
        "--quiet",
        "--depth=1",
        "--no-single-branch",
        f"file://{branch.root}",
        str(tmp_path / "shallow"),
    )
    result = run_cli("validate", "refs", "--changed-since", "origin/main", cwd=tmp_path / "shallow")
    assert result.code == 5
    assert "shallow" in result.err
    assert "fetch-depth: 0" in result.err


def test_histories_that_never_met(branch: Tree, run_cli: RunCli) -> None:
    branch.git("checkout", "--quiet", "--orphan", "alone")
    branch.commit({"x.md": BAD})
    result = run_cli("validate", "refs", "--changed-since", "main", cwd=branch.root)
    assert (result.code, "share no history" in result.err) == (5, True)


def test_changed_since_needs_a_repository(run_cli: RunCli, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(BAD)
    result = run_cli("validate", "refs", "--changed-since", "main", cwd=tmp_path)
    assert (result.code, "needs a git repository" in result.err) == (2, True)


def test_a_repository_without_a_commit(run_cli: RunCli, tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    tree.git("init", "--quiet")
    tree.write({"a.md": BAD})
    assert found(run_cli("validate", "refs", "--json", cwd=tmp_path)) == ["a.md"]
    assert run_cli("validate", "refs", "--changed-since", "HEAD", cwd=tmp_path).code == 2


# --- places and names ----------------------------------------------------------------------------------------------


def test_without_a_repository_the_folder_is_walked(run_cli: RunCli, tmp_path: Path) -> None:
    Tree(tmp_path).write({"a.md": BAD, "docs/b.md": BAD, "sub/.git/config": BAD, ".hidden/c.md": BAD})
    assert found(run_cli("validate", "refs", "--json", cwd=tmp_path)) == [".hidden/c.md", "a.md", "docs/b.md"]
    assert found(run_cli("validate", "refs", "--json", "--path", "docs", cwd=tmp_path)) == ["b.md"]
    assert found(run_cli("validate", "refs", "--json", "docs", cwd=tmp_path)) == ["docs/b.md"]


def test_files_outside_the_project_have_their_full_name(run_cli: RunCli, tree: Tree, tmp_path: Path) -> None:
    outside = Tree(tmp_path / "outside").write({"x.md": BAD, "in/y.md": BAD}).root
    result = run_cli("validate", "refs", "--json", str(outside / "x.md"), str(outside / "in"), cwd=tree.root)
    assert found(result) == [f"{outside}/in/y.md", f"{outside}/x.md"]
    assert [relative(str(tree.root), str(tree.root / "a")), relative(str(tree.root), "/x")] == ["a", "/x"]


def test_a_submodule_is_passed_over(run_cli: RunCli, tree: Tree, tmp_path: Path) -> None:
    other = repository(tmp_path / "other", {"inner.md": BAD})
    tree.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other.root), "module")
    tree.commit()
    result = run_cli("validate", "refs", "--json", cwd=tree.root)
    assert not any("inner" in name for name in found(result))
    assert (result.data["links"], result.data["problems"]) == (1, [])
    inside = run_cli("validate", "refs", "--json", "--path", "module", cwd=tree.root)
    assert found(inside) == ["inner.md"]


def test_links_loops_and_pipes_are_passed_over_and_counted(run_cli: RunCli, tree: Tree) -> None:
    (tree.root / "link.md").symlink_to("a.md")
    (tree.root / "loop").symlink_to("loop")
    (tree.root / "dangling").symlink_to("nowhere")
    (tree.root / "up").symlink_to("..")
    tree.git("add", "--all")
    os.mkfifo(tree.root / "pipe")
    result = run_cli("validate", "refs", "--json", cwd=tree.root)
    assert found(result) == ROWS["all"][1]
    assert (result.data["links"], result.data["problems"]) == (4, [])
    named = run_cli("validate", "refs", "--json", "loop", "dangling", "pipe", cwd=tree.root)
    assert [problem["file"] for problem in named.data["problems"]] == ["dangling", "loop", "pipe"]
    assert named.code == 5


def test_a_pipe_in_a_folder_without_git(run_cli: RunCli, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    result = run_cli("validate", "refs", "--json", cwd=tmp_path)
    assert (result.code, result.data["links"], result.data["files_checked"]) == (0, 1, 0)


def test_a_tracked_file_that_was_deleted_is_no_problem(run_cli: RunCli, tree: Tree) -> None:
    (tree.root / "a.md").unlink()
    result = run_cli("validate", "refs", "--json", "--exclude", "docs*", "--exclude", ".*/", cwd=tree.root)
    assert (found(result), result.data["problems"], result.data["files_checked"]) == (["new.md"], [], 2)
    named = run_cli("validate", "refs", "a.md", cwd=tree.root)
    assert named.code == 2


NAMES = [
    "two words.md",
    "new\nline.md",
    "-rf",
    "--fix",
    "café.md",
    'quote".md',
    "back\\slash.md",
    "tab\t.md",
    os.fsdecode(b"latin-\xe9.md"),
    "::error::x.md",
    "*.md",
    "a:b.md",
]


@pytest.mark.parametrize("tracked", [True, False], ids=["tracked", "untracked"])
def test_any_name_will_do(tracked: bool, run_cli: RunCli, make_project: Callable[..., Tree]) -> None:  # noqa: FBT001
    tree = make_project({"README.md": "x\n"})
    tree.write(dict.fromkeys(NAMES, BAD))
    if tracked:
        tree.commit()
    result = run_cli("validate", "refs", "--json", cwd=tree.root)
    assert sorted(found(result)) == sorted(NAMES)
    again = run_cli("validate", "refs", "--json", "--", *NAMES, cwd=tree.root)
    assert sorted(found(again)) == sorted(NAMES)
    away = run_cli("validate", "refs", "--json", "--path", str(tree.root))
    assert sorted(found(away)) == sorted(NAMES)
    assert run_cli("validate", "refs", cwd=tree.root).err == ""


def test_a_root_may_end_in_a_backslash(run_cli: RunCli, tmp_path: Path) -> None:
    root = repository(tmp_path / "odd\\", {"a.md": BAD}).root
    assert found(run_cli("validate", "refs", "--json", cwd=root)) == ["a.md"]


def test_a_file_in_conflict_is_read_once(run_cli: RunCli, branch: Tree) -> None:
    branch.git("switch", "--quiet", "main")
    branch.commit({"edited.md": BAD + "main\n"})
    branch.git("switch", "--quiet", "topic")
    with pytest.raises(AssertionError):
        branch.git("merge", "main")
    result = run_cli("validate", "refs", "--json", "--path", ".", cwd=branch.root)
    places = [(item["file"], item["line"], item["column"]) for item in result.data["findings"]]
    assert len(places) == len(set(places))
    assert "edited.md" in found(result)


def test_what_cannot_be_read_is_listed(
    open_folder: Path, run_cli: RunCli, as_user: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    import pathspec  # noqa: F401  (what is imported later may not be readable for that user)

    monkeypatch.setenv("HOME", str(open_folder))
    Tree(open_folder).write({"a.md": BAD, "secret.md": BAD, "closed/b.md": BAD, "docs/c.md": BAD})
    (open_folder / "secret.md").chmod(0)
    (open_folder / "closed").chmod(0)
    with as_user():  # type: ignore[attr-defined]
        result = run_cli("validate", "refs", "--json", cwd=open_folder)
        named = run_cli("validate", "refs", "--json", "secret.md", cwd=open_folder)
        text = run_cli("validate", "refs", cwd=open_folder)
    assert found(result) == ["a.md", "docs/c.md"]
    problems = [("closed", "Permission denied"), ("secret.md", "Permission denied")]
    assert [(item["file"], item["reason"]) for item in result.data["problems"]] == problems
    assert result.code == 1
    assert named.code == 5
    assert "secret.md: Permission denied\n" in text.out
    assert "2 files could not be read or written." in text.out


CLOSED: dict[str, tuple[list[str], list[str]]] = {
    "all": ([], ["closed", "docs/in'ner"]),
    "a folder": (["docs"], ["docs/in'ner"]),
    "left out": (["--exclude", "/closed/"], ["docs/in'ner"]),
    "below a path": (["--path", "docs"], ["docs/in'ner"]),
}


@pytest.mark.parametrize(("arguments", "closed"), CLOSED.values(), ids=CLOSED)
def test_a_folder_that_git_cannot_look_into_is_listed(
    arguments: list[str],
    closed: list[str],
    open_folder: Path,
    run_cli: RunCli,
    as_user: Callable[..., contextlib.AbstractContextManager[None]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import pathspec  # noqa: F401  (what is imported later may not be readable for that user)

    import codex_action.remote.git  # noqa: F401

    monkeypatch.setenv("HOME", str(open_folder))
    tree = Tree(open_folder)
    with as_user():
        tree.git("init", "--quiet")
        tree.write({"a.md": BAD, "docs/c.md": BAD, "closed/b.md": BAD, "docs/in'ner/d.md": BAD})
        tree.git("add", "a.md", "docs/c.md")
        for name in ("closed", "docs/in'ner"):
            (open_folder / name).chmod(0)
        result = run_cli("validate", "refs", "--json", *arguments, cwd=open_folder)
    wanted = [(name, "Permission denied") for name in closed]
    assert [(item["file"], item["reason"]) for item in result.data["problems"]] == wanted
    assert "docs/c.md" in found(result)


def test_a_project_in_a_folder_of_a_repository_names_what_is_closed_from_there(tmp_path: Path) -> None:
    root = repository(tmp_path / "a", {"part/.fractary/config.yml": ""}).root
    tree = WorkTree(str(root / "part"), environ=os.environ)
    assert (tree.untracked, tree.closed) == ([], [])
    assert tree.git is not None
    tree.git.closed = [("part/x", "Permission denied")]
    assert tree.closed == [("x", "Permission denied")]


def test_an_ignore_file_that_cannot_be_read_stops_the_run(tree: Tree, run_cli: RunCli) -> None:
    (tree.root / ".codexignore").mkdir()
    result = run_cli("validate", "refs", cwd=tree.root)
    assert (result.code, ".codexignore cannot be read" in result.err) == (2, True)


def test_two_hundred_megabytes(run_cli: RunCli, make_project: Callable[..., Tree]) -> None:
    tree = make_project({"a.md": "x\n"})
    with (tree.root / "sparse.bin").open("wb") as stream:
        stream.truncate(200 * 1024 * 1024)
    with (tree.root / "large.txt").open("wb") as stream:
        stream.write(b"x" * 8192)
        stream.seek(200 * 1024 * 1024)
        stream.write(b"\n" + BAD.encode())
    result = run_cli("validate", "refs", "--json", cwd=tree.root)
    assert (result.data["binary_files"], found(result)) == (1, ["large.txt"])
    assert (result.data["findings"][0]["line"], result.data["findings"][0]["offset"]) == (
        2,
        200 * 1024 * 1024 + 1,
    )


def test_git_that_fails_ends_the_run(run_cli: RunCli, tree: Tree) -> None:
    (tree.root / ".git" / "index").write_bytes(b"nonsense")
    result = run_cli("validate", "refs", "--json", cwd=tree.root)
    assert result.code == 5
    assert json.loads(result.out)["error"]["type"] == "GitError"


def test_a_file_on_another_drive_has_its_full_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: str) -> str:
        raise ValueError("path is on mount 'C:', start on mount 'D:'")

    monkeypatch.setattr(os.path, "relpath", refuse)
    assert relative("/project", "/project/a") == "/project/a"


def test_a_folder_that_git_ignores_is_read_when_it_is_named(tree: Tree, run_cli: RunCli) -> None:
    tree.commit({".gitignore": "build/\n"})
    tree.write({"build/out.md": "codex://-bad/x/y.md\n"})
    assert run_cli("validate", "refs", "--path", "build", "--json", cwd=tree.root).rules == ["CODEX003"]
    assert run_cli("validate", "refs", "build", "--json", cwd=tree.root).rules == ["CODEX003"]


# --- what is no pattern, and what a named place is -----------------------------------------------------------------


@pytest.mark.parametrize("where", ["option", "file", "environment"])
def test_what_is_no_pattern_is_one_sentence(where: str, tree: Tree, run_cli: RunCli) -> None:
    if where == "file":
        tree.write({".codexignore": "*.txt\n!\n"})
    arguments = ["--exclude", "!"] if where == "option" else []
    env = {"CODEX_EXCLUDE": "!"} if where == "environment" else {}
    result = run_cli("validate", "refs", *arguments, cwd=tree.root, env=env)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("Error: .codexignore or an exclude holds no pattern: ")
    assert result.err.count("\n") == 1


def test_an_ignore_file_may_have_a_mark_of_its_encoding(tree: Tree, run_cli: RunCli) -> None:
    tree.write({".codexignore": b"\xef\xbb\xbf# old\r\n/docs/\r\n"})
    assert "docs/b.md" not in found(run_cli("validate", "refs", "--json", cwd=tree.root))
    tree.write({".codexignore": b"\xef\xbb\xbf/docs/\n"})
    assert "docs/b.md" not in found(run_cli("validate", "refs", "--json", cwd=tree.root))


NAMED: dict[str, tuple[list[str], list[str]]] = {
    "files below": (["--path", "docs", "docs/b.md", "docs/../docs/new.md"], ["docs/b.md", "docs/new.md"]),
    "a folder below": (["--path", "docs/", "docs/deep"], ["docs/deep/c.md"]),
    "the whole": (["--path", "docs", "."], ["docs/b.md", "docs/deep/c.md", "docs/new.md"]),
    "what changed below": (["--path", "docs", ".", "--changed-since", "HEAD"], ["docs/new.md"]),
    "a folder around an ignored one": (["--path", "build", "."], ["build/out.md"]),
    "all": (["--path", ".", "a.md", "docs/b.md"], ["a.md", "docs/b.md"]),
    "an ignored folder": (["build"], ["build/out.md"]),
    "an ignored folder as path": (["--path", "build"], ["build/out.md"]),
    "a file in an ignored folder as path": (["--path", "build", "build/out.md"], ["build/out.md"]),
}


@pytest.mark.parametrize(("arguments", "files"), NAMED.values(), ids=NAMED.keys())
def test_named_files_and_a_path(arguments: list[str], files: list[str], tree: Tree, run_cli: RunCli) -> None:
    result = run_cli("validate", "refs", "--json", *arguments, cwd=tree.root)
    assert (found(result), result.data["problems"]) == (files, [])
    assert result.code == bool(files)


@pytest.mark.parametrize(
    "arguments", [[".git"], [".git/info"], ["--path", ".git"], ["a.md", ".git"]], ids=" ".join
)
def test_gits_own_folder_is_never_checked(arguments: list[str], tree: Tree, run_cli: RunCli) -> None:
    """A file in it may be, by its own name: a hook for messages is given .git/COMMIT_EDITMSG."""
    tree.write({".git/info/exclude": "# @codex/other/x.md\n"})
    result = run_cli("validate", "refs", "--fix", *arguments, cwd=tree.root)
    assert (result.code, f"{arguments[-1]!r} is git's own" in result.err) == (2, True)
    assert tree.read(".git/info/exclude") == b"# @codex/other/x.md\n"
    message = run_cli("validate", "refs", "--json", ".git/info/exclude", cwd=tree.root)
    assert message.rules == ["CODEX010"]


@pytest.mark.parametrize("where", [["--path", "module"], ["-C", "module"]], ids=" ".join)
def test_a_submodule_has_an_index_of_its_own(
    where: list[str], run_cli: RunCli, tree: Tree, tmp_path: Path
) -> None:
    """git tells a hook of the repository around it of the index that is to be committed there."""
    other = repository(tmp_path / "other", {"a.md": "codex://umbrella/handbook/b.md\n", "b.md": "x"})
    tree.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other.root), "module")
    tree.git("-C", "module", "remote", "set-url", "origin", REMOTE)
    (tree.root / ".git/next-index-7.lock").write_bytes(tree.read(".git/index"))
    env = {"GIT_INDEX_FILE": str(tree.root / ".git/next-index-7.lock")}
    result = run_cli("validate", "refs", "--json", *where, cwd=tree.root, env=env)
    assert (result.code, result.data["files_checked"], result.rules) == (0, 2, [])
    tree.git("rm", "--cached", "--quiet", "a.md")
    tree.write({"own.md": "codex://umbrella/handbook/a.md\n"})
    assert run_cli("validate", "refs", "own.md", cwd=tree.root, env=env).code == 0
    assert run_cli("validate", "refs", "own.md", cwd=tree.root).code == 1


ELSEWHERE: dict[str, tuple[list[str], int, str]] = {
    "a file": (["--path", "docs", "docs/b.md", "a.md"], 1, "'a.md' is"),
    "two files": (["--path", "docs", "docs/b.md", "a.md", "docs2/d.md"], 1, "'a.md' (and 1 more) is"),
    "with what changed": (["--path", "docs", "a.md", "--changed-since", "HEAD"], 0, "'a.md' is"),
    "another project's": (["--path", "part", "docs/b.md"], 0, "'docs/b.md' is"),
}


@pytest.mark.parametrize(("arguments", "read", "named"), ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_file_that_is_not_below_the_path_is_told_of(
    arguments: list[str], read: int, named: str, tree: Tree, run_cli: RunCli
) -> None:
    """A hook is given whatever changed: that is no mistake of whoever commits."""
    tree.write({"part/.fractary/config.yml": ""})
    assert run_cli("validate", "refs", *arguments, "--json", cwd=tree.root).data["files_checked"] == read
    result = run_cli("validate", "refs", *arguments, cwd=tree.root)
    assert result.err == ""
    assert f"{named} not below --path {arguments[1]!r}: left out.\n" in result.out


def test_a_folder_that_is_not_below_the_path_is_a_mistake(tree: Tree, run_cli: RunCli) -> None:
    result = run_cli("validate", "refs", "--path", "docs", "docs/b.md", "docs2", cwd=tree.root)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("Error: 'docs2' is not below --path 'docs'\nHint: ")


def test_a_submodule_that_is_named_is_read(run_cli: RunCli, tree: Tree, tmp_path: Path) -> None:
    other = repository(tmp_path / "other", {"inner.md": BAD})
    tree.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other.root), "module")
    tree.commit()
    result = run_cli("validate", "refs", "--json", "module", cwd=tree.root)
    assert (found(result), result.data["problems"]) == (["module/inner.md"], [])


def own_repository(tree: Tree) -> None:
    Tree(tree.root / "nested").git("init", "--quiet")


def own_worktree(tree: Tree) -> None:
    tree.git("worktree", "add", "--quiet", "--detach", "nested")


@pytest.mark.parametrize("make", [own_repository, own_worktree])
def test_a_repository_in_this_one_that_is_named_is_read(
    make: Callable[[Tree], None], run_cli: RunCli, tree: Tree
) -> None:
    (tree.root / "nested").mkdir()
    make(tree)
    tree.write({"nested/inner.md": BAD})
    result = run_cli("validate", "refs", "--json", "nested", cwd=tree.root)
    assert "nested/inner.md" in found(result)
    assert not any("inner" in name for name in found(run_cli("validate", "refs", "--json", cwd=tree.root)))


LINKED: dict[str, tuple[list[str], list[str]]] = {
    "a file": (["docs/b.md"], ["docs/b.md"]),
    "a folder, without what git ignores": (["docs"], ["docs/b.md", "docs/deep/c.md", "docs/new.md"]),
    "the root": ([""], ROWS["all"][1]),
    "a link": (["docs/link.md"], ["docs/link.md"]),
    "a file that is left out": (["docs/b.md", "docs2/d.md"], ["docs/b.md"]),
    "what changed": (["docs", "--changed-since=HEAD"], ["docs/new.md"]),
}


@pytest.mark.parametrize(("arguments", "files"), LINKED.values(), ids=LINKED)
def test_a_checkout_that_a_link_leads_to(
    arguments: list[str], files: list[str], tree: Tree, run_cli: RunCli, tmp_path: Path
) -> None:
    """The shell's $PWD goes by the link, and the program's current folder does not."""
    (tmp_path / "way").symlink_to(tree.root)
    tree.write({"docs/build/out.md": BAD, ".git/info/exclude": "link.md\n"})
    (tree.root / "docs/link.md").symlink_to("b.md")
    named = [item if item[:1] == "-" else str(tmp_path / "way" / item) for item in arguments]
    exclude = ["--exclude", "docs2/"] if len(arguments) > 1 else []
    assert found(run_cli("validate", "refs", "--json", *exclude, *named, cwd=tree.root)) == files


OPTIONS = ["--fail-on=never", "-rf", "--fix", "-q", "--json", "--help"]


@pytest.mark.parametrize("name", OPTIONS)
def test_a_file_that_is_named_like_an_option_is_a_file(name: str, tree: Tree, run_cli: RunCli) -> None:
    tree.write({name: "@codex/other/x.md\n" + BAD})
    result = run_cli("validate", "refs", "--format", "json", name, cwd=tree.root)
    assert (result.code, result.rules) == (1, ["CODEX010", "CODEX002"])
    assert found(result) == [name] * 2
    assert tree.read(name).startswith(b"@codex/")
    first = run_cli("validate", "refs", name, "a.md", "--format", "json", cwd=tree.root)
    assert sorted({*found(first)}) == [name, "a.md"]


@pytest.mark.parametrize("format_", ["text", "json", "markdown"])
def test_a_report_in_the_repository_is_not_read_by_the_next_run(
    format_: str, tree: Tree, run_cli: RunCli
) -> None:
    arguments = ["validate", "refs", "--format", format_, "--output", "docs/report.out"]
    first = run_cli(*arguments, cwd=tree.root)
    report = tree.read("docs/report.out")
    again = run_cli(*arguments, cwd=tree.root)
    assert (first, tree.read("docs/report.out")) == (again, report)
    assert b"CODEX002" in report
    below = run_cli("validate", "refs", "--format", format_, "--output", "report.out", cwd=tree.root / "docs")
    once = tree.read("docs/report.out")
    run_cli("validate", "refs", "--format", format_, "--output", "report.out", cwd=tree.root / "docs")
    assert (below.code, tree.read("docs/report.out")) == (1, once)
