"""Whatever the file and the moves: a proved result or a refusal, and never a lost comment."""

from __future__ import annotations

import re
from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from yaml_documents import documents, moves_over, wild_moves

from codex_action.config import yaml12
from codex_action.config.moves import Move, build
from codex_action.config.proof import prove
from codex_action.config.rewrite import rewrite_yaml
from codex_action.errors import ConfigurationError, MigrationError

SLOW = settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
NOTE = re.compile(rb"# (?:note|odd|behind|tab|top|own|in|the) [^\r\n]*|# header")


def forms(text: str, form: str) -> bytes:
    changed = text.replace("\n", "\r\n") if "CRLF" in form else text
    return (b"\xef\xbb\xbf" if "BOM" in form else b"") + changed.encode()


FORMS = ["plain", "CRLF", "BOM", "CRLF BOM"]


@SLOW
@given(st.data(), documents(), st.sampled_from(FORMS))
def test_any_moves_are_proved_or_refused(data: st.DataObject, document: str, form: str) -> None:
    before = forms(document, form)
    try:
        content = yaml12.read(before).data
    except ConfigurationError:
        return
    moves = data.draw(moves_over(content))
    try:
        after = rewrite_yaml(before, moves)
    except MigrationError:
        return
    assert yaml12.read(after).data == build(moves)
    assert prove(before, after, build(moves)) == [] or "stay" in prove(before, after, build(moves))[0]
    assert not Counter(NOTE.findall(before)) - Counter(NOTE.findall(after))
    assert after.count(b"\r\n") == (after.count(b"\n") if "CRLF" in form else 0)


@SLOW
@given(documents(), st.sampled_from(FORMS))
def test_identity_changes_nothing(document: str, form: str) -> None:
    before = forms(document, form)
    try:
        content = yaml12.read(before).data
    except ConfigurationError:
        return
    assert rewrite_yaml(before, [Move((key,), (key,), value) for key, value in content.items()]) == before


@SLOW
@given(st.data(), documents(), st.booleans())
def test_moves_from_anywhere_to_anywhere_in_a_section(
    data: st.DataObject,
    document: str,
    whole: bool,  # noqa: FBT001
) -> None:
    nested = "".join(f"  {line}" if line.strip() else line for line in document.splitlines(keepends=True))
    before = (document if whole else f"o:   [1,2]  # x\ncodex:  # y\n{nested}\nz:  1\n").encode()
    section = () if whole else ("codex",)
    try:
        content = yaml12.read(before).data
        content = content if whole else content["codex"]
        moves = data.draw(wild_moves(content)) if isinstance(content, dict) else []
        after = rewrite_yaml(before, moves, section=section)
    except ConfigurationError:  # no YAML, or refused
        return
    result = yaml12.read(after).data
    assert (result if whole else result["codex"]) == build(moves)
    assert not Counter(NOTE.findall(before)) - Counter(NOTE.findall(after))
    assert whole or (after.startswith(b"o:   [1,2]  # x\ncodex:") and after.endswith(b"\nz:  1\n"))
