"""Foreign text in every place of a comment: nothing of it is alive on GitHub, and nothing of ours is broken by it."""

from __future__ import annotations

import html.parser
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from comment_world import HEAD, RUN_URL, body, header, plan
from hostile_texts import TEXTS
from markdown_it import MarkdownIt

from codex_action.report import marker
from codex_action.sync.model import Conflict, Note, Outcome, Plan, Refusal, SyncResult

GFM = MarkdownIt("gfm-like", {"linkify": False, "html": True})
BASE = plan()
PULL = "https://github.com/umbrella/codex/pull/7"
TAGS = {
    "h3", "p", "a", "code", "pre", "table", "thead", "tbody", "tr", "th", "td", "details", "summary", "b", "strong", "sub", "ul", "li", "blockquote", "br",
}  # fmt: skip
# What GitHub makes of plain text, once it is HTML, and (the last two) while it still is Markdown.
ALIVE = re.compile(r"@\w|#[0-9]|GH-[0-9]|(?<![0-9a-z])[0-9a-f]{7,40}(?![0-9a-z])", re.IGNORECASE)
AUTOLINK = re.compile(r"(?:https?|ftp)://|www\.|(?:mailto|xmpp):", re.IGNORECASE)


class Page(html.parser.HTMLParser):
    """What a browser would see: tags that are closed in order, their attributes, text that is not code."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str | None]] = set()
        self.text = ""
        self.comments: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= set(attrs)
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag != "br":
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"code", "pre", "a"} & set(self.open):
            self.text += data

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


def evil_plan(evil: str) -> Plan:
    one = BASE.actions[0]
    actions = tuple(one._replace(kind=kind, path=evil) for kind in ("create", "update", "delete"))  # type: ignore[arg-type]
    return replace(
        BASE, project=evil, environment=evil, branch=evil, actions=actions,
        conflicts=(Conflict(evil, "content", None, None, None),), denied=(Note(evil, evil),), skipped=(Note(evil, evil),),
        refusals=(Refusal(evil, evil, evil, (evil,)),),
    )  # fmt: skip


def evil_bodies(evil: str) -> Iterator[str]:
    made = evil_plan(evil)
    sealed = body("planned", made)
    diffs = {(evil, "codex", evil): f"--- {evil}\n+++ {evil}\n{evil}\n+{evil}\n"}
    outcomes = tuple(Outcome(action, evil) for action in made.actions)
    result = SyncResult(made, outcomes, failures=(evil,), pull_request=evil, commit=evil)
    fine = replace(made, refusals=())
    key = header()._replace(key=re.sub("[\x00-\x1f\x7f\ud800-\udfff]", "", evil)[:100] or "k")
    yield sealed
    yield body("planned", made, fine, diffs=diffs, header=key)
    yield body("failed", reason=evil, hint=evil, previous=sealed)
    yield body("failed", merged=True, reason=evil, previous=sealed, results=(replace(result, outcomes=()),))
    yield body("superseded", previous=evil)
    yield body("refused", fine, moved=(evil, evil))
    yield body("partly", results=(result, SyncResult(fine, pull_request=PULL, commit=HEAD)))


def check(shown: str) -> None:
    assert marker.read(shown) is not None
    page = Page(GFM.render(shown))
    assert page.open == []
    assert page.tags <= TAGS
    hrefs = {value for name, value in page.attributes if name == "href"}
    assert hrefs <= {RUN_URL, f"{RUN_URL}#summary", PULL}
    others = {pair for pair in page.attributes if pair[0] != "href"}
    assert others <= {("class", "language-diff"), ("open", None), ("open", ""), ("style", "text-align:left")}
    assert not ALIVE.search(page.text), ALIVE.findall(page.text)
    assert [text.split()[0] for text in page.comments] == ["codex-action"] * len(page.comments)
    outside = re.sub(r"(?ms)^(`{3,})diff$.*?^\1$", "", shown.partition("\n")[2])
    assert not AUTOLINK.search(re.sub(r"\]\(https://[^)\s]*\)", "", outside))


def test_there_are_enough() -> None:
    assert len(set(TEXTS)) >= 200


@pytest.mark.parametrize("evil", TEXTS, ids=lambda text: repr(text)[:30])
def test_nothing_is_alive(evil: str) -> None:
    bodies = list(evil_bodies(evil))
    for shown in bodies:
        check(shown)
    shapes = [re.findall(r"<(/?\w+)", GFM.render(shown)) for shown in bodies]
    assert [tags.count("h3") for tags in shapes] == [1] * len(bodies)
    if not evil.strip():
        return  # there is no reason to be told
    # As many cells, folds and list items as for a text that is nothing but a word.
    for tags, plain in zip(shapes, PLAIN):
        for name in ("td", "th", "tr", "details", "li", "blockquote", "pre", "ul"):
            assert tags.count(name) == plain.count(name), name


PLAIN = [re.findall(r"<(/?\w+)", GFM.render(shown)) for shown in evil_bodies("word")]
URLS = [
    "https://example.com/umbrella/codex/pull/7", "https://github.com.example.com/x", "https://github.com@x/", "javascript:alert(1)", "https://x/)[y](https://z", "https://x y", "https://x\n# y", "https://x/<b>", 'http://x/"y', "https://u:p@x/", "https://x/" + "a" * 400, "//x", "data:x", "https://ü/",
]  # fmt: skip


@pytest.mark.parametrize("url", URLS, ids=lambda text: repr(text)[:30])
def test_a_url_that_leads_elsewhere_is_none(url: str) -> None:
    made = SyncResult(BASE, pull_request=url)
    shown = body("applied", results=(made,))
    check(shown)
    assert "pull request" in shown
    assert url not in shown


def test_the_check_sees_what_is_alive() -> None:
    """A corpus that passes whatever happens would prove nothing."""
    shown = body("failed", reason="WORD")
    planted = ["@team", "#1", "GH-1", "deadbee", "<b onclick=x>y</b>", "![](http://x)", "[x](http://x)", "<i>x</i>", "</details>", "www.x", "<!-- x -->", "http://x"]  # fmt: skip
    passed = []
    for evil in planted:
        try:
            check(shown.replace("WORD", evil))
        except (AssertionError, IndexError):
            continue
        passed.append(evil)
    assert passed == []
