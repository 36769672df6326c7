"""How long a document takes that is in the cache: over the interpreter's start.

    python benchmarks/startup.py [--pairs 31]

Run it with the Python that codex-action is installed in, on a quiet machine. Programs take turns; medians are shown. A ratio is ours over
theirs; behind it the goal. Exits 1 if a goal is missed.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from fake_github import FakeGitHub
from validate import CODEX, ENVIRON, Row, _row, median_pairs, show

REFERENCE = "codex://umbrella/handbook/docs/guide.md"
FETCH = (CODEX, "fetch", REFERENCE)
# Heavy modules that a document in the cache must not wait for.
HEAVY = (
    "requests",
    "urllib3",
    "yaml",
    "ruamel",
    "markdown_it",
    "pathspec",
    "asyncio",
    "subprocess",
    "importlib.metadata",
)
_LOADED = (
    "import sys; from codex_action.cli import door, main; "
    f"code = door.main(main.codex, ['fetch', {REFERENCE!r}, '--output', {{output!r}}], 'codex-action'); "
    f"print(*[name for name in {HEAVY!r} if name in sys.modules]); sys.exit(code)"
)


def fill(folder: Path) -> None:
    """Fetch the document once. Later runs name the same server, which is gone: a copy is the server's it came from."""
    ENVIRON.pop("CODEX_CACHE_DIR", None)
    with FakeGitHub() as hub:
        hub.add("umbrella/handbook", {"docs/guide.md": b"# Guide\n" * 400})
        ENVIRON["GITHUB_API_URL"] = hub.url
        subprocess.run(FETCH, cwd=folder, env=ENVIRON, stdout=subprocess.DEVNULL, check=True)  # noqa: S603


def heavy(folder: Path) -> str:
    """Which heavy modules a cached fetch loads."""
    code = _LOADED.format(output=str(folder / "out.md"))
    done = subprocess.run(  # noqa: S603
        (sys.executable, "-c", code), cwd=folder, env=ENVIRON, capture_output=True, check=True, text=True
    )
    return done.stdout.strip()


def measured(folder: Path, pairs: int) -> list[Row]:
    """A cached document, and what of that is click's."""
    commands = {
        "pass": (sys.executable, "-c", "pass"),
        "click": (sys.executable, "-c", "import click"),
        "fetch": FETCH,
    }
    costs = median_pairs(commands, folder, pairs)
    return [
        _row("start: import click (for comparison)", costs["click"].wall, costs["pass"].wall, float("inf")),
        _row("start: fetch from the cache, wall", costs["fetch"].wall, costs["pass"].wall, 6.5),
        _row("start: fetch from the cache, CPU", costs["fetch"].cpu, costs["pass"].cpu, 6.5),
    ]


def main() -> int:
    """Measure, print a table, and say whether every goal was met."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pairs", type=int, default=31)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / ".git").mkdir()
        fill(folder)
        loaded = heavy(folder)
        sys.stdout.write(f"heavy modules loaded by a fetch from the cache: {loaded or 'none'}\n")
        rows = measured(folder, options.pairs)
    return show(rows) or int(bool(loaded))


if __name__ == "__main__":
    sys.exit(main())
