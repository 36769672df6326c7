"""git is run with a list of arguments and nothing that a repository could choose."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Callable

import pytest
from programs import RunCli
from trees import Tree, bare, repository

from codex_action.errors import GitError, UsageError
from codex_action.remote.git import Git, git_environment, redact

CANARY = "tkn_canary_7f3a9c"


def settings(environ: dict[str, str]) -> list[tuple[str, str]]:
    """The configuration that travels in an environment."""
    count = int(environ["GIT_CONFIG_COUNT"])
    return [
        (environ[f"GIT_CONFIG_KEY_{number}"], environ[f"GIT_CONFIG_VALUE_{number}"])
        for number in range(count)
    ]


def test_the_environment_starts_no_program_and_asks_nobody() -> None:
    environ = git_environment({"PATH": "/bin"}, None)
    wanted = {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_LFS_SKIP_SMUDGE": "1",
        "GIT_ASKPASS": "",
    }
    assert wanted.items() <= environ.items()
    assert {("core.hooksPath", os.devnull), ("core.fsmonitor", "false"), ("protocol.allow", "never")} <= {
        *settings(environ)
    }
    assert "safe.directory" not in dict(settings(environ))


def test_a_folder_is_trusted_only_if_asked_for() -> None:
    assert ("safe.directory", "/project") in settings(git_environment({}, "/project"))


def test_settings_are_added_to_those_that_are_there() -> None:
    before = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "user.name", "GIT_CONFIG_VALUE_0": "T"}
    found = settings(git_environment(before, None, [("a.b", "c")]))
    assert (found[0], found[-1]) == (("user.name", "T"), ("a.b", "c"))
    assert before["GIT_CONFIG_COUNT"] == "1"


@pytest.mark.parametrize("count", ["", "many", "-3"])
def test_a_count_that_is_none_is_started_over(count: str) -> None:
    environ = git_environment({"GIT_CONFIG_COUNT": count}, None)
    assert environ["GIT_CONFIG_KEY_0"] == "core.hooksPath"


@pytest.mark.parametrize(
    "name",
    [
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_NAMESPACE",
        "GIT_PREFIX",
        "GIT_EXTERNAL_DIFF",
        "GIT_PAGER",
        "GIT_LITERAL_PATHSPECS",
        "GIT_GLOB_PATHSPECS",
        "GIT_NOGLOB_PATHSPECS",
        "GIT_ICASE_PATHSPECS",
    ],
)
def test_variables_about_another_repository_are_dropped(name: str) -> None:
    assert name not in git_environment({name: "/elsewhere"}, None)


@pytest.mark.parametrize(("index", "kept"), [("/tmp/index", True), (".git/index.lock", False), ("", False)])
def test_a_hooks_index_is_for_the_project_alone(index: str, kept: bool) -> None:  # noqa: FBT001
    """Only an absolute one makes sense elsewhere."""
    environ = {"GIT_INDEX_FILE": index}
    assert ("GIT_INDEX_FILE" in git_environment(environ, None, index=True)) is kept
    assert "GIT_INDEX_FILE" not in git_environment(environ, None)


def test_a_hook_sees_the_index_of_the_commit_that_is_made(project: Tree, tmp_path: Path) -> None:
    environ = {**os.environ, "GIT_INDEX_FILE": str(tmp_path / "next-index")}
    assert Git(str(project.root), environ=environ, index=True).tracked() == []
    assert "README.md" in Git(str(project.root), environ=environ).tracked()


def test_another_repositorys_variables_do_not_lead_astray(
    project: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = bare(tmp_path / "other.git", {"other.md": "x"})
    monkeypatch.setenv("GIT_DIR", str(other.root))
    assert "README.md" in Git(str(project.root)).tracked()


PROGRAMS = {
    "core.fsmonitor": "{script}",
    "core.pager": "{script}",
    "core.sshCommand": "{script}",
    "core.editor": "{script}",
    "core.askPass": "{script}",
    "core.alternateRefsCommand": "{script}",
    "core.gitProxy": "{script}",
    "diff.external": "{script}",
    "diff.x.command": "{script}",
    "diff.x.textconv": "{script}",
    "credential.helper": "!{script}",
    "pager.diff": "{script}",
    "pager.ls-files": "{script}",
    "gpg.program": "{script}",
}


def test_a_repositorys_configuration_starts_nothing(project: Tree, run_cli: RunCli, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    script = tmp_path / "program"
    script.write_text(f'#!/bin/sh\necho "$0 $*" >>"{ran}"\n')
    script.chmod(0o755)
    for key, value in PROGRAMS.items():
        project.git("config", key, value.format(script=script))
    for hook in (
        "post-index-change",
        "reference-transaction",
        "fsmonitor-watchman",
        "post-checkout",
        "pre-commit",
    ):
        (project.root / ".git/hooks").mkdir(exist_ok=True)
        (project.root / ".git/hooks" / hook).write_bytes(script.read_bytes())
        (project.root / ".git/hooks" / hook).chmod(0o755)
    project.write({".gitattributes": "*.md diff=x\n", "README.md": "codex://umbrella/other/a.md\n"})
    ran.unlink(missing_ok=True)
    for arguments in ([], ["--changed-since", "HEAD"], ["--resolve", "remote"]):
        env = {"GITHUB_SERVER_URL": "http://127.0.0.1:1"}
        assert run_cli("validate", "refs", *arguments, cwd=project.root, env=env).code == 0
    run_cli("doctor", cwd=project.root)
    assert not ran.exists(), ran.read_text()


HOSTILE = [
    "--upload-pack=touch {canary}",
    "-x",
    "--help",
    "-oProxyCommand=touch {canary}",
    "--output={canary}",
    "main\n--output={canary}",
    "$(touch {canary})",
    "`touch {canary}`",
    "main; touch {canary}",
    "main | touch {canary}",
    "ext::sh -c touch% {canary}",
    "..",
    "@{-1}",
    "a..b",
    "main:README.md",
    "main^!",
    ":/nothing like it",
    "^main",
    "x" * 300,
    "main\x00",
    "\u202emain",
    "HEAD^{tree}",
]


@pytest.mark.parametrize("ref", HOSTILE, ids=lambda ref: repr(ref[:20]))
def test_hostile_refs_are_refused_and_run_nothing(ref: str, project: Tree, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    git = Git(str(project.root))
    with pytest.raises(UsageError, match="git does not know"):
        git.changed_since(ref.replace("{canary}", str(canary)))
    if ref != "HEAD^{tree}":
        assert git.tree(ref.replace("{canary}", str(canary))) is None
    assert not canary.exists()
    assert sorted(os.listdir(tmp_path)) == ["work"]


REVISIONS = ["feature/#12", "é", "@", "@~1", ":/first", "@{u}", "main@{0}", "HEAD^{/first}"]


@pytest.mark.parametrize("ref", REVISIONS)
def test_whatever_git_takes_for_a_commit_is_one(ref: str, tmp_path: Path) -> None:
    tree = repository(tmp_path / "a", {})
    tree.git("commit", "--quiet", "--allow-empty", "--message", "the first")
    tree.commit({"a.md": "x"})
    for name in ("feature/#12", "é"):
        tree.git("branch", name, "HEAD~1")
    tree.git("branch", "--set-upstream-to", "feature/#12")
    wanted = [] if ref in {"main@{0}", "@"} else ["a.md"]
    assert Git(str(tree.root)).changed_since(ref) == (wanted, [])


def test_paths(project: Tree) -> None:
    git = Git(str(project.root))
    project.write({"new.md": "x", "build/x.md": "x", ".gitignore": "build/\n"})
    assert git.tracked() == ["README.md", "docs/API-Rules.md", "docs/api/index.md", "docs/guide.md"]
    assert sorted(git.untracked()) == [".gitignore", "new.md"]
    assert git.tree("main") == frozenset(git.tracked())
    assert git.tree("nowhere") is None
    assert Git(str(project.root / "docs")).tracked() == ["API-Rules.md", "api/index.md", "guide.md"]
    assert Git(str(project.root / "docs")).tree("main") == {"API-Rules.md", "api/index.md", "guide.md"}


def test_the_remote(project: Tree, make_project: Callable[..., Tree]) -> None:
    assert Git(str(project.root)).remote_url() == "git@github.com:umbrella/handbook.git"
    assert Git(str(make_project({"a": "x"}, name="alone", remote=None).root)).remote_url() is None


def test_a_folder_without_a_repository(tmp_path: Path) -> None:
    with pytest.raises(GitError, match="not a git repository"):
        Git(str(tmp_path)).tracked()


def test_a_broken_configuration_is_told(project: Tree) -> None:
    (project.root / ".git/config").write_text("[broken")
    with pytest.raises(GitError, match="bad config"):
        Git(str(project.root)).remote_url()


DIFFERENT_OWNER = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")


@DIFFERENT_OWNER
def test_a_folder_of_somebody_else_is_explained(project: Tree, run_cli: RunCli) -> None:
    for path in [project.root, *project.root.rglob("*")]:
        os.chown(path, 12345, 12345)
    for arguments in ([], ["--changed-since", "HEAD"]):
        result = run_cli("validate", "refs", *arguments, cwd=project.root)
        assert result.code == 5
        assert result.err.startswith("Error: git does not trust this folder: another user owns it\n")
        assert "safe.directory" in result.err
    assert Git(str(project.root), trusted=True).tracked()
    with pytest.raises(GitError, match="does not trust"):
        Git(str(project.root)).changed_since("HEAD")


def test_without_git(project: Tree, run_cli: RunCli, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    command, env = ("validate", "refs"), {"PATH": str(tmp_path / "empty")}
    result = run_cli(*command, cwd=project.root, env=env)
    assert (result.code, result.err) == (
        5,
        "Error: git is not installed\nHint: install git and put it on the PATH\n",
    )
    assert run_cli(*command, "README.md", cwd=project.root, env=env).code == 0
    assert run_cli(*command, "--changed-since", "HEAD", cwd=project.root, env=env) == result


def test_a_git_that_cannot_be_started(project: Tree, run_cli: RunCli, tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools/git").write_text("no program")
    for mode in (0o644, 0o755):
        (tmp_path / "tools/git").chmod(mode)
        result = run_cli("validate", "refs", cwd=project.root, env={"PATH": str(tmp_path / "tools")})
        assert (result.code, result.err.startswith("Error: git cannot be started: ")) == (5, True), result.err


def test_git_that_does_not_finish(project: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools/git").write_text("#!/bin/sh\nexec sleep 20\n")
    (tmp_path / "tools/git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/tools:{os.environ['PATH']}")
    with pytest.raises(GitError, match="git version did not finish in 0 seconds"):
        Git(str(project.root)).run("version", timeout=0.1)


@pytest.mark.parametrize("words", ["", "something odd\nmore", "warning: x\nfatal: it broke"])
def test_gits_own_words_are_kept(
    words: str, project: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools/git").write_text(f"#!/bin/sh\nprintf '%s' '{words}' >&2\nexit 1\n")
    (tmp_path / "tools/git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/tools:{os.environ['PATH']}")
    with pytest.raises(GitError) as caught:
        Git(str(project.root)).tracked()
    expected = {
        "": "git ls-files failed",
        "s": "git ls-files failed: something odd",
        "w": "git ls-files failed: fatal: it broke",
    }
    assert (caught.value.message, caught.value.stderr) == (expected[words[:1]], words)


REDACTED = {
    "a password": ("https://me:secret@host/x", "https://***@host/x"),
    "a token": (
        "fatal: unable to access 'https://ghp_x@host/x'",
        "fatal: unable to access 'https://***@host/x'",
    ),
    "two": ("http://a@b http://c:d@e", "http://***@b http://***@e"),
    "none": ("https://host/a@b", "https://host/a@b"),
    "an at sign in the password": ("https://me:p@ss@host/x", "https://***@host/x"),
}


@pytest.mark.parametrize(("text", "shown"), REDACTED.values(), ids=REDACTED.keys())
def test_redact(text: str, shown: str) -> None:
    assert redact(text) == shown


def test_a_password_in_the_remote_is_never_shown(make_project: Callable[..., Tree], run_cli: RunCli) -> None:
    tree = make_project(
        {"a.md": "@codex/other/a.md"}, remote=f"https://me:{CANARY}@github.com/umbrella/handbook.git"
    )
    for arguments in (
        ["validate", "refs", "--json"],
        ["validate", "refs", "-v"],
        ["doctor"],
        ["doctor", "--json"],
    ):
        result = run_cli(*arguments, cwd=tree.root)
        assert CANARY not in result.out + result.err
        assert "umbrella" in result.out


def test_reading_leaves_the_index_alone(project: Tree) -> None:
    (project.root / "README.md").touch()
    before = (project.root / ".git/index").stat()
    git = Git(str(project.root))
    git.tracked(), git.untracked(), git.changed_since("HEAD")
    after = (project.root / ".git/index").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert subprocess.run(["git", "-C", str(project.root), "diff", "--quiet"], check=False).returncode == 0


def test_histories_that_git_cannot_compare(
    project: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broken object store is git's own trouble, not a short history."""
    real = shutil.which("git")
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools/git").write_text(
        f'#!/bin/sh\n[ "$3" = merge-base ] && {{ echo "fatal: bad object" >&2; exit 128; }}\nexec "{real}" "$@"\n'
    )
    (tmp_path / "tools/git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/tools:{os.environ['PATH']}")
    with pytest.raises(GitError, match="git merge-base failed: fatal: bad object"):
        Git(str(project.root)).changed_since("HEAD")


# --- what is not as in a commit ---


def other_time(tree: Tree) -> None:
    os.utime(tree.root / "d/a.md", (1, 1))


def staged_and_gone(tree: Tree) -> None:
    tree.write({"d/new.md": "new\n"}).git("add", "d/new.md")
    (tree.root / "d/new.md").unlink()


def not_in_the_index(tree: Tree) -> None:
    tree.git("rm", "--quiet", "--cached", "d/a.md")


def a_link_to_a_folder(tree: Tree) -> None:
    (tree.root / "d/a.md").unlink()
    (tree.root / "d/a.md").symlink_to("../d")


def a_folder(tree: Tree) -> None:
    (tree.root / "d/a.md").unlink()
    tree.write({"d/a.md/x.md": "x\n"})


def in_a_submodule(tree: Tree) -> None:
    repository(tree.root / "d/inner", {"x.md": "x\n"})
    tree.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},d/inner")


def a_submodule_that_is_gone(tree: Tree) -> None:
    tree.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},d/inner")
    tree.git("commit", "--quiet", "--message", "submodule")
    (tree.root / "d/a.md").unlink()


CHANGES: dict[str, tuple[Callable[[Tree], object], dict[str, str]]] = {
    "nothing": (lambda _tree: None, {}),
    "a file's time": (other_time, {}),
    "a content": (lambda tree: tree.write({"d/a.md": "other\n"}), {"d/a.md": "M"}),
    "as many bytes": (lambda tree: tree.write({"d/a.md": "b\n"}), {"d/a.md": "M"}),
    "a mode": (lambda tree: (tree.root / "d/a.md").chmod(0o755), {"d/a.md": "M"}),
    "deleted": (lambda tree: (tree.root / "d/a.md").unlink(), {"d/a.md": "D"}),
    "untracked": (lambda tree: tree.write({"d/new.md": "new\n"}), {}),
    "staged": (lambda tree: tree.write({"d/new.md": "new\n"}).git("add", "-A"), {"d/new.md": "A"}),
    "staged and gone": (staged_and_gone, {}),
    "not in the index": (not_in_the_index, {"d/a.md": "D"}),
    "a link to a folder": (a_link_to_a_folder, {"d/a.md": "M"}),
    "a folder": (a_folder, {"d/a.md": "D"}),
    "a submodule": (in_a_submodule, {}),
    "a submodule that is gone": (a_submodule_that_is_gone, {"d/a.md": "D"}),
    "elsewhere": (lambda tree: tree.write({"b.md": "other\n"}), {}),
}


@pytest.mark.parametrize(("change", "wanted"), CHANGES.values(), ids=CHANGES)
def test_differing(tmp_path: Path, change: Callable[[Tree], object], wanted: dict[str, str]) -> None:
    tree = repository(tmp_path / "work", {"d/a.md": "a\n", "b.md": "b\n"})
    change(tree)
    index = (tree.root / ".git/index").read_bytes()
    assert Git(str(tree.root)).differing("HEAD", "d") == wanted
    below = {path[2:]: letter for path, letter in wanted.items()}
    assert Git(str(tree.root / "d")).differing("HEAD") == below
    assert (tree.root / ".git/index").read_bytes() == index
