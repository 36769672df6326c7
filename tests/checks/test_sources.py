from __future__ import annotations

from pathlib import Path

import pytest
from reports import finding

from codex_action.checks.sources import Source, repository_prefix, sources_of

TEXTS = {
    "plain": (b"one\ntwo\n", {2: "two"}),
    "windows": (b"one\r\ntwo\r\n", {2: "two\r"}),
    "UTF-16": ("\ufeffone\ntw\u00f6\n".encode("utf-16-le"), {2: "tw\u00f6"}),
    "no UTF-8": (b"one\ntw\xff\n", {2: "tw\ufffd"}),
    "claims to be UTF-16": (b"\xff\xfe\x00\xd8x", {}),
    "shorter by now": (b"one", {}),
}


@pytest.mark.parametrize(("content", "lines"), TEXTS.values(), ids=TEXTS.keys())
def test_the_lines_of_findings(tmp_path: Path, content: bytes, lines: dict[int, str]) -> None:
    (tmp_path / "a.md").write_bytes(content)
    assert sources_of(str(tmp_path), [finding("CODEX020", "a.md", 2)]) == {"a.md": Source("a.md", lines)}


def test_a_file_that_went_away_has_none(tmp_path: Path) -> None:
    assert sources_of(str(tmp_path), [finding("CODEX020", "gone.md")]) == {"gone.md": Source("gone.md", {})}


def test_a_link_leads_to_its_file(tmp_path: Path) -> None:
    (tmp_path / "real.md").write_text("one\n")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/link.md").symlink_to("../real.md")
    found = sources_of(str(tmp_path), [finding("CODEX020", "docs/link.md")])
    assert found == {"docs/link.md": Source("real.md", {1: "one"})}


def test_a_project_in_a_repository(tmp_path: Path) -> None:
    (tmp_path / "repo/.git").mkdir(parents=True)
    (tmp_path / "repo/site").mkdir()
    assert repository_prefix(str(tmp_path / "repo/site")) == "site"
    assert repository_prefix(str(tmp_path / "repo")) == "."
    assert repository_prefix(str(tmp_path)) == "."
