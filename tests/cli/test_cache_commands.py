"""`cache list`, `clear`, `health` and `metrics`: every option and its twin, what they print and end with."""

from __future__ import annotations

import io
import json
import os
import time
from pathlib import Path
from typing import Any, Callable

import pytest
from documents_world import GUIDE, World
from programs import Result, Terminal
from schema import load, problems

from codex_action.cache.manager import CacheManager
from codex_action.cli.main import fractary

STYLE = "codex://northwind/handbook/docs/style.md"
LOGO = "codex://northwind/handbook/data/logo.bin"
OTHER = "codex://northwind/plans/docs/next.md"
COMMANDS = [("list",), ("clear",), ("health",), ("metrics",)]
NAMES = [command[0] for command in COMMANDS]


@pytest.fixture
def filled(world: World) -> World:
    """A cache with two fresh documents, a stale one and an expired one."""
    world.hub.add("northwind/plans", {"docs/next.md": b"next"})
    world.run("fetch", GUIDE, STYLE, "--json")
    world.run("fetch", LOGO, "--ttl", "0")
    with CacheManager(str(world.cache), now=lambda: time.time() - 3600) as cache:
        cache.set(OTHER, b"next", 60, source="github")
    world.asked()
    return world


def references(world: World, *arguments: str, env: Any = None) -> list[str]:  # noqa: ANN401
    found = world.json("cache-list", "cache", "list", *arguments, env=env)
    assert found["total"] == len(found["entries"])
    assert found["total_size"] == sum(entry["size"] for entry in found["entries"])
    return [entry["reference"] for entry in found["entries"]]


# --- list -------------------------------------------------------------------------------------------------------------


def test_the_list_is_a_table(filled: World) -> None:
    result = filled.run("cache", "list")
    assert (result.code, result.err) == (0, "")
    assert result.out == (
        "Cached Documents (4 total):\n"
        "REFERENCE                         SIZE  STATUS   CACHED\n"
        "northwind/handbook/data/logo.bin  3 B   Stale    just now\n"
        "northwind/handbook/docs/guide.md  47 B  Fresh    just now\n"
        "northwind/handbook/docs/style.md  8 B   Fresh    just now\n"
        "northwind/plans/docs/next.md      4 B   Expired  1h ago\n"
        "\n"
        "Total: 62 B, 2 fresh, 1 stale, 1 expired\n"
    )
    assert filled.asked() == []


CHOSEN: dict[str, tuple[tuple[str, ...], dict[str, str], list[str]]] = {
    "all": ((), {}, [LOGO, GUIDE, STYLE, OTHER]),
    "a project": (("--project", "plans"), {"CODEX_CACHE_PROJECT": "plans"}, [OTHER]),
    "a whole name": (
        ("--project", "northwind/handbook"),
        {"CODEX_CACHE_PROJECT": "northwind/handbook"},
        [LOGO, GUIDE, STYLE],
    ),
    "no such project": (("--project", "x/plans"), {"CODEX_CACHE_PROJECT": "x/plans"}, []),
    "a pattern": (("--pattern", "docs/*.md"), {"CODEX_PATTERN": "docs/*.md"}, [GUIDE, STYLE, OTHER]),
    "with the project": (
        ("--pattern", "northwind/*/docs/[gn]*"),
        {"CODEX_PATTERN": "northwind/*/docs/[gn]*"},
        [GUIDE, OTHER],
    ),
    "a URI": (("--pattern", "codex://northwind/plans/**"), {}, [OTHER]),
    "fresh": (("--status", "fresh"), {"CODEX_STATUS": "fresh"}, [GUIDE, STYLE]),
    "stale": (("--status", "stale"), {"CODEX_STATUS": "stale"}, [LOGO]),
    "expired": (("--status", "expired"), {"CODEX_STATUS": "expired"}, [OTHER]),
    "every status": (("--status", "all"), {"CODEX_STATUS": "all"}, [LOGO, GUIDE, STYLE, OTHER]),
    "two things": (("--project", "handbook", "--pattern", "docs/**", "--status", "stale"), {}, []),
}


@pytest.mark.parametrize(("arguments", "env", "wanted"), CHOSEN.values(), ids=CHOSEN.keys())
def test_what_is_listed(
    arguments: tuple[str, ...], env: dict[str, str], wanted: list[str], filled: World
) -> None:
    assert references(filled, *arguments) == wanted
    if env:
        assert references(filled, env=env) == wanted
    if len(arguments) < 4:
        assert f"({len(wanted)} total)" in filled.run("cache", "list", *arguments).out


def test_the_current_project_is_another_matter(filled: World) -> None:
    assert len(references(filled, env={"CODEX_PROJECT": "northwind/plans"})) == 4


# --- clear ------------------------------------------------------------------------------------------------------------

CLEARED: dict[str, tuple[tuple[str, ...], dict[str, str], list[str]]] = {
    "expired": ((), {}, [OTHER]),
    "expired, named": (("--scope", "expired"), {"CODEX_SCOPE": "expired"}, [OTHER]),
    "all": (("--scope", "all"), {"CODEX_SCOPE": "all"}, [LOGO, GUIDE, STYLE, OTHER]),
    "a project": (
        ("--scope", "project", "--filter", "handbook"),
        {"CODEX_SCOPE": "project", "CODEX_FILTER": "handbook"},
        [LOGO, GUIDE, STYLE],
    ),
    "a pattern": (
        ("--scope", "pattern", "--filter", "**/*.md"),
        {"CODEX_SCOPE": "pattern", "CODEX_FILTER": "**/*.md"},
        [GUIDE, STYLE, OTHER],
    ),
}


@pytest.mark.parametrize("how", ["options", "twins"])
@pytest.mark.parametrize(("arguments", "env", "gone"), CLEARED.values(), ids=CLEARED.keys())
def test_what_is_cleared(
    arguments: tuple[str, ...], env: dict[str, str], gone: list[str], how: str, filled: World
) -> None:
    twin = how == "twins"
    options: tuple[str, ...] = () if twin else arguments
    dry = filled.json("cache-clear", "cache", "clear", *options, "--dry-run", env=env if twin else None)
    assert dry == {
        "schema": "codex-action/cache-clear@1",
        "deleted_count": len(gone),
        "affected_entries": gone,
        "dry_run": True,
    }
    assert len(references(filled)) == 4
    yes = {**env, "CODEX_YES": "1"} if twin else None
    options = options if twin else (*options, "--yes")
    done = filled.json("cache-clear", "cache", "clear", *options, env=yes)
    assert done == {**dry, "dry_run": False}
    assert {*references(filled)} == {LOGO, GUIDE, STYLE, OTHER} - {*gone}
    assert filled.run("cache", "health").out == "Cache Health: healthy\n"


def test_what_was_cleared_is_said(filled: World) -> None:
    assert filled.run("cache", "clear", "--dry-run").out == f"  {OTHER}\n1 document would be cleared.\n"
    assert filled.run("cache", "clear", env={"CODEX_DRY_RUN": "1"}).out.endswith("would be cleared.\n")
    assert filled.run("cache", "clear").out == f"  {OTHER}\n1 document cleared.\n"
    assert filled.run("cache", "clear").out == "0 documents cleared.\n"


def test_nobody_is_asked_where_nobody_is(filled: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with open(os.devnull, encoding="utf-8") as nothing:
        monkeypatch.setattr("sys.stdin", nothing)
        result = filled.run("cache", "clear", "--scope", "all")
    assert (result.code, result.out) == (2, "")
    assert "give --yes, or see first with --dry-run" in result.err
    assert len(references(filled)) == 4


@pytest.mark.parametrize(("typed", "code", "left"), [("y\n", 0, 0), ("n\n", 130, 4)], ids=["yes", "no"])
def test_somebody_is_asked(
    typed: str, code: int, left: int, filled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(io.BytesIO(typed.encode())))
    result = filled.run("cache", "clear", "--scope", "all")
    assert result.code == code
    assert result.err.startswith(f"Clear 4 documents from {filled.cache}? [y/N]:")
    assert len(references(filled)) == left


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--scope", "project"), "the scope 'project' needs a filter"),
        (("--scope", "pattern", "--yes"), "the scope 'pattern' needs a filter"),
        (("--scope", "all", "--filter", "x", "--yes"), "the scope 'all' takes no filter"),
        (("--filter", "x"), "the scope 'expired' takes no filter"),
        (("--scope", "everything"), "--scope"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_scopes_that_make_no_sense(arguments: tuple[str, ...], words: str, filled: World) -> None:
    result = filled.run("cache", "clear", *arguments)
    assert (result.code, result.out) == (2, "")
    assert words in result.err
    assert len(references(filled)) == 4


# --- health -----------------------------------------------------------------------------------------------------------


def one_object(world: World) -> Path:
    return min(world.cache.glob("objects/*/*"))


def _corrupt(world: World) -> None:
    one_object(world).write_bytes(b"other")


def _orphan(world: World) -> None:
    blob = one_object(world)
    left = blob.with_name(f".{blob.name}.4711.0a1b2c3d.tmp")
    left.write_bytes(b"half")
    left.chmod(0o600)


def _stale_index(world: World) -> None:
    one_object(world).unlink()


def _missing_index(world: World) -> None:
    for path in world.cache.glob("index.db*"):
        path.unlink()


def _bad_index(world: World) -> None:
    _missing_index(world)
    (world.cache / "index.db").write_bytes(b"nonsense" * 600)
    (world.cache / "index.db").chmod(0o600)


def _permissions(world: World) -> None:
    one_object(world).chmod(0o666)


DAMAGE: dict[str, tuple[Callable[[World], None], str, str]] = {
    "corrupt": (_corrupt, "corrupt", "degraded"),
    "orphan": (_orphan, "orphan", "degraded"),
    "stale_index": (_stale_index, "stale_index", "degraded"),
    "missing_index": (_missing_index, "missing_index", "degraded"),
    "a bad index": (_bad_index, "corrupt", "unhealthy"),
    "permissions": (_permissions, "permissions", "unhealthy"),
}


@pytest.mark.parametrize("how", [("--repair",), {"CODEX_REPAIR": "1"}], ids=["option", "twin"])
@pytest.mark.parametrize(("damage", "kind", "status"), DAMAGE.values(), ids=DAMAGE.keys())
def test_what_is_wrong_is_found_and_mended(
    damage: Callable[[World], None], kind: str, status: str, how: Any, filled: World  # noqa: ANN401
) -> None:  # fmt: skip
    damage(filled)
    result = filled.run("cache", "health", "--json")
    found = result.data
    assert list(problems(found, load("cache-health"))) == []
    assert (result.code, found["status"], found["can_auto_repair"], found["repaired"]) == (
        1,
        status,
        True,
        [],
    )
    assert kind in {issue["type"] for issue in found["issues"]}
    plain = filled.run("cache", "health")
    assert plain.out.startswith(f"Cache Health: {status}\n")
    assert f"  {kind}: " in plain.out
    assert "cache health --repair" in plain.out
    assert len(plain.out.splitlines()) <= len(filled.run("cache", "health", "--verbose").out.splitlines())
    arguments, env = (how, None) if isinstance(how, tuple) else ((), how)
    mended = filled.run("cache", "health", *arguments, env=env)
    assert (mended.code, mended.err) == (0, "")
    assert mended.out.startswith(f"Cache Health: healthy (was {status}; repaired)\n")
    assert "repaired: " in mended.out
    assert filled.run("cache", "health").out == "Cache Health: healthy\n"
    assert filled.run("fetch", GUIDE).code == 0


def test_each_issue_with_verbose(filled: World) -> None:
    _corrupt(filled)
    path = one_object(filled).relative_to(filled.cache)
    wanted = f"  medium  corrupt: {path}: holds other bytes than it is named after\n"
    assert wanted in filled.run("cache", "health", "-v").out
    assert wanted in filled.run("cache", "health", env={"CODEX_VERBOSE": "1"}).out


@pytest.mark.parametrize("command", [*COMMANDS, ("clear", "--scope", "all", "--yes")], ids=" ".join)
def test_a_cache_that_is_turned_off_is_not_empty(command: tuple[str, ...], filled: World) -> None:
    """Its files are still there: nothing says that there are none, or that they were cleared."""
    filled.write(".fractary/codex/config.yaml", 'schema_version: "3.0"\ncache: {enabled: false}\n')
    before = sorted(filled.cache.rglob("*"))
    result = filled.run("cache", *command)
    assert (result.code, result.err.splitlines()[0]) == (5, "Error: the cache is turned off")
    assert "still in its folder" in result.err
    assert sorted(filled.cache.rglob("*")) == before


@pytest.mark.parametrize("command", COMMANDS, ids=NAMES)
def test_a_folder_that_is_a_file(command: tuple[str, ...], world: World) -> None:
    world.write("kept", "a file")
    result = world.run("cache", *command, "--cache-dir", "kept")
    assert result.code == (1 if command[0] == "health" else 5)
    if command[0] != "health":
        assert result.err.endswith("cannot be used: not a directory\n")
    repaired = world.run("cache", "health", "--repair", "--cache-dir", "kept")
    assert (repaired.code, repaired.out) == (5, "")
    assert "cannot be repaired" in repaired.err
    assert (world.root / "kept").read_text() == "a file"


@pytest.mark.parametrize("folder", ["none", "/proc/none"])
@pytest.mark.parametrize(
    "command", [*COMMANDS, ("health", "--repair"), ("clear", "--scope", "all", "--yes")], ids=" ".join
)
def test_looking_makes_no_cache(command: tuple[str, ...], folder: str, world: World) -> None:
    result = world.run("cache", *command, "--cache-dir", folder)
    assert (result.code, result.err) == (0, "")
    assert not (world.root / folder).exists()
    world.json(f"cache-{command[0]}", "cache", *command, "--cache-dir", folder)


def test_setup_looks_at_the_same_cache(world: World) -> None:
    world.write(".fractary/codex/config.yaml", 'schema_version: "3.0"\n')
    world.write("kept", "a file")
    assert world.json("validate-setup", "validate", "setup")["cache_accessible"] is True
    found = world.json("validate-setup", "validate", "setup", env={"CODEX_CACHE_DIR": "kept"})
    assert found["cache_accessible"] is False
    assert str(world.root / "kept") in found["issues"][0]


# --- metrics ----------------------------------------------------------------------------------------------------------


def test_metrics(filled: World) -> None:
    filled.run("fetch", GUIDE)
    found = filled.json("cache-metrics", "cache", "metrics")
    assert (found["total_entries"], found["total_size_bytes"]) == (4, 62)
    assert (found["hit_rate"], found["miss_rate"]) == (0.25, 0.75)
    assert 0 < found["avg_fetch_time"] < 60
    assert found["oldest_entry"] < found["newest_entry"]
    assert found["by_source"] == {"github": {"count": 4, "size": 62}}
    assert found["by_project"] == {"handbook": {"count": 3, "size": 58}, "plans": {"count": 1, "size": 4}}
    lines = filled.run("cache", "metrics").out.splitlines()
    assert lines[:5] == [
        "Cache Metrics:",
        "  Total Entries: 4",
        "  Total Size: 62 B",
        "  Hit Rate: 25.0%",
        "  Miss Rate: 75.0%",
    ]
    assert lines[5].startswith("  Avg Fetch Time: ")
    assert lines[5].endswith("ms")
    assert lines[6:] == [
        "",
        "By Source:",
        "  github: 4 entries (62 B)",
        "",
        "By Project:",
        "  handbook: 3 entries",
        "  plans: 1 entry",
    ]


def test_nothing_at_all(world: World) -> None:
    found = world.json("cache-metrics", "cache", "metrics")
    assert (found["total_entries"], found["hit_rate"], found["oldest_entry"]) == (0, 0, None)
    assert references(world) == []
    assert not world.cache.exists()


# --- all of them ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS, ids=NAMES)
def test_the_same_through_every_door(command: tuple[str, ...], filled: World) -> None:
    plain = filled.run("cache", *command, "--json")
    assert list(problems(plain.data, load(f"cache-{command[0]}"))) == []
    assert filled.run("cache", *command, "--format", "json").data.keys() == plain.data.keys()
    assert filled.run("cache", *command, env={"CODEX_FORMAT": "json"}).data.keys() == plain.data.keys()


@pytest.mark.parametrize("command", COMMANDS, ids=NAMES)
@pytest.mark.parametrize(
    ("arguments", "code"),
    [(("--config", "none.yaml"), 3), (("-C", "none"), 2), (("--nonsense",), 2), (("x",), 2)],
    ids=["no configuration", "no place", "no option", "too much"],
)
def test_errors_are_documents(
    command: tuple[str, ...], arguments: tuple[str, ...], code: int, filled: World
) -> None:
    result = filled.run("cache", *command, *arguments, "--json")
    assert list(problems(result.data, load("error"))) == []
    assert (result.code, result.data["error"]["exit_code"]) == (code, code)
    assert filled.run("cache", *command, *arguments).err == result.err


@pytest.mark.parametrize("command", COMMANDS, ids=NAMES)
def test_a_cache_elsewhere(command: tuple[str, ...], filled: World) -> None:
    filled.run("fetch", GUIDE, "--cache-dir", "kept")
    for arguments, env in ((("--cache-dir", "kept"), {}), ((), {"CODEX_CACHE_DIR": "kept"})):
        found = filled.json(f"cache-{command[0]}", "cache", *command, *arguments, env=env)
        assert found.get("total", found.get("total_entries", 1)) == 1
    assert len(references(filled)) == 4


def test_hostile_names_are_harmless(world: World) -> None:
    with CacheManager(str(world.cache)) as cache:
        for name in ("\x1b[31mred\x07", "a\n::error::b", "##[error]c", "\u202eback"):
            cache.set(f"codex://a/b/{name}", b"x", 60, source="\x1b]0;x\x07\n::notice::s")
    for command in ("list", "metrics", "health"):
        text = world.run("cache", command).out
        assert text.replace("\n", "").isprintable()
        assert not any(line.lstrip().startswith(("::", "##[")) for line in text.splitlines())
        assert world.run("cache", command, "--json").out.isascii()
    cleared = world.run("cache", "clear", "--scope", "all", "--yes").out
    assert cleared.replace("\n", "").isprintable()
    assert cleared.endswith("4 documents cleared.\n")


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_table_fits_a_terminal(width: int, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = "codex://northwind/handbook/" + "folder/" * 20 + "the-name-of-the-document.md"
    with CacheManager(str(world.cache)) as cache:
        cache.set(deep, b"x" * 99999, 60, source="github")
        cache.set(GUIDE, b"x", 60, source="github")
    from codex_action.codex import Codex
    from codex_action.report.cache import render_list

    with Codex(str(world.root)) as codex:
        lines = render_list(codex.list_cache(), time.time(), width).splitlines()
    assert max(map(len, lines)) <= width
    assert "the-name-of-the-document.md" in lines[3] if width > 60 else "document.md" in lines[3]
    assert lines[3].startswith("northwind/")
    assert deep[len("codex://") :] in world.run("cache", "list").out


def test_fractary_codex_is_the_same(filled: World) -> None:
    def through(*arguments: str) -> Result:
        return filled.run("codex", *arguments, program=fractary, name="fractary")

    assert through("cache", "list") == filled.run("cache", "list")
    assert json.loads(through("cache", "metrics", "--json").out)["total_entries"] == 4


@pytest.mark.parametrize(
    "command", [*COMMANDS, ("health", "--repair"), ("clear", "--scope", "all", "--yes")], ids=" ".join
)
def test_somebody_s_own_folder_is_no_cache(command: tuple[str, ...], world: World) -> None:
    world.write("own/a.md", "mine")
    result = world.run("cache", *command, "--cache-dir", "own")
    assert result.code == 5
    assert "it is no cache's folder, since it holds 'a.md'" in result.err
    assert [path.name for path in (world.root / "own").iterdir()] == ["a.md"]
