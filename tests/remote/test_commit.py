"""Commits of named files, without an index or a working tree, and pushes of them."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from git_server import served
from trees import Tree, bare

from codex_action.errors import ExitCode, GitError, RefusedError, StorageError, Unauthorized, Unreachable
from codex_action.remote.clone import Clone
from codex_action.remote.commit import Change, Identity, identity, make_commit
from codex_action.remote.git import Git
from codex_action.remote.push import PushRefused, PushRejected, push, remote_tip
from codex_action.remote.upstream import Upstream

CANARY = "tkn_canary_7f3a9c"
ME = Identity("Ann Ex\u00e4mple", "ann@example.com")


@pytest.fixture
def server(tmp_path: Path) -> Tree:
    made = bare(
        tmp_path / "server/umbrella/codex.git", {"a.md": "a\n", "docs/b.md": "b\n", "docs/c.md": "c\n"}
    )
    made.git("config", "uploadpack.allowFilter", "true")
    made.git("config", "http.receivepack", "true")
    return made


@pytest.fixture
def clone(server: Tree, tmp_path: Path) -> Clone:
    (tmp_path / "clone").mkdir()
    return Clone(Upstream(f"file://{server.root}"), str(tmp_path / "clone"))


def change(clone: Clone, path: str, content: bytes, mode: int = 0o100644) -> Change:
    file = Path(clone.folder, path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return Change(path, str(file), hashlib.sha256(content).hexdigest(), mode)


def commit(
    clone: Clone, *changes: Change, message: str = "change\n", parent: str | None = "tip"
) -> str | None:
    return make_commit(
        clone.git, clone.tip if parent == "tip" else parent, changes, message, ME, 1_700_000_000
    )


def files(server: Tree, ref: str = "main") -> list[str]:
    return server.git("ls-tree", "-r", "--name-only", ref).split()


def test_commit(clone: Clone, server: Tree) -> None:
    made = commit(
        clone, change(clone, "docs/b.md", b"crlf\r\n\xef\xbb\xbf\0"), change(clone, "new/run.sh", b"", 0o100755), Change("docs/c.md"),
        message="codex: sync x\n\nCodex-Plan: 1\n",
    )  # fmt: skip
    assert made
    push(clone.git, clone.upstream, made, "main", expect=clone.tip)
    assert server.git("show", "--no-patch", "--format=%an|%ae|%cn|%ce|%at|%P|%B", "main") == (
        f"{ME.name}|{ME.email}|{ME.name}|{ME.email}|1700000000|{clone.tip}|codex: sync x\n\nCodex-Plan: 1\n\n"
    )
    assert server.git("diff-tree", "-r", "--name-status", clone.tip or "", "main").split("\n") == [
        "M\tdocs/b.md", "D\tdocs/c.md", "A\tnew/run.sh", "",
    ]  # fmt: skip
    assert server.git("cat-file", "blob", "main:docs/b.md") == "crlf\r\n\ufeff\0"
    assert server.git("ls-tree", "main", "new/run.sh").startswith("100755 ")
    assert clone.git.run("for-each-ref", "--format=%(refname)").decode() == "refs/heads/main\n"
    assert "fsck" not in server.git("fsck", "--strict")


def test_a_folder_in_the_place_of_a_file(clone: Clone, server: Tree) -> None:
    made = commit(clone, change(clone, "a.md/b/c.md", b"x"), Change("a.md"))
    push(clone.git, clone.upstream, made or "", "main", expect=clone.tip)
    assert files(server) == ["a.md/b/c.md", "docs/b.md", "docs/c.md"]


REPLACING = {
    "a file by a folder": ("a.md/x.md", None, "a.md"),
    "a file by a deep folder": ("docs/b.md/x/y.md", None, "docs/b.md"),
    "a folder by a file": ("docs", None, "docs/[bc].md"),
    "a folder by a file, of which some goes": ("docs", "docs/b.md", "docs/c.md"),
    "a link by a folder": ("link/x.md", None, "link"),
    "a submodule by a folder": ("module/x.md", None, "module"),
    "a submodule by a file": ("module", None, "module"),
    "a folder that is deleted as a file": (None, "docs", "docs/[bc].md"),
}


@pytest.mark.parametrize(("written", "gone", "lost"), REPLACING.values(), ids=REPLACING.keys())
def test_what_is_not_named_is_not_replaced(
    written: str | None, gone: str | None, lost: str, server: Tree, tmp_path: Path
) -> None:
    work = Tree(server.root.with_suffix(".work"))
    (work.root / "link").symlink_to("docs")
    work.git("add", "link")
    work.git("update-index", "--add", "--cacheinfo", f"160000,{work.git('rev-parse', 'HEAD').strip()},module")
    work.git("commit", "--quiet", "-m", "odd")
    work.git("push", "--quiet", str(server.root), "HEAD:main")
    clone = Clone(Upstream(f"file://{server.root}"), str(_folder(tmp_path / "odd")))
    changes = [Change(gone)] if gone else []
    if written:
        changes.append(change(clone, written, b"x"))
    with pytest.raises(RefusedError, match=f"'{written or gone}' would take the place of '{lost}'"):
        commit(clone, *changes)


def test_a_file_in_the_place_of_a_folder(clone: Clone, server: Tree) -> None:
    made = commit(clone, change(clone, "docs", b"x"), Change("docs/b.md"), Change("docs/c.md"))
    push(clone.git, clone.upstream, made or "", "main", expect=clone.tip)
    assert files(server) == ["a.md", "docs"]


@pytest.mark.parametrize(
    "path", ['"a.md', "a b", 'q"\\uot\\e', "tab\there", "new\nline", "-x", "ü", "\udcff\udcfe", " a ", "'"]
)
def test_odd_names(path: str, clone: Clone, server: Tree) -> None:
    made = commit(clone, change(clone, path, b"x"))
    push(clone.git, clone.upstream, made or "", "main", expect=clone.tip)
    assert path in server.git("ls-tree", "-r", "-z", "--name-only", "main").split("\0")
    gone = commit(clone, Change(path), parent=made)
    push(clone.git, clone.upstream, gone or "", "main", expect=made)
    assert files(server) == ["a.md", "docs/b.md", "docs/c.md"]


def test_nothing_changes(clone: Clone) -> None:
    assert commit(clone, change(clone, "a.md", b"a\n")) is None
    assert commit(clone, Change("none.md")) is None
    assert commit(clone) is None


def test_everything_goes(clone: Clone, server: Tree) -> None:
    made = commit(clone, *(Change(path) for path in clone.entries))
    push(clone.git, clone.upstream, made or "", "main", expect=clone.tip)
    assert files(server) == []


def test_the_first_commit(tmp_path: Path) -> None:
    empty = Tree(tmp_path / "empty.git")
    empty.root.mkdir()
    empty.git("init", "--quiet", "--bare", "-b", "trunk")
    (tmp_path / "clone").mkdir()
    clone = Clone(Upstream(f"file://{empty.root}"), str(tmp_path / "clone"))
    made = commit(clone, change(clone, "a.md", b"x"))
    push(clone.git, clone.upstream, made or "", clone.branch, expect=None)
    assert files(empty, "trunk") == ["a.md"]
    clone.refresh()
    assert clone.tip == made


def test_bytes_that_are_not_those_that_were_promised(clone: Clone) -> None:
    promised = change(clone, "a.md", b"one")
    change(clone, "a.md", b"two")
    with pytest.raises(StorageError, match=r"'a\.md' changed while it was being committed"):
        commit(clone, promised)
    os.unlink(promised.file or "")
    with pytest.raises(StorageError, match=r"'a\.md' cannot be read: No such file"):
        commit(clone, promised)
    os.symlink("/etc/passwd", promised.file or "")
    with pytest.raises(StorageError, match=r"'a\.md' cannot be read: is a symbolic link"):
        commit(clone, promised)


def test_a_parent_that_is_none(clone: Clone) -> None:
    with pytest.raises(GitError, match="git ls-tree failed"):
        commit(clone, change(clone, "a.md", b"x"), parent="1" * 40)


IDENTITIES = {
    "git's": ({}, {}, Identity("Tester", "tester@example.com")),
    "a variable's": ({"GIT_COMMITTER_NAME": "Ann", "GIT_COMMITTER_EMAIL": "a@x"}, {}, Identity("Ann", "a@x")),
    "nobody's": ({"GIT_CONFIG_COUNT": "0"}, {}, Identity("codex-action", "codex-action@localhost")),
    "a workflow's": (
        {"GIT_CONFIG_COUNT": "0"}, {"GITHUB_ACTIONS": "true"},
        Identity("github-actions[bot]", "41898282+github-actions[bot]@users.noreply.github.com"),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("of_git", "environ", "expected"), IDENTITIES.values(), ids=IDENTITIES.keys())
def test_identity(
    of_git: dict[str, str], environ: dict[str, str], expected: Identity, tmp_path: Path
) -> None:
    git = Git(str(tmp_path), environ={**os.environ, **of_git})
    assert identity(git, environ) == expected


def test_an_identity_writes_no_second_line(clone: Clone) -> None:
    made = make_commit(
        clone.git, clone.tip, [change(clone, "x", b"x")], "m", Identity("A\nB <x>", "a>\n\0b"), 1_700_000_000
    )
    written = clone.git.run("cat-file", "commit", made or "").decode()
    assert written.splitlines()[2:4] == [
        "author AB x <ab> 1700000000 +0000",
        "committer AB x <ab> 1700000000 +0000",
    ]


def test_a_user_s_configuration_signs_and_runs_nothing(
    clone: Clone, server: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commits are not signed: a passphrase would be asked for, and the key is its owner's word for their own work."""
    canary, hooks = tmp_path / "canary", tmp_path / "hooks"
    hooks.mkdir()
    for name in (
        "pre-commit",
        "commit-msg",
        "pre-push",
        "post-commit",
        "reference-transaction",
        "pre-auto-gc",
    ):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {canary}\n")
        (hooks / name).chmod(0o755)
    program = tmp_path / "gpg"
    program.write_text(f"#!/bin/sh\ntouch {canary}\nexit 1\n")
    program.chmod(0o755)
    config = tmp_path / "config"
    config.write_text(
        f"[core]\n\thooksPath = {hooks}\n\tautocrlf = true\n[commit]\n\tgpgSign = true\n\ttemplate = {config}\n[gpg]\n\tprogram = {program}\n"
        f'[push]\n\tgpgSign = true\n\tpushOption = x\n\tfollowTags = true\n[user]\n\tsigningKey = X\n[filter "f"]\n\tclean = {program}\n'
        f"[credential]\n\thelper = !{program}\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "0")
    Path(clone.folder, ".gitattributes").write_text("* text=auto filter=f\n")
    with served(tmp_path / "server") as door:  # whose own hooks are its own
        upstream = Upstream(f"{door.url}/umbrella/codex.git", None, dict(os.environ))
        mine = Clone(upstream, str(_folder(tmp_path / "mine")))
        made = commit(mine, change(mine, "crlf.md", b"a\r\n"))
        push(mine.git, mine.upstream, made or "", "main", expect=mine.tip)
    assert server.git("cat-file", "blob", "main:crlf.md") == "a\r\n"
    assert not canary.exists()


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


# --- push ---


def other(server: Tree, **content: str) -> str:
    """Somebody else's push."""
    work = Tree(server.root.with_suffix(".work"))
    made = work.commit({f"{name}.md": text for name, text in content.items()})
    work.git("push", "--quiet", "--force", str(server.root), "HEAD:main")
    return made


def test_a_push_that_comes_too_late(clone: Clone, server: Tree) -> None:
    made = commit(clone, change(clone, "new.md", b"x"))
    theirs = other(server, theirs="x")
    with pytest.raises(PushRejected, match="branch 'main' has moved on meanwhile") as caught:
        push(clone.git, clone.upstream, made or "", "main", expect=clone.tip)
    assert (caught.value.exit_code, caught.value.hint) == (ExitCode.OUTSIDE, "sync again")
    assert server.git("rev-parse", "main").strip() == theirs


@pytest.mark.parametrize("expect", [None, "1" * 40])
def test_an_expectation_that_is_wrong(expect: str | None, clone: Clone) -> None:
    made = commit(clone, change(clone, "new.md", b"x"))
    with pytest.raises(PushRejected):
        push(clone.git, clone.upstream, made or "", "main", expect=expect)


def test_a_new_branch_and_another_commit_for_it(clone: Clone, server: Tree) -> None:
    one, two = (commit(clone, change(clone, "new.md", text)) or "" for text in (b"1", b"2"))
    assert remote_tip(clone.git, clone.upstream, "codex-sync/x") is None
    push(clone.git, clone.upstream, one, "codex-sync/x", expect=None)
    assert remote_tip(clone.git, clone.upstream, "codex-sync/x") == one
    push(clone.git, clone.upstream, two, "codex-sync/x", expect=one)
    assert server.git("rev-parse", "codex-sync/x").strip() == two


HOOK = """#!/bin/sh
echo "error: GH006: Protected branch update failed for refs/heads/main." >&2
printf 'error: see https://user:secret@github.com/\\033[31m\\n' >&2
exit 1
"""


def test_a_protected_branch(clone: Clone, server: Tree) -> None:
    hook = server.root / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(HOOK)
    hook.chmod(0o755)
    made = commit(clone, change(clone, "new.md", b"x"))
    with pytest.raises(PushRefused, match="GH006: Protected branch update failed") as caught:
        push(clone.git, clone.upstream, made or "", "main", expect=clone.tip)
    told = str(caught.value)
    assert "does not take this push: pre-receive hook declined" in told
    assert "secret" not in told
    assert told.isprintable()
    assert "--pull-request" in (caught.value.hint or "")


def test_a_branch_that_is_checked_out_there(server: Tree, tmp_path: Path) -> None:
    work = server.root.with_suffix(".work")
    clone = Clone(Upstream(f"file://{work}"), str(_folder(tmp_path / "of-work")))
    made = commit(clone, change(clone, "new.md", b"x"))
    with pytest.raises(PushRefused, match="branch is currently checked out"):
        push(clone.git, clone.upstream, made or "", "main", expect=clone.tip)


def test_over_http(server: Tree, tmp_path: Path) -> None:
    with served(tmp_path / "server", token=CANARY) as door:
        url = f"{door.url}/umbrella/codex.git"
        clone = Clone(Upstream(url, CANARY), str(_folder(tmp_path / "with")))
        made = commit(clone, change(clone, "new.md", os.urandom(3 * 2**20)))  # more than git holds in memory
        door.token = "another one"
        with pytest.raises(Unauthorized, match="no access") as caught:
            push(clone.git, clone.upstream, made or "", "main", expect=clone.tip)
        door.token = CANARY
        push(clone.git, clone.upstream, made or "", "main", expect=clone.tip)
        assert remote_tip(clone.git, clone.upstream, "main") == made
        with pytest.raises(PushRejected):
            push(clone.git, clone.upstream, clone.tip or "", "main", expect=clone.tip)
    assert CANARY not in str(caught.value)
    with pytest.raises(Unreachable):
        push(clone.git, clone.upstream, made or "", "main", expect=clone.tip)
    with pytest.raises(Unreachable):
        remote_tip(clone.git, clone.upstream, "main")
