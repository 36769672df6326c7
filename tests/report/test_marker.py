"""The first line of our comment: whatever is in it, it is one HTML comment; whatever was made of it by hand, it is a header or none."""

from __future__ import annotations

import json
import re

import pytest
from comment_world import header
from hypothesis import given
from hypothesis import strategies as st

from codex_action.report.marker import STATES, Header, read, write
from codex_action.sync.approval import MOST, Approval

DIGEST = "d" * 64
LISTED = Approval(DIGEST, ("0" * 12, "a1b2c3d4e5f6"))
HEADERS = {
    "planned": header(approval=LISTED, seal="0123456789ab"),
    "too many operations": header(approval=Approval(DIGEST, None)),
    "nothing approved": header("failed"),
    "no operation": header("none", approval=Approval(DIGEST, ())),
    "nothing known": header(head="", base="", codex=""),
    "ids of 64 digits": header(head="a" * 64),
    "the largest numbers": header(run=2**53 - 1, attempt=2**53 - 1),
    "a thousand operations": header(approval=Approval(DIGEST, tuple(f"{number:012x}" for number in range(MOST)))),
    **{f"the key {key!r}": header()._replace(key=key) for key in (
        "-->", "--!><script>", "a--b---c----", "--", "-", ">", "<!--", 'a\\b"c', "{}", "é😀", "\u202e", "<!-- codex-action {} -->", " ", "@team",
    )},
}  # fmt: skip


@pytest.mark.parametrize("made", HEADERS.values(), ids=HEADERS.keys())
def test_it_comes_back(made: Header) -> None:
    line = write(made)
    assert read(line) == made
    assert read(f"{line}\r\n### more\n") == made
    assert line.isascii()
    assert line.count("--") == 2
    assert line.count(">") == line.count("<") == 1
    assert "\n" not in line
    assert len(line) < 14_000


REFUSED = {
    "no key": "", "a long key": "k" * 101, "a line end": "a\nb", "a control character": "a\x1b", "a lone surrogate": "\ud800"
}  # fmt: skip


@pytest.mark.parametrize("key", REFUSED.values(), ids=REFUSED.keys())
def test_a_key_that_is_none(key: str) -> None:
    with pytest.raises(ValueError, match="what none may hold"):
        write(header()._replace(key=key))


GOOD = write(header(approval=LISTED))


def with_values(**changes: object) -> str:
    values = {**json.loads(GOOD[18:-4]), **changes}
    return f"<!-- codex-action {json.dumps(values, separators=(',', ':'))} -->"


def without(name: str) -> str:
    values = json.loads(GOOD[18:-4])
    del values[name]
    return f"<!-- codex-action {json.dumps(values)} -->"


BY_HAND = {
    "nothing": "",
    "text": "### Codex sync plan",
    "not in the first line": f"\n{GOOD}",
    "something before it": f" {GOOD}",
    "something behind it": f"{GOOD} @team",
    "not closed": GOOD[:-4],
    "another name": GOOD.replace("codex-action", "other-action", 1),
    "no JSON": GOOD.replace('"v"', "v", 1),
    "a list": "<!-- codex-action [] -->",
    "nothing in it": "<!-- codex-action {} -->",
    "a key that stands twice": GOOD.replace('{"v":1', '{"v":1,"v":1', 1),
    "a key that stands twice, for one that is missing": GOOD.replace('"seal"', '"key"', 1),
    "another key": with_values(more=1),
    "an end inside": GOOD.replace("sync", "a-->b", 1),
    "two dashes": GOOD.replace("sync", "a--b", 1),
    "deep": f"<!-- codex-action {'{' * 100_000} -->",
    "deep, with an end": "<!-- codex-action " + '{"a":' * 100_000 + "1" + "}" * 100_000 + " -->",
    "endless digits": with_values(run=1).replace('"run":1', '"run":' + "9" * 5_000),
    **{f"no {name}": without(name) for name in ("v", "key", "head", "base", "codex", "digest", "run", "attempt", "at", "state", "seal", "ops")},
    **{
        f"{name} is {value!r:.40}": with_values(**{name: value})
        for name, values in {
            "v": (0, 2, "1", True, 1.0, None), "key": (1, None, "", ["sync"]), "run": (0, -1, 2**53, "812", 812.0, True, None, float("nan")),
            "attempt": (0, [], {}), "head": ("abc", "G" * 40, "a" * 41, None, 7), "base": ("A" * 40,), "codex": (" " * 40,), "state": ("done", "", None, 1, []),
            "digest": ("a" * 64, "sha256:", "sha256:" + "a" * 63, "md5:" + "a" * 64, None), "seal": ("x", "0" * 13, None),
            "at": ("", "yesterday", "2026-01-02", "2026-01-02T03:04:05+01:00", "2026-01-02T03:04:05Z ", None, 0, "2026-01-02T03:04:05Z\n"),
            "ops": (1, [], ["0" * 12], "0" * 11, "0" * 12 + ",", " " + "0" * 12, "0" * 12 + "  " + "0" * 12, "0" * 24, " ".join(["0" * 12] * (MOST + 1)), "0" * 12 + "\n"),
        }.items()
        for value in values
    },
}  # fmt: skip


@pytest.mark.parametrize("line", BY_HAND.values(), ids=BY_HAND.keys())
def test_what_was_edited_by_hand_is_no_header(line: str) -> None:
    assert read(GOOD) is not None
    assert read(line) is None


SHAS = st.from_regex(r"(?:[0-9a-f]{40})?", fullmatch=True)
KEYS = st.text(min_size=1, max_size=100).filter(
    lambda key: not re.search("[\x00-\x1f\x7f\ud800-\udfff]", key)
)


@given(KEYS, st.sampled_from(STATES), SHAS, SHAS, st.integers(1, 2**53 - 1))
def test_any_header(key: str, state: str, head: str, base: str, run: int) -> None:
    made = header(run=run, head=head, base=base)._replace(key=key, state=state)  # type: ignore[arg-type]
    line = write(made)
    assert read(line) == made
    assert re.fullmatch(r"<!-- (?:(?!--)[^<>\n])* -->", line)


@given(st.text())
def test_any_text(body: str) -> None:
    assert read(body) is None
    found = read(GOOD.replace("planned", body))
    assert found is None or found.state in STATES
