"""Which URLs may be asked: tables, and a listener that counts who came all the same."""

# ruff: noqa: ANN401 - what a socket takes and a resolver gives

from __future__ import annotations

import socket
from typing import Any

import pytest
from fault_server import FaultServer

from codex_action.errors import Unreachable
from codex_action.remote.addresses import (
    Forbidden,
    Reach,
    is_public,
    location,
    proxy_for,
    redirected,
    shown,
)
from codex_action.remote.session import Session

OPEN = Reach(frozenset(("docs.example", "docs.example:8443", "1.1.1.1", "[2606:4700::1111]")))
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "140.82.112.3",
    "172.32.0.1",
    "100.128.0.1",
    "192.0.1.1",
    "2606:4700::1111",
    "2a00:1450::1",
    "2001:4860::8888",
]
# As an IPv4 or IPv6 address; how a URL may write it is below.
CLOSED = {
    "loopback": "127.0.0.1",
    "loopback-elsewhere": "127.8.8.8",
    "unspecified": "0.0.0.0",  # noqa: S104 - not to bind to
    "this-network": "0.1.2.3",
    "private-10": "10.0.0.1",
    "private-172": "172.16.0.1",
    "private-172-end": "172.31.255.254",
    "private-192": "192.168.1.1",
    "shared": "100.64.0.1",
    "alibaba-metadata": "100.100.100.200",
    "link-local": "169.254.1.1",
    "metadata": "169.254.169.254",
    "azure-platform": "168.63.129.16",
    "oracle-metadata": "192.0.0.192",
    "documentation": "192.0.2.1",
    "benchmark": "198.18.0.1",
    "relay": "192.88.99.1",
    "multicast": "224.0.0.1",
    "reserved": "240.0.0.1",
    "broadcast": "255.255.255.255",
    "loopback-6": "::1",
    "unspecified-6": "::",
    "mapped-loopback": "::ffff:127.0.0.1",
    "mapped-public": "::ffff:8.8.8.8",
    "mapped-metadata": "::ffff:a9fe:a9fe",
    "compatible": "::7f00:1",
    "nat64": "64:ff9b::7f00:1",
    "nat64-local": "64:ff9b:1::a9fe:a9fe",
    "6to4": "2002:7f00:1::",
    "teredo": "2001::7f00:1",
    "unique-local": "fd00:ec2::254",
    "link-local-6": "fe80::1",
    "site-local": "fec0::1",
    "multicast-6": "ff02::1",
    "documentation-6": "2001:db8::1",
}
# Other ways to write 127.0.0.1, 0.0.0.0 and 169.254.169.254 in a URL.
SPELLINGS = {
    "decimal": "2130706433",
    "decimal-metadata": "2852039166",
    "hexadecimal": "0x7f000001",
    "hexadecimal-parts": "0x7f.0.0.1",
    "octal": "0177.0.0.1",
    "octal-one-number": "017700000001",
    "short": "127.1",
    "zero": "0",
    "leading-zeros": "127.0.0.001",
    "dot-at-the-end": "127.0.0.1.",
    "full-width": "\uff11\uff12\uff17.0.0.1",
    "encoded": "%31%32%37.0.0.1",
    "ideographic-stops": "127\u30020\u30020\u30021",
}


def in_url(address: str) -> str:
    return f"[{address}]" if ":" in address else address


@pytest.mark.parametrize("address", PUBLIC)
def test_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", CLOSED.values(), ids=CLOSED)
def test_not_public(address: str) -> None:
    assert not is_public(address)
    assert not is_public(f"{address}%eth0")


def test_no_address_is_not_public() -> None:
    assert not is_public("docs.example")


GOOD = [
    "https://docs.example/a",
    "https://DOCS.example:443/a?b=c#d",
    "https://docs.example:8443/",
    "https://1.1.1.1/",
    "https://[2606:4700::1111]/x",
]
BAD = {
    "http": "http://docs.example/",
    "another-scheme": "file:///etc/passwd",
    "no-scheme": "docs.example/a",
    "gopher": "gopher://docs.example/",
    "another-host": "https://evil.example/",
    "below-a-host": "https://a.docs.example/",
    "another-port": "https://docs.example:22/",
    "port-zero": "https://docs.example:0/",
    "no-port": "https://docs.example:x/",
    "large-port": "https://docs.example:99999/",
    "user": "https://user@docs.example/",
    "user-that-looks-like-the-host": "https://docs.example@evil.example/",
    "backslash": "https://docs.example\\@evil.example/",
    "space": "https://docs.example /",
    "newline": "https://docs.example\r\nX: y/",
    "no-host": "https:///a",
    "two-dots": "https://docs..example/",
    "letters-of-another-script": "https://d\u043ecs.example/",
    "bracket": "https://[docs.example/",
    "zone": "https://[fe80::1%25eth0]/",
}


@pytest.mark.parametrize("url", GOOD)
def test_may_be_asked(url: str) -> None:
    assert OPEN.check_url(url).scheme == "https"


@pytest.mark.parametrize("url", BAD.values(), ids=BAD)
def test_may_not_be_asked(url: str) -> None:
    with pytest.raises(Forbidden) as caught:
        OPEN.check_url(url)
    assert "\n" not in caught.value.message


def test_a_loopback_host_that_was_named_may_speak_http() -> None:
    named = frozenset(("127.0.0.1:8080", "ghes.example"))
    reach = Reach(named, inside=named)
    assert reach.check_url("http://127.0.0.1:8080/x").port == 8080
    assert reach.permitted("ghes.example", "ghes.example", ["10.0.0.1"]) == ["10.0.0.1"]
    with pytest.raises(Forbidden, match="only https"):
        reach.check_url("http://ghes.example/")


def test_of_several_addresses_the_public_ones_are_taken() -> None:
    assert OPEN.permitted("docs.example", "docs.example", ["10.0.0.1", "1.1.1.1"]) == ["1.1.1.1"]
    with pytest.raises(Forbidden, match="no address"):
        OPEN.permitted("docs.example", "docs.example", [])


# --- nobody connects ---


def answers(*addresses: str) -> Any:
    """A resolver that gives these addresses, whatever is asked."""

    def resolve(host: str, port: int) -> list[Any]:
        return [
            (
                socket.AF_INET6 if ":" in address else socket.AF_INET,
                socket.SOCK_STREAM,
                6,
                "",
                (address, port),
            )
            for address in addresses
        ]

    return resolve


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every connection that anybody tries to make."""
    tried: list[Any] = []
    real = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        tried.append(address)
        real(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
    return tried


@pytest.mark.parametrize(
    "host", [*map(in_url, CLOSED.values()), *SPELLINGS.values()], ids=[*CLOSED, *SPELLINGS]
)
def test_a_closed_address_in_a_url(host: str, connected: list[Any]) -> None:
    """Even if a list of hosts names it."""
    with FaultServer() as server:
        name = f"{host}:{server.port}".lower()
        session = Session(Reach(frozenset((name, host.lower()))), environ={})
        for url in (f"https://{name}/ok/x", f"http://{name}/ok/x", f"https://{host}/ok/x"):
            with pytest.raises(Forbidden):
                session.get(url)
        session.close()
        assert server.connections == 0
    assert connected == []


@pytest.mark.parametrize(
    "host", [*map(in_url, CLOSED.values()), *SPELLINGS.values()], ids=[*CLOSED, *SPELLINGS]
)
def test_a_closed_address_after_a_redirection(host: str, connected: list[Any]) -> None:
    with FaultServer() as server, FaultServer() as inner:
        target = f"https://{host}:{inner.port}/ok/x"
        named = frozenset((server.name,))
        session = Session(Reach(named | {f"{host}:{inner.port}".lower()}, inside=named), environ={})
        encoded = "".join(f"%{byte:02X}" for byte in target.encode())
        with pytest.raises(Forbidden):
            session.get(f"{server.url}/redirect/{encoded}")
        session.close()
        assert (server.connections, inner.connections) == (1, 0)
    assert connected == [("127.0.0.1", server.port)]


@pytest.mark.parametrize("address", CLOSED.values(), ids=CLOSED)
def test_a_closed_address_of_a_name(address: str, connected: list[Any]) -> None:
    with FaultServer() as server:
        named = f"docs.example:{server.port}"
        session = Session(Reach(frozenset((named,))), environ={}, resolve=answers(address))
        with pytest.raises(Forbidden, match="not a public address"):
            session.get(f"https://{named}/ok/x")
        session.close()
        assert server.connections == 0
    assert connected == []


def test_a_name_whose_address_changes_is_asked_once(connected: list[Any]) -> None:
    """What was checked is what is connected to; the second answer would have been this machine."""
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[Any]:
        asked.append(host)
        return list(answers("203.0.113.9" if len(asked) == 1 else "127.0.0.1")(host, port))

    session = Session(Reach(frozenset(("docs.example",))), environ={}, resolve=resolve)
    with pytest.raises(Forbidden):
        session.get("https://docs.example/")
    session.close()
    assert (asked, connected) == (["docs.example"], [])


def test_a_look_up_that_never_ends_is_left_alone() -> None:
    with FaultServer() as server:

        def resolve(host: str, port: int) -> list[Any]:
            server.over.wait(20)
            return []

        session = Session(Reach(frozenset(("docs.example",))), environ={}, resolve=resolve, timeout=0.2)
        with pytest.raises(Unreachable, match="in time"):
            session.get("https://docs.example/")
        session.close()


# --- smaller things ---

REDIRECTS = {
    "relative": ("https://a.example/x/y", "z", "https://a.example/x/z"),
    "path": ("https://a.example/x/y", "/z?q=1", "https://a.example/z?q=1"),
    "whole": ("https://a.example/x", "https://b.example/%20", "https://b.example/%20"),
    "no-scheme": ("https://a.example/x", "//b.example/", "https://b.example/"),
    "bytes": ("https://a.example/", "/\xc3\xbc x", "https://a.example/%C3%BC%20x"),
    "control": ("https://a.example/", "/a\tb", "https://a.example/a%09b"),
}


@pytest.mark.parametrize(("url", "target", "expected"), REDIRECTS.values(), ids=REDIRECTS)
def test_redirected(url: str, target: str, expected: str) -> None:
    assert redirected(url, target) == expected


def test_shown_hides_what_may_be_secret() -> None:
    assert shown("https://user:secret@a.example/x?token=secret#secret") == "https://a.example/x"
    assert shown("https://a.example/\x1b[2J") == "https://a.example/?[2J"


def test_location() -> None:
    urls = ["https://a.example:443/", "https://a.example:80/", "https://[2606:4700::1]:8443/"]
    known = Reach(frozenset(("a.example", "a.example:80", "[2606:4700::1]:8443")))
    assert [location(known.check_url(url)) for url in urls] == [
        "a.example",
        "a.example:80",
        "[2606:4700::1]:8443",
    ]


PROXY = "http://proxy.example:3128"
PROXIES: dict[str, tuple[str, dict[str, str], str | None]] = {
    "none": ("https://a.example/", {}, None),
    "https": ("https://a.example/", {"HTTPS_PROXY": PROXY}, PROXY),
    "lower case first": ("https://a.example/", {"HTTPS_PROXY": "http://other", "https_proxy": PROXY}, PROXY),
    "all": ("https://a.example/", {"ALL_PROXY": PROXY}, PROXY),
    "that of http is another": ("https://a.example/", {"HTTP_PROXY": PROXY}, None),
    "listed": ("https://a.example/", {"HTTPS_PROXY": PROXY, "NO_PROXY": "x, A.example"}, None),
    "listed with its port": (
        "https://a.example:8443/",
        {"HTTPS_PROXY": PROXY, "NO_PROXY": "a.example:8443"},
        None,
    ),
    "below what is listed": ("https://b.a.example/", {"HTTPS_PROXY": PROXY, "NO_PROXY": ".a.example"}, None),
    "a name that only ends alike": (
        "https://ba.example/",
        {"HTTPS_PROXY": PROXY, "NO_PROXY": "a.example"},
        PROXY,
    ),
    "everything": ("https://a.example/", {"HTTPS_PROXY": PROXY, "NO_PROXY": "*"}, None),
    "stars": ("https://b.a.example/", {"HTTPS_PROXY": PROXY, "NO_PROXY": "*.a.example"}, None),
    "network": ("https://10.1.2.3/", {"HTTPS_PROXY": PROXY, "NO_PROXY": "10.0.0.0/8"}, None),
    "another network": ("https://11.1.2.3/", {"HTTPS_PROXY": PROXY, "NO_PROXY": "10.0.0.0/8"}, PROXY),
    "no network": ("https://11.1.2.3/", {"HTTPS_PROXY": PROXY, "NO_PROXY": "10.0.0.0/x"}, PROXY),
    "this machine": ("http://127.0.0.1/", {"HTTPS_PROXY": PROXY, "HTTP_PROXY": PROXY}, None),
}


@pytest.mark.parametrize(("url", "environ", "expected"), PROXIES.values(), ids=PROXIES)
def test_proxy_for(url: str, environ: dict[str, str], expected: str | None) -> None:
    from urllib.parse import urlsplit

    assert proxy_for(urlsplit(url), environ) == expected
