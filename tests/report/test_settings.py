"""The settings in force, as they are shown: origins, problems, and no secret."""

from __future__ import annotations

import pytest

from codex_action.config.load import Config
from codex_action.errors import Problem
from codex_action.report import settings

PROBLEM = Problem("unknown key 'x'", "x", 2, 1, "warning", "c.yaml")


def config(data: dict[str, object], **fields: object) -> Config:
    return Config(data, {"a.b": "c.yaml:1", "d": "default"}, "c.yaml", **fields)  # type: ignore[arg-type]


def test_rows() -> None:
    known = config(
        {"a": {"b": 1, "c": {}}, "d": ["x", None], "e": True}, problems=(PROBLEM,), notices=("two files",)
    )
    assert settings.render(known).splitlines() == [
        "a.b  1",
        "a.c  {}",
        'd    ["x", null]',
        "e    true",
        "c.yaml:2:1: warning: x: unknown key 'x'",
        "two files",
    ]
    assert settings.render(known, origins=True).splitlines()[:4] == [
        "a.b  1            c.yaml:1",
        "a.c  {}",
        'd    ["x", null]  default',
        "e    true",
    ]


def test_a_long_value_does_not_push_the_others() -> None:
    known = config({"a": {"b": "x" * 60}, "d": 1})
    assert settings.render(known, origins=True).splitlines() == [
        f"a.b  {'x' * 60}  c.yaml:1",
        "d    1  default",
    ]


def test_nothing() -> None:
    assert settings.render(config({})) == ""


SHOWN: dict[str, tuple[str, str, str]] = {
    "a token": ("token", "ghp_x", "***"),
    "its variable": ("token", "${TOKEN}", "${TOKEN}"),
    "a variable's default": ("token", "${TOKEN:-ghp_x}", "***"),
    "a variable and more": ("token", "Bearer ${TOKEN}x", "***"),
    "nothing": ("token", "", ""),
    "a password": ("dbPassword", "x", "***"),
    "a key": ("api_key", "x", "***"),
    "a webhook": ("webhook_url", "https://x", "***"),
    "a login": ("url", "https://me:pw@x.org/y", "https://***@x.org/y"),
    "a login by variable": ("url", "https://me:${PW}@x.org/y", "https://me:${PW}@x.org/y"),
    "a login by default": ("url", "https://me:${PW:-pw}@x.org/y", "https://***@x.org/y"),
    "a login alone": ("url", "https://:pw@x.org", "https://***@x.org"),
    "no login": ("url", "https://x.org:80/a@b", "https://x.org:80/a@b"),
    "no secret": ("name", "x", "x"),
}


@pytest.mark.parametrize(("key", "value", "shown"), SHOWN.values(), ids=SHOWN)
def test_secrets(key: str, value: str, shown: str) -> None:
    known = config({"a": {key: value}, "list": [{key: value}]})
    assert settings.document(known)["config"] == {"a": {key: shown}, "list": [{key: shown}]}
    assert settings.render(known).splitlines()[0] == f"a.{key}  {shown}".rstrip()
    assert settings.document(config({key: [value]}))["config"] == {key: [shown]}


def test_the_document() -> None:
    known = config({"a": {"b": float("inf"), "c": (1, 2.5)}}, problems=(PROBLEM,), notices=("n",))
    assert settings.document(known) == {
        "schema": "codex-action/config-show@1",
        "file": "c.yaml",
        "config": {"a": {"b": "inf", "c": [1, 2.5]}},
        "origins": {"a.b": "c.yaml:1", "d": "default"},
        "problems": [PROBLEM._asdict()],
        "notices": ["n"],
    }


def test_foreign_text_is_harmless() -> None:
    text = settings.render(config({"::error::\x1b[31m": "a\nb", "::x": "\u202e##[y]"}))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "##[" not in text
    assert len(text.splitlines()) == 2
    assert not any(line.lstrip().startswith("::") for line in text.splitlines())
