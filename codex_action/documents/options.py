"""How a document is asked for."""

from __future__ import annotations

import math
from typing import NamedTuple

from codex_action.errors import UsageError


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


def checked(options: FetchOptions | None) -> FetchOptions:
    """The options, by default the usual ones. Raises UsageError for a `ttl` that is no time."""
    options = options or FetchOptions()
    if options.ttl is not None and not 0 <= options.ttl < math.inf:
        raise UsageError(
            f"a document cannot be remembered for {options.ttl} seconds", hint="ttl is 0 or more seconds"
        )
    return options
