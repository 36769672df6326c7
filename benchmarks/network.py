"""How many requests and how much waiting documents of other repositories cost, against a GitHub on this machine.

    python benchmarks/network.py [--documents 300] [--latency 30]

Run it with the Python that codex-action is installed in, on a quiet machine. The other side is http.client with one connection that is kept. A ratio
is ours over theirs, or requests over those allowed; behind it the goal. Exits 1 if a goal is missed.
"""

from __future__ import annotations

import argparse
import http.client
import statistics
import sys
import time
from pathlib import Path
from typing import Callable

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from fake_github import FakeGitHub
from validate import Row, _row, show

from codex_action import workers
from codex_action.storage.github import GitHubStorage

REPOSITORIES = 20
PAIRS = 3


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def one_after_the_other(hub: FakeGitHub, paths: list[str]) -> None:
    """What anybody would write first, but with the connection kept."""
    connection = http.client.HTTPConnection(*hub.server_address)
    for path in paths:
        owner, repo, rest = path.split("/", 2)
        accept = {"Accept": "application/vnd.github.raw+json"}
        connection.request("GET", f"/repos/{owner}/{repo}/contents/{rest}", headers=accept)
        assert connection.getresponse().read()
    connection.close()


def in_threads(hub: FakeGitHub, paths: list[str], jobs: int) -> None:
    """Our provider, with as many threads."""
    storage = GitHubStorage(api_url=hub.url, environ={})
    assert all(result.content for result in workers.map_threads(storage.fetch, paths, jobs))
    storage.close()


def fetch_rows(hub: FakeGitHub, documents: int, latency: float) -> list[Row]:
    """Documents with the latency of a network, and without."""
    paths = [f"umbrella/r{number % REPOSITORIES}/docs/{number}.md" for number in range(documents)]
    rows = []
    for name, delay, jobs, goal in (
        (f"{documents} documents at {latency * 1000:.0f} ms, 8 connections", latency, 8, 0.2),
        (f"{documents} documents at 0 ms, 1 connection", 0.0, 1, float("inf")),
    ):
        hub.latency = delay
        in_threads(hub, paths[:8], jobs)  # what is imported only once
        pairs = [
            (
                seconds(lambda: in_threads(hub, paths, jobs)),  # noqa: B023 - called at once
                seconds(lambda: one_after_the_other(hub, paths)),
            )
            for _ in range(PAIRS)
        ]
        ours, theirs = (statistics.median(side) for side in zip(*pairs))
        rows.append(_row(name, ours, theirs, goal))
    return rows


def existence_rows(hub: FakeGitHub) -> list[Row]:
    """Requests for the existence of a thousand documents, and the most that are in flight."""
    paths = [f"umbrella/r{number % REPOSITORIES}/docs/{number // 2}.md" for number in range(1000)]
    hub.latency = 0.005
    hub.log.clear()
    hub.most_in_flight = 0
    storage = GitHubStorage(api_url=hub.url, environ={})
    found = sum(workers.map_threads(storage.exists, paths, 32))
    storage.close()
    assert 0 < found < len(paths)
    asked, flying = len(hub.log), hub.most_in_flight
    allowed = 2 * REPOSITORIES
    return [
        Row(f"1,000 references into {REPOSITORIES} repositories: requests", str(asked), str(allowed), asked / allowed, 1.0),
        Row("in flight at most, asked by 32 threads", str(flying), "8", flying / 8, 1.0),
    ]  # fmt: skip


def main() -> int:
    """Measure, print a table, and say whether every goal was met."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--documents", type=int, default=300)
    parser.add_argument("--latency", type=float, default=30.0, help="of every answer, in milliseconds")
    options = parser.parse_args()
    with FakeGitHub() as hub:
        for number in range(REPOSITORIES):
            files = {
                f"docs/{at}.md": b"# A document\n" * 100
                for at in range(number, options.documents, REPOSITORIES)
            }
            hub.add(f"umbrella/r{number}", files)
        rows = [*fetch_rows(hub, options.documents, options.latency / 1000), *existence_rows(hub)]
    return show(rows)


if __name__ == "__main__":
    sys.exit(main())
