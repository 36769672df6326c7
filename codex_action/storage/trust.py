"""What a configuration may name: whoever wrote a project's own may not be whoever runs this."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from codex_action.config.expand import env_names, expand_env
from codex_action.remote.access import PASSWORD, TOKENS, environ_api

if TYPE_CHECKING:
    from codex_action.remote.addresses import Reach

HINT = "put the provider into your own configuration: ~/.config/fractary/codex/config.yaml"
URLS = ("base_url", "api_base_url")
_OPEN = "CODEX_"
_CLOSED = frozenset((*TOKENS, PASSWORD))


def untrusted(item: Mapping[str, Any], environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What a provider of a project's own list may not have, with its option.

    Variables that are not CODEX_*, our tokens, servers that are not public: else a repository that was cloned could
    send a secret of whoever reads it to a server of its own, or look around in a network. What the environment's own
    API is asked with anyway, as older formats name it, it may be asked with.
    """
    usual = TOKENS if item["type"] == "github" and _at_home(item, environ) else ()
    for key, value in item.items():
        closed = [
            name
            for name in env_names(value)
            if (not name.startswith(_OPEN) or name.upper() in _CLOSED)
            and (key != "token" or name not in usual)
        ]
        if closed:
            yield (
                key,
                f"the variable {closed[0]} is not for a project's own configuration: it could be sent to any server",
            )
        elif key in URLS and isinstance(value, str) and _is_inside(expand_env(value, environ), environ):
            yield key, "a project's own configuration can name only public servers"


def _at_home(item: Mapping[str, Any], environ: Mapping[str, str]) -> bool:
    usual = environ_api(environ)
    return bool(expand_env(item.get("api_base_url", usual), environ) == usual)


def _is_inside(url: str, environ: Mapping[str, str]) -> bool:
    return not problem_of(url, environ) and bool(problem_of(url, environ, of_project=True))


def reach_of(
    url: str, environ: Mapping[str, str], hosts: Iterable[str] = (), *, of_project: bool = False
) -> Reach:
    """The hosts that a provider may ask: its URL's and `hosts`.

    The URL's may be inside, at a private address, where the user or the machine named it; of those that a project names
    only the host of the environment's own API. Raises ValueError for what is no URL.
    """
    # Its networks cost 2 ms: only for such providers.
    from codex_action.remote.addresses import Reach, location

    home = location(urlsplit(url))
    trusted = not of_project or home == location(urlsplit(environ_api(environ)))
    return Reach(frozenset((home, *map(str.lower, hosts))), inside=frozenset((home,) if trusted else ()))


def problem_of(url: str, environ: Mapping[str, str], *, of_project: bool = False) -> str | None:
    """Why a base URL cannot be asked, without the URL: it may hold a secret. A name is looked up when it is asked."""
    from codex_action.remote.addresses import Forbidden

    try:
        reach_of(url, environ, of_project=of_project).check_url(url)
    except Forbidden as error:
        return error.message.rpartition(": ")[2]
    except ValueError:
        return "no URL that can be asked"
    return None
