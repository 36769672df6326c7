"""A checkout that somebody works in: our commit goes on its branch, their work stays as it was."""

from __future__ import annotations

import hashlib
import os
import subprocess
import threading
from pathlib import Path

import pytest
from git_server import served
from trees import Tree, bare

from codex_action.errors import GitError, RefusedError, Unauthorized, UsageError
from codex_action.remote import checkout as module
from codex_action.remote import landing
from codex_action.remote.checkout import Checkout
from codex_action.remote.clone import Clone
from codex_action.remote.commit import Change, Identity, make_commit
from codex_action.remote.landing import Landing
from codex_action.remote.push import PushRejected
from codex_action.remote.upstream import Upstream

CANARY = "tkn_canary_7f3a9c"
FILES = {"a.md": "a\n", "b.md": "b\n", "c.md": "c\n", "sub/d.md": "d\n"}
CHANGES: dict[str, bytes | None] = {"ours.md": b"ours\n", "a.md": b"changed\n", "sub/d.md": None}


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
    checkout.push(made)
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
    """What is staged is what is committed, or what the disk holds, or a deletion: none of it is lost."""
    work.write({"a.md": "ours\n"}).git("add", "a.md")
    work.git("rm", "--quiet", "--cached", "b.md")
    publish(opened(work), {"a.md": b"ours\n", "b.md": b"ours\n"})
    assert work.git("status", "--porcelain") == ""
    work.write({"a.md": "staged\n"}).git("add", "a.md")
    checkout = opened(work)
    made = commit(checkout, {"a.md": b"mine\n"})
    work.write({"a.md": "staged\n"})  # a sync writes after it has published
    checkout.push(made)
    work.write({"a.md": "mine\n"})
    assert work.git("status", "--porcelain") == ""


def test_content_that_is_staged_and_nowhere_else_stays(work: Tree, server: Tree) -> None:
    work.write({"a.md": "staged\n"}).git("add", "a.md")
    tip = server.git("rev-parse", "main")
    for changes in CHANGES, {"a.md": None}:
        with pytest.raises(RefusedError, match=r"what is staged for 'a\.md' in .* is nowhere else") as caught:
            publish(opened(work), changes)
    assert "git restore --staged" in (caught.value.hint or "")
    assert work.git("show", ":a.md") == "staged\n"
    assert server.git("rev-parse", "main") == tip
    assert work.git("for-each-ref", "refs/codex-sync") == ""


def test_a_file_that_is_to_be_added(work: Tree) -> None:
    """Nothing of it is staged yet."""
    work.write({"ours.md": "ours\n"}).git("add", "--intent-to-add", "ours.md")
    publish(opened(work), {"ours.md": b"ours\n"})
    assert work.git("status", "--porcelain") == ""


@pytest.mark.parametrize(("staged", "ours"), [("new", "new/ours.md"), ("new/theirs.md", "new")])
def test_what_is_staged_stays_where_a_folder_of_ours_would_be(
    staged: str, ours: str, work: Tree, server: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file, and a folder: before a push it is refused, after one that was killed it stays in the index."""
    tip = server.git("rev-parse", "main")

    def stage() -> None:
        work.write({staged: "nowhere else\n"}).git("add", staged)
        (work.root / staged).unlink()
        if "/" in staged:
            (work.root / staged).parent.rmdir()

    stage()
    with pytest.raises(RefusedError, match=rf"'{staged}', which is staged in .* is where '{ours}' would be"):
        publish(opened(work), {ours: b"ours\n"})
    assert work.git("show", f":{staged}") == "nowhere else\n"
    assert server.git("rev-parse", "main") == tip
    work.git("rm", "--quiet", "--cached", staged)
    (work.root / ours).unlink()
    killed(monkeypatch, Landing, "finish", work, {ours: b"ours\n"})
    (work.root / ours).unlink()
    if "/" in ours:
        (work.root / ours).parent.rmdir()
    stage()
    opened(work).ready()
    assert work.git("show", f":{staged}") == "nowhere else\n"
    assert work.git("rev-parse", "HEAD") == work.git("ls-remote", "origin", "main").split()[0] + "\n"


class Killed(BaseException):
    """No handler of ours hears of a kill."""


def killed(
    patches: pytest.MonkeyPatch, place: object, name: str, work: Tree, content: dict[str, bytes | None]
) -> None:
    """A push that is killed where a function would be called."""

    def kill(*_args: object, **_options: object) -> None:
        raise Killed

    with patches.context() as patch:
        patch.setattr(place, name, kill)
        with pytest.raises(Killed):
            publish(opened(work), content)


MOMENTS = ["note", "finish", "_write_index", "forget"]


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("what", ["more", "first"])
def test_killed_while_a_commit_lands(
    moment: str, what: str, work: Tree, server: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next run ends it: the branch and the index are at what was pushed, and nothing else is touched."""
    if what == "first":
        server, work = empty(tmp_path)
    work.write({"mine.md": "mine\n"}).git("add", "mine.md")

    changes = {path: data for path, data in CHANGES.items() if data or what == "more"}
    killed(monkeypatch, Landing, moment, work, changes)
    checkout = opened(work)
    checkout.ready()
    if moment == "note":
        assert checkout.tip == (None if what == "first" else server.git("rev-parse", "main").strip())
        return
    assert checkout.tip == server.git("rev-parse", "main").strip() == work.git("rev-parse", "HEAD").strip()
    assert work.git("status", "--porcelain") == "A  mine.md\n"
    assert work.git("for-each-ref", "refs/codex-sync") == ""


def test_pushes_that_never_arrive_do_not_pile_up(work: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(12):
        killed(monkeypatch, module, "push", work, {"ours.md": str(number).encode()})
        opened(work).ready()
    assert len(work.git("for-each-ref", "refs/codex-sync").splitlines()) <= 9
    publish(opened(work), {"ours.md": b"x"})
    assert work.git("for-each-ref", "refs/codex-sync") == ""


@pytest.mark.parametrize("one", ["main", "release"])
def test_another_worktree_of_a_repository_has_notes_of_its_own(
    one: str, work: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was killed there is ended there, whatever is pushed and cleared away from here meanwhile."""
    work.git("branch", "release")
    work.git("push", "--quiet", "origin", "release")
    work.git("worktree", "add", "--quiet", str(tmp_path / "release"), "release")
    trees = {"main": work, "release": Tree(tmp_path / "release")}
    branch, other = (one, "release" if one == "main" else "main")
    killed(monkeypatch, Landing, "finish", trees[branch], CHANGES)
    publish(opened(trees[other]), {"ours.md": b"x"})
    trees[other].git("gc", "--quiet", "--prune=now")
    opened(trees[branch]).ready()
    tip = work.git("ls-remote", "origin", f"refs/heads/{branch}").split()[0]
    assert trees[branch].git("rev-parse", "HEAD").strip() == tip
    assert trees[branch].git("diff", "--cached", "--name-only") == ""
    assert work.git("for-each-ref", "refs/codex-sync") == ""


def test_what_was_staged_after_a_kill_stays(work: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    killed(monkeypatch, Landing, "finish", work, CHANGES)
    work.write({"a.md": "later\n"}).git("add", "a.md")
    work.write({"a.md": "changed\n"})
    opened(work).ready()
    assert work.git("show", ":a.md") == "later\n"
    assert work.git("diff", "--cached", "--name-only") == "a.md\n"


def test_a_commit_of_somebody_else_is_not_taken_for_ours(
    work: Tree, server: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also if it was fetched already, and follows on where a push of ours never came to be."""
    killed(monkeypatch, module, "push", work, CHANGES)
    assert work.git("for-each-ref", "refs/codex-sync") != ""
    other = Tree(server.root.with_suffix(".work"))
    other.commit({"theirs.md": "x"})
    other.git("push", "--quiet", str(server.root), "HEAD:main")
    work.git("fetch", "--quiet")
    tip = work.git("rev-parse", "HEAD")
    with pytest.raises(PushRejected):
        opened(work).ready()
    assert work.git("rev-parse", "HEAD") == tip
    work.git("stash", "--quiet", "--include-untracked")
    work.git("merge", "--quiet", "--ff-only", "origin/main")
    opened(work).ready()
    assert work.git("for-each-ref", "refs/codex-sync") == ""  # it can land no more


def test_a_push_that_goes_on_after_a_kill(work: Tree, server: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    """It lands while the next run is about to push: that is no other's push, and the next run goes on from there."""
    killed(monkeypatch, module, "push", work, {"ours.md": b"1"})
    begun = work.git("for-each-ref", "--format=%(objectname)", "refs/codex-sync").strip()
    checkout = opened(work)
    checkout.ready()
    made = commit(checkout, {"ours.md": b"2"})
    work.git("push", "--quiet", "origin", f"{begun}:main")
    with pytest.raises(PushRejected):
        checkout.push(made)
    checkout.refresh()
    assert checkout.tip == begun
    publish(checkout, {"ours.md": b"2"})
    assert server.git("show", "main:ours.md") == "2"


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


def empty(folder: Path) -> tuple[Tree, Tree]:
    """A repository without a commit, and a checkout of it."""
    made = Tree(folder / "empty.git")
    made.root.mkdir()
    made.git("init", "--quiet", "--bare")
    made.git("clone", "--quiet", f"file://{made.root}", str(folder / "first"))
    return made, Tree(folder / "first")


def test_a_first_commit(tmp_path: Path) -> None:
    server, work = empty(tmp_path)
    checkout = opened(work)
    checkout.ready()
    publish(checkout, {"a.md": b"x"})
    assert work.git("status", "--porcelain") == ""
    assert server.git("ls-tree", "-r", "--name-only", "main").split() == ["a.md"]


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
    assert "sync without --push, then commit and push there with git itself" in (caught.value.hint or "")


# Attributes and a file's bytes, and the attribute that would change them.
BY_CONTENT = [
    ("text", b"a\r\n", "text=set"), ("text", b"a\n", None), ("text=auto", b"a\r\n", None), ("-text eol=lf", b"a\r\n", None),
    ("eol=lf", b"a\r\n", "eol=lf"), ("eol=crlf", b"a\r\n", "eol=crlf"), ("eol=crlf", b"a\n", None), ("crlf", b"a\r\n", "crlf=set"),
    ("crlf=input", b"a\r\n", "crlf=input"), ("-crlf", b"a\r\n", None), ("text=auto eol=lf", b"a\r\n", None), ("ident", b"$Id$", None),
    ("ident", b"$Id: 12 $", "ident=set"), ("-ident text", b"$Id: 12 $\n", None), ("binary", b"\r\n$Id: 1 $", None),
]  # fmt: skip


@pytest.mark.parametrize(("attributes", "data", "named"), BY_CONTENT)
def test_what_git_would_convert_of_some_bytes(
    attributes: str, data: bytes, named: str | None, work: Tree, server: Tree
) -> None:
    """In a checkout and without one; and what is refused is just what git would not find clean."""
    work.write({"sub/.gitattributes": f"*.md {attributes}\n", "sub/n.md": data}).git(
        "add", "sub/.gitattributes"
    )
    work.git("commit", "--quiet", "-m", "x")
    work.git("push", "--quiet", "origin", "HEAD:main")
    checkout = opened(work)
    base = work.root.parent / "clone"
    base.mkdir()
    clone = Clone(Upstream(f"file://{server.root}"), str(base))
    change = Change("sub/n.md", str(work.root / "sub/n.md"), hashlib.sha256(data).hexdigest())
    for place in (checkout, clone):
        if named:
            with pytest.raises(RefusedError, match=f"has the git attribute {named} in"):
                place.prepared([change])
        else:
            assert place.prepared([change]) == [change]
    checkout.push(
        str(make_commit(checkout.git, checkout.tip, [change], "ours", Identity("A", "a@x"), 1_700_000_000))
    )
    work.git("update-index", "--refresh", "-q") if not named else None
    assert (work.git("status", "--porcelain") != "") == bool(named)


def test_a_file_that_is_gone_is_told_by_the_commit(work: Tree) -> None:
    work.write({".gitattributes": "* text\n"})
    changes = [Change("a.md", str(work.root / "gone"), "0")]
    assert opened(work).prepared(changes) == changes


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
    work.git("remote", "add", "origin", "git@github.com:umbrella/$(codex).git")
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


@pytest.mark.parametrize(
    "key", ["http.sslVerify", "http.https://github.com/.sslCAInfo", "http.curloptResolve"]
)
def test_no_token_where_the_repository_says_whom_to_trust(
    key: str, work: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its user may, for all repositories; what is reached without a token is the repository's own affair."""
    work.git("remote", "set-url", "origin", "https://github.com/umbrella/codex.git")
    work.git("config", key, "false")
    with pytest.raises(UsageError, match=r"has http\..* in its own configuration, so that no token is sent"):
        opened(work, token=CANARY, server="https://github.com")
    assert opened(work).upstream.token is None
    assert opened(work, token=CANARY, server="https://elsewhere.example").upstream.token is None
    work.git("config", "--unset", key)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    work.git("config", "--global", key, "false")
    assert opened(work, token=CANARY, server="https://github.com").upstream.token == CANARY


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


def test_a_repository_s_configuration_runs_nothing_for_a_file_url_or_a_signature(
    work: Tree, server: Tree, tmp_path: Path
) -> None:
    canary, commit = tmp_path / "canary", tmp_path / "commit"
    run = tmp_path / "run"
    run.write_text(f"#!/bin/sh\ntouch {canary}\n")
    run.chmod(0o755)
    head, _, words = work.git("cat-file", "commit", "HEAD").partition("\n\n")
    commit.write_text(
        f"{head}\ngpgsig -----BEGIN PGP SIGNATURE-----\n x\n -----END PGP SIGNATURE-----\n\n{words}"
    )
    signed = work.git("hash-object", "-t", "commit", "-w", str(commit)).strip()
    work.git("update-ref", f"refs/codex-sync/main/{signed}", signed)
    for key in ("uploadpack", "receivepack"):
        work.git("config", f"remote.file://{server.root}.{key}", str(run))
    work.git("config", "log.showSignature", "true")
    work.git("config", "gpg.program", str(run))
    checkout = opened(work)
    checkout.ready()
    publish(checkout, {"ours.md": b"x"})
    assert not canary.exists()


def test_an_index_that_another_git_holds(work: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is waited for. The push has landed; what is left undone is said, and done by the next run."""
    held = work.root / ".git/index.lock"
    held.write_text("")
    threading.Timer(0.3, held.unlink).start()
    publish(opened(work), {"ours.md": b"x"})
    assert work.git("status", "--porcelain") == ""
    held.write_text("")
    monkeypatch.setattr(landing, "_PATIENCE", 0.2)
    with pytest.raises(
        GitError, match=r"is pushed, but .* could not be brought to it: git update-index failed"
    ) as caught:
        publish(opened(work), {"ours.md": b"y"})
    assert caught.value.hint == "sync again when no other git is at work there"
    held.unlink()
    opened(work).ready()
    assert work.git("status", "--porcelain") == ""
    assert work.git("rev-parse", "HEAD") == work.git("ls-remote", "origin", "main").split()[0] + "\n"
