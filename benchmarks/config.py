"""How fast `migrate config` is: over the interpreter's start for a small file, in seconds for a large one.

    python benchmarks/config.py [--pairs 21]

Run it with the Python that codex-action is installed in, on a quiet machine. Programs take turns; medians are shown. A ratio is ours over
theirs, or over the seconds allowed; behind it the goal. Exits 1 if a goal is missed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from validate import CODEX, Row, _row, measure, median_pairs, show

SAMPLES = Path(__file__).parents[1] / "tests/cases/config/samples"
SMALL = """\
# What this project shares.
version: "4.0"
organization: umbrella
codex_repo: codex.umbrella.dev  # the shared knowledge base

sync_patterns:
  - "docs/**"
  - "README.md"
exclude_patterns:
  - "**/node_modules/**"

sync_direction: bidirectional
environments:
  dev:
    branch: develop
  prod:
    branch: main

cache:
  ttl_days: 7
  max_size_mb: 0  # unlimited

handlers:
  sync:
    active: github
    options:
      github:
        parallel_repos: 5
        deletion_threshold: 50
"""
LARGE = 149_000


def large() -> str:
    """A file of the field, with environments until it is 149 KB."""
    text = (SAMPLES / "F4-v4.0-real-commented.yaml").read_text(encoding="utf-8")
    head, found, tail = text.partition("\nenvironments:\n")
    assert found
    each = "  e{0}:\n    # where {0} comes from\n    branch: branch-{0}\n    description: Environment {0}\n"
    number = 0
    added: list[str] = []
    size = len(text)
    while size < LARGE:
        added.append(each.format(number))
        size += len(added[-1])
        number += 1
    return head + found + "".join(added) + tail


def project(folder: Path, text: str) -> Path:
    """A repository with one configuration."""
    place = folder / ".fractary/codex/config.yaml"
    place.parent.mkdir(parents=True)
    place.write_text(text, encoding="utf-8")
    (folder / ".git").mkdir()
    return folder


def small_rows(folder: Path, pairs: int) -> list[Row]:
    """The start over an interpreter that does nothing: to be migrated, and migrated already."""
    before = project(folder / "before", SMALL)
    after = project(folder / "after", SMALL)
    measure((CODEX, "migrate", "config", "--write"), after)
    rows = []
    for name, where in (("to be migrated", before), ("nothing to do", after)):
        costs = median_pairs(
            {"pass": (sys.executable, "-c", "pass"), "ours": (CODEX, "migrate", "config")}, where, pairs
        )
        rows.append(
            _row(f"start: {len(SMALL) / 1000:.1f} KB, {name}", costs["ours"].wall, costs["pass"].wall, 9.0)
        )
    return rows


def large_row(folder: Path, pairs: int) -> Row:
    """Seconds, of two."""
    text = large()
    costs = median_pairs(
        {"ours": (CODEX, "migrate", "config", "--json")}, project(folder / "large", text), pairs
    )
    return _row(f"{len(text) / 1000:.0f} KB, of two seconds", costs["ours"].wall, 2.0, 1.0)


def main() -> int:
    """Measure, print a table, and say whether every goal was met."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pairs", type=int, default=21)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        rows = [*small_rows(Path(name), options.pairs), large_row(Path(name), 5)]
    return show(rows)


if __name__ == "__main__":
    sys.exit(main())
