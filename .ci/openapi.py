"""Judges recorded exchanges with GitHub's own OpenAPI document; prints what it finds, exit code 1 if that is anything.

usage: python .ci/openapi.py DOCUMENT EXCHANGES.jsonl...       (needs openapi-core)

An exchange is a line of JSON with method, documented (the path), query, headers, body, status, answer_headers, answer.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse

HOST = "https://api.github.com"
JSON = "application/json"
# The paths of the document that we ask, or that the tests' GitHub has.
KEPT = re.compile(
    r"/repos/\{owner\}/\{repo\}(/contents/\{path\}|/git/.*|/issues/(\{issue_number\}/)?comments(/\{comment_id\})?"
    r"|/pulls(/\{pull_number\}(/files)?)?|/commits/\{commit_sha\}/pulls|/compare/\{basehead\})?"
    r"|/(orgs/\{org\}|users/\{username\})/repos|/user"
)
# What GitHub documents for the API as a whole and not for each operation.
ERRORS = ("301", "307", "401", "403", "404", "409", "429", "500", "503")


def slim(document: dict[str, Any]) -> dict[str, Any]:
    """The kept paths, and the components that they need, and theirs."""
    paths = {path: item for path, item in document["paths"].items() if KEPT.fullmatch(path)}
    error = {
        "description": "error",
        "content": {JSON: {"schema": {"$ref": "#/components/schemas/basic-error"}}},
    }
    for item in paths.values():
        for operation in item.values():
            if isinstance(operation, dict) and "responses" in operation:
                for status in ERRORS:
                    operation["responses"].setdefault(status, error)
    components: dict[str, dict[str, Any]] = {}
    todo: list[Any] = [paths]
    while todo:
        for reference in references(todo.pop()):
            kind, name = reference.removeprefix("#/components/").split("/", 1)
            if name not in components.setdefault(kind, {}):
                components[kind][name] = document["components"][kind][name]
                todo.append(components[kind][name])
    contents = paths["/repos/{owner}/{repo}/contents/{path}"]["get"]["responses"]["200"]["content"][JSON]
    contents["schema"].pop("discriminator", None)  # a folder is an array, and has no property to be told by
    kept = {key: document[key] for key in ("openapi", "info")}
    return {**kept, "servers": [{"url": HOST}], "paths": paths, "components": components}


def references(node: Any) -> Iterator[str]:  # noqa: ANN401 - any part of the document
    """Every $ref below a node."""
    if isinstance(node, dict):
        reference = node.get("$ref")
        if isinstance(reference, str) and reference.startswith("#/components/"):
            yield reference
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def one_segment(path: str) -> str:
    """The document knows no '/' in a file's path; GitHub does."""
    head, found, rest = path.partition("/contents/")
    return head + found + rest.replace("/", "%2F")


def problems(judge: OpenAPI, exchange: dict[str, Any]) -> Iterator[str]:
    """What GitHub would not have been asked, or would not have answered."""
    request = MockRequest(
        HOST,
        exchange["method"].lower(),
        one_segment(exchange["documented"]),
        args=exchange["query"],
        headers=exchange["headers"],
        data=exchange["body"].encode("latin-1") or None,
        content_type=exchange["headers"].get("content-type", JSON),
    )
    try:
        judge.validate_request(request)
    except OpenAPIError as error:
        yield f"request: {explained(error)}"
        return
    kind = exchange["answer_headers"].get("Content-Type", JSON).partition(";")[0]
    if kind.endswith(".raw+json"):
        return  # the document does not know this media type: it is the file
    answer = MockResponse(
        exchange["answer"].encode("latin-1"), exchange["status"], exchange["answer_headers"], kind
    )
    try:
        judge.validate_response(request, answer)
    except OpenAPIError as error:
        yield f"answer: {explained(error)}"


def explained(error: OpenAPIError) -> str:
    """An error with what it was made of."""
    details = getattr(error.__cause__, "schema_errors", None) or [error.__cause__]
    first = [str(getattr(detail, "message", detail)) for detail in details][:3]
    return f"{type(error).__name__}: {error}: {'; '.join(first)}"[:500]


def main(arguments: list[str]) -> int:
    """Judge the files that are named."""
    document, *files = arguments
    judge = OpenAPI.from_dict(slim(json.loads(Path(document).read_text(encoding="utf-8"))))
    judged: Counter[int] = Counter()
    code = 0
    for name in files:
        for line in Path(name).read_text(encoding="utf-8").splitlines():
            exchange = json.loads(line)
            judged[exchange["status"]] += 1
            for problem in problems(judge, exchange):
                print(f"{exchange['method']} {exchange['documented']} {exchange['status']}: {problem}")  # noqa: T201
                code = 1
    print(f"judged {sum(judged.values())}: {dict(sorted(judged.items()))}")  # noqa: T201
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
