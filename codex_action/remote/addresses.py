"""Which URLs may be asked: https, named hosts, public addresses (reliability.md R26).

The name is checked before every request and after every redirection; the address when a connection is made, and the
connection goes to the address that was checked: a name whose address changes in between gains nothing.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from codex_action.errors import StorageError

_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?")
_NUMERIC = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
_PORTS = {"https": 443, "http": 80}
_LOOPBACK = frozenset(("localhost", "127.0.0.1", "::1"))
# Not public (IANA special-purpose registries), whatever this version of Python thinks of them; and Azure's platform.
_CLOSED_4 = tuple(
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32", "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
        "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    )
)  # fmt: skip
# Public addresses are here, but for protocols, documentation and 6to4. All forms of an IPv4 address lie outside.
_OPEN_6 = ipaddress.IPv6Network("2000::/3")
_CLOSED_6 = tuple(map(ipaddress.IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))


class Forbidden(StorageError):
    """A URL that may not be asked; nothing was sent there."""


@dataclass(frozen=True)
class Reach:
    """The hosts that may be asked: `name`, or `name:port` where the port is not the usual one.

    Those that are `inside` too were named by whoever runs the program: they may be at any address, and a loopback one
    may speak http.
    """

    hosts: frozenset[str]
    inside: frozenset[str] = frozenset()

    def check_url(self, url: str) -> SplitResult:
        """The parts of a URL that may be asked. Raises Forbidden."""
        parts = _split(url)
        name = location(parts)
        if parts.scheme != "https" and not (name in self.inside and parts.hostname in _LOOPBACK):
            raise Forbidden(f"{shown(url)}: only https is asked")
        if name not in self.hosts:
            raise Forbidden(f"{shown(url)}: {name} is not among the hosts that may be asked")
        if _is_address(parts.hostname or ""):
            self.permitted(parts.hostname or "", name, (parts.hostname or "",))
        return parts

    def permitted(self, host: str, name: str, addresses: Iterable[str]) -> list[str]:
        """Those of a host's addresses that may be connected to. Raises Forbidden if none may."""
        found = list(addresses)
        kept = [address for address in found if name in self.inside or is_public(address)]
        if not kept:
            raise Forbidden(
                f"{host} is at {found[0] if found else 'no address'}, which is not a public address"
            )
        return kept


def is_public(address: str) -> bool:
    """Is it an address of the open internet, and no other form of one?"""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv4Address):
        return not any(ip in network for network in _CLOSED_4)
    return ip in _OPEN_6 and not any(ip in network for network in _CLOSED_6)


def _split(url: str) -> SplitResult:
    """Only what every parser of URLs reads alike."""
    wrong = Forbidden(f"{shown(url)}: no URL that can be asked")
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise wrong
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise wrong from error
    if parts.scheme not in _PORTS or "@" in parts.netloc or port == 0:
        raise wrong
    if not _is_address(host) and (not _HOST.fullmatch(host) or ".." in host or _NUMERIC.fullmatch(host)):
        raise wrong
    return parts


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def location(parts: SplitResult) -> str:
    """A URL's host, with its port where that is not the usual one."""
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else (parts.hostname or "")
    return host if parts.port in (None, _PORTS.get(parts.scheme)) else f"{host}:{parts.port}"


def redirected(url: str, target: str) -> str:
    """The URL that a Location header leads to; `target` as http.client gives it, a byte a character."""
    return urljoin(url, quote(target.encode("latin-1", "replace"), safe="%/:=&?~#+!$,;'@()*[]"))


def shown(url: str) -> str:
    """A URL for people: without user, password, query and fragment, and not endless."""
    text = re.sub(r"(//)[^/?#]*@", r"\1", re.split("[?#]", url, maxsplit=1)[0])
    return "".join(character if character.isprintable() else "?" for character in text[:300])


def proxy_for(parts: SplitResult, environ: Mapping[str, str]) -> str | None:
    """The proxy that the environment names for a URL (HTTPS_PROXY, ALL_PROXY, NO_PROXY). Never one for this machine."""
    host = parts.hostname or ""
    if parts.scheme != "https" or host in _LOOPBACK:
        return None
    listed = [item.strip().lower() for item in _variable(environ, "no_proxy").split(",")]
    if any(_bypassed(item, host, location(parts)) for item in listed if item):
        return None
    return _variable(environ, "https_proxy") or _variable(environ, "all_proxy") or None


def _variable(environ: Mapping[str, str], name: str) -> str:
    return environ.get(name) or environ.get(name.upper()) or ""


def _bypassed(item: str, host: str, name: str) -> bool:
    if "/" in item and _is_address(host):
        try:
            return ipaddress.ip_address(host) in ipaddress.ip_network(item, strict=False)
        except ValueError:
            return False
    plain = item.removeprefix("*").removeprefix(".")
    return item == "*" or plain in (host, name) or host.endswith(f".{plain}")
