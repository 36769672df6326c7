"""What is kept of documents: as SPEC-00020 3.2 prints it, and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from codex_action.cache.health import CacheHealth
from codex_action.cache.metrics import CacheMetrics, Share
from codex_action.cache.selection import ClearResult
from codex_action.documents.inventory import CachedDocument
from codex_action.report.documents import age, iso
from codex_action.report.safe import log_lines, visible
from codex_action.report.sizes import format_bytes

LIST, CLEAR, HEALTH, METRICS = (
    f"codex-action/cache-{name}@1" for name in ("list", "clear", "health", "metrics")
)
_NARROWEST = 20
_HEADINGS = ("REFERENCE", "SIZE", "STATUS", "CACHED")


def list_document(entries: Sequence[CachedDocument]) -> dict[str, Any]:
    """The document of `cache list --json`."""
    return {
        "schema": LIST,
        "entries": [
            {
                **entry._asdict(),
                "cached_at": iso(entry.cached_at),
                "expires_at": iso(entry.expires_at),
                "last_accessed": iso(entry.last_accessed),
            }
            for entry in entries
        ],
        "total": len(entries),
        "total_size": sum(entry.size for entry in entries),
    }


def render_list(entries: Sequence[CachedDocument], now: float, width: int | None = None) -> str:
    """A table of what is kept, a document a line; a reference that is too long for the width is cut in its middle."""
    rows = [
        (
            visible(entry.reference.partition("://")[2]),
            format_bytes(entry.size),
            entry.status.capitalize(),
            age(now - entry.cached_at),
        )
        for entry in entries
    ]
    states = Counter(entry.status for entry in entries)
    counts = ", ".join(f"{states[name]} {name}" for name in ("fresh", "stale", "expired"))
    total = format_bytes(sum(entry.size for entry in entries))
    lines = [
        f"Cached Documents ({len(entries)} total):",
        *_table(rows, width),
        "",
        f"Total: {total}, {counts}",
    ]
    return log_lines("".join(f"{line}\n" for line in lines))


def _table(rows: Sequence[tuple[str, str, str, str]], width: int | None) -> list[str]:
    every = [_HEADINGS, *rows]
    widths = [max(len(row[number]) for row in every) for number in range(4)]
    if width is not None:
        widths[0] = min(widths[0], max(_NARROWEST, width - sum(widths[1:]) - 6))
    cut = [(_middle(row[0], widths[0]), *row[1:]) for row in every]
    return ["  ".join(f"{cell:<{wide}}" for cell, wide in zip(row, widths)).rstrip() for row in cut]


def _middle(text: str, width: int) -> str:
    """Both ends of a text: the project, and the file's name."""
    if len(text) <= width:
        return text
    head = (width - 1) // 3
    return f"{text[:head]}…{text[head + 1 - width :]}"


def clear_document(result: ClearResult) -> dict[str, Any]:
    """The document of `cache clear --json`."""
    return {"schema": CLEAR, **result._asdict(), "affected_entries": list(result.affected_entries)}


def render_clear(result: ClearResult) -> str:
    """What was cleared, or would be."""
    lines = [f"  {visible(reference)}" for reference in result.affected_entries]
    documents = "1 document" if result.deleted_count == 1 else f"{result.deleted_count} documents"
    lines.append(f"{documents} would be cleared." if result.dry_run else f"{documents} cleared.")
    return log_lines("".join(f"{line}\n" for line in lines))


def health_document(health: CacheHealth) -> dict[str, Any]:
    """The document of `cache health --json`."""
    issues = [
        {"type": issue.kind, "path": issue.path, "severity": issue.severity, "description": issue.description}
        for issue in health.issues
    ]
    return {
        "schema": HEALTH,
        "status": health.status,
        "status_after": health.status_after,
        "issues": issues,
        "suggestions": list(health.suggestions),
        "can_auto_repair": health.can_auto_repair,
        "repaired": list(health.repaired),
    }


def render_health(health: CacheHealth, *, verbose: bool = False) -> str:
    """How the cache is: how often each thing is wrong, with `verbose` each; what was mended, or what helps."""
    lines = [f"Cache Health: {_state(health)}"]
    if verbose:
        lines += [
            f"  {issue.severity:<6}  {issue.kind}: {visible(issue.path)}: {visible(issue.description)}"
            for issue in health.issues
        ]
    else:
        kinds = Counter((issue.kind, issue.severity) for issue in health.issues)
        lines += [f"  {severity:<6}  {kind}: {count}" for (kind, severity), count in sorted(kinds.items())]
    lines += [f"  repaired: {visible(done)}" for done in health.repaired]
    if not health.repaired:
        lines += [f"Suggestion: {visible(text)}" for text in health.suggestions]
    return log_lines("".join(f"{line}\n" for line in lines))


def _state(health: CacheHealth) -> str:
    if not health.repaired:
        return health.status
    return f"{health.status_after} (was {health.status}; {'partly repaired' if health.left else 'repaired'})"


def metrics_document(metrics: CacheMetrics) -> dict[str, Any]:
    """The document of `cache metrics --json`: rates from 0 to 1, times in seconds, sizes in bytes."""
    return {
        "schema": METRICS,
        "total_entries": metrics.total_entries,
        "total_size_bytes": metrics.total_size_bytes,
        "hit_rate": round(metrics.hit_rate, 6),
        "miss_rate": round(metrics.miss_rate, 6),
        "avg_fetch_time": round(metrics.avg_fetch_time, 6),
        "oldest_entry": None if metrics.oldest_entry is None else iso(metrics.oldest_entry),
        "newest_entry": None if metrics.newest_entry is None else iso(metrics.newest_entry),
        "by_source": _shares(metrics.by_source),
        "by_project": _shares(metrics.by_project),
    }


def _shares(shares: Mapping[str, Share]) -> dict[str, dict[str, int]]:
    return {name: {"count": share.count, "size": share.size} for name, share in shares.items()}


def render_metrics(metrics: CacheMetrics) -> str:
    """How well the cache works."""
    lines = [
        "Cache Metrics:",
        f"  Total Entries: {metrics.total_entries}",
        f"  Total Size: {format_bytes(metrics.total_size_bytes)}",
        f"  Hit Rate: {metrics.hit_rate:.1%}",
        f"  Miss Rate: {metrics.miss_rate:.1%}",
        f"  Avg Fetch Time: {metrics.avg_fetch_time * 1000:.0f}ms",
        "",
        "By Source:",
        *(
            f"  {visible(name)}: {_entries(share)} ({format_bytes(share.size)})"
            for name, share in metrics.by_source.items()
        ),
        "",
        "By Project:",
        *(f"  {visible(name)}: {_entries(share)}" for name, share in metrics.by_project.items()),
    ]
    return log_lines("".join(f"{line}\n" for line in lines))


def _entries(share: Share) -> str:
    return "1 entry" if share.count == 1 else f"{share.count} entries"
