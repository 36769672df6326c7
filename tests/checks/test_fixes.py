"""`--fix`: only the bytes of a reference change, and a second run changes nothing."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from programs import RunCli
from timing import assert_grows_gently
from trees import Tree, snapshot

from codex_action.checks.fixes import apply_edits, edits_of, unified_diff
from codex_action.checks.model import Edit, Finding

OLD = b"@codex/other/a.md"
NEW = b"codex://umbrella/other/a.md"


def made(edit: Edit | None, *, unsafe: bool = False) -> Finding:
    return Finding("CODEX010", "a.md", 1, 1, 1, 1, 0, 0, "", "", None, edit, unsafe)


# What edits make of bytes. A text of '' takes a comment out, and its line if nothing else is on it.
APPLIED: dict[str, tuple[bytes, list[Edit], bytes]] = {
    "none": (b"abc", [], b"abc"),
    "one": (b"abc", [Edit(1, 2, "xyz")], b"axyzc"),
    "all": (b"abc", [Edit(0, 3, "x")], b"x"),
    "several": (b"abcdef", [Edit(0, 1, "x"), Edit(2, 3, ""), Edit(4, 6, "yy")], b"xbdyy"),
    "beyond ASCII": (b"a\xff\x00b", [Edit(3, 4, "\udcfe\u00e9")], b"a\xff\x00\xfe\xc3\xa9"),
    "a comment alone on its line": (b"a\n  # x\nb\n", [Edit(4, 7, "")], b"a\nb\n"),
    "a comment alone, CRLF": (b"a\r\n# x\r\nb\r\n", [Edit(3, 6, "")], b"a\r\nb\r\n"),
    "a comment alone on the last line": (b"a\n# x", [Edit(2, 5, "")], b"a\n"),
    "a comment after text": (b"a \t # x\nb", [Edit(4, 7, "")], b"a\nb"),
    "a comment before text": (b"/*x*/ a\n", [Edit(0, 5, "")], b" a\n"),
    "a comment after a BOM": (b"\xef\xbb\xbf# x\na", [Edit(3, 6, "")], b"\xef\xbb\xbf\na"),
    "two comments on a line": (b"a /*x*/ /*y*/\n", [Edit(2, 7, ""), Edit(8, 13, "")], b"a\n"),
    "two comments alone on a line": (b"/*x*/ /*y*/\nb", [Edit(0, 5, ""), Edit(6, 11, "")], b"\nb"),
}


@pytest.mark.parametrize(("before", "edits", "after"), APPLIED.values(), ids=APPLIED.keys())
def test_apply(before: bytes, edits: list[Edit], after: bytes) -> None:
    assert apply_edits(before, edits) == after


@given(
    st.lists(
        st.tuples(st.binary(max_size=9), st.binary(max_size=5), st.text(min_size=1, max_size=5)), max_size=8
    ),
    st.binary(),
)
def test_bytes_outside_edits_stay(pieces: list[tuple[bytes, bytes, str]], rest: bytes) -> None:
    before, after, edits, at = b"", b"", [], 0
    for kept, gone, text in pieces:
        edits.append(Edit(at + len(kept), at + len(kept) + len(gone), text))
        before, after = before + kept + gone, after + kept + text.encode("utf-8", "surrogatepass")
        at = len(before)
    assert apply_edits(before + rest, edits) == after + rest


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 9), st.booleans())))
def test_chosen_edits_are_in_order_and_apart(spans: list[tuple[int, int, bool]]) -> None:
    findings = [made(Edit(start, start + length, "x"), unsafe=unsafe) for start, length, unsafe in spans]
    for unsafe in (False, True):
        chosen = edits_of([*findings, made(None)], unsafe=unsafe)
        assert all(first.end <= second.start for first, second in zip(chosen, chosen[1:]))
        assert {*chosen} <= {item.edit for item in findings if unsafe or not item.unsafe}


def test_a_diff_splits_at_newlines_alone() -> None:
    text = unified_diff(
        "a.md", "one\n\ftwo\u2028x\rold\nthree\rfour".encode(), "one\n\ftwo\u2028x\rnew\nthree\rfour".encode()
    )
    assert text.split("\n")[3:] == [
        " one", "-\ftwo\u2028x\rold", "+\ftwo\u2028x\rnew", " three\rfour", "\\ No newline at end of file", "",
    ]  # fmt: skip


def test_diff_tells_of_a_missing_newline() -> None:
    text = unified_diff("d/a.md", b"one\ntwo\xff", b"one\nTWO\xff")
    assert text.splitlines() == [
        "--- a/d/a.md",
        "+++ b/d/a.md",
        "@@ -1,2 +1,2 @@",
        " one",
        "-two\udcff",
        "\\ No newline at end of file",
        "+TWO\udcff",
        "\\ No newline at end of file",
    ]


BIG = b"x" * 8200
FILES: dict[str, tuple[str, bytes, bytes]] = {
    "plain": ("a.md", b"See " + OLD + b".\n", b"See " + NEW + b".\n"),
    "BOM": ("a.md", b"\xef\xbb\xbf" + OLD + b"\n", b"\xef\xbb\xbf" + NEW + b"\n"),
    "CRLF": ("a.md", b"a\r\n" + OLD + b"\r\nb\r\n", b"a\r\n" + NEW + b"\r\nb\r\n"),
    "CR": ("a.md", b"a\r" + OLD + b"\rb\r", b"a\r" + NEW + b"\rb\r"),
    "no last newline": ("a.md", b"a\n" + OLD, b"a\n" + NEW),
    "Latin-1": ("a.txt", b"caf\xe9 " + OLD + b" \xff\xfe\n", b"caf\xe9 " + NEW + b" \xff\xfe\n"),
    "UTF-8": ("a.txt", "é €  ".encode() + OLD + "😀\n".encode(), "é €  ".encode() + NEW + "😀\n".encode()),
    "UTF-16 LE": (
        "a.txt",
        b"\xff\xfe" + b"".join(bytes((byte, 0)) for byte in b"x " + OLD + b"\r\n"),
        b"\xff\xfe" + b"".join(bytes((byte, 0)) for byte in b"x " + NEW + b"\r\n"),
    ),
    "UTF-16 BE": (
        "a.txt",
        b"\xfe\xff" + ("\u20ac " + OLD.decode()).encode("utf-16-be"),
        b"\xfe\xff" + ("\u20ac " + NEW.decode()).encode("utf-16-be"),
    ),
    "NUL behind the first 8 KiB": ("a.txt", BIG + b"\0 " + OLD + b" \0\n", BIG + b"\0 " + NEW + b" \0\n"),
    "several on a line": ("a.md", b" ".join([OLD] * 5) + b"\n", b" ".join([NEW] * 5) + b"\n"),
    "trailing blanks": ("a.md", OLD + b"  \t\n\n\n", NEW + b"  \t\n\n\n"),
    "a long line": ("a.md", b"y" * 70000 + b" " + OLD, b"y" * 70000 + b" " + NEW),
    "a dash as text": ("a.md", b"-n\n" + OLD + b"\n-e\n", b"-n\n" + NEW + b"\n-e\n"),
    "letter case": (
        "a.md",
        b"codex://umbrella/handbook/readme.md\n",
        b"codex://umbrella/handbook/README.md\n",
    ),
    "an idle comment": ("a.py", b"x = 1  # codex-ignore\n# codex-ignore\ny = 2\n", b"x = 1\ny = 2\n"),
    "an idle block": ("a.py", b"# codex-ignore-start\nx\n# codex-ignore-end\n", b"x\n"),
    "an idle Markdown comment": ("a.md", b"<!-- codex-ignore -->\r\ntext\r\n", b"text\r\n"),
    "a strong phrase": ("a.md", b"**Read " + OLD + b"**\n", b"**Read " + NEW + b"**\n"),
    "an emphasised phrase": ("a.md", b"_see " + OLD + b"_.\n", b"_see " + NEW + b"_.\n"),
    "a struck phrase": ("a.md", b"~~old " + OLD + b"~~\n", b"~~old " + NEW + b"~~\n"),
    "a dash behind it": ("a.md", OLD + "\u2014then\n".encode(), NEW + "\u2014then\n".encode()),
    "a folder's letter case": (
        "a.md",
        b"codex://umbrella/handbook/Docs/api\n",
        b"codex://umbrella/handbook/docs/api\n",
    ),
    "escapes": (
        "a.json",
        rb'{"a": "@codex/other/\u6587/\ud83d\ude80.md"}',
        rb'{"a": "codex://umbrella/other/\u6587/\ud83d\ude80.md"}',
    ),
    "two steps": (
        "a.md",
        b"@codex:umbrella/handbook/readme.md\n",
        b"codex://umbrella/handbook/README.md\n",
    ),
    "code is left alone": ("a.md", b"```\n" + OLD + b"\n```\n" + OLD, b"```\n" + OLD + b"\n```\n" + NEW),
}


@pytest.mark.parametrize(("name", "before", "after"), FILES.values(), ids=FILES.keys())
def test_fix(name: str, before: bytes, after: bytes, project: Tree, run_cli: RunCli) -> None:
    (project.root / name).write_bytes(before)
    (project.root / name).chmod(0o754)
    first = run_cli("validate", "refs", "--fix", "--json", name, cwd=project.root)
    assert project.read(name) == after
    assert (first.code, first.data["findings"], first.data["changed_files"]) == (1, [], [name])
    assert first.data["fixed"] >= 1
    assert stat.S_IMODE((project.root / name).stat().st_mode) == 0o754
    left = snapshot(project.root)
    second = run_cli("validate", "refs", "--fix", "--json", name, cwd=project.root)
    assert (second.code, second.data["fixed"], second.data["changed_files"]) == (0, 0, [])
    assert snapshot(project.root) == left


@pytest.mark.parametrize(("name", "before", "after"), FILES.values(), ids=FILES.keys())
def test_diff_shows_and_writes_nothing(
    name: str, before: bytes, after: bytes, project: Tree, run_cli: RunCli
) -> None:
    (project.root / name).write_bytes(before)
    left = snapshot(project.root)
    result = run_cli("validate", "refs", "--diff", "--fix", "--json", name, cwd=project.root)
    assert snapshot(project.root) == left
    assert (result.code, result.data["changed_files"]) == (1, [name])
    assert f"+++ b/{name}\n" in result.data["diff"]
    assert result.data["findings"]
    assert before != after


def test_a_diff_can_be_applied(project: Tree, run_cli: RunCli) -> None:
    project.commit({"docs/a.md": b"one\n" + OLD + b"\nthree\n", "b.md": b"x\n" + OLD})
    text = run_cli("validate", "refs", "--diff", "--quiet", cwd=project.root).out
    patch = text[: text.index("b.md:2:1:")]
    (project.root.parent / "fix.patch").write_text(patch)
    project.git("apply", str(project.root.parent / "fix.patch"))
    assert (project.read("docs/a.md"), project.read("b.md")) == (b"one\n" + NEW + b"\nthree\n", b"x\n" + NEW)


def test_a_fix_that_has_nothing_to_do_writes_nothing(project: Tree, run_cli: RunCli) -> None:
    project.commit({"a.md": NEW + b"\n", "bad.md": b"codex://umbrella/handbook/../x\n"})
    project.git("status")
    before = snapshot(project.root)
    assert run_cli("validate", "refs", "--fix", cwd=project.root).code == 1
    assert snapshot(project.root) == before


def test_a_link_that_was_named_stays_a_link(project: Tree, run_cli: RunCli) -> None:
    project.write({"docs/real.md": OLD})
    (project.root / "link.md").symlink_to("docs/real.md")
    assert run_cli("validate", "refs", "--fix", "link.md", cwd=project.root).code == 1
    assert (project.root / "link.md").is_symlink()
    assert project.read("docs/real.md") == NEW


def test_what_was_mended_by_another_name_is_no_finding(project: Tree, run_cli: RunCli) -> None:
    project.write({"real.md": OLD})
    (project.root / "link.md").symlink_to("real.md")
    result = run_cli("validate", "refs", "--fix", "--json", "real.md", "link.md", cwd=project.root)
    assert (result.code, result.data["fixed"], result.data["findings"]) == (1, 1, [])
    assert project.read("real.md") == NEW


def test_only_clear_suggestions_are_taken_and_only_if_asked_for(project: Tree, run_cli: RunCli) -> None:
    wrong = b"codex://umbrella/handbook/docs/giude.md"
    project.commit({"a.md": wrong})
    assert run_cli("validate", "refs", "--fix", cwd=project.root).code == 1
    assert project.read("a.md") == wrong
    result = run_cli("validate", "refs", "--fix", "--unsafe-fixes", "--json", cwd=project.root)
    assert (result.code, result.data["fixed"], result.data["findings"]) == (1, 1, [])
    assert project.read("a.md") == b"codex://umbrella/handbook/docs/guide.md"


LOST = {
    "the next column": ("a.csv", "1;{};me\n"),
    "a link's text in AsciiDoc": ("a.adoc", "link:{}[The guide]\n"),
    "a command": ("a.sh", "cat {}&& echo\n"),
    "a remark": ("a.txt", "{}(see)\n"),
    "a word": ("a.txt", "{}-like\n"),
    "another reference": ("a.txt", "{}=%$codex://umbrella/handbook/docs\n"),
    "what an escape stands for": ("a.js", r"'{}\x20and'" + "\n"),
    "JSON in JSON": ("a.json", r'"{{\"a\": \"{}\\u00e9\"}}"' + "\n"),
}
NAMES = {
    "the document": "docs/guide.md",
    "mistyped": "docs/giude.md",
    "in other letter case": "docs/GUIDE.md",
}


@pytest.mark.parametrize("path", NAMES.values(), ids=NAMES.keys())
@pytest.mark.parametrize(("name", "text"), LOST.values(), ids=LOST.keys())
def test_a_likely_fix_takes_no_text_along(
    name: str, text: str, path: str, project: Tree, run_cli: RunCli
) -> None:
    before = text.format(f"codex://umbrella/handbook/{path}")
    project.write({name: before})
    run_cli("validate", "refs", "--fix", "--unsafe-fixes", name, cwd=project.root)
    mended = text.format("codex://umbrella/handbook/docs/guide.md")
    assert project.read(name).decode() in (before, mended)


def test_a_fragment_is_left_as_it_is(project: Tree, run_cli: RunCli) -> None:
    project.write({"a.csv": "1;codex://umbrella/handbook/docs/GUIDE.md#a;me\n"})
    run_cli("validate", "refs", "--fix", "a.csv", cwd=project.root)
    assert project.read("a.csv") == b"1;codex://umbrella/handbook/docs/guide.md#a;me\n"


def test_escapes_are_read_and_written(project: Tree, run_cli: RunCli) -> None:
    head = rb'{"a": "codex://umbrella/handbook/docs/'
    project.commit(
        {
            "docs/caf\u00e9-overview.md": "x\n",
            "right.json": head + rb'caf\u00e9-overview.md"}',
            "a.json": head + rb'CAF\u00c9-overview.md"}',
        }
    )
    project.commit({"b.json": head + rb'caf\u00e9-overveiw.md"}'})
    result = run_cli("validate", "refs", "--fix", "--unsafe-fixes", "--json", cwd=project.root)
    assert result.data["changed_files"] == ["a.json", "b.json"]
    assert result.data["findings"] == []
    assert {project.read(name) for name in ("a.json", "b.json")} == {head + rb'caf\u00e9-overview.md"}'}


def test_what_cannot_be_mended_is_still_reported(project: Tree, run_cli: RunCli) -> None:
    project.commit({"a.md": OLD + b"\ncodex://umbrella/handbook/../x\n"})
    result = run_cli("validate", "refs", "--fix", "--json", cwd=project.root)
    assert result.rules == ["CODEX002"]
    assert (result.data["findings"][0]["line"], result.data["fixed"]) == (2, 1)


def test_a_file_that_cannot_be_written_is_listed(
    open_folder: Path, run_cli: RunCli, as_user: Callable[..., object]
) -> None:
    (open_folder / "a.txt").write_bytes(OLD)
    (open_folder / "a.txt").chmod(0o444)
    with as_user():  # type: ignore[attr-defined]
        result = run_cli("validate", "refs", "--fix", "--json", "--project", "umbrella/x", cwd=open_folder)
    assert result.data["problems"] == [{"file": "a.txt", "reason": "not fixed: Permission denied"}]
    assert result.rules == ["CODEX010"]
    assert (open_folder / "a.txt").read_bytes() == OLD
    assert os.listdir(open_folder) == ["a.txt"]


@pytest.mark.parametrize("text", [OLD, b"/* codex-ignore */"], ids=["references", "comments"])
def test_ten_thousand_on_one_line_take_ten_times_as_long_as_a_thousand(
    text: bytes, project: Tree, run_cli: RunCli
) -> None:
    def mend(size: int) -> None:
        project.write({"many.txt": (text + b" ") * size})
        result = run_cli("validate", "refs", "--fix", "--json", "many.txt", cwd=project.root)
        assert result.data["changed_files"] == ["many.txt"]

    assert_grows_gently(mend, 1_000)


def test_what_takes_many_steps_is_taken_up_by_the_next_run(
    project: Tree, run_cli: RunCli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codex_action.checks.run._MOST_ROUNDS", 1)
    project.commit({"a.py": b"# codex-ignore-start\nx\n# codex-ignore-end\n"})
    assert run_cli("validate", "refs", "--fix", cwd=project.root).code == 1
    assert project.read("a.py") == b"x\n# codex-ignore-end\n"
    assert run_cli("validate", "refs", "--fix", cwd=project.root).code == 1
    assert project.read("a.py") == b"x\n"
    assert run_cli("validate", "refs", "--fix", cwd=project.root).code == 0
