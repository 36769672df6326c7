"""What is remembered of a plan is a shortcut and no more: with it, without it, damaged or another's, the plan is one."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import Callable

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sync_folders import Pair
from sync_world import BOLD, EMPTY, RULES, remembered
from trees import Tree as Repository

from codex_action.sync import looking
from codex_action.sync import side as room
from codex_action.sync.agreed import Told, memory_of
from codex_action.sync.ancestor import read_known
from codex_action.sync.hashes import Hashes
from codex_action.sync.known import Entries
from codex_action.sync.manifest import read_manifest, write_manifest
from codex_action.sync.plan import Request, make_plan
from codex_action.sync.scan import scan
from codex_action.sync.side import Options
from codex_action.sync.sides import Folder, codex_folder, project_folder

WAYS = ("git", "stat", "full")
LATER = 10**6  # seconds: nothing that was just written is too young to be remembered
NAMES = ("a.md", "d/a b.md", "d/a.md", "d/e/\u00e4.md", 'd/q".md', "D/a.md", "x/1.txt", "x/2.md", ".fractary/codex/shared/umbrella/o/s.md")  # fmt: skip
OTHER_RULES = (
    RULES,
    replace(RULES, patterns=("**/*.md",)),
    replace(RULES, exclude=("d/**",)),
    replace(RULES, also_ours=("x/**",)),
    replace(RULES, from_codex=("**/*.md",)),
)


class Lab:
    """A project and a codex repository, with a manifest, and a memory of plans for each way."""

    def __init__(self, root: Path) -> None:
        self.pair, self.root = Pair(root), root
        self.rules, self.data = RULES, write_manifest(EMPTY)
        files = {name: name for name in NAMES[:-1]}
        for side in ("local", "codex"):
            self.pair.write(side, files)
        self.trees = {"local": Repository(self.pair.local), "codex": Repository(self.pair.codex)}
        for tree in self.trees.values():
            tree.git("init", "--quiet")
            tree.commit()
        self.data = write_manifest(remembered(files))
        self.old: dict[Path, bytes] = {}
        for way in WAYS:
            (root / way).mkdir()

    def look(self, way: str, memory: Path | None) -> tuple[object, ...]:
        """All that a plan is made of, and the plan."""
        name = str(memory) if memory else None
        manifest, notices = read_known(self.data, EMPTY, name)
        hashes = name if way != "full" else None
        options = Options(way=way, memory=hashes, now=lambda: time.time() + LATER)  # type: ignore[arg-type]
        folders = (
            project_folder(str(self.pair.local), self.rules),
            codex_folder(str(self.pair.codex), self.rules),
        )
        local, codex = scan(*folders, manifest.entries, options)
        request = Request(self.rules, limits=replace(BOLD, forced=frozenset()))
        plan = make_plan(request, manifest, local.tree, codex.tree)
        trees = [(dict(side.tree.files), len(side.tree.files), side) for side in (local, codex)]
        return notices, dict(manifest.entries), replace(manifest, entries={}), trees, plan

    def check(self) -> None:
        for way in WAYS:
            plain = self.look(way, None)
            assert read_manifest(self.data, EMPTY).manifest.entries == plain[1]
            assert self.look(way, self.root / way) == plain, way

    def step(self, kind: str, side: str, number: int) -> None:
        root = self.pair.local if side == "local" else self.pair.inside
        STEPS[kind](self, side, root / NAMES[number % len(NAMES)], number)

    # --- steps ---

    def edit(self, _side: str, path: Path, number: int) -> None:
        with contextlib.suppress(OSError):
            if path.is_symlink() or not path.exists():
                path.unlink(missing_ok=True)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"text {number % 3}")

    def back(self, _side: str, path: Path, _number: int) -> None:
        """The bytes of the first manifest again."""
        with contextlib.suppress(OSError, ValueError):
            root = self.pair.local if self.pair.local in path.parents else self.pair.inside
            path.write_text(path.relative_to(root).as_posix())

    def same(self, _side: str, path: Path, _number: int) -> None:
        """As long, and as old: only the bytes are others."""
        if path.is_file() and not path.is_symlink():
            state = path.stat()
            path.write_bytes(bytes(reversed(path.read_bytes())))
            os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))

    def gone(self, _side: str, path: Path, number: int) -> None:
        with contextlib.suppress(OSError):
            path.unlink()
            if number % 3 == 1:
                path.symlink_to("nowhere")
            elif number % 3 == 2:
                path.mkdir()

    def mode(self, _side: str, path: Path, number: int) -> None:
        with contextlib.suppress(OSError):
            path.chmod(0o755 if number % 2 else 0o644)

    def commit(self, side: str, _path: Path, number: int) -> None:
        tree = self.trees[side]
        tree.git("add", "--all")
        if number % 2:
            tree.commit()

    def status(self, side: str, _path: Path, _number: int) -> None:
        """git writes its index anew, with what the disk says."""
        self.trees[side].git("status")

    def flag(self, side: str, path: Path, number: int) -> None:
        words = ("--assume-unchanged", "--no-assume-unchanged", "--skip-worktree", "--no-skip-worktree")
        command = ["git", "-C", str(self.trees[side].root), "update-index", words[number % 4], str(path)]
        subprocess.run(command, capture_output=True, check=False)

    def attributes(self, side: str, path: Path, number: int) -> None:
        where = (path.parent, self.trees[side].root)[number % 2] / ".gitattributes"
        if where.exists():
            where.unlink()
        elif where.parent.is_dir():
            where.write_text(("*.md text eol=crlf\n", "*.md -text\n")[number // 2 % 2])

    def ignored(self, side: str, path: Path, number: int) -> None:
        where = self.trees[side].root / ".gitignore"
        where.write_text("" if number % 2 else f"{path.name}\n.gitattributes\n")

    def other_rules(self, _side: str, _path: Path, number: int) -> None:
        self.rules = OTHER_RULES[number % len(OTHER_RULES)]

    def other_manifest(self, side: str, _path: Path, number: int) -> None:
        """What is there now, or less of it, or as another program writes it; or damaged."""
        files = self.pair.files(side)
        kept = {name: data.decode("utf-8", "replace") for name, data in files.items() if name[0] != "."}
        kept = {name: text for turn, (name, text) in enumerate(kept.items()) if turn % 4 != number % 5}
        data = write_manifest(remembered(kept, commit=str(number)))
        rows = (
            data,
            data,
            json.dumps(json.loads(data)).encode(),
            data.replace(b"local", b"nobody", 1),
            data[:-9],
        )
        self.data = rows[number % len(rows)]

    def damage(self, _side: str, _path: Path, number: int) -> None:
        """Cut, foreign or old bytes in what is remembered."""
        for way in WAYS:
            for turn, path in enumerate(sorted((self.root / way).iterdir())):
                data = path.read_bytes()
                others = sorted((self.root / WAYS[number % 3]).iterdir()) or [path]
                bad = (
                    data[: len(data) * (number % 7) // 7],
                    others[number % len(others)].read_bytes(),
                    self.old.get(path, b""),
                    data.replace(b"H 1", b"H 2", 1),
                    b"\n".join(reversed(data.split(b"\n"))),
                )
                self.old[path] = data
                if (turn + number) % 2:
                    path.write_bytes(bad[(turn + number) // 2 % len(bad)])

    def nothing(self, _side: str, _path: Path, _number: int) -> None:
        """Look again."""


STEPS: dict[str, Callable[[Lab, str, Path, int], None]] = {
    name: getattr(Lab, name)
    for name in (
        "edit", "back", "same", "gone", "mode", "commit", "status", "flag", "attributes", "ignored", "other_rules",
        "other_manifest", "damage", "nothing",
    )
}  # fmt: skip

_steps = st.lists(
    st.tuples(st.sampled_from(sorted(STEPS)), st.sampled_from(("local", "codex")), st.integers(0, 60)),
    min_size=1,
    max_size=8,
)


@settings(
    max_examples=int(os.environ.get("CODEX_WALKS", "6")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=_steps)
@example(  # documents of other projects: they come, change, and their rules go
    steps=[
        ("other_rules", "local", 4),
        ("edit", "codex", 1),
        ("edit", "local", 8),
        ("commit", "local", 1),
        ("commit", "codex", 1),
        ("nothing", "local", 0),
        ("other_manifest", "local", 0),
        ("other_rules", "local", 0),
    ]
)
def test_a_plan_with_a_memory_is_the_plan_without(tmp_path: Path, steps: list[tuple[str, str, int]]) -> None:
    root = tmp_path / "lab"
    shutil.rmtree(root, ignore_errors=True)
    lab = Lab(root)
    lab.check()
    for step in steps:
        lab.step(*step)
        lab.check()


# --- what it saves ---


class Asked:
    """Which places the rules were asked about, and how many files were looked at."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.places: list[str] = []
        self.read: list[str] = []
        reading = room.read_all

        def read_all(root: str, paths: list[str], *more: object) -> object:
            self.read += paths
            return reading(root, paths, *more)  # type: ignore[arg-type]

        monkeypatch.setattr(room, "read_all", read_all)
        monkeypatch.setattr(looking, "read_all", read_all)

    def plan(self, lab: Lab, way: str) -> tuple[list[str], list[str]]:
        self.places, self.read = [], []
        manifest = read_known(lab.data, EMPTY, str(lab.root / way)).manifest
        options = Options(way=way, memory=str(lab.root / way), now=lambda: time.time() + LATER)  # type: ignore[arg-type]
        folders = project_folder(str(lab.pair.local), RULES), codex_folder(str(lab.pair.codex), RULES)

        def asked(folder: Folder) -> Folder:
            key = folder.key(())
            return replace(folder, key=lambda _: lambda place: (self.places.append(place), key(place))[1])

        scan(*map(asked, folders), manifest.entries, options)
        return sorted(self.places), sorted(self.read)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    return Asked(monkeypatch)


@pytest.mark.parametrize("way", ["git", "stat"])
def test_what_agreed_is_not_looked_at_again(tmp_path: Path, asked: Asked, way: str) -> None:
    lab = Lab(tmp_path)
    everything = 2 * (len(NAMES) - 1)
    assert list(map(len, asked.plan(lab, way))) == [everything * (2 if way == "git" else 1), everything]
    assert asked.plan(lab, way) == ([], [])
    (lab.pair.local / "a.md").write_text("other")
    lab.trees["local"].commit()
    assert set(asked.plan(lab, way)[0]) == {"a.md"}
    assert asked.plan(lab, way) == (["a.md"], [])  # it does not agree, and its hash is known
    (lab.pair.local / "a.md").write_text("a.md")
    lab.trees["local"].commit()
    asked.plan(lab, way)
    assert asked.plan(lab, way) == ([], [])


def sized(data: bytes, size: bytes) -> bytes:
    """What is told has another size."""
    head, _, rest = data.partition(b"\n")
    return b"%s %s\n%s" % (b" ".join(head.split()[:3]), size, rest)


def told(data: bytes, what: bytes) -> bytes:
    """Something else is told, whose digest is right."""
    head, _, rest = data.partition(b"\n")
    key, _, listing, size = head.split()
    facts = hashlib.sha256(what).hexdigest().encode()
    return b"%s %s %s %d\n%s%s" % (key, facts, listing, len(what), what, rest[int(size) :])


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda _: b"", id="empty"),
        pytest.param(lambda data: data[:-9], id="cut at its end"),
        pytest.param(lambda data: data[:150], id="cut at its start"),
        pytest.param(lambda data: data.replace(b"a.md", b"b.md"), id="other names"),
        pytest.param(lambda data: b"x" + data, id="another key"),
        pytest.param(lambda data: data.replace(b" ", b" -", 1), id="another digest"),
        pytest.param(lambda data: data.replace(b"\n", b"\n\n", 1), id="a line more"),
        pytest.param(lambda data: data.replace(b"\n", b" 1\n", 1), id="a word more"),
        pytest.param(lambda data: sized(data, b"9" * 15), id="more than there is memory"),
        pytest.param(lambda data: sized(data, b"9" * 25), id="more than any file has"),
        pytest.param(lambda data: told(data, b"5"), id="a number"),
        pytest.param(lambda data: told(data, b"[[1], [], []]"), id="a row that is a number"),
        pytest.param(lambda data: told(data, b"[[], [[]], []]"), id="a path that is a list"),
        pytest.param(lambda data: told(data, b"[[], {}, []]"), id="paths that are a mapping"),
        pytest.param(lambda data: told(data, b"[" * 100_000), id="too deep"),
    ],
)
def test_a_damaged_memory_of_a_listing_is_none(tmp_path: Path, change: Callable[[bytes], bytes]) -> None:
    entries = Entries("digest", [])
    memory = memory_of(str(tmp_path / "known"), entries, "rules")
    rows, later = b"H 1 0\ta.md\0H 2 0\tc.md\0", b"H 1 0\ta.md\0H 3 0\tc.md\0H 4 0\td.md\0"
    memory.keep(rows, [b"H 1 0\ta.md"], ["b.md", "\ud800"], ["", "d"])
    told = memory.recall(later)
    assert told == Told(
        frozenset((b"H 1 0\ta.md", b"H 3 0\tc.md", b"H 4 0\td.md")), frozenset((b"H 2 0\tc.md",)),
        frozenset(("b.md", "\ud800")), frozenset(("", "d")), same=False,
    )  # fmt: skip
    (tmp_path / "known").write_bytes(change((tmp_path / "known").read_bytes()))
    assert memory.recall(later) is None


def test_a_listing_is_remembered_for_one_manifest_and_one_set_of_rules(tmp_path: Path) -> None:
    path = str(tmp_path / "known")
    memory_of(path, Entries("digest", []), "rules").keep(b"", [], [], [])
    assert memory_of(path, Entries("digest", []), "rules").recall(b"")
    assert not memory_of(path, Entries("other", []), "rules").recall(b"")
    assert not memory_of(path, Entries("digest", []), "other").recall(b"")
    for nothing in (memory_of(None, Entries("d", []), "r"), memory_of(path, {}, "r"), memory_of(path, Entries("d", []), "")):  # fmt: skip
        nothing.keep(b"", [], [], [])
        assert nothing.recall(b"") is None


@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_what_is_remembered_is_read_from_files_alone(tmp_path: Path, kind: str) -> None:
    """No link is followed, which may lead to what has no end, and no pipe is waited for."""
    path = tmp_path / "known"
    memory = memory_of(str(path), Entries("digest", []), "rules")
    memory.keep(b"", [], [], [])
    (tmp_path / "elsewhere").write_text(f"1 1 100644 {'0' * 64} a.md\n")
    for name, target in ("known", path.rename(tmp_path / "whole")), ("known-hashes", tmp_path / "elsewhere"):
        if kind == "link":
            (tmp_path / name).symlink_to(target)
        else:
            os.mkfifo(tmp_path / name)
    assert memory.recall(b"") is None
    assert Hashes(f"{path}-hashes").known("a.md", "1") is None
