"""The session: what it sends and to whom, what it repeats, when it waits, and what it says when nothing comes."""

from __future__ import annotations

import logging
import select
import socket
import ssl
import subprocess
import threading
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import responses
from fake_github import FakeGitHub
from fault_server import FaultServer

from codex_action.errors import ConfigurationError, RateLimited, StorageError, Unreachable
from codex_action.remote.addresses import Forbidden, Reach
from codex_action.remote.failures import reason
from codex_action.remote.session import Clock, Response, Session

CANARY = "tkn_canary_7f3a9c"
TOKEN = {"Authorization": f"Bearer {CANARY}", "Cookie": f"session={CANARY}"}
# Nothing is slept away, and nothing is left to chance.
QUICK = Clock(sleep=lambda _: None, chance=lambda: 0.0)


def to(*names: str, **options: Any) -> Session:  # noqa: ANN401 - the session's own
    """A session for hosts on this machine."""
    options = {"environ": {}, "timeout": 10.0, "clock": QUICK, **options}
    return Session(Reach(frozenset(names), inside=frozenset(names)), **options)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as made:
        yield made


@pytest.fixture
def session(server: FaultServer) -> Iterator[Session]:
    made = to(server.name)
    yield made
    made.close()


def test_an_answer(server: FaultServer, session: Session) -> None:
    response = session.get(f"{server.url}/ok/x?a=b", headers={"X-Mine": "1"})
    assert (response.status, response.body, response.url) == (200, b"x" * 100, f"{server.url}/ok/x?a=b")
    assert response.headers["content-type"] == "text/plain"
    sent = server.log[0].headers
    assert (sent["x-mine"], sent["accept-encoding"]) == ("1", "gzip")
    assert sent["user-agent"].startswith("fractary-codex/")
    assert not {"authorization", "cookie"} & set(sent)
    assert "xxx" not in repr(response)


def test_one_connection_for_many_requests(server: FaultServer, session: Session) -> None:
    for _ in range(5):
        session.get(f"{server.url}/ok/x")
        session.request("HEAD", f"{server.url}/ok/x")
    assert (len(server.log), server.connections) == (10, 1)


def test_a_closed_session_opens_again(server: FaultServer, session: Session) -> None:
    session.close()
    session.get(f"{server.url}/ok/x")
    session.close()
    session.close()
    session.get(f"{server.url}/ok/x")
    assert server.connections == 2


def test_a_connection_with_bytes_left_over_is_not_used_again(server: FaultServer, session: Session) -> None:
    with pytest.raises(Unreachable, match="more bytes came"):
        session.get(f"{server.url}/long/x")
    assert session.request("HEAD", f"{server.url}/long/x").status == 200
    assert session.get(f"{server.url}/ok/x").body == b"x" * 100
    assert server.connections == 3


# --- what is repeated ---

REPEATED = {
    "short": 3,
    "reset": 3,
    "closed": 3,
    "cut-chunks": 3,
    "cut-gzip": 1,
    "long": 1,
    "large": 1,
    "garbage": 1,
    "loop": 6,
}


@pytest.mark.parametrize(("mode", "requests"), REPEATED.items(), ids=REPEATED)
def test_what_was_cut_is_asked_three_times(
    server: FaultServer, session: Session, mode: str, requests: int
) -> None:
    with pytest.raises(Unreachable):
        session.get(f"{server.url}/{mode}/x")
    assert len(server.log) == requests


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
@pytest.mark.parametrize("mode", ["short", "status/503", "too-many"])
def test_a_change_is_asked_once(server: FaultServer, session: Session, method: str, mode: str) -> None:
    with nullcontext() if mode == "status/503" else pytest.raises(StorageError):
        session.request(method, f"{server.url}/{mode}/x", body=b"{}")
    assert [request.method for request in server.log] == [method]


STATUSES = {
    200: 1,
    204: 1,
    301: 1,
    304: 1,
    400: 1,
    401: 1,
    403: 1,
    404: 1,
    410: 1,
    451: 1,
    500: 1,
    501: 1,
    502: 3,
    503: 3,
    504: 3,
}


@pytest.mark.parametrize(("status", "requests"), STATUSES.items())
def test_a_status_is_given_as_it_is(
    server: FaultServer, session: Session, status: int, requests: int
) -> None:
    assert session.get(f"{server.url}/status/{status}").status == status
    assert len(server.log) == requests


def test_there_is_a_pause_before_another_try(server: FaultServer) -> None:
    slept: list[float] = []
    session = to(server.name, clock=Clock(sleep=slept.append, chance=lambda: 1.0))
    session.get(f"{server.url}/status/502")
    session.close()
    assert slept == [0.5, 1.0]


def test_there_is_no_other_try_without_time_for_it(server: FaultServer) -> None:
    # Each request takes 9.8 of its 10 seconds.
    clock = Clock(monotonic=lambda: 9.8 * len(server.log), sleep=time.sleep, chance=lambda: 1.0)
    session = to(server.name, clock=clock)
    assert session.get(f"{server.url}/status/502").status == 502
    with pytest.raises(Unreachable, match=r"was cut|were announced"):
        session.get(f"{server.url}/short/x")
    session.close()
    assert len(server.log) == 2


# --- limits ---


class FakeTime:
    """A clock that moves only when somebody sleeps, and what was sent before."""

    def __init__(self, server: FaultServer) -> None:
        self.time, self.server = time.time(), server
        self.slept: list[tuple[float, int]] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append((seconds, len(self.server.log)))
        self.time += seconds

    def clock(self) -> Clock:
        return Clock(now=lambda: self.time, sleep=self.sleep, chance=lambda: 0.0)


@pytest.mark.parametrize("mode", ["too-many", "spent"])
def test_no_request_before_the_time_that_a_host_names(server: FaultServer, mode: str) -> None:
    fake = FakeTime(server)
    session = to(server.name, clock=fake.clock(), max_wait=100)
    server.wait, server.clock = 40, lambda: fake.time
    with pytest.raises(RateLimited) as caught:
        session.get(f"{server.url}/{mode}/x")
    session.close()
    assert [sent for _, sent in fake.slept] == [1, 2][: len(fake.slept)]
    assert all(39 <= seconds <= 41 for seconds, _ in fake.slept)
    assert len(server.log) == len(fake.slept) + 1
    assert caught.value.reset_at > fake.time
    assert server.name in caught.value.message


@pytest.mark.parametrize("mode", ["too-many", "too-many-cut", "spent"])
def test_a_host_that_wants_too_long_a_wait_is_left_alone(server: FaultServer, mode: str) -> None:
    session = to(server.name, max_wait=120)
    server.wait = 3600
    for _ in range(20):
        with pytest.raises(
            RateLimited, match=r"takes no more requests before \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"
        ):
            session.get(f"{server.url}/{mode}/x")
        with pytest.raises(RateLimited):
            session.request("HEAD", f"{server.url}/ok/x")
    session.close()
    assert len(server.log) == 1


def test_another_host_is_asked_meanwhile(server: FaultServer) -> None:
    with FaultServer() as other:
        session = to(server.name, other.name, max_wait=0)
        with pytest.raises(RateLimited):
            session.get(f"{server.url}/too-many/x")
        assert session.get(f"{other.url}/ok/x").status == 200
        session.close()


@pytest.mark.parametrize(("times", "fine"), [(1, True), (2, True), (3, False), (50, False)])
def test_a_storm(server: FaultServer, session: Session, times: int, fine: bool) -> None:  # noqa: FBT001 - a row
    if fine:
        assert session.get(f"{server.url}/storm/{times}").body == b"fine"
    else:
        with pytest.raises(RateLimited):
            session.get(f"{server.url}/storm/{times}")
    assert len(server.log) == min(times + 1, 3)


@pytest.mark.parametrize("mode", ["too-many", "spent"])
def test_a_thousand_requests_to_a_host_that_wants_none(server: FaultServer, mode: str) -> None:
    """Those that were on their way arrive; no other."""
    session = to(server.name, max_wait=120)
    server.wait = 3600

    def ask(number: int) -> None:
        with pytest.raises(RateLimited):
            session.get(f"{server.url}/{mode}/{number}")

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(ask, range(1000)))
    session.close()
    assert len(server.log) <= 8


def test_a_limit_after_a_redirection_is_that_of_the_other_host(server: FaultServer) -> None:
    with FaultServer() as other:
        session = to(server.name, other.name, max_wait=0)
        with pytest.raises(RateLimited, match=other.name):
            session.get(f"{server.url}/redirect/{quote(f'{other.url}/too-many/x', safe='')}")
        assert session.get(f"{server.url}/ok/x").status == 200
        session.close()


def test_many_at_once_and_one_at_a_time_after_a_refusal() -> None:
    with FakeGitHub() as hub:
        hub.add("o/r", {"a.md": b"a"})
        hub.latency = 0.02
        session = to(hub.url.split("//")[1])

        def ask(_: int) -> Response:
            return session.get(f"{hub.url}/repos/o/r")

        with ThreadPoolExecutor(16) as pool:
            list(pool.map(ask, range(32)))
            assert 2 <= hub.most_in_flight <= 8
            hub.refuse("forbidden")
            ask(0)
            hub.most_in_flight = 0
            list(pool.map(ask, range(8)))
            assert hub.most_in_flight == 1
        session.close()


# --- who sees credentials ---


def test_credentials_do_not_follow_to_another_host(server: FaultServer) -> None:
    with FaultServer() as other:
        session = to(server.name, other.name)
        session.get(
            f"{server.url}/redirect/{quote(f'{other.url}/ok/x', safe='')}",
            headers={**TOKEN, "X-Api-Key": CANARY, "Accept": "text/markdown"},
        )
        session.get(f"{server.url}/redirect/{quote('/ok/y', safe='')}", headers=TOKEN)
        session.close()
        assert "authorization" in server.log[0].headers
        assert server.log[2].headers["authorization"] == f"Bearer {CANARY}"
        assert other.log[0].headers["accept"] == "text/markdown"
        assert "x-api-key" not in other.log[0].headers
        assert CANARY not in str(other.log)


def test_credentials_do_not_come_back_from_another_host(server: FaultServer) -> None:
    with FaultServer() as other:
        session = to(server.name, other.name)
        back = f"{other.url}/redirect/{quote(f'{server.url}/ok/x', safe='')}"
        session.get(f"{server.url}/redirect/{quote(back, safe='')}", headers=TOKEN)
        session.close()
        assert "authorization" not in server.log[-1].headers


def test_a_netrc_is_not_read(
    server: FaultServer, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text(f"machine 127.0.0.1 login user password {CANARY}\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    session.get(f"{server.url}/ok/x")
    assert "authorization" not in server.log[0].headers


def test_a_cookie_is_not_sent_back() -> None:
    with responses.RequestsMock() as mock:
        mock.get("https://docs.example/a", headers={"Set-Cookie": "a=b"}, body=b"1")
        mock.get("https://docs.example/a", body=b"2")
        session = Session(Reach(frozenset(("docs.example",))), environ={})
        assert [session.get("https://docs.example/a").body for _ in range(2)] == [b"1", b"2"]
        assert "Cookie" not in mock.calls[1].request.headers


WAYS = [
    "ok",
    "short",
    "reset",
    "garbage",
    "loop",
    "bomb",
    "cut-gzip",
    "brotli",
    "status",
    "too-many",
    "spent",
    "hang",
    "drip-headers",
    "bad-length",
]


@pytest.mark.parametrize("mode", WAYS)
def test_no_error_and_no_log_shows_a_token(
    server: FaultServer, mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    session = to(server.name, timeout=0.2, max_wait=0)
    text = ""
    try:
        text = repr(session.get(f"{server.url}/{mode}/500", headers=TOKEN))
    except StorageError as error:
        text = "".join((str(error), repr(error), error.hint or "", traceback.format_exc(chain=False)))
    session.close()
    assert text
    assert CANARY not in text
    assert all(CANARY not in record.getMessage() for record in caplog.records)


# --- redirections ---

HOPS = {
    "relative": ("../ok/x", 200),
    "query": ("/ok/x?a=b#c", 200),
    "five": ("/redirect/" + quote("/ok/y", safe=""), 200),
}


@pytest.mark.parametrize(("target", "status"), HOPS.values(), ids=HOPS)
def test_a_redirection_is_followed(server: FaultServer, session: Session, target: str, status: int) -> None:
    response = session.get(f"{server.url}/redirect/{quote(target, safe='')}")
    assert response.status == status
    assert "/ok/" in response.url


def test_a_change_is_not_redirected(server: FaultServer, session: Session) -> None:
    assert session.request("POST", f"{server.url}/redirect/%2Fok%2Fx", body=b"{}").status == 302
    assert len(server.log) == 1


def test_a_redirection_to_a_host_that_was_not_named(server: FaultServer, session: Session) -> None:
    with FaultServer() as other:
        with pytest.raises(Forbidden, match="not among the hosts"):
            session.get(f"{server.url}/redirect/{quote(f'https://{other.name}/ok/x', safe='')}")
        assert other.connections == 0


# --- proxies, certificates ---


class Proxy(threading.Thread):
    """Takes one CONNECT and leads it to `target`, or says no; remembers what it saw."""

    def __init__(self, target: tuple[str, int] | None = None) -> None:
        super().__init__(daemon=True)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.target = target
        self.seen: list[bytes] = []

    def run(self) -> None:
        with self.socket:
            connection, _ = self.socket.accept()
            with connection:
                self.seen.append(connection.recv(65536))
                if self.target is None:
                    connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
                else:
                    connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                    self._lead(connection)

    def _lead(self, connection: socket.socket) -> None:
        with socket.create_connection(self.target or ("", 0)) as onward:
            ways = {connection: onward, onward: connection}
            while True:
                for source in select.select(list(ways), [], [])[0]:
                    data = source.recv(65536)
                    if not data:
                        return
                    self.seen.append(data)
                    ways[source].sendall(data)


def test_a_proxy_of_the_environment_is_asked() -> None:
    proxy = Proxy()
    proxy.start()
    name = f"127.0.0.1:{proxy.socket.getsockname()[1]}"
    session = Session(
        Reach(frozenset(("docs.example",))),
        environ={"HTTPS_PROXY": f"http://me:secret@{name}"},
        clock=QUICK,
        timeout=5,
    )
    with pytest.raises(Unreachable) as caught:
        session.get("https://docs.example/a", headers=TOKEN)
    session.close()
    proxy.join(5)
    assert proxy.seen[0].startswith(b"CONNECT docs.example:443 ")
    assert CANARY.encode() not in proxy.seen[0]
    assert "secret" not in str(caught.value)


def test_a_proxy_of_another_kind_is_refused() -> None:
    session = Session(Reach(frozenset(("docs.example",))), environ={"ALL_PROXY": "socks5://127.0.0.1:1"})
    with pytest.raises(ConfigurationError, match="neither http:// nor https://"):
        session.get("https://docs.example/a")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost that signs itself, with its key."""
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    done = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,DNS:docs.example", "-keyout", str(path), "-out", f"{path}.crt"],
        capture_output=True, check=False,
    )  # fmt: skip
    if done.returncode:
        pytest.skip("there is no openssl here")
    path.write_bytes(path.read_bytes() + Path(f"{path}.crt").read_bytes())
    return path


@pytest.fixture
def secure(certificate: Path) -> Iterator[FaultServer]:
    with FaultServer() as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        yield server


def test_a_certificate_that_is_not_trusted(secure: FaultServer) -> None:
    session = to(f"localhost:{secure.port}")
    with pytest.raises(Unreachable, match="certificate is not trusted"):
        session.get(f"https://localhost:{secure.port}/ok/x")
    session.close()
    assert secure.log == []


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"])
def test_an_authority_of_the_environment(secure: FaultServer, certificate: Path, variable: str) -> None:
    name = f"localhost:{secure.port}"
    session = to(name, environ={variable: f"{certificate}.crt"}, timeout=1.0)
    assert session.get(f"https://{name}/ok/x").status == 200
    assert session.get(f"https://{name}/ok/x").status == 200
    for mode in ("drip", "drip-headers", "short", "long"):
        with pytest.raises(Unreachable):
            session.get(f"https://{name}/{mode}/x", timeout=0.3)
    session.close()
    assert secure.connections >= 5


def test_a_certificate_is_that_of_the_name_wherever_it_is(secure: FaultServer, certificate: Path) -> None:
    """The connection goes to a checked address; the certificate is for the name all the same."""

    def resolve(host: str, port: int) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    names = frozenset((f"docs.example:{secure.port}", f"other.example:{secure.port}"))
    environ = {"REQUESTS_CA_BUNDLE": f"{certificate}.crt"}
    session = Session(Reach(names, inside=names), environ=environ, resolve=resolve, clock=QUICK)
    assert session.get(f"https://docs.example:{secure.port}/ok/x").status == 200
    assert secure.log[0].headers["host"] == f"docs.example:{secure.port}"
    with pytest.raises(Unreachable, match="certificate is not trusted"):
        session.get(f"https://other.example:{secure.port}/ok/x")
    session.close()


def test_through_a_proxy(secure: FaultServer, certificate: Path) -> None:
    """It is told the name; what is said inside, credentials and all, it does not see. A slow answer has its deadline there too."""
    proxy = Proxy(("127.0.0.1", secure.port))
    proxy.start()
    environ = {
        "HTTPS_PROXY": f"127.0.0.1:{proxy.socket.getsockname()[1]}",
        "SSL_CERT_FILE": f"{certificate}.crt",
    }
    session = Session(Reach(frozenset(("docs.example",))), environ=environ, clock=QUICK)
    assert session.get("https://docs.example/ok/x", headers=TOKEN).status == 200
    assert session.get("https://docs.example/ok/x").status == 200
    with pytest.raises(Unreachable, match="in time"):
        session.get("https://docs.example/drip/x", timeout=0.3)
    session.close()
    proxy.join(5)
    assert secure.log[0].headers["authorization"] == f"Bearer {CANARY}"
    assert proxy.seen[0].startswith(b"CONNECT docs.example:443 ")
    assert CANARY.encode() not in b"".join(proxy.seen)


def test_a_file_of_authorities_that_is_not_there(server: FaultServer) -> None:
    session = to("localhost:9", environ={"SSL_CERT_FILE": "/nowhere/ca.pem"})
    with pytest.raises(Unreachable) as caught:
        session.get("https://localhost:9/x")
    assert "\n" not in caught.value.message


# --- words for failures ---


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        name = f"127.0.0.1:{free.getsockname()[1]}"
    session = to(name)
    with pytest.raises(Unreachable, match="nobody listens there"):
        session.get(f"http://{name}/")


def test_a_name_that_nobody_knows() -> None:
    def resolve(host: str, port: int) -> list[Any]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    session = Session(Reach(frozenset(("docs.example",))), environ={}, resolve=resolve, clock=QUICK)
    with pytest.raises(Unreachable, match=r"https://docs\.example/a: the host cannot be found"):
        session.get("https://docs.example/a?secret")


def test_the_next_address_is_tried(server: FaultServer) -> None:
    def resolve(host: str, port: int) -> list[Any]:
        family = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        return [(*family, ("127.0.0.2", port)), (*family, ("127.0.0.1", port))]

    name = f"docs.example:{server.port}"
    session = Session(
        Reach(frozenset((name,)), inside=frozenset((name,))), environ={}, resolve=resolve, timeout=2
    )
    with pytest.raises(Unreachable):  # it speaks no TLS, but it was reached
        session.get(f"https://{name}/ok/x")
    session.close()
    assert server.connections >= 1


def test_what_nobody_foresaw_has_words_too() -> None:
    assert reason(RuntimeError("x")) == ("no whole answer came", True)
    inner = RuntimeError()
    inner.__context__ = inner
    assert reason(inner) == ("no whole answer came", True)


def test_a_session_costs_no_import() -> None:
    import sys

    code = (
        "import sys; from codex_action.storage.github import GitHubStorage as G; G(environ={}).close();"
        "from codex_action.storage.http import HttpStorage as H; H('https://a.example').close();"
        "print(*sorted({'requests', 'urllib3', 'ssl', 'http.client', 'socket'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
