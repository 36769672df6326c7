"""How fast the cache is: ratios against the plainest way to have the same bytes, and milliseconds over those allowed.

    python benchmarks/cache.py [--entries 1000,100000] [--rounds 9]

Run it with the Python that codex-action is installed in, on a quiet machine. Both sides take turns over the same documents of 3 KB in the
same random order; medians are shown. A ratio is ours over theirs; behind it the goal. Exits 1 if a goal is missed.
"""

from __future__ import annotations

import argparse
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Callable

from validate import ENVIRON, Row, show

from codex_action.cache.entry import CacheKey
from codex_action.cache.manager import CacheManager

SAMPLE = 1000
WRITERS, SETS = 8, 200


def key(number: int) -> CacheKey:
    """A document of one of a hundred projects."""
    return CacheKey(
        "github.com", "umbrella", f"project-{number % 100}", "", f"docs/part-{number % 7}/{number}.md"
    )


def content(number: int) -> bytes:
    """About 3 KB that no other document has."""
    return f"# Document {number}\n\nHow things are done here.\n".encode() * 70


def filled(folder: str, number: int) -> list[CacheKey]:
    """A cache with so many documents; gives some of their keys in random order."""
    with CacheManager(folder, max_memory_entries=0, max_size_mb=0) as cache:
        for each in range(number):
            cache.set(key(each), content(each), 1e6, '"an-etag"', source="github")
    chance = random.Random(4)  # noqa: S311  (an order, no secret)
    return [key(chance.randrange(number)) for _ in range(SAMPLE)]


def microseconds(work: Callable[[], object], rounds: int) -> float:
    """What one of a thousand takes."""
    return statistics.median(_timed(work) for _ in range(rounds)) / SAMPLE * 1e6


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def hits(folder: str, keys: list[CacheKey], rounds: int) -> tuple[float, float]:
    """Disk hits, verified and recorded, and open + read + close of the same files; microseconds each."""
    ours, theirs = [], []
    for turn in range(rounds + 1):
        with CacheManager(folder, max_memory_entries=0) as cache:
            assert cache.disk
            paths = []
            for each in keys:
                entry = cache.get(each)
                assert entry
                paths.append(cache.disk.blobs.path(entry.content_hash))
            theirs.append(_timed(lambda: [_plain(path) for path in paths]))  # noqa: B023  (called at once)
            ours.append(_timed(lambda: [cache.get(each) for each in keys] and cache.flush()))
        if not turn:  # to warm up
            ours.clear()
            theirs.clear()
    return statistics.median(ours) / SAMPLE * 1e6, statistics.median(theirs) / SAMPLE * 1e6


def _plain(path: str) -> bytes:
    with open(path, "rb") as stream:
        return stream.read()


def memory(rounds: int) -> Row:
    """A hit in memory over a look into a dictionary with the same keys, each made anew as a reader makes them."""
    cache = CacheManager()
    plain = {key(each): cache.set(key(each), content(each), 1e6) for each in range(SAMPLE)}
    keys = [key(each) for each in range(SAMPLE)]
    random.Random(4).shuffle(keys)  # noqa: S311
    theirs = microseconds(lambda: [plain.get(each) for each in keys], rounds * 5)
    ours = microseconds(lambda: [cache.get(each) for each in keys], rounds * 5)
    return _row("a hit in memory, over a dictionary's", ours, theirs, 8.0)


def _row(name: str, ours: float, theirs: float, goal: float, unit: str = "us") -> Row:
    return Row(name, f"{ours:,.2f} {unit}", f"{theirs:,.2f} {unit}", ours / theirs, goal)


def whole(folder: str, rounds: int) -> list[Row]:
    """What looks at all of 10,000 documents, over the milliseconds allowed."""
    with CacheManager(folder) as cache:
        stats = statistics.median(_timed(cache.stats) for _ in range(rounds)) * 1000
        listed = statistics.median(_timed(cache.list) for _ in range(rounds)) * 1000
        assert cache.stats().entries == len(cache.list()) == 10_000
    return [
        _row("stats of 10,000", stats, 5.0, 1.0, "ms"),
        _row("list of 10,000", listed, 50.0, 1.0, "ms"),
    ]


def write(folder: str, writer: int) -> None:
    """Two hundred documents of one of many writers, and a hit on each."""
    with CacheManager(folder) as cache:
        for each in range(SETS):
            cache.set(key(writer * SETS + each), content(each), 1e6)
            assert cache.get(key(writer * SETS + each))


def together(folder: str) -> Row:
    """How many of 1,600 documents and hits of eight processes are lost."""
    command = (sys.executable, __file__, "--write", folder)
    start = time.perf_counter()
    running = [subprocess.Popen((*command, str(number)), env=ENVIRON) for number in range(WRITERS)]  # noqa: S603
    codes = [each.wait() for each in running]
    assert not any(codes)
    seconds = time.perf_counter() - start
    with CacheManager(folder) as cache:
        found = cache.list()
        lost = 2 * WRITERS * SETS - len(found) - sum(entry.access_count for entry in found)
    return Row(
        f"lost of {WRITERS} writers' {WRITERS * SETS:,} documents and hits",
        str(lost),
        f"{seconds:.1f} s",
        float(lost),
        0.0,
    )


def main() -> int:
    """Measure, print a table, and say whether every goal was met."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--entries", default="1000,100000")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--write", nargs=2, metavar=("FOLDER", "NUMBER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.write:
        write(options.write[0], int(options.write[1]))
        return 0
    rows = [memory(options.rounds)]
    with tempfile.TemporaryDirectory() as name:
        costs = []
        for number in map(int, options.entries.split(",")):
            folder = str(Path(name) / str(number))
            ours, theirs = hits(folder, filled(folder, number), options.rounds)
            rows.append(_row(f"a hit on disk among {number:,}, over open+read+close", ours, theirs, 5.0))
            costs.append((number, ours))
        (few, cheap), (many, dear) = costs[0], costs[-1]
        rows.append(_row(f"a hit among {many:,}, over one among {few:,}", dear, cheap, 1.5))
        filled(str(Path(name) / "all"), 10_000)
        rows += [*whole(str(Path(name) / "all"), options.rounds), together(str(Path(name) / "together"))]
    return show(rows)


if __name__ == "__main__":
    sys.exit(main())
