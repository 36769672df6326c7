"""How fast `validate refs` is: ratios against ripgrep and the interpreter's start, taken in one run.

    python benchmarks/validate.py [--files 1000,10000,100000] [--pairs 9] [--keep FOLDER]

Run it with the Python that codex-action is installed in, on a quiet machine with ripgrep. Both programs read the same files and write to
a pipe; they take turns; medians are shown. A ratio is ours over theirs; behind it the goal. Exits 1 if a goal is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from corpus import Corpus

RIPGREP = ("rg", "-n", "--hidden", "codex://|@codex/", ".")
CODEX = str(Path(sys.executable).parent / "codex-action")
VALIDATE = (CODEX, "validate", "refs")
# Caches of compiled code are part of every real installation.
ENVIRON = {
    **{
        name: value
        for name, value in os.environ.items()
        if name not in ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")
    },
    "CODEX_ORG": "umbrella",
    "CODEX_CACHE_DIR": os.devnull,  # copies that this machine's user has would be looked through too
}


class Cost(NamedTuple):
    """CPU and wall seconds."""

    cpu: float
    wall: float


class Row(NamedTuple):
    """A measured ratio and what it should be at most."""

    name: str
    ours: str
    theirs: str
    ratio: float
    goal: float


def measure(command: tuple[str, ...], folder: Path) -> Cost:
    """One run with its output read through a pipe."""
    start = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603  (our own commands)
        command,
        cwd=folder,
        env=ENVIRON,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    while process.stdout.read(1 << 16):
        pass
    _, _, used = os.wait4(process.pid, 0)
    process.returncode = 0  # collected above
    return Cost(used.ru_utime + used.ru_stime, time.perf_counter() - start)


# What runs the command from a small process: a child's peak is never less than that of the process it was forked from.
_PEAK = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL); "
_PEAK += "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"


def peak(command: tuple[str, ...], folder: Path) -> float:
    """The highest memory of a command, in MB."""
    done = subprocess.run(  # noqa: S603  (our own commands)
        (sys.executable, "-I", "-S", "-c", _PEAK, *command),
        cwd=folder,
        env=ENVIRON,
        capture_output=True,
        check=True,
    )
    return int(done.stdout) / 1024


def median_pairs(commands: dict[str, tuple[str, ...]], folder: Path, pairs: int) -> dict[str, Cost]:
    """The medians of runs that take turns, after one of each to warm up."""
    runs: dict[str, list[Cost]] = {name: [] for name in commands}
    for turn in range(pairs + 1):
        for name, command in commands.items():
            cost = measure(command, folder)
            if turn:
                runs[name].append(cost)
    return {
        name: Cost(*(statistics.median(values) for values in zip(*costs))) for name, costs in runs.items()
    }


def against_ripgrep(folder: Path, files: int, pairs: int) -> tuple[list[Row], dict[str, Cost]]:
    """CPU with one process, wall with two."""
    costs = median_pairs({"rg": RIPGREP, "-j1": (*VALIDATE, "-j1"), "-j2": (*VALIDATE, "-j2")}, folder, pairs)
    cpu_goal = {1_000: 5.0, 10_000: 2.2}.get(files, 1.6)
    rows = [_row(f"{files:,} files, CPU, -j1", costs["-j1"].cpu, costs["rg"].cpu, cpu_goal)]
    if files >= 100_000:
        rows.append(_row(f"{files:,} files, wall, -j2", costs["-j2"].wall, costs["rg"].wall, 1.8))
    return rows, costs


def _row(name: str, ours: float, theirs: float, goal: float) -> Row:
    return Row(name, f"{ours * 1000:,.0f} ms", f"{theirs * 1000:,.0f} ms", ours / theirs, goal)


def truth(folder: Path) -> str:
    """Whether exactly the planted references are found, and exactly the broken ones reported."""
    planted = [
        json.loads(line)
        for line in folder.with_suffix(".truth.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    command = (*VALIDATE, "--json", "--code-blocks", "--ignore", "CODEX010")
    done = subprocess.run(command, cwd=folder, env=ENVIRON, capture_output=True, check=False)  # noqa: S603
    report = json.loads(done.stdout)
    wanted = {(row["path"], row["line"], row["column"], row["text"]) for row in planted if not row["valid"]}
    found = {(f["file"], f["line"], f["column"], f["reference"]) for f in report["findings"]}
    exact = report["refs_checked"] == len(planted) and found == wanted
    return f"{'exactly' if exact else 'NOT'} the planted truth: {report['refs_checked']:,} references, {len(found):,} broken"


def startup(pairs: int) -> list[Row]:
    """Over an interpreter that does nothing."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        commands = {
            "pass": (sys.executable, "-c", "pass"),
            "click": (sys.executable, "-c", "import click"),
            "--version": (CODEX, "--version"),
            "empty tree": VALIDATE,
            "five files": (*VALIDATE, "--resolve", "offline", *_staged(folder)),
        }
        costs = median_pairs(commands, folder, max(pairs, 21))
    goals = {"--version": 4.5, "empty tree": 5.5, "five files": 5.5}
    rows = [
        _row(f"start: {name}", costs[name].wall, costs["pass"].wall, goal) for name, goal in goals.items()
    ]
    return [
        _row("start: import click (for comparison)", costs["click"].wall, costs["pass"].wall, float("inf")),
        *rows,
    ]


def _staged(folder: Path) -> list[str]:
    names = [f"staged-{number}.txt" for number in range(5)]
    for name in names:
        (folder / name).write_text("A document without a reference.\n" * 100, encoding="utf-8")
    return names


def growth(costs: dict[int, dict[str, Cost]]) -> list[Row]:
    """Ten times the files, and a hundred times the references in one file."""
    rows = []
    if {10_000, 100_000} <= set(costs):
        rows.append(
            _row(
                "growth: 100,000 over 10,000 files, CPU",
                costs[100_000]["-j1"].cpu,
                costs[10_000]["-j1"].cpu,
                12.0,
            )
        )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        seconds = {}
        for count in (100, 10_000):
            (folder / "line.md").write_text(
                " ".join(f"codex://umbrella/docs/a/{n}.md" for n in range(count)), encoding="utf-8"
            )
            seconds[count] = min(measure(VALIDATE, folder).cpu for _ in range(5)) - min(
                measure((CODEX, "validate", "refs", "--help"), folder).cpu for _ in range(5)
            )
        rows.append(
            _row(
                "growth: 10,000 over 100 references on one line",
                seconds[10_000],
                max(seconds[100], 0.001),
                110.0,
            )
        )
    return rows


def no_op_fix(folder: Path, pairs: int) -> Row:
    """A --fix that finds nothing to mend, over a check."""
    without = ("--ignore", "CODEX010")
    costs = median_pairs(
        {"check": (*VALIDATE, *without), "fix": (*VALIDATE, "--fix", *without)}, folder, pairs
    )
    return _row("--fix with nothing to mend, CPU", costs["fix"].cpu, costs["check"].cpu, 1.05)


def memory(place: Path, sizes: list[int]) -> list[Row]:
    """What a large run holds beyond the interpreter with click, and over a smaller one."""
    base = peak((sys.executable, "-c", "import click"), place)
    held = {size: peak((*VALIDATE, "-j1"), place / f"c{size}") for size in sizes}
    largest = max(sizes)
    over = held[largest] - base
    rows = [
        Row(f"memory: {largest:,} files beyond click, of 45 MB", f"{over:.0f} MB", "45 MB", over / 45, 1.0)
    ]
    if {10_000, 100_000} <= set(sizes):
        ours, theirs = held[100_000], held[10_000]
        rows.append(
            Row("memory: 100,000 over 10,000 files", f"{ours:.0f} MB", f"{theirs:.0f} MB", ours / theirs, 2.0)
        )
    return rows


def main() -> int:
    """Measure, print a table, and say whether every goal was met."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", default="1000,10000,100000")
    parser.add_argument("--pairs", type=int, default=9)
    parser.add_argument("--keep", type=Path, help="a folder to keep the trees in, and to find them in again")
    options = parser.parse_args()
    if not shutil.which("rg"):
        parser.error("ripgrep (rg) is not installed")
    sizes = [int(size) for size in options.files.split(",")]
    with tempfile.TemporaryDirectory() as name:
        place = options.keep or Path(name)
        place.mkdir(parents=True, exist_ok=True)
        rows, costs = startup(options.pairs), {}
        for size in sizes:
            folder = place / f"c{size}"
            if not folder.exists():
                Corpus(size, seed=1).write(folder)
            measured, costs[size] = against_ripgrep(folder, size, options.pairs)
            rows += measured
            sys.stdout.write(f"{size:,} files: {truth(folder)}\n")
        rows += [
            *growth(costs),
            *memory(place, sizes),
            no_op_fix(place / f"c{sizes[min(1, len(sizes) - 1)]}", options.pairs),
        ]
    return show(rows)


def show(rows: list[Row]) -> int:
    """Print the table."""
    width = max(len(row.name) for row in rows)
    sys.stdout.write(f"\n{'':<{width}}  {'ours':>10}  {'theirs':>10}  {'ratio':>6}  {'goal':>6}\n")
    for row in rows:
        goal = "" if row.goal == float("inf") else f"{row.goal:>6.2f}"
        missed = "  missed" if row.ratio > row.goal else ""
        sys.stdout.write(
            f"{row.name:<{width}}  {row.ours:>10}  {row.theirs:>10}  {row.ratio:>6.2f}  {goal:>6}{missed}\n"
        )
    return int(any(row.ratio > row.goal for row in rows))


if __name__ == "__main__":
    sys.exit(main())
