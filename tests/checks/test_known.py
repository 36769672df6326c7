"""Where targets are looked up: offline, local, remote - and that unknown is never called missing."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Callable

import pytest
from programs import Result, RunCli
from trees import Tree, bare

from codex_action.checks.known import gather, remote_lookup
from codex_action.checks.listing import Listing
from codex_action.checks.references import Context, Key, Missing, Unknown
from codex_action.checks.selection import WorkTree
from codex_action.errors import GitError
from codex_action.refs.resolve import Project
from codex_action.refs.scan import find_references
from codex_action.remote.listing import ProjectNotFound, VersionNotFound

O = "codex://umbrella"  # noqa: E741


def check(run_cli: RunCli, tree: Tree, text: str, *arguments: str, **env: str) -> Result:
    tree.write({"page.md": text + "\n"})
    return run_cli("validate", "refs", "page.md", "--json", *arguments, cwd=tree.root, env=env)


SERVERS = {
    "nothing": ({}, "https://github.com"),
    "a server": ({"GITHUB_SERVER_URL": "https://a.example"}, "https://a.example"),
    "an API": ({"GITHUB_API_URL": "https://b.example/api/v3"}, "https://b.example"),
    "GitHub's own API": ({"GITHUB_API_URL": "https://api.github.com"}, "https://github.com"),
    "both": (
        {"GITHUB_SERVER_URL": "https://a.example", "GITHUB_API_URL": "https://b.example/api/v3"},
        "https://a.example",
    ),
}


@pytest.mark.parametrize(("environ", "server"), SERVERS.values(), ids=SERVERS)
def test_the_server_that_is_asked(
    environ: dict[str, str], server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, object]] = []

    def paths(url: str, _version: str | None, **options: object) -> frozenset[str]:
        asked.append((url, options["token"]))
        return frozenset()

    monkeypatch.setattr("codex_action.remote.listing.remote_paths", paths)
    remote_lookup({**environ, "GH_TOKEN": "c", "GITHUB_TOKEN": "b", "CODEX_TOKEN": "a"})("acme", "site", None)
    assert asked == [(f"{server}/acme/site.git", "a")]


# --- local ---------------------------------------------------------------------------------------------------------

LOCAL = {
    "at a tag": (f"{O}/handbook@v1/OLD.md", [], 0),
    "at a tag, missing there": (f"{O}/handbook@v1/docs/new.md", ["CODEX020"], 0),
    "at a branch": (f"{O}/handbook@side/SIDE.md", [], 0),
    "at a tag, letter case": (f"{O}/handbook@v1/old.md", ["CODEX030"], 0),
    "at no tag of this clone": (f"{O}/handbook@v7/OLD.md", [], 1),
    "synced": (f"{O}/other/docs/a.md", [], 0),
    "synced, names in other letter case": ("codex://UMBRELLA/Other/docs/a.md", [], 0),
    "synced, letter case": (f"{O}/other/docs/A.md", ["CODEX030"], 0),
    "synced, not among them": (f"{O}/other/docs/b.md", [], 1),
    "synced, at a version": (f"{O}/other@v1/docs/a.md", [], 1),
    "not synced": (f"{O}/third/a.md", [], 1),
    "our own": (f"{O}/handbook/README.md", [], 0),
}


@pytest.fixture
def tree(make_project: Callable[..., Tree]) -> Tree:
    made = make_project({"README.md": "x\n", "OLD.md": "x\n"})
    made.git("tag", "v1")
    made.git("branch", "side")
    made.git("rm", "--quiet", "OLD.md")
    made.commit({"docs/new.md": "x\n", ".fractary/codex/shared/Umbrella/other/docs/a.md": "x\n"})
    made.git("switch", "--quiet", "side")
    made.commit({"SIDE.md": "x\n"})
    made.git("switch", "--quiet", "main")
    return made


@pytest.mark.parametrize(("text", "rules", "unverified"), LOCAL.values(), ids=LOCAL.keys())
def test_local(text: str, rules: list[str], unverified: int, tree: Tree, run_cli: RunCli) -> None:
    result = check(run_cli, tree, text)
    assert (result.rules, result.data["unverified"]) == (rules, unverified)
    assert result.code == bool(rules)


@pytest.mark.parametrize("name", ["at a tag, missing there", "synced, letter case"])
def test_offline_asks_nothing_but_our_own_files(name: str, tree: Tree, run_cli: RunCli) -> None:
    result = check(run_cli, tree, LOCAL[name][0], "--resolve", "offline")
    assert (result.code, result.rules, result.data["unverified"]) == (0, [], 1)


def test_a_folder_of_synced_documents_that_cannot_be_listed_is_no_answer(
    open_folder: Path, run_cli: RunCli, as_user: Callable[..., object]
) -> None:
    shared = (
        Tree(open_folder).write({".fractary/codex/shared/umbrella/other/a.md": "x"}).root
        / ".fractary/codex/shared"
    )
    page = Tree(open_folder).write({"page.md": f"{O}/other/a.md"}).root / "page.md"
    shared.chmod(0o311)
    with as_user():  # type: ignore[attr-defined]
        result = run_cli("validate", "refs", "--json", str(page), cwd=open_folder)
    shared.chmod(0o755)
    assert (result.code, result.data["unverified"]) == (0, 1)


# --- remote --------------------------------------------------------------------------------------------------------


@pytest.fixture
def server(tmp_path: Path) -> str:
    bare(tmp_path / "server/umbrella/other.git", {"docs/a.md": "x\n", "docs/Case.md": "x\n"}, "v1")
    empty = tmp_path / "server/umbrella/empty.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(empty)], check=True)
    return f"file://{tmp_path}/server"


REMOTE = {
    "found": (f"{O}/other/docs/a.md", [], 0, 0),
    "found at a version": (f"{O}/other@v1/docs/a.md", [], 0, 0),
    "found at a branch": (f"{O}/other@main/docs/a.md", [], 0, 0),
    "the project": (f"{O}/other", [], 0, 0),
    "the project at a version": (f"{O}/other@v1", [], 0, 0),
    "letter case": (f"{O}/other/docs/case.md", ["CODEX030"], 0, 1),
    "missing": (f"{O}/other/docs/b.md", ["CODEX020"], 0, 1),
    "missing from an empty project": (f"{O}/empty/docs/b.md", ["CODEX020"], 0, 1),
    "missing version": (f"{O}/other@v9/docs/a.md", ["CODEX022"], 0, 1),
    "missing commit": (f"{O}/other@{'0' * 40}/docs/a.md", ["CODEX022"], 0, 1),
    "part of a commit's id": (f"{O}/other@abc1234/docs/a.md", ["CODEX024"], 1, 0),
    "missing project": (f"{O}/nothing/docs/a.md", ["CODEX021"], 0, 1),
    "missing version of ours": (f"{O}/handbook@v9/docs/a.md", ["CODEX021"], 0, 1),
    "an example": ("codex://acme/other/docs/a.md", [], 0, 0),
    "legacy": ("@codex/other/docs/b.md", ["CODEX010", "CODEX020"], 0, 1),
}


@pytest.mark.parametrize(("text", "rules", "unverified", "code"), REMOTE.values(), ids=REMOTE.keys())
def test_remote(
    text: str,
    rules: list[str],
    unverified: int,
    code: int,
    tree: Tree,
    server: str,
    run_cli: RunCli,
) -> None:
    result = check(run_cli, tree, text, "--resolve", "remote", GITHUB_SERVER_URL=server)
    assert (result.rules, result.data["unverified"], result.code) == (rules, unverified, code)


def test_a_full_commit_id_is_found(tree: Tree, server: str, run_cli: RunCli, tmp_path: Path) -> None:
    commit = Tree(tmp_path / "server/umbrella/other.git").git("rev-parse", "HEAD").strip()
    result = check(
        run_cli, tree, f"{O}/other@{commit}/docs/a.md", "--resolve", "remote", GITHUB_SERVER_URL=server
    )
    assert (result.code, result.rules) == (0, [])


UNREACHABLE = {
    "nobody listens": "http://127.0.0.1:1",
    "no such scheme": "gopher://example.com",
    "a program as transport": "ext::sh -c touch%",
    "no URL": "nonsense",
}


@pytest.mark.parametrize("server_url", UNREACHABLE.values(), ids=UNREACHABLE.keys())
def test_what_cannot_be_asked_is_unknown_and_never_missing(
    server_url: str, tree: Tree, run_cli: RunCli
) -> None:
    text = f"{O}/other/docs/b.md and {O}/handbook@v9/x.md"
    result = check(run_cli, tree, text, "--resolve", "remote", GITHUB_SERVER_URL=server_url)
    assert (result.code, result.rules) == (0, ["CODEX024", "CODEX024"])
    assert (result.data["notices"], result.data["unverified"], result.data["valid"]) == (2, 2, True)
    failing = check(
        run_cli, tree, text, "--resolve", "remote", "--unverified", "fail", GITHUB_SERVER_URL=server_url
    )
    assert failing.code == 1


def test_synced_documents_answer_before_the_server_and_it_answers_the_rest(
    tree: Tree, server: str, run_cli: RunCli
) -> None:
    tree.write({".fractary/codex/shared/Umbrella/other/docs/local.md": "x"})
    text = f"{O}/other/docs/a.md {O}/other/docs/nowhere.md"
    result = check(run_cli, tree, text, "--resolve", "remote", GITHUB_SERVER_URL=server)
    assert result.rules == ["CODEX020"]


def test_a_silenced_line_that_nobody_could_decide_keeps_its_comment(tree: Tree, run_cli: RunCli) -> None:
    text = f"<!-- codex-ignore-next-line -->\n{O}/other/docs/b.md"
    result = check(run_cli, tree, text, "--resolve", "remote", GITHUB_SERVER_URL="http://127.0.0.1:1")
    assert (result.code, result.rules) == (0, [])


# --- one question for each project ---------------------------------------------------------------------------------


def test_one_listing_answers_for_all_references_of_a_project(tree: Tree) -> None:
    asked: list[tuple[str, str, str | None]] = []

    def remote(org: str, project: str, version: str | None) -> frozenset[str]:
        asked.append((org, project, version))
        if project == "gone":
            raise ProjectNotFound("no")
        if version == "v9":
            raise VersionNotFound("no")
        if project == "far":
            raise GitError("the host cannot be reached")
        return frozenset(("a.md",))

    names = ["x/a.md", "X/b.md", "x/c.md", "x@v9/a.md", "gone/a.md", "far/a.md"]
    found = find_references(" ".join(f"{O}/{name}" for name in names).encode())
    context = Context(Project("umbrella", "handbook"), "umbrella")
    known = gather(found, context, WorkTree(str(tree.root), environ={}), resolve="remote", remote=remote)
    assert sorted(asked, key=str) == [
        ("umbrella", "far", None),
        ("umbrella", "gone", None),
        ("umbrella", "x", "v9"),
        ("umbrella", "x", None),
    ]
    assert isinstance(known[Key("umbrella", "x", None)], Listing)
    assert known[Key("umbrella", "gone", None)] == Missing("CODEX021", "there is no project umbrella/gone")
    reason = "umbrella/x has no tag, branch or commit 'v9'"
    assert known[Key("umbrella", "x", "v9")] == Missing("CODEX022", reason)
    assert known[Key("umbrella", "far", None)] == Unknown("umbrella/far: the host cannot be reached")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "1 reference not looked up; --resolve remote asks the git servers.\n"),
        (["--resolve", "offline"], "1 reference not looked up; --resolve remote asks the git servers.\n"),
        (["--resolve", "remote"], "1 reference could not be verified.\n"),
    ],
    ids=["local", "offline", "remote"],
)
def test_the_summary_says_what_was_not_looked_up(
    arguments: list[str], sentence: str, tree: Tree, run_cli: RunCli
) -> None:
    tree.write({"page.md": f"{O}/other/docs/b.md\n"})
    env = {"GITHUB_SERVER_URL": "http://127.0.0.1:1"}
    assert sentence in run_cli("validate", "refs", "page.md", *arguments, cwd=tree.root, env=env).out


# --- own files that git does not know yet ------------------------------------------------------------------------------

NEW = {
    "two segments after $ref:": ("$ref:docs/new.md", "docs/new.md"),
    "three segments": ("@codex:docs/api/new.md", "docs/api/new.md"),
    "three segments in brackets": ("[codex:docs/api/new.md]", "docs/api/new.md"),
    "with our name before it": ("[codex:handbook/docs/new.md]", "docs/new.md"),
}


@pytest.mark.parametrize("command", ["add", "status"])
@pytest.mark.parametrize(("text", "path"), NEW.values(), ids=NEW)
def test_a_legacy_reference_to_a_new_file_of_ours_becomes_no_other_project_s(
    text: str, path: str, command: str, project: Tree, run_cli: RunCli
) -> None:
    project.write({path: "new\n"})
    project.git(command, ".")
    result = check(run_cli, project, text, "--fix")
    assert project.read("page.md") == f"{O}/handbook/{path}\n".encode()
    assert [found["rule"] for found in result.data["findings"]] == ([] if command == "add" else ["CODEX020"])


def test_what_git_ignores_is_no_document_of_ours(project: Tree, run_cli: RunCli) -> None:
    project.write({"docs/new.md": "new\n", ".gitignore": "new.md\n"})
    check(run_cli, project, "$ref:docs/new.md", "--fix")
    assert project.read("page.md") == f"{O}/docs/new.md\n".encode()


def test_offline_nothing_is_known_of_a_folder_that_is_no_project(tmp_path: Path, run_cli: RunCli) -> None:
    """No file is listed for it, whatever its references name."""
    (tmp_path / "a.md").write_text(f"{O}/handbook/a.md\n")
    result = run_cli("validate", "refs", "--json", "--resolve", "offline", cwd=tmp_path)
    assert (result.code, result.rules, result.data["unverified"]) == (0, [], 1)
