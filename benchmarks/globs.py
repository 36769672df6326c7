"""How fast globs are: over expressions that one would write by hand, by the number of patterns, and at their worst.

    python benchmarks/globs.py [--pairs 9] [--paths 100000] [--worst 1000]

Run it with the Python that codex-action is installed in, on a quiet machine. All in one process, by CPU time; both sides take turns; medians
are shown. A ratio is ours over theirs, or over the milliseconds allowed; behind it the goal. Exits 1 if a goal is missed.
"""

from __future__ import annotations

import argparse
import random
import re
import statistics
import sys
import time
from typing import Callable

from validate import Row, show

from codex_action.artifacts.globs import compile_globs
from codex_action.errors import UsageError

INCLUDE = (
    "docs/**", "specs/**", "README.md", "CLAUDE.md", "*.md", "guides/**/*.md", "standards/**", "templates/**", "src/**/*.{md,mdx}",
    "**/*.prompt.md", "api/*/index.*", "lib/**/v?/*.json",
)  # fmt: skip
EXCLUDE = (
    "**/node_modules/**", "**/.git/**", "**/*.log", "**/dist/**", "**/build/**", "**/.env*", "**/*.tmp", "internal/**",
)  # fmt: skip
FOLDERS = (
    "docs", "src", "specs", "guides", "lib", "tests", "node_modules", "api", "internal", "components", "x", "templates", "dist", "build",
    ".github", ".fractary", "assets", "examples", "deep", "v2",
)  # fmt: skip
STEMS = (
    "README",
    "index",
    "guide",
    "setup",
    "config",
    "SPEC-0001",
    "notes",
    "a",
    "main",
    "state",
    "test_x",
    "report",
    ".env",
    ".hidden",
)
ENDINGS = ("md", "md", "md", "mdx", "json", "yaml", "py", "ts", "log", "png", "txt", "js")
FORMS = (
    "docs/{}/**", "**/{}/**", "**/*.{}", "src/{}/*.md", "**/{}*.json", "lib/**/{}/*.py", "{}.md", "projects/*/{}/**", "**/{}-*.md", "{}/**",
)  # fmt: skip
HOSTILE = (
    "*", "a", "**/", "*a", "a*", "**/a/", "*/", "?", "{a,aa}", "[ab]", "*a*a", "/**/", "a/**/", "**/*a", "aa", "b", "{*a,*b}", "{**/a,b}",
    "+(a|aa)", "*(ab|a)", "!(a)", "+(a|b)", "?(a)", "@(a|aa)", "*(a)", "+(aa|ab|ba)",
)  # fmt: skip
# 4 KB each; names have up to 255 characters, as file systems allow.
LONG = ("a/" * 2048, "aa/" * 1365 + "c", ("a" * 255 + "/") * 16, ("ab" * 127 + "/") * 16, "ab/" * 1365 + ".x")


def some_paths(chance: random.Random, count: int) -> list[str]:
    """Paths as repositories have them, from none to five folders deep."""
    return [
        "/".join(
            [
                *(chance.choice(FOLDERS) for _ in range(chance.choice((0, 1, 2, 3, 3, 4, 5)))),
                f"{chance.choice(STEMS)}{chance.randint(0, 999)}.{chance.choice(ENDINGS)}",
            ]
        )
        for _ in range(count)
    ]


def some_patterns(chance: random.Random, count: int) -> list[str]:
    """Patterns of ten forms, each with a name of its own."""
    names = ("".join(chance.choices("abcdefghijklmnop", k=5)) for _ in range(count))
    return [FORMS[number % len(FORMS)].format(name) for number, name in enumerate(names)]


def by_hand(patterns: tuple[str, ...]) -> Callable[[str], object]:
    """The expression one would write first: right for these patterns, and exponential for others."""
    found = {
        "**/": "(?:.*/)?",
        "/**": "(?:/.*)?",
        "*": "[^/]*",
        "?": "[^/]",
        "{": "(?:",
        ",": "|",
        "}": ")",
    }
    each = (
        re.sub(r"\*\*/|/\*\*$|.", lambda m: found.get(m[0]) or re.escape(m[0]), pattern)
        for pattern in patterns
    )
    return re.compile(rf"(?:{'|'.join(each)})\Z", re.DOTALL).match


def turns(pairs: int, **jobs: Callable[[], object]) -> dict[str, float]:
    """The median seconds of CPU of jobs that take turns, after one of each to warm up."""
    spent: dict[str, list[float]] = {name: [] for name in jobs}
    for turn in range(pairs + 1):
        for name, job in jobs.items():
            start = time.process_time()
            job()
            if turn:
                spent[name].append(time.process_time() - start)
    return {name: statistics.median(values) for name, values in spent.items()}


def over_hand_written(paths: list[str], pairs: int) -> Row:
    """Twenty patterns, compiled each time, as one include and one exclude."""

    def ours() -> list[str]:
        include, exclude = compile_globs(INCLUDE, dot=True), compile_globs(EXCLUDE, dot=True)
        return [path for path in paths if include(path) and not exclude(path)]

    def theirs() -> list[str]:
        include, exclude = by_hand(INCLUDE), by_hand(EXCLUDE)
        return [path for path in paths if include(path) and not exclude(path)]

    assert ours() == theirs()
    seconds = turns(pairs, ours=ours, theirs=theirs)
    return _row(
        f"{len(INCLUDE + EXCLUDE)} globs, {len(paths):,} paths", seconds["ours"], seconds["theirs"], 1.5
    )


def by_number(paths: list[str], pairs: int, *, dot: bool) -> Row:
    """Ten times the patterns."""
    chance = random.Random(3)  # noqa: S311  (paths and patterns are to be the same each time)
    few, many = (compile_globs(some_patterns(chance, count), dot=dot) for count in (20, 200))
    seconds = turns(
        pairs, few=lambda: [p for p in paths if few(p)], many=lambda: [p for p in paths if many(p)]
    )
    name = "200 over 20 globs" + (", hidden names too" if dot else "")
    return _row(name, seconds["many"], seconds["few"], 4.0)


def milliseconds(pattern: str, paths: tuple[str, ...], *, dot: bool) -> float:
    """The most that a pattern takes for a path; a path is tried three times, and the best counts."""
    matches = compile_globs([pattern], dot=dot)
    slowest = 0.0
    for path in paths:
        tries = []
        for _ in range(3):
            start = time.process_time()
            matches(path)
            tries.append(time.process_time() - start)
        slowest = max(slowest, min(tries))
    return slowest * 1000


def known_worst() -> Row:
    """Fifty globstars on 400 names: a backtracking expression needs hours."""
    taken = milliseconds("**/a/" * 50 + "b", ("a/" * 400 + "c",), dot=True)
    return Row("50 globstars, 400 names", f"{taken:.2f} ms", "5 ms", taken / 5, 1.0)


def generated_worst(count: int) -> Row:
    """The slowest of many patterns that were made to be slow, with paths of 4 KB; those refused are not counted."""
    chance = random.Random(9)  # noqa: S311  (the same)
    slowest, done = 0.0, 0
    while done < count:
        pieces = chance.sample(HOSTILE, chance.randint(1, 4))
        pattern = "".join(chance.choices(pieces, k=chance.randint(3, 60))) + chance.choice(
            ("", "b", "/b", "/**")
        )
        try:
            slowest = max(slowest, milliseconds(pattern, LONG, dot=done % 2 == 0))
        except UsageError:
            continue
        done += 1
    return Row(f"the slowest of {count:,} hostile globs", f"{slowest:.2f} ms", "5 ms", slowest / 5, 1.0)


def _row(name: str, ours: float, theirs: float, goal: float) -> Row:
    return Row(name, f"{ours * 1000:,.0f} ms", f"{theirs * 1000:,.0f} ms", ours / theirs, goal)


def main() -> int:
    """Measure, print a table, and say whether every goal was met."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pairs", type=int, default=9)
    parser.add_argument("--paths", type=int, default=100_000)
    parser.add_argument("--worst", type=int, default=1000)
    options = parser.parse_args()
    paths = some_paths(random.Random(1), options.paths)  # noqa: S311  (the same)
    rows = [
        over_hand_written(paths, options.pairs),
        by_number(paths, options.pairs, dot=False),
        by_number(paths, options.pairs, dot=True),
        known_worst(),
        generated_worst(options.worst),
    ]
    return show(rows)


if __name__ == "__main__":
    sys.exit(main())
