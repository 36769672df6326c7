"""What a user calls a document: URIs, older forms, ORG/PROJECT/PATH, paths of the current project, and slips."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from codex_action.codex import Codex
from codex_action.documents.names import document_reference
from codex_action.errors import InvalidReference, ValidationError
from codex_action.refs.resolve import Project

WEB = Project("northwind", "web")
OWN = frozenset(("docs/team/guide.md", "docs/a.md", "web/notes/x.md", "codex:/o/p/a.md", "notes/x.md"))


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("docs/team/guide.md", "codex://northwind/web/docs/team/guide.md"),
        ("docs/team/guide.md#top", "codex://northwind/web/docs/team/guide.md#top"),
        ("./docs/team/guide.md", "codex://northwind/web/docs/team/guide.md"),
        ("docs/team/other.md", "codex://docs/team/other.md"),
        ("docs/a.md", "codex://northwind/web/docs/a.md"),
        ("handbook/a.md", "codex://northwind/web/handbook/a.md"),
        ("northwind/handbook/docs/a.md", "codex://northwind/handbook/docs/a.md"),
        ("web/notes/x.md", "codex://northwind/web/web/notes/x.md"),
        ("@codex:docs/team/guide.md", "codex://northwind/web/docs/team/guide.md"),
        ("$ref:docs/a.md", "codex://northwind/web/docs/a.md"),
        ("@codex/docs/a.md", "codex://northwind/docs/a.md"),
        ("codex://docs/team/guide.md", "codex://docs/team/guide.md"),
        (" codex://o/p/a.md ", "codex://o/p/a.md"),
    ],
)
def test_a_file_of_the_project_is_that_file(text: str, reference: str) -> None:
    assert str(document_reference(text, WEB, "northwind", is_own=OWN.__contains__)) == reference


def test_three_segments_are_another_project_where_nothing_tells_of_files() -> None:
    assert str(document_reference("docs/team/guide.md", WEB, "northwind")) == "codex://docs/team/guide.md"


def test_a_file_of_a_project_that_is_not_known_is_not_somebody_else_s() -> None:
    with pytest.raises(InvalidReference, match="the organisation is not known") as caught:
        document_reference("docs/team/guide.md", is_own=OWN.__contains__)
    assert "--project" in (caught.value.hint or "")


@pytest.mark.parametrize(
    "text",
    [
        "codex:/o/p/a.md",
        "codex//o/p/a.md",
        "Codex://o/p/a.md",
        "codx://o/p/a.md",
        "https://github.com/o/p/blob/main/a.md",
    ],
)
def test_a_slip_is_told_with_what_to_write(text: str) -> None:
    with pytest.raises(InvalidReference) as caught:
        document_reference(text, WEB, "northwind", is_own=frozenset(("other",)).__contains__)
    assert (caught.value.code, caught.value.hint) == ("INVALID_URI_PREFIX", "write codex://o/p/a.md")
    assert repr(text) in caught.value.message


@pytest.mark.parametrize("text", ["https://example.com/a/b", "s3://o/p/a.md"])
def test_an_address_is_no_reference(text: str) -> None:
    with pytest.raises(InvalidReference) as caught:
        document_reference(text, WEB, "northwind")
    assert caught.value.message == f"{text!r} is no reference"
    assert "codex://ORG/PROJECT/PATH" in (caught.value.hint or "")


def test_a_whole_project_is_told_with_what_is_missing() -> None:
    with pytest.raises(InvalidReference) as caught:
        document_reference("https://github.com/o/p", WEB, "northwind")
    assert caught.value.hint == "write codex://o/p/PATH"


@pytest.mark.parametrize("text", [None, 7, b"codex://o/p/a.md", Path("docs/a.md"), ["a"]])
def test_what_is_no_text_is_no_reference(text: Any) -> None:  # noqa: ANN401
    with pytest.raises(ValidationError, match="a reference is text") as caught:
        document_reference(text, WEB, "northwind")
    assert caught.value.code == "INVALID_URI_TYPE"


@pytest.mark.parametrize("text", [None, 7, b"codex://o/p/a.md", Path("docs/a.md")])
def test_the_facade_takes_text_alone(text: Any, tmp_path: Path) -> None:  # noqa: ANN401
    with Codex(str(tmp_path), environ={"HOME": str(tmp_path)}) as codex:
        for ask in (codex.fetch_document, codex.document_exists):
            with pytest.raises(InvalidReference, match="a reference is text"):
                ask(text)
        (found,) = codex.fetch_documents([text])
        assert isinstance(found.error, InvalidReference)


def test_what_could_leave_the_project_is_refused() -> None:
    with pytest.raises(ValidationError) as caught:
        document_reference("docs/../../a.md", WEB, "northwind", is_own=lambda _: True)
    assert caught.value.code == "PATH_TRAVERSAL"
