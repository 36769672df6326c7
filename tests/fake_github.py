"""GitHub on this machine: its REST routes over real HTTP, with repositories that change, tokens, limits and a log.

with FakeGitHub() as hub:
    hub.add("umbrella/handbook", {"docs/a.md": b"..."}, private=True)
    hub.tokens["secret"] = {"umbrella/handbook"}      # what a token may see beside all that is public
    ... GITHUB_API_URL is hub.url ...
    assert [exchange.path for exchange in hub.log] == [...]

Its answers are proved against GitHub's own OpenAPI document (tests/lanes/test_openapi.py). A route is a row of ROUTES.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import fake_comments
import fake_pulls
import github_objects as objects
from serving import Serving

RAW = "application/vnd.github.raw+json"
PAGE = 30
# A folder for what was asked and answered, for the judge of test_openapi.py; read before a test empties the environment.
RECORDS = os.environ.get("CODEX_EXCHANGES")


@dataclass
class Repo:
    """One repository: versions by name (branches, tags, commits), each path -> content."""

    id: int
    owner: str
    name: str
    versions: dict[str, dict[str, bytes]]
    default_branch: str
    private: bool = False
    archived: bool = False
    pulls: list[fake_pulls.Pull] = field(default_factory=list)
    remarks: list[fake_comments.Remark] = field(default_factory=list)
    parents: dict[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # of each commit, the oldest commit first
    tips: dict[str, str] = field(default_factory=dict)  # where branches are, for comparisons with them
    changed: Callable[[str, str], list[str]] = lambda *_: []  # files, between two commits
    folder: str = ""  # a bare repository that is real, for those who push

    def tip(self, branch: str) -> str | None:
        """The commit that a branch is at."""
        if self.folder:
            return fake_pulls.tip(self.folder, branch)
        return objects.commit_id(self.versions[branch]) if branch in self.versions else None

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"

    def files(self, ref: str | None) -> dict[str, bytes] | None:
        """The files of a branch, a tag or a commit; None where there is no such version."""
        wanted = self.default_branch if ref in (None, "HEAD") else ref
        by_id = {objects.commit_id(files): files for files in self.versions.values()}
        return self.versions.get(wanted or "", by_id.get(wanted or ""))


@dataclass
class Exchange:
    """One request and its answer."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    status: int = 0
    documented: str = ""  # its path as GitHub documents it, where it was asked by number
    answer_headers: dict[str, str] = field(default_factory=dict)
    answer: bytes = b""

    @property
    def token(self) -> str | None:
        """What the request showed."""
        return self.headers.get("authorization", "").partition(" ")[2] or None


class Answer(Exception):
    """A status, a body (JSON unless it is bytes) and headers."""

    def __init__(
        self, status: int, body: Any = None, headers: Mapping[str, str] | None = None  # noqa: ANN401
    ) -> None:  # fmt: skip
        super().__init__(status)
        self.status, self.body, self.headers = status, body, dict(headers or {})


def problem(status: int, message: str, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, objects.error(status, message), headers)


class FakeGitHub(Serving, ThreadingHTTPServer):
    """The server; `log` has every exchange. What it does next can be changed at any time."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.repos: dict[str, Repo] = {}
        self.moved: dict[str, int] = {}
        self.owners: dict[str, int] = {}
        self.people: set[str] = set()  # owners that are users, no organisations
        self.tokens: dict[str, set[str]] = {}
        self.logins: dict[str, str] = {}  # whose a token is; a `[bot]` is known to GraphQL alone
        self.readers: set[str] = set()  # tokens that may only look
        self.remarked = 100  # the last id of a comment
        self.log: list[Exchange] = []
        self.latency = 0.0
        self.most_entries: int | None = None  # of a tree, before it is truncated
        self.most_files = 100  # of a pull request, on a page
        self.quota = 5000
        self.refusals: list[Answer] = []  # the answers to the next requests
        self.in_flight = self.most_in_flight = 0
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def server_close(self) -> None:
        """Whoever wants to judge what was asked has it recorded."""
        super().server_close()
        if RECORDS:
            self._record(os.path.join(RECORDS, f"{os.getpid()}.jsonl"))

    def _record(self, path: str) -> None:
        """Every exchange, to be judged later."""
        with open(path, "a", encoding="utf-8") as file:
            for exchange in self.log:
                values = {key: value for key, value in vars(exchange).items() if not isinstance(value, bytes)}
                texts = {
                    key: value.decode("latin-1")
                    for key, value in vars(exchange).items()
                    if isinstance(value, bytes)
                }
                file.write(json.dumps({**values, **texts}) + "\n")

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401  (as the server calls it)
        """A client that went away is no trouble of the server's."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    # --- what it has ---

    def add(
        self, full_name: str, files: Mapping[str, bytes], *, branch: str = "main", private: bool = False,
        archived: bool = False, others: Mapping[str, Mapping[str, bytes]] | None = None,
    ) -> Repo:  # fmt: skip
        """A repository; `others` are its other branches and tags. Without files it is empty, as one that was just made."""
        owner, name = full_name.split("/")
        versions = {ref: dict(content) for ref, content in (others or {}).items()}
        if files:
            versions[branch] = dict(files)
        self.owners.setdefault(owner.lower(), 500 + len(self.owners))
        repo = Repo(1000 + len(self.repos), owner, name, versions, branch, private, archived)
        self.repos[full_name.lower()] = repo
        return repo

    def rename(self, old: str, new: str) -> None:
        """The old name leads to the new one from now on."""
        repo = self.repos.pop(old.lower())
        repo.owner, repo.name = new.split("/")
        self.repos[new.lower()] = repo
        self.moved[old.lower()] = repo.id
        for seen in self.tokens.values():
            if old in seen:
                seen.add(new)

    def refuse(
        self, kind: str, seconds: int = 60, times: int = 1, *, clock: Callable[[], float] = time.time
    ) -> None:
        """The next requests meet a limit: primary, secondary, too-many, abuse (without a time) or forbidden (none)."""
        self.refusals += [_refusal(kind, seconds, clock())] * times

    # --- what it answers ---

    def answer(self, exchange: Exchange) -> Answer:
        exchange.documented = self._by_number(exchange.path)
        if self.refusals:
            return self.refusals.pop(0)
        try:
            shown = exchange.token
            if shown is not None and shown not in self.tokens:
                return problem(401, "Bad credentials")
            return self._route(exchange)
        except Answer as answer:
            return answer

    def _route(self, exchange: Exchange) -> Answer:
        for method, pattern, route in ROUTES:
            match = re.fullmatch(pattern, exchange.documented)
            if match and method in (exchange.method, {"HEAD": "GET"}.get(exchange.method)):
                return route(
                    self, exchange, **{key: unquote(text) for key, text in match.groupdict().items()}
                )
        raise problem(404, "Not Found")

    def _by_number(self, path: str) -> str:
        """`/repositories/1000/...` and `/organizations/500/...` are what Link and Location name."""
        match = re.fullmatch(r"/(repositories|organizations|user)/(\d+)(/.*)?", path)
        if not match:
            return path
        kind, number, rest = match[1], int(match[2]), match[3] or ""
        if kind == "repositories":
            named = next((repo.full_name for repo in self.repos.values() if repo.id == number), None)
            return f"/repos/{named}{rest}" if named else path
        named = next((name for name, known in self.owners.items() if known == number), None)
        return f"/{'orgs' if kind == 'organizations' else 'users'}/{named}{rest}" if named else path

    def sees(self, repo: Repo, token: str | None) -> bool:
        return not repo.private or repo.full_name in self.tokens.get(token or "", ())

    def found(self, exchange: Exchange, owner: str, repo: str) -> Repo:
        """A repository, or the answer that it moved, or that there is nothing to see."""
        name = f"{owner}/{repo}".lower()
        moved = next((known for known in self.repos.values() if known.id == self.moved.get(name)), None)
        if moved and self.sees(moved, exchange.token):
            rest = "/".join(exchange.path.split("/")[4:])
            target = f"{self.url}/repositories/{moved.id}" + (f"/{rest}" if rest else "")
            target += f"?{urlencode(exchange.query)}" if exchange.query else ""
            body = {"message": "Moved Permanently", "url": target, "documentation_url": objects.DOCUMENTATION}
            raise Answer(301 if exchange.method in ("GET", "HEAD") else 307, body, {"Location": target})
        known = self.repos.get(name)
        if known is None or not self.sees(known, exchange.token):
            raise problem(404, "Not Found")
        return known

    def login(self, exchange: Exchange) -> str:
        """Who asks."""
        return self.logins.get(exchange.token or "", "octocat")

    def remark(self, repo: Repo, number: int, author: str | None, body: str) -> fake_comments.Remark:
        """A comment that is made."""
        self.remarked += 1
        repo.remarks.append(fake_comments.Remark(self.remarked, number, author, body))
        return repo.remarks[-1]

    def described(self, repo: Repo) -> dict[str, Any]:
        owner = objects.user(self.url, repo.owner, self.owners[repo.owner.lower()])
        facts = {"private": repo.private, "archived": repo.archived, "default_branch": repo.default_branch}
        return objects.repository(self.url, owner, repo.name, repo.id, facts)


def _repository(hub: FakeGitHub, exchange: Exchange, owner: str, repo: str) -> Answer:
    return Answer(200, hub.described(hub.found(exchange, owner, repo)))


def _contents(hub: FakeGitHub, exchange: Exchange, owner: str, repo: str, path: str) -> Answer:
    known = hub.found(exchange, owner, repo)
    ref = exchange.query.get("ref")
    if not known.versions:
        raise problem(404, "This repository is empty.")
    files = known.files(ref)
    if files is None:
        raise problem(404, f"No commit found for the ref {ref}")
    named = ref or known.default_branch
    if path not in files:
        return Answer(200, _folder(hub, known, files, path, named))
    if "raw" in exchange.headers.get("accept", ""):
        return Answer(200, files[path], {"Content-Type": f"{RAW}; charset=utf-8"})
    return Answer(200, objects.file(hub.url, known.full_name, path, files[path], named))


def _folder(
    hub: FakeGitHub, repo: Repo, files: Mapping[str, bytes], path: str, ref: str
) -> list[dict[str, Any]]:
    head = f"{path}/" if path else ""
    names = sorted({name[len(head) :].partition("/")[0] for name in files if name.startswith(head)})
    if not names:
        raise problem(404, "Not Found")
    return [
        objects.entry(hub.url, repo.full_name, head + name, files.get(head + name), ref) for name in names
    ]


def _tree(hub: FakeGitHub, exchange: Exchange, owner: str, repo: str, ref: str) -> Answer:
    known = hub.found(exchange, owner, repo)
    if not known.versions:
        raise problem(409, "Git Repository is empty.")
    files = known.files(ref)
    if files is None:
        raise problem(404, "Not Found")
    assert exchange.query.get("recursive") == "1", "only recursive trees are asked for"
    return Answer(200, objects.tree(hub.url, known.full_name, files, hub.most_entries))


def _blob(hub: FakeGitHub, exchange: Exchange, owner: str, repo: str, sha: str) -> Answer:
    known = hub.found(exchange, owner, repo)
    for files in known.versions.values():
        for content in files.values():
            if objects.sha_of("", content) == sha:
                return Answer(200, objects.blob(hub.url, known.full_name, content))
    raise problem(404, "Not Found")


def _pulls(hub: FakeGitHub, exchange: Exchange, owner: str, repo: str) -> Answer:
    known, query = hub.found(exchange, owner, repo), exchange.query
    wanted = {"state": query.get("state", "open"), "head": query.get("head"), "base": query.get("base")}
    found = [
        pull for pull in known.pulls
        if wanted["state"] in (pull.state, "all") and wanted["base"] in (pull.base, None)
        and wanted["head"] in (f"{pull.owner or known.owner}:{pull.head}", None)
    ]  # fmt: skip
    items = [_pull(hub, known, pull, whole=False) for pull in reversed(found)]
    return _page(hub, exchange, items, f"/repositories/{known.id}/pulls")


def _pulls_of_commit(hub: FakeGitHub, exchange: Exchange, owner: str, repo: str, sha: str) -> Answer:
    """Those that brought a commit in; of one that is in no branch yet, those that are at it."""
    known = hub.found(exchange, owner, repo)
    found = [pull for pull in known.pulls if sha in (*pull.landed, pull.sha)]
    items = [_pull(hub, known, pull, whole=False) for pull in found]
    return _page(hub, exchange, items, f"/repositories/{known.id}/commits/{sha}/pulls")


def _pull(hub: FakeGitHub, repo: Repo, pull: fake_pulls.Pull, *, whole: bool) -> dict[str, Any]:
    shas = (pull.sha or repo.tip(pull.head) or "0" * 40, repo.tip(pull.base) or "0" * 40)
    return fake_pulls.described(hub.url, hub.described(repo), pull, shas, whole=whole)


def _open_pull(hub: FakeGitHub, exchange: Exchange, owner: str, repo: str) -> Answer:
    known = hub.found(exchange, owner, repo)
    values = fake_pulls.values_of(exchange.body, {"head", "base", "title", "body", "maintainer_can_modify"})
    values.pop("maintainer_can_modify", None)
    head, base = values["head"], values["base"]
    for end, name in (("head", head), ("base", base)):
        if known.tip(name) is None:
            return Answer(422, fake_pulls.refused("", field=end))
    if known.tip(head) == known.tip(base):
        return Answer(422, fake_pulls.refused(f"No commits between {base} and {head}"))
    if any(
        (pull.owner, pull.head, pull.base, pull.state) == ("", head, base, "open") for pull in known.pulls
    ):
        message = f"A pull request already exists for {known.owner}:{head}."
        return Answer(422, fake_pulls.refused(message))
    known.pulls.append(fake_pulls.Pull(len(known.pulls) + 1, **values))
    return Answer(201, _pull(hub, known, known.pulls[-1], whole=True))


def _files_of_pull(hub: FakeGitHub, exchange: Exchange, owner: str, repo: str, number: str) -> Answer:
    known = hub.found(exchange, owner, repo)
    pull = _numbered(known, number)
    if int(exchange.query.get("per_page", PAGE)) > hub.most_files:
        return Answer(422, fake_pulls.refused("Sorry, this diff is taking too long to generate."))
    sides = (known.files(pull.base) or {}, known.files(pull.head) or {})
    items = fake_pulls.files(hub.url, hub.described(known), known.tip(pull.head) or "", *sides)
    return _page(hub, exchange, items[:3000], f"/repositories/{known.id}/pulls/{number}/files")


def _change_pull(hub: FakeGitHub, exchange: Exchange, owner: str, repo: str, number: str) -> Answer:
    known = hub.found(exchange, owner, repo)
    pull = _numbered(known, number)
    for name, value in fake_pulls.values_of(exchange.body, {"title", "body", "state"}).items():
        setattr(pull, name, value)
    return Answer(200, _pull(hub, known, pull, whole=True))


def _get_pull(hub: FakeGitHub, exchange: Exchange, owner: str, repo: str, number: str) -> Answer:
    known = hub.found(exchange, owner, repo)
    return Answer(200, _pull(hub, known, _numbered(known, number), whole=True))


def _numbered(repo: Repo, number: str) -> fake_pulls.Pull:
    pull = next((pull for pull in repo.pulls if pull.number == int(number)), None)
    if pull is None:
        raise problem(404, "Not Found")
    return pull


def _compare(hub: FakeGitHub, exchange: Exchange, owner: str, repo: str, base: str, head: str) -> Answer:
    known = hub.found(exchange, owner, repo)
    head = known.tips.get(head, head)
    if not {base, head} <= known.parents.keys():
        raise problem(404, "Not Found")
    status, by, new = fake_pulls.order(known.parents, base, head)
    made = objects.comparison(hub.url, known.full_name, (base, head), status, by)
    commits = [objects.commit(hub.url, known.full_name, sha, known.parents[sha]) for sha in new]
    page = _page(hub, exchange, commits, f"/repositories/{known.id}/compare/{base}...{head}")
    paths = dict.fromkeys(known.changed(base, head), b"")
    files = fake_pulls.files(hub.url, hub.described(known), head, {}, paths)
    body = {**made, "files": files, "total_commits": len(new), "commits": page.body}
    return Answer(200, body, page.headers)


def _remark(hub: FakeGitHub, repo: Repo, remark: fake_comments.Remark) -> dict[str, Any]:
    author = None
    if remark.author is not None:
        kind = "Bot" if remark.author.endswith("[bot]") else "User"
        author = {**objects.user(hub.url, remark.author, 700), "type": kind}
    return objects.comment(hub.url, repo.full_name, remark.number, vars(remark), author)


def _remarks(hub: FakeGitHub, exchange: Exchange, owner: str, repo: str, number: str) -> Answer:
    known = hub.found(exchange, owner, repo)
    _numbered(known, number)
    items = [_remark(hub, known, remark) for remark in known.remarks if remark.number == int(number)]
    return _page(hub, exchange, items, f"/repositories/{known.id}/issues/{number}/comments")


def _add_remark(hub: FakeGitHub, exchange: Exchange, owner: str, repo: str, number: str) -> Answer:
    known = hub.found(exchange, owner, repo)
    _numbered(known, number)
    if exchange.token is None:
        raise problem(401, "Requires authentication")
    if exchange.token in hub.readers:
        raise problem(403, fake_comments.NO_PERSON)
    body = fake_comments.body_of(exchange.body)
    if body is None:
        return Answer(422, fake_comments.too_long())
    return Answer(201, _remark(hub, known, hub.remark(known, int(number), hub.login(exchange), body)))


def _one_remark(hub: FakeGitHub, exchange: Exchange, owner: str, repo: str, number: str) -> Answer:
    """Look at a comment, change it, take it away: the author's own; nobody else's, as this token has it."""
    known = hub.found(exchange, owner, repo)
    remark = next((remark for remark in known.remarks if remark.id == int(number)), None)
    if remark is None:
        raise problem(404, "Not Found")
    if exchange.method == "GET":
        return Answer(200, _remark(hub, known, remark))
    if exchange.token in hub.readers or remark.author != hub.login(exchange):
        raise problem(403, fake_comments.NO_PERSON)
    if exchange.method == "DELETE":
        known.remarks.remove(remark)
        return Answer(204, b"")
    body = fake_comments.body_of(exchange.body)
    if body is None:
        return Answer(422, fake_comments.too_long())
    remark.body = body
    return Answer(200, _remark(hub, known, remark))


def _account(hub: FakeGitHub, exchange: Exchange) -> Answer:
    login = hub.login(exchange)
    if login.endswith("[bot]"):
        raise problem(403, fake_comments.NO_PERSON)
    return Answer(200, objects.account(hub.url, login, 700))


def _graphql(hub: FakeGitHub, exchange: Exchange) -> Answer:
    """The one question that REST has no answer to."""
    assert json.loads(exchange.body) == {"query": "query { viewer { login } }"}
    return Answer(200, {"data": {"viewer": {"login": hub.login(exchange).removesuffix("[bot]")}}})


def _of_organization(hub: FakeGitHub, exchange: Exchange, owner: str) -> Answer:
    if owner.lower() not in hub.owners or owner in hub.people:
        raise problem(404, "Not Found")
    return _page(
        hub, exchange, _seen(hub, exchange, owner), f"/organizations/{hub.owners[owner.lower()]}/repos"
    )


def _of_user(hub: FakeGitHub, exchange: Exchange, owner: str) -> Answer:
    if owner.lower() not in hub.owners:
        raise problem(404, "Not Found")
    return _page(hub, exchange, _seen(hub, exchange, owner), f"/user/{hub.owners[owner.lower()]}/repos")


def _seen(hub: FakeGitHub, exchange: Exchange, owner: str) -> list[dict[str, Any]]:
    known = [repo for repo in hub.repos.values() if repo.owner.lower() == owner.lower()]
    return [hub.described(repo) for repo in known if hub.sees(repo, exchange.token)]


def _page(hub: FakeGitHub, exchange: Exchange, items: list[Any], path: str) -> Answer:
    """One page; the next one's URL is in the Link header alone, by number."""
    size, number = int(exchange.query.get("per_page", PAGE)), int(exchange.query.get("page", 1))
    last = max(1, -(-len(items) // size))
    pages = {"prev": number - 1, "next": number + 1, "last": last, "first": 1}
    keep = {"prev": number > 1, "next": number < last, "last": number < last, "first": number > 1}
    links = [
        f'<{hub.url}{path}?{urlencode({**exchange.query, "page": page})}>; rel="{name}"'
        for name, page in pages.items() if keep[name]
    ]  # fmt: skip
    return Answer(
        200, items[(number - 1) * size : number * size], {"Link": ", ".join(links)} if links else {}
    )


Route = Callable[..., Answer]
_REPO = r"/repos/(?P<owner>[^/]+)/(?P<repo>[^/]+)"
ROUTES: list[tuple[str, str, Route]] = [
    ("GET", _REPO, _repository),
    ("GET", _REPO + r"/contents(?:/(?P<path>.*))?", _contents),
    ("GET", _REPO + r"/git/trees/(?P<ref>[^/]+)", _tree),
    ("GET", _REPO + r"/git/blobs/(?P<sha>[0-9a-f]{40})", _blob),
    ("GET", _REPO + r"/pulls", _pulls),
    ("POST", _REPO + r"/pulls", _open_pull),
    ("GET", _REPO + r"/pulls/(?P<number>[0-9]+)", _get_pull),
    ("PATCH", _REPO + r"/pulls/(?P<number>[0-9]+)", _change_pull),
    ("GET", _REPO + r"/commits/(?P<sha>[0-9a-f]{40})/pulls", _pulls_of_commit),
    ("GET", _REPO + r"/compare/(?P<base>[0-9a-f]+)\.\.\.(?P<head>[^/]+)", _compare),
    ("GET", _REPO + r"/issues/(?P<number>[0-9]+)/comments", _remarks),
    ("POST", _REPO + r"/issues/(?P<number>[0-9]+)/comments", _add_remark),
    *(
        (method, _REPO + r"/issues/comments/(?P<number>[0-9]+)", _one_remark)
        for method in ("GET", "PATCH", "DELETE")
    ),
    ("GET", r"/user", _account),
    ("POST", r"/graphql", _graphql),
    ("GET", _REPO + r"/pulls/(?P<number>[0-9]+)/files", _files_of_pull),
    ("GET", r"/orgs/(?P<owner>[^/]+)/repos", _of_organization),
    ("GET", r"/users/(?P<owner>[^/]+)/repos", _of_user),
]


def _refusal(kind: str, seconds: int, now: float) -> Answer:
    spent = {
        "X-RateLimit-Limit": "5000",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": str(int(now) + seconds),
    }
    rows = {
        "primary": (403, "API rate limit exceeded for user ID 1.", spent),
        "secondary": (
            403,
            "You have exceeded a secondary rate limit. Please wait.",
            {"Retry-After": str(seconds)},
        ),
        "abuse": (403, "You have exceeded a secondary rate limit. Please wait.", {}),
        "too-many": (429, "Too Many Requests", {"Retry-After": str(seconds)}),
        "forbidden": (403, "Resource not accessible by integration", {}),
        "no pull requests": (403, "GitHub Actions is not permitted to create or approve pull requests.", {}),
        "single sign-on": (403, "Resource protected by organization SAML enforcement.", {}),
        "unavailable": (503, "No server is currently available", {}),
        "broken": (500, "Server Error", {}),
    }
    status, message, headers = rows[kind]
    return problem(status, message, headers)


class _Handler(BaseHTTPRequestHandler):
    server: FakeGitHub
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._serve()

    do_HEAD = do_POST = do_PATCH = do_PUT = do_DELETE = do_GET  # noqa: N815 - http.server's names

    def _serve(self) -> None:
        hub = self.server
        with hub.lock:
            hub.in_flight += 1
            hub.most_in_flight = max(hub.most_in_flight, hub.in_flight)
        exchange = self._read()
        if hub.latency:
            time.sleep(hub.latency)
        with hub.lock:
            answer = hub.answer(exchange)
            hub.quota -= answer.status != 304
            self._finish_answer(exchange, answer)
            hub.log.append(exchange)
            hub.in_flight -= 1
        self._send(exchange)

    def _read(self) -> Exchange:
        parts = urlsplit(self.path)
        query = {key: values[-1] for key, values in parse_qs(parts.query, keep_blank_values=True).items()}
        headers = {name.lower(): text for name, text in self.headers.items()}
        length = int(self.headers.get("Content-Length") or 0)
        return Exchange(self.command, parts.path, query, headers, self.rfile.read(length))

    def _finish_answer(self, exchange: Exchange, answer: Answer) -> None:
        body = (
            answer.body
            if isinstance(answer.body, bytes)
            else json.dumps(answer.body, ensure_ascii=False).encode()
        )
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "X-GitHub-Media-Type": "github.v3; format=json",
            "X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": str(self.server.quota),
            "X-RateLimit-Reset": str(int(time.time()) + 3600), **answer.headers,
        }  # fmt: skip
        status = answer.status
        if status == 200 and exchange.method in ("GET", "HEAD"):
            # GitHub's ETag is of the answer, not of the file: another media type has another one.
            headers["ETag"] = f'W/"{hashlib.sha256(headers["Content-Type"].encode() + body).hexdigest()}"'
            known = {tag.strip() for tag in exchange.headers.get("if-none-match", "").split(",")}
            if headers["ETag"] in known:
                status, body = 304, b""
                del headers["Content-Type"]
        exchange.status, exchange.answer_headers, exchange.answer = status, headers, body

    def _send(self, exchange: Exchange) -> None:
        self.send_response(exchange.status)
        for name, text in exchange.answer_headers.items():
            self.send_header(name, text)
        if exchange.status not in (204, 304):
            self.send_header("Content-Length", str(len(exchange.answer)))
        self.end_headers()
        if exchange.method != "HEAD":
            self.wfile.write(exchange.answer)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the name that http.server chose)
        """Nothing: a test's output is its own."""


def paths_of(exchanges: Iterable[Exchange]) -> list[str]:
    """What was asked, for a look at the log."""
    return [unquote(exchange.path) for exchange in exchanges]
