"""How a document is asked for."""

from __future__ import annotations

from typing import NamedTuple


class FetchOptions(NamedTuple):
    """SPEC-00020's FetchOptions. `ttl` in seconds says how long what is fetched is good for.

    `source`: auto, http or github. `version`: a tag, branch or commit, where the reference names none.
    `bypass_cache`: what is remembered does not count. `offline`: nothing is fetched.
    """

    source: str = "auto"
    version: str | None = None
    bypass_cache: bool = False
    ttl: float | None = None
    offline: bool = False
