"""What a sync wrote becomes one commit, or one pull request: real repositories, real pushes, and others who push too.

More races than twenty: `CODEX_PUSHES=200 python -m pytest tests/sync/test_publish.py -k two_publishers`.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Callable

import pytest
from fake_github import FakeGitHub
from git_server import served
from trees import Tree, bare

from codex_action.errors import NotFound, RefusedError, StorageError, Unauthorized, UsageError
from codex_action.remote.checkout import Checkout
from codex_action.remote.clone import Clone
from codex_action.remote.github import GitHub, api_reach
from codex_action.remote.pulls import PullRequest, PullRequests
from codex_action.remote.push import PushRefused, PushRejected
from codex_action.remote.session import Clock, Session
from codex_action.remote.upstream import Upstream, check_branch
from codex_action.sync.model import EXECUTABLE, Action, Plan
from codex_action.sync.publish import Forge, Origin, Place, Work, body, branch_of, message, publish

pytestmark = pytest.mark.slow

CANARY = "tkn_canary_7f3a9c"
ROUNDS = int(os.environ.get("CODEX_PUSHES", "20"))
SHA = "0123456789abcdef0123456789abcdef01234567"
ORIGIN = Origin("umbrella", "handbook", SHA)
FILES = {
    "README.md": "# Codex\n",
    "projects/handbook/a.md": "a\n",
    "projects/handbook/b.md": "b\n",
    "projects/other/x.md": "x\n",
}
NEW = {"a.md": b"a\n", "b.md": b"changed\r\n", "new.md": b"new"}


@pytest.fixture
def server(tmp_path: Path) -> Tree:
    made = bare(tmp_path / "server/umbrella/codex.git", FILES)
    made.git("config", "uploadpack.allowFilter", "true")
    made.git("config", "http.receivepack", "true")
    return made


@pytest.fixture
def hub(server: Tree) -> Iterator[FakeGitHub]:
    with FakeGitHub() as made:
        made.add("umbrella/codex", {"README.md": b"x"}).folder = str(server.root)
        yield made


def forge(hub: FakeGitHub) -> Forge:
    session = Session(api_reach(hub.url), environ={})
    pulls = PullRequests(GitHub(session, api_url=hub.url), clock=Clock(sleep=lambda _: None))
    return Forge(pulls, "umbrella", "codex")


@pytest.fixture
def clone(tmp_path: Path, server: Tree) -> Callable[..., Clone]:
    def make(url: str = f"file://{server.root}", project: str = "handbook", **options: str) -> Clone:
        base = tmp_path / f"clone-{os.urandom(4).hex()}"
        base.mkdir()
        made = Clone(Upstream(url, options.get("token")), str(base), options.get("branch"))
        made.materialise(lambda path: path.startswith(f"projects/{project}/"))
        return made

    return make


def state(file: Path) -> str | None:
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.exists() else None


class Sync:
    """The simplest sync there is: the codex repository gets these files, whatever it has."""

    def __init__(
        self, place: Place, files: Mapping[str, bytes], project: str = "handbook", **options: str
    ) -> None:
        self.place, self.files, self.project = place, files, project
        self.direction = options.get("direction", "to-codex")
        self.runs = 0

    def where(self, path: str) -> str:
        return f"projects/{self.project}/{path}"

    def __call__(self) -> Work:
        self.runs += 1
        root = Path(self.place.folder, "projects", self.project)
        there = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
        actions = tuple(
            filter(None, (self.one(root / path, path) for path in sorted(there | set(self.files))))
        )
        plan = Plan(
            self.project, self.direction, None, self.place.branch, self.place.tip or "", "rules", actions
        )  # type: ignore[arg-type]
        return Work(plan, actions, self.where)

    def one(self, file: Path, path: str) -> Action | None:
        before, data = state(file), self.files.get(path)
        if data is None:
            file.unlink()
            return Action("delete", "codex", path, before, None, 0, 0o100644, "gone")
        after = hashlib.sha256(data).hexdigest()
        if before == after:
            return None
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        mode = EXECUTABLE if path.endswith(".sh") else 0o100644
        return Action("update" if before else "create", "codex", path, before, after, len(data), mode, "new")


def files(server: Tree, ref: str = "main") -> dict[str, str]:
    names = server.git("ls-tree", "-r", "--name-only", ref).split()
    return {name: server.git("show", f"{ref}:{name}") for name in names}


def theirs(server: Tree, content: Mapping[str, str], branch: str = "main") -> str:
    """Somebody else's commit, pushed."""
    work = Tree(server.root.with_suffix(".work"))
    work.git("fetch", "--quiet", str(server.root), branch)
    work.git("reset", "--quiet", "--hard", "FETCH_HEAD")
    made = work.commit(content)
    work.git("push", "--quiet", str(server.root), f"HEAD:{branch}")
    return made


def test_one_commit(server: Tree, clone: Callable[..., Clone]) -> None:
    place = clone()
    before = place.tip
    sync = Sync(place, {**NEW, "run.sh": b"#!/bin/sh\n"})
    done = publish(place, sync, ORIGIN, now=lambda: 1_700_000_000.5)
    assert (done.branch, done.tries, done.pull_request, sync.runs) == ("main", 1, None, 1)
    assert server.git("rev-parse", "main", "main^").split() == [done.commit, before]
    assert server.git("show", "--no-patch", "--format=%at%n%B", "main").rstrip() == (
        f"1700000000\ncodex: sync handbook (+2 ~1 -0)\n\nCodex-Origin: umbrella/handbook@{SHA}\nCodex-Plan: {done.work.plan.digest}"
    )
    trailers = server.git("show", "--no-patch", "--format=%(trailers:key=Codex-Origin,valueonly)", "main")
    assert trailers.strip() == f"umbrella/handbook@{SHA}"
    assert files(server) == {
        **FILES, "projects/handbook/b.md": "changed\r\n", "projects/handbook/new.md": "new", "projects/handbook/run.sh": "#!/bin/sh\n"
    }  # fmt: skip
    again = publish(place, Sync(place, {**NEW, "run.sh": b"#!/bin/sh\n"}), ORIGIN)
    assert (again.commit, again.branch) == (None, None)
    assert server.git("rev-parse", "main").strip() == done.commit


def test_deletions(server: Tree, clone: Callable[..., Clone]) -> None:
    place = clone()
    publish(place, Sync(place, {"a.md": b"a\n"}), Origin("umbrella", "handbook"))
    assert "projects/handbook/b.md" not in files(server)
    body_of = server.git("show", "--no-patch", "--format=%B", "main")
    assert body_of.startswith(
        "codex: sync handbook (+0 ~0 -1)\n\nCodex-Origin: umbrella/handbook\nCodex-Plan: "
    )


def test_bytes_of_the_project_s_own_files(server: Tree, clone: Callable[..., Clone], tmp_path: Path) -> None:
    """A clone need not be written into."""
    place, elsewhere = clone(), Tree(tmp_path / "project").write(NEW)
    work = Sync(clone(), NEW)()._replace(source=lambda path: str(elsewhere.root / path))
    publish(place, lambda: work, ORIGIN)
    assert files(server)["projects/handbook/b.md"] == "changed\r\n"
    elsewhere.write({"b.md": "changed once more"})
    with pytest.raises(StorageError, match=r"'projects/handbook/b\.md' changed while it was being committed"):
        publish(place, lambda: work, ORIGIN)


def test_what_was_not_done_is_not_committed(server: Tree, clone: Callable[..., Clone]) -> None:
    place = clone()
    work = Sync(place, NEW)()
    done = tuple(action for action in work.done if action.path == "new.md")
    publish(place, lambda: work._replace(done=done), ORIGIN)
    assert files(server) == {**FILES, "projects/handbook/new.md": "new"}


def test_an_empty_repository(tmp_path: Path, clone: Callable[..., Clone], hub: FakeGitHub) -> None:
    empty = Tree(tmp_path / "empty.git")
    empty.root.mkdir()
    empty.git("init", "--quiet", "--bare", "-b", "trunk")
    place = clone(f"file://{empty.root}")
    with pytest.raises(UsageError, match="the codex repository is empty") as caught:
        publish(place, Sync(place, NEW), ORIGIN, forge=forge(hub))
    assert caught.value.hint == "--push the first time"
    place = clone(f"file://{empty.root}")
    assert publish(place, Sync(place, NEW), ORIGIN).branch == "trunk"
    assert len(files(empty, "trunk")) == 3


def test_a_branch_of_an_environment(server: Tree, clone: Callable[..., Clone]) -> None:
    with pytest.raises(NotFound, match="has no branch 'test'"):
        clone(branch="test")
    server.git("branch", "test", "main")
    place = clone(branch="test")
    publish(place, Sync(place, NEW), ORIGIN)
    assert files(server) == FILES
    assert "projects/handbook/new.md" in files(server, "test")


# --- others push too ---


class Meanwhile(Sync):
    """A sync during which somebody else pushes, `times` times."""

    def __init__(self, server: Tree, times: int, place: Place, content: Mapping[str, bytes]) -> None:
        super().__init__(place, content)
        self.server, self.times = server, times

    def __call__(self) -> Work:
        work = super().__call__()
        if self.runs <= self.times:
            theirs(
                self.server,
                {f"projects/handbook/theirs-{self.runs}.md": "t", "projects/other/x.md": str(self.runs)},
            )
        return work


def test_a_push_that_comes_too_late_is_planned_again(server: Tree, clone: Callable[..., Clone]) -> None:
    place = clone()
    sync = Meanwhile(server, 2, place, {**NEW, "theirs-1.md": b"mine"})
    done = publish(place, sync, ORIGIN)
    assert (done.tries, sync.runs) == (3, 3)
    kinds = {action.path: action.kind for action in done.work.plan.actions}
    assert kinds == {"b.md": "update", "new.md": "create", "theirs-1.md": "update", "theirs-2.md": "delete"}
    assert files(server)["projects/other/x.md"] == "2"
    assert files(server)["projects/handbook/theirs-1.md"] == "mine"


def test_three_times_at_most(server: Tree, clone: Callable[..., Clone]) -> None:
    place = clone()
    sync = Meanwhile(server, 5, place, NEW)
    with pytest.raises(PushRejected, match="branch 'main' has moved on meanwhile"):
        publish(place, sync, ORIGIN)
    assert sync.runs == 3
    assert "projects/handbook/new.md" not in files(server)


def test_the_gates_are_asked_again(server: Tree, clone: Callable[..., Clone]) -> None:
    place = clone()
    sync = Meanwhile(server, 1, place, NEW)

    def attempt() -> Work:
        if sync.runs:
            raise RefusedError("the plan is not the one that was approved")
        return sync()

    with pytest.raises(RefusedError, match="not the one that was approved"):
        publish(place, attempt, ORIGIN)
    assert "projects/handbook/new.md" not in files(server)


@pytest.mark.parametrize("over", ["file", "http"])
def test_two_publishers_at_once(over: str, server: Tree, tmp_path: Path, clone: Callable[..., Clone]) -> None:
    """Both land, one after the other, and nothing of either is lost."""
    with served(tmp_path / "server") if over == "http" else contextlib.nullcontext() as door:
        url = f"{door.url}/umbrella/codex.git" if door else f"file://{server.root}"
        expected: dict[str, str] = {}
        for number in range(max(1, ROUNDS // 2)):
            content = {f"{number}.md": str(number).encode(), "same.md": str(number).encode()}
            expected.update({f"{number}.md": str(number), "same.md": str(number)})
            barrier = threading.Barrier(2)

            def run(
                project: str, content: Mapping[str, bytes] = content, barrier: threading.Barrier = barrier
            ) -> int:
                place = clone(url, project)
                kept = {
                    path.name: path.read_bytes() for path in Path(place.folder, "projects", project).glob("*")
                }
                barrier.wait()
                return publish(
                    place, Sync(place, {**kept, **content}, project), Origin("umbrella", project)
                ).tries

            with ThreadPoolExecutor(2) as pool:
                assert sorted(pool.map(run, ("one", "two")))[1] <= 2
        for project in ("one", "two"):
            head = f"projects/{project}/"
            found = {path[len(head) :]: text for path, text in files(server).items() if path.startswith(head)}
            assert found == expected
        assert server.git("rev-list", "--count", "main").strip() == str(1 + 2 * max(1, ROUNDS // 2))


# --- pull requests ---


def test_one_pull_request(server: Tree, hub: FakeGitHub, clone: Callable[..., Clone]) -> None:
    place = clone()
    done = publish(place, Sync(place, NEW), ORIGIN, forge=forge(hub))
    pulls = hub.repos["umbrella/codex"].pulls
    assert done.branch == branch_of("handbook") == "codex-sync/handbook"
    assert done.pull_request == f"{hub.url}/umbrella/codex/pull/1"
    assert [(pull.title, pull.base, pull.state) for pull in pulls] == [
        ("codex: sync handbook (+1 ~1 -0)", "main", "open")
    ]
    assert files(server) == FILES
    assert server.git("rev-parse", "codex-sync/handbook", "codex-sync/handbook^").split() == [
        done.commit,
        place.tip,
    ]
    # The same plan again: neither pushed nor written.
    place, before = clone(), len(hub.log)
    again = publish(place, Sync(place, NEW), ORIGIN, forge=forge(hub))
    assert (again.commit, again.pull_request) == (done.commit, done.pull_request)
    assert [exchange.method for exchange in hub.log[before:]] == ["GET"]
    # Another plan: the same pull request, its branch on the base as it is now.
    tip = theirs(server, {"projects/other/x.md": "2"})
    place = clone()
    more = publish(place, Sync(place, {**NEW, "more.md": b"m"}), ORIGIN, forge=forge(hub))
    assert more.pull_request == done.pull_request
    assert [pull.title for pull in pulls] == ["codex: sync handbook (+2 ~1 -0)"]
    assert server.git("rev-list", "codex-sync/handbook").split()[1] == tip
    # Nothing is left: closed. What comes next is a new one.
    as_there = {"a.md": b"a\n", "b.md": b"b\n"}
    place = clone()
    assert publish(place, Sync(place, as_there), ORIGIN, forge=forge(hub)).pull_request is None
    assert [pull.state for pull in pulls] == ["closed"]
    assert publish(place, Sync(place, as_there), ORIGIN, forge=forge(hub)).commit is None
    place = clone()
    assert (
        publish(place, Sync(place, NEW), ORIGIN, forge=forge(hub)).pull_request
        == f"{hub.url}/umbrella/codex/pull/2"
    )


def test_a_sync_that_only_reads_closes_nothing(hub: FakeGitHub, clone: Callable[..., Clone]) -> None:
    place = clone()
    publish(place, Sync(place, NEW), ORIGIN, forge=forge(hub))
    reading = Sync(clone(), {"a.md": b"a\n", "b.md": b"b\n"}, direction="from-codex")
    publish(reading.place, reading, ORIGIN, forge=forge(hub))
    place = clone()
    failed = Sync(place, NEW)()._replace(done=())
    publish(place, lambda: failed, ORIGIN, forge=forge(hub))
    assert [pull.state for pull in hub.repos["umbrella/codex"].pulls] == ["open"]


def test_a_branch_that_somebody_changed_is_reset(
    server: Tree, hub: FakeGitHub, clone: Callable[..., Clone]
) -> None:
    place = clone()
    publish(place, Sync(place, NEW), ORIGIN, forge=forge(hub))
    theirs(server, {"mine.md": "x"}, "codex-sync/handbook")
    place = clone()
    done = publish(place, Sync(place, NEW), ORIGIN, forge=forge(hub))
    assert server.git("rev-list", "codex-sync/handbook").split() == [done.commit, place.tip]


def test_a_branch_that_another_run_holds(server: Tree, hub: FakeGitHub, clone: Callable[..., Clone]) -> None:
    held = server.root / "refs/heads/codex-sync/handbook.lock"
    held.parent.mkdir(parents=True)
    held.touch()
    place = clone()
    with pytest.raises(PushRejected, match="branch 'codex-sync/handbook' has moved on"):
        publish(place, Sync(place, NEW), ORIGIN, forge=forge(hub))
    assert hub.repos["umbrella/codex"].pulls == []
    held.unlink()
    place = clone()
    assert publish(place, Sync(place, NEW), ORIGIN, forge=forge(hub)).pull_request


def test_a_branch_that_cannot_be_made(server: Tree, hub: FakeGitHub, clone: Callable[..., Clone]) -> None:
    """A branch of the name's first part is in its way: no later push would change that."""
    server.git("branch", "codex-sync", "main")
    place = clone()
    with pytest.raises(PushRefused, match="branch 'codex-sync/handbook' does not take this push: ") as caught:
        publish(place, Sync(place, NEW), ORIGIN, forge=forge(hub))
    assert "look at the rules for codex-sync/*" in (caught.value.hint or "")
    assert hub.repos["umbrella/codex"].pulls == []


@pytest.mark.parametrize("kind", ["broken", "forbidden", "no pull requests", "secondary"])
def test_a_pull_request_that_github_does_not_open_now(
    kind: str, server: Tree, hub: FakeGitHub, clone: Callable[..., Clone]
) -> None:
    """The branch is there already; the next run opens one, and one alone."""

    class Late(PullRequests):
        def create(self, *names: str, **values: str) -> PullRequest:
            hub.refuse(kind, 0)
            return super().create(*names, **values)

    place, (pulls, *names) = clone(), forge(hub)
    late = Forge(Late(pulls._github, clock=Clock(sleep=lambda _: None)), *names)  # noqa: SLF001 - the same GitHub
    with pytest.raises((StorageError, RefusedError)) as caught:
        publish(place, Sync(place, NEW), ORIGIN, forge=late)
    assert caught.value.exit_code in (4, 5)
    assert files(server) == FILES
    place = clone()
    done = publish(place, Sync(place, NEW), ORIGIN, forge=forge(hub))
    assert [pull.state for pull in hub.repos["umbrella/codex"].pulls] == ["open"]
    assert server.git("rev-parse", "codex-sync/handbook").strip() == done.commit


def test_a_pull_request_that_somebody_closed(
    server: Tree, hub: FakeGitHub, clone: Callable[..., Clone]
) -> None:
    """It stays as it is, and there is a new one."""
    place = clone()
    publish(place, Sync(place, NEW), ORIGIN, forge=forge(hub))
    (pull,) = hub.repos["umbrella/codex"].pulls
    pull.state, pull.title = "closed", "no, thank you"
    server.git("branch", "-D", "codex-sync/handbook")
    place = clone()
    done = publish(place, Sync(place, NEW), ORIGIN, forge=forge(hub))
    assert done.pull_request == f"{hub.url}/umbrella/codex/pull/2"
    assert (pull.state, pull.title) == ("closed", "no, thank you")


def test_a_body_that_somebody_wrote_is_written_anew(
    server: Tree, hub: FakeGitHub, clone: Callable[..., Clone]
) -> None:
    """What it says of a plan holds only with the commit that it says it of."""
    place = clone()
    publish(place, Sync(place, NEW), ORIGIN, forge=forge(hub), now=lambda: 1_700_000_000)
    (pull,) = hub.repos["umbrella/codex"].pulls
    said = pull.body
    theirs(server, {"evil.md": "x"}, "codex-sync/handbook")
    for turn, written in enumerate((said, "", "<!-- codex-sync plan=x -->", None)):
        pull.body = written
        place = clone()
        now = 1_700_000_001.0 + turn
        done = publish(place, Sync(place, NEW), ORIGIN, forge=forge(hub), now=lambda now=now: now)
        assert f"head={done.commit} -->" in str(pull.body)
        assert server.git("rev-list", "codex-sync/handbook").split() == [done.commit, place.tip]


def test_pull_requests_of_two_runs_at_once(
    server: Tree, hub: FakeGitHub, clone: Callable[..., Clone]
) -> None:
    for number in range(5):
        barrier = threading.Barrier(2)

        def run(content: bytes, barrier: threading.Barrier = barrier) -> str | None:
            place = clone()
            barrier.wait()
            return publish(
                place, Sync(place, {**NEW, "n.md": content}), ORIGIN, forge=forge(hub)
            ).pull_request

        with ThreadPoolExecutor(2) as pool:
            first, second = pool.map(run, (b"1%d" % number, b"2%d" % number))
        assert first == second
    assert len(hub.repos["umbrella/codex"].pulls) == 1


def test_a_pull_request_that_may_not_be_opened(hub: FakeGitHub, clone: Callable[..., Clone]) -> None:
    class Forbidden(PullRequests):
        def create(self, *names: str, **values: str) -> PullRequest:
            hub.refuse("no pull requests")
            return super().create(*names, **values)

    place, (pulls, *names) = clone(), forge(hub)
    forbidden = Forge(Forbidden(pulls._github), *names)  # noqa: SLF001 - the same GitHub
    with pytest.raises(RefusedError, match="GitHub Actions may not open pull requests"):
        publish(place, Sync(place, NEW), ORIGIN, forge=forbidden)


def test_what_it_says(clone: Callable[..., Clone]) -> None:
    """Names from outside add no trailer, no line and no markup."""
    work = Sync(clone(), NEW)()
    odd = Origin("um\nbrella", "hand`book\nCodex-Plan: x", "`<b>`")
    assert len(message(work, odd).splitlines()) == 4
    text = body(work, odd, SHA, SHA)
    assert "Documents of `um brella/hand'book Codex-Plan: x@'<b>'`, as its" in text
    assert text.endswith(f" base={SHA} head={SHA} -->\n")
    with pytest.raises(UsageError, match="is no name of a branch"):
        check_branch(branch_of(odd.project))


# --- a checkout ---


@pytest.fixture
def work(server: Tree, tmp_path: Path) -> Tree:
    server.git("clone", "--quiet", f"file://{server.root}", str(tmp_path / "codex"))
    return Tree(tmp_path / "codex")


def checkout(work: Tree) -> Checkout:
    return Checkout(str(work.root), environ=os.environ)


def test_from_a_checkout(server: Tree, work: Tree) -> None:
    work.write({"README.md": "changed", "projects/other/x.md": "staged"}).git("add", "projects/other/x.md")
    place = checkout(work)
    done = publish(place, Sync(place, NEW), ORIGIN)
    assert done.commit == server.git("rev-parse", "main").strip() == work.git("rev-parse", "HEAD").strip()
    assert files(server)["README.md"] == FILES["README.md"]
    assert work.git("status", "--porcelain").splitlines() == [" M README.md", "M  projects/other/x.md"]


def test_a_pull_request_from_a_checkout(server: Tree, work: Tree, hub: FakeGitHub) -> None:
    """The files are in the checkout, and its branch stays where it was."""
    place = checkout(work)
    done = publish(place, Sync(place, NEW), ORIGIN, forge=forge(hub))
    assert server.git("rev-parse", "codex-sync/handbook").strip() == done.commit
    assert work.git("rev-parse", "HEAD").strip() == server.git("rev-parse", "main").strip() != done.commit
    assert work.git("status", "--porcelain").split() == [
        "M",
        "projects/handbook/b.md",
        "??",
        "projects/handbook/new.md",
    ]


def test_a_checkout_that_is_behind_is_not_written(server: Tree, work: Tree) -> None:
    theirs(server, {"projects/other/x.md": "2"})
    place = checkout(work)
    sync = Sync(place, NEW)
    with pytest.raises(PushRejected, match="is not where 'main' is in the codex repository"):
        publish(place, sync, ORIGIN)
    assert sync.runs == 0


def test_a_checkout_that_is_overtaken_is_not_moved(server: Tree, work: Tree) -> None:
    place = checkout(work)
    sync = Meanwhile(server, 1, place, NEW)
    with pytest.raises(PushRejected, match="is not where 'main' is in the codex repository"):
        publish(place, sync, ORIGIN)
    assert sync.runs == 1
    assert work.git("log", "--format=%s").split() == ["change"]


# --- secrets ---


def watched(stop: threading.Event, seen: set[bytes]) -> None:
    """The command line of every process, as often as there is time."""
    while not stop.is_set():
        for number in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError):
                seen.add(Path("/proc", number, "cmdline").read_bytes())


def test_no_trace_of_the_token(
    server: Tree, tmp_path: Path, clone: Callable[..., Clone], hub: FakeGitHub
) -> None:
    """Not in an argument, a file, an error or a commit: neither where it works nor where it is refused."""
    hub.tokens[CANARY] = set()
    seen: set[bytes] = set()
    stop = threading.Event()
    with served(tmp_path / "server", token=CANARY) as door:
        url = f"{door.url}/umbrella/codex.git"
        watcher = threading.Thread(target=watched, args=(stop, seen))
        watcher.start()
        place = clone(url, token=CANARY)
        publish(place, Meanwhile(server, 1, place, NEW), ORIGIN)
        publish(place, Sync(place, {}), ORIGIN, forge=forge(hub))
        server.write({"hooks/pre-receive": "#!/bin/sh\nenv >&2; exit 1\n"})
        (server.root / "hooks/pre-receive").chmod(0o755)
        with pytest.raises(PushRefused) as refused:
            publish(place, Sync(place, {"x.md": b"1"}), ORIGIN)
        door.token = "changed"
        with pytest.raises(Unauthorized) as wrong:
            publish(place, Sync(place, {"x.md": b"2"}), ORIGIN)
        stop.set()
        watcher.join()
    errors = (refused.value, wrong.value)
    told = " ".join(f"{error} {error.hint} {error!r} {vars(error)}" for error in errors)
    assert any(b"git\0" in line and b"push" in line for line in seen)
    assert not [line for line in seen if CANARY.encode() in line]
    assert CANARY not in told + repr(place.upstream)
    for path in [*tmp_path.rglob("*"), *server.root.rglob("*")]:
        assert not path.is_file() or CANARY.encode() not in path.read_bytes(), path
