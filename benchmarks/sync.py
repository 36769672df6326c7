"""How fast a sync plans: ratios against two `git status` of the same two trees, taken in one run.

    python benchmarks/sync.py [--files 10000,100000] [--pairs 9] [--keep FOLDER]

Run it with the Python that codex-action is installed in, on a quiet machine. A project and its copy in a codex repository, 2 % of it
changed, 1 % deleted and 200 files new, with 20 patterns and a manifest; every plan is made in a process of its own, and starts
with reading the manifest. What plans before have remembered is used, as by the command; the first plan after a sync, which
changes the manifest, has less of it, and takes longer. They take turns with git; medians are shown. A ratio is ours over
theirs; behind it the goal. Exits 1 if a goal is missed.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from corpus import Corpus
from validate import Cost, Row, measure, peak, show

WAYS = {"git": 1.9, "stat": 2.5, "full": 3.0}
FOLDERS = ("docs", "guides", "reference", "specs", "src", "examples", "content", "adr", "runbooks", "schemas")
PATTERNS = tuple(f"{folder}/**/*{{.md,.mdx,.txt,.json}}" for folder in FOLDERS) + tuple(
    f"{folder}/**/*.{{yaml,yml,py,ts}}" for folder in FOLDERS
)
EMPTY = "import codex_action.sync.apply, codex_action.sync.scan"
MEGABYTES = 90
GIT = shutil.which("git") or "git"


def main() -> int:
    """Measure, print a table, and say whether every goal was met."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", default="10000,100000")
    parser.add_argument("--pairs", type=int, default=9)
    parser.add_argument("--keep", type=Path, help="a folder to keep the trees in, and to find them in again")
    parser.add_argument(
        "--work", nargs=3, help=argparse.SUPPRESS
    )  # folder, way, plan or apply: what is measured
    options = parser.parse_args()
    if options.work:
        return work(Path(options.work[0]), *options.work[1:])
    sizes = [int(size) for size in options.files.split(",")]
    with tempfile.TemporaryDirectory() as name:
        place = options.keep or Path(name)
        rows, costs = [], {}
        for size in sizes:
            folder = place / f"s{size}"
            if not folder.exists():
                prepare(folder, size)
            measured, costs[size] = plans(folder, size, options.pairs)
            rows += measured
        rows += growth(costs, place)
    return show(rows)


def prepare(folder: Path, size: int) -> None:
    """Both trees, committed, and the manifest of what they were when they were in step."""
    chance = random.Random(size)  # noqa: S311  (the same trees for the same size)
    local, codex = folder / "local", folder / "codex/projects/handbook"
    local.mkdir(parents=True)
    Corpus(size, seed=1).write(local)
    local.with_suffix(".truth.jsonl").unlink()
    shutil.copytree(local, codex)
    (folder / "memory").mkdir()
    remember(folder)
    paths = sorted(path for path in codex.rglob("*") if path.is_file())
    for path in chance.sample(paths, len(paths) * 3 // 100):
        path.unlink() if chance.random() < 1 / 3 else path.write_text(path.read_text() + "changed\n")
    for number in range(200):
        (codex / f"docs/new-{number}.md").write_text(f"new {number}\n")
    for tree in (local, folder / "codex"):
        for command in ("init -q", "add -A", "-c user.name=a -c user.email=a@b.c commit -qm x", "status"):
            subprocess.run((GIT, "-C", str(tree), *command.split()), check=True, capture_output=True)  # noqa: S603
    time.sleep(3)  # what changed a moment ago is not remembered
    for way in ("git", "stat"):
        for _ in range(2):  # what is read for the first time is told to agree the second time
            work(folder, way, "plan")


def remember(folder: Path) -> None:
    """The manifest of two trees that are in step."""
    from dataclasses import replace

    from codex_action.sync.manifest import Entry, write_manifest

    manifest, rules, _ = start(folder)
    (here, _) = look(folder, "full", manifest, rules)
    entries = {
        path: Entry(state.hash, state.size, "2026-01-01T00:00:00Z", "local")
        for path, state in sorted(here.tree.files.items())
    }
    done = replace(manifest, entries=entries, rules_digest=rules.digest)
    (folder / "manifest.json").write_bytes(write_manifest(done))


def start(folder: Path) -> tuple:  # the manifest, the rules, its notices
    """What a plan begins with."""
    from codex_action.sync.ancestor import read_known
    from codex_action.sync.manifest import Manifest
    from codex_action.sync.rules import Rules

    path = folder / "manifest.json"
    expected = Manifest("umbrella", "handbook", "umbrella/codex", "main")
    data = path.read_bytes() if path.exists() else None
    manifest, notices = read_known(data, expected, str(folder / "memory"))
    return manifest, Rules("umbrella", "handbook", "codex", PATTERNS), notices


def look(folder: Path, way: str, manifest: object, rules: object) -> tuple:
    """Both sides."""
    from codex_action.sync.scan import scan
    from codex_action.sync.side import Options
    from codex_action.sync.sides import codex_folder, project_folder

    memory = str(folder / "memory") if way != "full" else None
    sides = project_folder(str(folder / "local"), rules), codex_folder(str(folder / "codex"), rules)
    return scan(*sides, manifest.entries, Options(way=way, memory=memory, jobs=os.cpu_count() or 1))


def work(folder: Path, way: str, what: str) -> int:
    """Make a plan; or apply a hundred of its actions, with the seconds as answer."""
    from dataclasses import replace

    from codex_action.sync.gates import Limits
    from codex_action.sync.plan import Request, make_plan

    gc.disable()  # as every command of ours does
    manifest, rules, _ = start(folder)
    local, codex = look(folder, way, manifest, rules)
    limits = Limits(max_deletes=10**6, max_delete_percent=100)
    plan = make_plan(Request(rules, limits=limits), manifest, local.tree, codex.tree)
    assert not plan.refusals, plan.refusals
    if what == "apply":
        few = [action for action in plan.actions if action.kind != "delete"][:100]
        sys.stdout.write(json.dumps(applied(folder, replace(plan, actions=tuple(few)), manifest)))
    else:
        sys.stderr.write(f"{plan.stats}\n")
    return 0


def applied(folder: Path, plan: object, manifest: object) -> float:
    """Seconds to carry out a plan on a copy of what it touches."""
    from codex_action.sync.apply import apply, holding
    from codex_action.sync.journal import Target

    with tempfile.TemporaryDirectory() as place:
        for action in plan.actions:
            for source, target in (("local", "local"), ("codex/projects/handbook", "codex")):
                if (folder / source / action.path).exists():
                    (Path(place) / target / action.path).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(folder / source / action.path, Path(place) / target / action.path)
        targets = {side: Target(f"{place}/{side}") for side in ("local", "codex")}
        begun = time.perf_counter()
        with holding(targets, now="2026-01-01T00:00:00Z"):
            result = apply(plan, manifest, targets, now="2026-01-01T00:00:00Z")
        assert all(outcome.error is None for outcome in result.outcomes)
        return time.perf_counter() - begun


def command(folder: Path, way: str, what: str = "plan") -> tuple[str, ...]:
    """A plan in a process of its own."""
    return sys.executable, __file__, "--work", str(folder), way, what


def plans(folder: Path, size: int, pairs: int) -> tuple[list[Row], dict[str, float]]:
    """Wall time of each way over that of git, and memory."""
    runs: dict[str, list[float]] = {}
    for turn in range(pairs + 1):
        for name in ("status", *WAYS):
            cost = status(folder) if name == "status" else measure(command(folder, name), folder).wall
            if turn:
                runs.setdefault(name, []).append(cost)
    costs = {name: statistics.median(values) for name, values in runs.items()}
    goals = WAYS if size >= 100_000 else dict.fromkeys(WAYS, float("inf"))  # small trees pay for the start
    rows = [
        _row(f"2 x {size:,} files, {way}", costs[way], costs["status"], goal) for way, goal in goals.items()
    ]
    base = peak((sys.executable, "-c", EMPTY), folder)
    for way in WAYS if size >= 100_000 else ():
        held = peak(command(folder, way), folder) - base
        rows.append(
            Row(
                f"memory: {way}, of {MEGABYTES} MB",
                f"{held:.0f} MB",
                f"{MEGABYTES} MB",
                held / MEGABYTES,
                1.0,
            )
        )
    return rows, costs


def status(folder: Path) -> float:
    """Two `git status`, one after the other."""
    trees = (folder / "local", folder / "codex")
    costs: list[Cost] = [measure((GIT, "status", "--porcelain"), tree) for tree in trees]
    return sum(cost.wall for cost in costs)


def growth(costs: dict[int, dict[str, float]], place: Path) -> list[Row]:
    """Ten times the files: plans, and a hundred files that are applied."""
    if not {10_000, 100_000} <= set(costs):
        return []
    rows = [
        _row(f"growth: 100,000 over 10,000 files, {way}", costs[100_000][way], costs[10_000][way], 12.0)
        for way in WAYS
    ]
    seconds = {}
    for size in (10_000, 100_000):
        done = subprocess.run(command(place / f"s{size}", "stat", "apply"), capture_output=True, check=True)  # noqa: S603
        seconds[size] = float(done.stdout)
    rows.append(_row("growth: 100 files applied", seconds[100_000], seconds[10_000], 12.0))
    return rows


def _row(name: str, ours: float, theirs: float, goal: float) -> Row:
    return Row(name, f"{ours * 1000:,.0f} ms", f"{theirs * 1000:,.0f} ms", ours / theirs, goal)


if __name__ == "__main__":
    sys.exit(main())
