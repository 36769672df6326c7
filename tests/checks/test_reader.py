from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from programs import RunCli
from timing import assert_grows_gently
from trees import Tree

from codex_action.checks.model import Skipped
from codex_action.checks.reader import (
    Batch,
    ScanOptions,
    from_utf8,
    original_offsets,
    scan_files,
    scan_text,
    text_of,
)

URI = "codex://umbrella/other/a.md"

COUNTS: dict[str, tuple[bytes, tuple[int, int, int]]] = {
    "text without a hit": (b"nothing\n", (0, 1, 0)),
    "text with a hit": (URI.encode(), (1, 1, 0)),
    "empty": (b"", (0, 1, 0)),
    "the word alone": (b"a codex of laws", (0, 1, 0)),
    "binary": (b"\x7fELF\0" + URI.encode(), (0, 0, 1)),
    "NUL at the end of the first 8 KiB": (b"x" * 8191 + b"\0 " + URI.encode(), (0, 0, 1)),
    "NUL right behind": (b"x" * 8192 + b"\0 " + URI.encode(), (1, 1, 0)),
    "UTF-16 LE": (b"\xff\xfe" + URI.encode("utf-16-le"), (1, 1, 0)),
    "UTF-16 BE": (b"\xfe\xff" + URI.encode("utf-16-be"), (1, 1, 0)),
    "UTF-32 LE": (b"\xff\xfe\0\0" + URI.encode("utf-32-le"), (0, 0, 1)),
    "UTF-32 BE": (b"\0\0\xfe\xff" + URI.encode("utf-32-be"), (0, 0, 1)),
    "UTF-16 without its mark": (URI.encode("utf-16-le"), (0, 0, 1)),
    "dollar without ref": (b"$x", (0, 1, 0)),
    "ref": (b"$ref:other/a.md", (1, 1, 0)),
}


@pytest.mark.parametrize(("data", "counts"), COUNTS.values(), ids=COUNTS.keys())
def test_counts(data: bytes, counts: tuple[int, int, int], tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(data)
    batch = scan_files(ScanOptions(str(tmp_path)), ["a.txt"])
    assert (len(batch.finds), batch.checked, batch.binary) == counts
    assert batch.problems == []


def test_what_is_no_file_is_counted_and_named_files_are_listed(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("loop")
    (tmp_path / "loop").symlink_to("link")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "odd.txt").write_bytes(b"\xff\xfe\x00\xd8x\x00")
    names = ["folder", "link", "pipe", "gone", "odd.txt"]
    listed = scan_files(ScanOptions(str(tmp_path)), names)
    assert (listed.checked, listed.links) == (0, 3)
    assert listed.problems == [Skipped("odd.txt", "not valid UTF-16")]
    named = scan_files(ScanOptions(str(tmp_path), follow=True), [str(tmp_path / name) for name in names])
    assert [problem.file.rpartition("/")[2] for problem in named.problems] == names
    assert all(problem.reason for problem in named.problems)


def test_links_are_followed_only_where_named(tmp_path: Path) -> None:
    (tmp_path / "real.md").write_text(URI)
    (tmp_path / "link.md").symlink_to("real.md")
    assert scan_files(ScanOptions(str(tmp_path)), ["link.md"]).finds == []
    assert len(scan_files(ScanOptions(str(tmp_path), follow=True), ["link.md"]).finds) == 1


def test_batches_add_up(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(URI)
    (tmp_path / "b.bin").write_bytes(b"\0")
    (tmp_path / "c").symlink_to("a.txt")
    (tmp_path / "d.txt").write_bytes(b"\xff\xfe\x00")
    total = Batch()
    for name in ("a.txt", "b.bin", "c", "d.txt"):
        total.add(scan_files(ScanOptions(str(tmp_path)), [name]))
    assert ([item.file for item in total.finds], total.checked, total.binary, total.links) == (
        ["a.txt"],
        1,
        1,
        1,
    )
    assert [problem.file for problem in total.problems] == ["d.txt"]


WHERE = {
    "$ref in Markdown": ("a.md", "$ref:x/a.md", 1),
    "$ref in YAML": ("a.yml", "$ref:x/a.md", 1),
    "$ref in a file without extension": ("Makefile", "$ref:x/a.md", 1),
    "$ref in JSON": ("a.json", "$ref:x/a.md", 0),
    "$ref in code": ("a.py", "$ref:x/a.md", 0),
    "an npm scope": ("package.json", '"@codex/sdk/x": "1"', 0),
    "an npm scope of a workspace": ("a/pnpm-workspace.yaml", "'@codex/sdk/x': 1", 0),
    "an npm scope in paths": ("base.tsconfig.json", '"@codex/sdk/x": "1"', 0),
    "an npm scope in a shop of parts": ("components.json", '"@codex/sdk/x": "1"', 0),
    "an npm scope to renew": ("renovate.json", '"@codex/sdk/x": "1"', 0),
    "no npm scope": ("other.json", '"@codex/sdk/x": "1"', 1),
    "a package in a script": ("a.ts", "x: '@codex/sdk/x'", 0),
    "a package in a component": ("a.vue", "x: '@codex/sdk/x'", 0),
    "a package in a style sheet": ("a.scss", '@use "@codex/sdk/x";', 0),
    "a package in backticks": ("a.mjs", "load(`@codex/sdk/x`)", 0),
    "a comment in a script": ("a.tsx", "// see @codex/site/a.md", 1),
    "a URI in a script": ("a.js", "x = 'codex://o/p/a.md'", 1),
    "quotes in a program": ("a.py", "x = '@codex/site/a.md'", 1),
    "quotes in Markdown": ("a.md", "x = '@codex/site/a.md'", 1),
    "a path of a compiler": ("tsconfig.json", '"paths": {"@codex/sdk/*": [], "@codex/sdk/x": []}', 0),
    "a path of a compiler's part": ("tsconfig.build.json", "@codex/sdk/x", 0),
    "a path of another": ("jsconfig.json", "@codex/sdk/x", 0),
    "a linter's": (".eslintrc", "extends: @codex/sdk/x", 0),
    "a linter's, in JSON": (".eslintrc.json", '{"extends": "@codex/sdk/x"}', 0),
    "a text about one": ("tsconfig.md", "@codex/site/a.md", 1),
    "prose after from": ("a.md", "copied from @codex/handbook/docs/a.md", 1),
    "an import shown in prose": ("a.md", "import x from '@codex/sdk/a'", 0),
    "a link in Markdown": ("a.md", "[x](../y.md)", 1),
    "a link in text": ("a.txt", "[x](../y.md)", 0),
    "a code block": ("a.md", "```\ncodex://a/b/c\n```\n", 0),
    "a code block elsewhere": ("a.txt", "```\ncodex://a/b/c\n```\n", 1),
}


@pytest.mark.parametrize(("name", "text", "count"), WHERE.values(), ids=WHERE.keys())
def test_where_a_form_counts(name: str, text: str, count: int) -> None:
    assert len(scan_text(f"dir.md/{name}", text.encode(), code_blocks=False, links=True)) == count


def test_code_blocks_count_where_asked_for() -> None:
    assert len(scan_text("a.md", b"```\ncodex://a/b/c\n```\n<!-- codex://a/b/d -->", code_blocks=True)) == 2


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_there_and_back(encoding: str) -> None:
    text = "a€😀\r\nb"
    original = ("\ufeff" + text).encode(encoding)
    assert text_of(original) == text.encode()
    assert from_utf8(text.encode(), original) == original
    assert original_offsets([0, 1, 4, 8], original) == [2, 4, 6, 10]
    assert original_offsets([], original) == []


def test_utf8_stays_as_it_is() -> None:
    assert text_of(b"\xef\xbb\xbfx\xff") == b"\xef\xbb\xbfx\xff"
    assert from_utf8(b"x\xff", b"y") == b"x\xff"


@given(st.text(), st.lists(st.integers(0, 200)), st.sampled_from(["utf-16-le", "utf-16-be"]))
def test_places_in_utf16_are_what_encoding_the_text_before_gives(
    text: str, places: list[int], encoding: str
) -> None:
    text = text.encode("utf-8", "ignore").decode()
    original = ("\ufeff" + text).encode(encoding)
    wanted = sorted(min(place, len(text)) for place in places)
    own = original_offsets([len(text[:place].encode()) for place in wanted], original)
    assert own == [2 + len(text[:place].encode(encoding)) for place in wanted]


def test_ten_times_as_many_places_in_utf16_take_ten_times_as_long() -> None:
    def ask(size: int) -> None:
        original = ("\ufeff" + "\u00e9 x" * size).encode("utf-16-le")
        assert original_offsets(range(0, 4 * size, 4), original)[-1] == 2 + 6 * (size - 1)

    assert_grows_gently(ask, 2_000)


def test_a_utf16_file_with_very_many_findings(project: Tree, run_cli: RunCli) -> None:
    line = "\u00e9 codex://umbrella/handbook/../x\n"

    def validate(size: int) -> None:
        project.write({"a.txt": ("\ufeff" + line * size).encode("utf-16-le")})
        data = run_cli("validate", "refs", "a.txt", "--json", cwd=project.root).data
        last = data["findings"][-1]
        assert (data["errors"], last["line"], last["offset"]) == (
            size,
            size,
            2 + 2 * (len(line) * (size - 1) + 2),
        )

    assert_grows_gently(validate, 2_000)
