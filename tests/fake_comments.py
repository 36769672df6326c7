"""The comments of the tests' GitHub, and who its tokens are (see fake_github.py)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

LONGEST = 65_536  # characters, as GitHub counts them
# What a workflow's token is told where a person's would be told who it is.
NO_PERSON = "Resource not accessible by integration"


@dataclass
class Remark:
    """One comment on an issue or a pull request; `author` is None where the account is gone."""

    id: int
    number: int
    author: str | None
    body: str


def body_of(sent: bytes) -> str | None:
    """What a request says; None where GitHub would not take it."""
    values = json.loads(sent)
    assert set(values) == {"body"}, values
    body: str = values["body"]
    return body if 0 < len(body) <= LONGEST else None


def too_long() -> dict[str, Any]:
    """GitHub's 422."""
    error = {
        "resource": "IssueComment", "code": "unprocessable", "field": "data",
        "message": f"Body is too long (maximum is {LONGEST} characters)",
    }  # fmt: skip
    return {
        "message": "Validation Failed", "errors": [error],
        "documentation_url": "https://docs.github.com/rest/issues/comments#create-an-issue-comment",
    }  # fmt: skip
