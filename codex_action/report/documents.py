"""Documents as JSON, and in a line for people."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from codex_action.artifacts.document import Document
from codex_action.errors import CodexError
from codex_action.report.data import error
from codex_action.report.safe import visible
from codex_action.report.sizes import format_bytes

FETCH = "codex-action/fetch@1"
FETCH_MANY = "codex-action/fetch-many@1"
_AGES = ((86_400, "d"), (3600, "h"), (60, "m"))


def document(found: Document) -> dict[str, Any]:
    """The document of `fetch --json` (doors.md 5)."""
    return {
        "schema": FETCH,
        "reference": found.reference,
        "source": found.source,
        "cached": found.cached,
        "stale": found.stale,
        "version": found.version,
        "timestamp": iso(found.fetched_at),
        "size": found.size,
        "sha256": found.sha256,
        "content_type": found.content_type,
        "metadata": plain(found.metadata),
        **_content(found.content),
    }


def _content(content: bytes) -> dict[str, str | None]:
    try:
        return {"content": content.decode("utf-8"), "content_base64": None}
    except UnicodeDecodeError:
        return {"content": None, "content_base64": base64.b64encode(content).decode("ascii")}


def documents(found: Sequence[Document], failed: Sequence[tuple[str, CodexError]]) -> dict[str, Any]:
    """The document of `fetch --json` for several references, those that failed with the reason."""
    return {
        "schema": FETCH_MANY,
        "documents": [document(one) for one in found],
        "errors": [{"reference": name, **error(reason)["error"]} for name, reason in failed],
    }


def plain(value: Any) -> Any:  # noqa: ANN401  (whatever a header holds)
    """A value that JSON has: numbers that are none become text, and so do keys."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def iso(seconds: float) -> str:
    """A time since 1970 as ISO 8601 in UTC, in whole seconds."""
    moment = datetime.fromtimestamp(min(max(seconds, 0), 253_402_300_799), timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def age(seconds: float) -> str:
    """How long ago something was: `2h ago`, `just now`."""
    return next((f"{seconds // size:.0f}{unit} ago" for size, unit in _AGES if seconds >= size), "just now")


def line(found: Document, now: float) -> str:
    """Where a document is from, for people."""
    kept = f", cached {age(now - found.fetched_at)}" if found.cached else ""
    renewal = "is being" if found.renewing else "was not"
    stale = f", stale: it {renewal} renewed" if found.stale else ""
    version = f"@{found.version}" if found.version else ""
    if f"{version}/" in found.reference:  # as it was asked for
        version = ""
    return visible(f"{found.reference}{version}: {format_bytes(found.size)} from {found.source}{kept}{stale}")
