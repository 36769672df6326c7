"""A checkout that somebody works in: our commit goes on its branch, their work stays as it was."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

import pytest
from git_server import served
from trees import Tree, bare

from codex_action.errors import GitError, RefusedError, Unauthorized, UsageError
from codex_action.remote.checkout import Checkout
from codex_action.remote.commit import Change, Identity, make_commit
from codex_action.remote.push import PushRejected, push

CANARY = "tkn_canary_7f3a9c"
FILES = {"a.md": "a\n", "b.md": "b\n", "c.md": "c\n", "sub/d.md": "d\n"}


@pytest.fixture
def server(tmp_path: Path) -> Tree:
    made = bare(tmp_path / "server/umbrella/codex.git", FILES)
    made.git("config", "http.receivepack", "true")
    return made


@pytest.fixture
def work(server: Tree, tmp_path: Path) -> Tree:
    server.git("clone", "--quiet", f"file://{server.root}", str(tmp_path / "codex"))
    return Tree(tmp_path / "codex")


def opened(work: Tree, folder: str = "", **options: str) -> Checkout:
    return Checkout(str(work.root / folder), environ=os.environ, **options)  # type: ignore[arg-type]


def commit(checkout: Checkout, content: dict[str, bytes | None]) -> str:
    changes = []
    for path, data in content.items():
        file = Path(checkout.folder, path)
        if data is None:
            file.unlink(missing_ok=True)
            changes.append(Change(checkout.prefix + path))
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
            digest = hashlib.sha256(data).hexdigest()
            changes.append(Change(checkout.prefix + path, str(file), digest))
    made = make_commit(checkout.git, checkout.tip, changes, "ours", Identity("A", "a@x"), 1_700_000_000)
    assert made
    return made


def publish(checkout: Checkout, content: dict[str, bytes | None]) -> str:
    made = commit(checkout, content)
    push(checkout.git, checkout.upstream, made, checkout.branch, expect=checkout.tip)
    checkout.landed(made)
    return made


def test_only_our_paths(work: Tree, server: Tree) -> None:
    """Staged, changed, deleted and untracked files of the user's are neither committed nor touched."""
    work.write({"a.md": "staged\n", "staged.md": "new\n"}).git("add", "a.md", "staged.md")
    work.write({"a.md": "staged, and changed\n", "b.md": "changed\n", "untracked.md": "x"})
    (work.root / "c.md").unlink()
    before = work.git("status", "--porcelain")
    checkout = opened(work)
    checkout.ready()
    made = publish(checkout, {"ours.md": b"ours\r\n", "sub/d.md": None})
    assert work.git("status", "--porcelain") == before
    assert work.git("diff", "--cached", "--name-only").split() == ["a.md", "staged.md"]
    assert work.read("a.md") == b"staged, and changed\n"
    assert work.git("log", "--format=%H %s", "-1").strip() == f"{made} ours"
    assert server.git("rev-parse", "main").strip() == made == checkout.tip
    assert work.git("show", "--name-status", "--format=").split() == ["A", "ours.md", "D", "sub/d.md"]


def test_a_path_that_was_staged_is_ours_now(work: Tree) -> None:
    work.write({"a.md": "staged\n"}).git("add", "a.md")
    publish(opened(work), {"a.md": b"ours\n"})
    assert work.git("status", "--porcelain") == ""


def test_a_folder_of_a_repository(work: Tree, server: Tree) -> None:
    publish(opened(work, "sub"), {"e.md": b"e"})
    assert server.git("ls-tree", "-r", "--name-only", "main").split() == [*FILES, "sub/e.md"]
    assert work.git("status", "--porcelain") == ""


def test_a_checkout_that_is_behind_or_ahead(work: Tree, server: Tree) -> None:
    other = Tree(server.root.with_suffix(".work"))
    other.commit({"theirs.md": "x"})
    other.git("push", "--quiet", str(server.root), "HEAD:main")
    with pytest.raises(PushRejected, match="is not where 'main' is in the codex repository") as caught:
        opened(work).ready()
    assert "git pull there, or push what is not pushed yet" in (caught.value.hint or "")
    work.git("pull", "--quiet", "--rebase")
    opened(work).ready()
    work.commit({"mine.md": "not pushed"})
    with pytest.raises(PushRejected):
        opened(work).ready()


def test_a_first_commit(tmp_path: Path) -> None:
    empty = Tree(tmp_path / "empty.git")
    empty.root.mkdir()
    empty.git("init", "--quiet", "--bare")
    empty.git("clone", "--quiet", f"file://{empty.root}", str(tmp_path / "first"))
    work = Tree(tmp_path / "first")
    checkout = opened(work)
    checkout.ready()
    publish(checkout, {"a.md": b"x"})
    assert work.git("status", "--porcelain") == ""
    assert empty.git("ls-tree", "-r", "--name-only", "main").split() == ["a.md"]


def test_the_middle_of_a_merge(work: Tree) -> None:
    """A commit of ours would make its end a lie, or lose it."""
    checkout = opened(work)
    checkout.ready()
    for name in ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply"):
        mark = work.root / ".git" / name
        mark.mkdir()
        with pytest.raises(UsageError, match=r"is in the middle of a (merge|cherry-pick|revert|rebase), so"):
            checkout.ready()
        mark.rmdir()
    checkout.ready()


def test_a_merge_with_conflicts(work: Tree) -> None:
    work.git("checkout", "--quiet", "-b", "theirs")
    work.commit({"a.md": "theirs\n"})
    work.git("checkout", "--quiet", "main")
    work.write({"a.md": "ours\n"}).git("stash")
    work.git("merge", "--quiet", "--squash", "theirs")
    work.git("commit", "--quiet", "-m", "theirs")
    work.git("push", "--quiet", "origin", "main")
    subprocess.run(["git", "-C", work.root, "stash", "pop"], capture_output=True, check=False)
    with pytest.raises(UsageError, match="in the middle of a merge with conflicts") as caught:
        opened(work, "sub").ready()
    assert caught.value.hint == "finish or abort it there, then sync again"


CONVERTED = ["*.md filter=rot", "*.md working-tree-encoding=UTF-16"]


@pytest.mark.parametrize("attributes", CONVERTED)
@pytest.mark.parametrize("folder", ["", "sub"])
def test_what_git_would_convert(attributes: str, folder: str, work: Tree) -> None:
    """Such as what is encrypted in the repository and plain on the disk."""
    work.write({".gitattributes": f"{attributes}\nplain.md -filter -working-tree-encoding\n"})
    checkout = opened(work, folder)
    plain = [Change(f"{checkout.prefix}plain.md", "x", "0"), Change(f"{checkout.prefix}gone.md")]
    assert checkout.prepared(plain) == plain
    with pytest.raises(
        RefusedError, match=r"'nö w\.md' has the git attribute (filter=rot|working)"
    ) as caught:
        checkout.prepared([*plain, Change(f"{checkout.prefix}n\u00f6 w.md", "x", "0")])
    assert caught.value.hint == "sync without --push, then commit and push there with git itself"


def test_modes_where_the_disk_has_none(work: Tree) -> None:
    work.git("update-index", "--chmod=+x", "sub/d.md")
    work.git("commit", "--quiet", "-m", "x")
    checkout = opened(work, "sub")
    changes = [Change("sub/d.md", "x", "0"), Change("sub/new.md", "x", "0", 0o100755)]
    assert checkout.prepared(changes) == changes
    work.git("config", "core.fileMode", "no")
    assert checkout.prepared(changes) == [changes[0]._replace(mode=0o100755), changes[1]]


def test_no_place_to_publish_from(work: Tree, tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    with pytest.raises(UsageError, match="is no git checkout"):
        Checkout(str(tmp_path / "plain"), environ=os.environ)
    work.git("checkout", "--quiet", "--detach")
    with pytest.raises(UsageError, match="has no branch checked out"):
        opened(work)
    work.git("remote", "remove", "origin")
    with pytest.raises(UsageError, match="has no remote named origin"):
        opened(work)
    work.git("remote", "add", "origin", "git@github.com:umbrella/codex.git")
    with pytest.raises(UsageError, match="is no URL of a repository that is synced with"):
        opened(work)
    work.git("remote", "set-url", "--push", "origin", f"file://{tmp_path}/server/umbrella/codex.git")
    work.git("checkout", "--quiet", "main")
    assert opened(work).branch == "main"


def test_another_s_checkout(work: Tree) -> None:
    for path in (work.root, work.root / ".git"):
        os.chown(path, 12345, 12345)
    with pytest.raises(GitError, match="another user owns it"):
        opened(work)
    checkout = Checkout(str(work.root), environ=os.environ, trusted=True)
    publish(checkout, {"ours.md": b"x"})


test_another_s_checkout = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")(
    test_another_s_checkout
)


def test_a_token_for_its_server_alone(work: Tree, tmp_path: Path) -> None:
    """A checkout's origin is what its configuration says: the token is for the server that we were told of."""
    with served(tmp_path / "server", token=CANARY) as door:
        work.git("remote", "set-url", "origin", f"{door.url}/umbrella/codex.git")
        with pytest.raises(Unauthorized):
            opened(work, token=CANARY, server="https://github.com").ready()
        assert {shown for _, shown in door.seen} == {None}
        checkout = opened(work, token=CANARY, server=door.url)
        checkout.ready()
        publish(checkout, {"ours.md": b"x"})
    for path in (work.root / ".git").rglob("*"):
        assert not path.is_file() or CANARY.encode() not in path.read_bytes(), path


def test_a_repository_s_configuration_runs_nothing(work: Tree, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    run = f"touch {canary}"
    hooks = work.root / ".git/hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("pre-push", "pre-commit", "reference-transaction", "post-index-change", "post-checkout"):
        (hooks / name).write_text(f"#!/bin/sh\n{run}\n")
        (hooks / name).chmod(0o755)
    settings = {
        "core.fsmonitor": run, "core.sshCommand": run, "core.gitProxy": run, "core.askPass": run, "core.alternateRefsCommand": run,
        "credential.helper": f"!{run}", "filter.f.clean": run, "filter.f.smudge": run, "diff.external": run, "diff.d.command": run,
        "diff.d.textconv": run, "gpg.program": run, "commit.gpgSign": "true", "remote.origin.receivepack": run, "core.editor": run,
        "remote.origin.uploadpack": run, "remote.origin.vcs": "ext", "protocol.ext.allow": "always", "core.pager": run, "core.hooksPath": str(hooks),
        "pager.diff-tree": run, "alias.push": f"!{run}", "alias.fast-import": f"!{run}", "trailer.x.command": run, "sequence.editor": run,
    }  # fmt: skip
    for key, value in settings.items():
        work.git("config", key, f"{value}-{key}" if "touch" in value else value)
    work.write({".gitattributes": "* filter=f diff=d\n"})
    with served(tmp_path / "server") as door:
        work.git("config", "remote.origin.url", f"{door.url}/umbrella/codex.git")
        checkout = opened(work)
        checkout.ready()
        publish(checkout, {"ours.md": b"x\r\n"})
    assert [path.name for path in tmp_path.glob("canary*")] == []


def test_an_index_that_another_git_holds(work: Tree) -> None:
    """The push has landed; what is left undone is said."""
    checkout = opened(work)
    (work.root / ".git/index.lock").write_text("")
    with pytest.raises(
        GitError, match=r"is pushed, but .* could not be brought to it: git update-index failed"
    ):
        publish(checkout, {"ours.md": b"x"})
    (work.root / ".git/index.lock").unlink()
    assert subprocess.run(
        ["git", "-C", work.root, "rev-parse", "HEAD", "origin/main"], capture_output=True, check=True
    )
