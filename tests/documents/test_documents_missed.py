"""What is said of an own document that is not among the project's files."""

from __future__ import annotations

from typing import Any

import pytest

from codex_action.documents.missed import missed_here
from codex_action.documents.options import FetchOptions
from codex_action.errors import NotFound, RateLimited, StorageError, UsageError
from codex_action.refs.resolve import Project
from codex_action.refs.uri import parse_reference

OWN = parse_reference("codex://northwind/web/docs/none.md")


def current() -> Project:
    return Project("NorthWind", "web")


@pytest.mark.parametrize(
    "error",
    [NotFound("no", hint="look"), RateLimited("no", reset_at=7.0, hint="look")],
    ids=["missing", "limited"],
)
def test_the_error_stays_what_it_is(error: StorageError) -> None:
    told = missed_here(error, OWN, FetchOptions(), current)
    assert told is not None
    assert type(told) is type(error)
    assert vars(told) == {**vars(error), "message": told.message}
    assert str(told) == told.message == "there is no file 'docs/none.md' in this project, and elsewhere: no"
    assert str(error) == error.message == "no"


def wrong() -> Project:
    raise UsageError("that is no project")


@pytest.mark.parametrize(
    ("reference", "options", "project"),
    [
        ("codex://northwind/other/docs/none.md", {}, current),
        ("codex://northwind/web@v1/docs/none.md", {}, current),
        (str(OWN), {"version": "v1"}, current),
        (str(OWN), {"source": "github"}, current),
        (str(OWN), {}, lambda: None),
        (str(OWN), {}, wrong),
    ],
    ids=["another project", "version", "version asked for", "source", "no project", "wrong project"],
)
def test_nothing_is_said_where_no_own_file_counts(reference: str, options: Any, project: Any) -> None:  # noqa: ANN401
    parsed = parse_reference(reference)
    assert missed_here(NotFound("no"), parsed, FetchOptions(**options), project) is None
