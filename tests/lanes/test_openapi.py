"""GitHub's own OpenAPI document judges what we ask, and what the tests' GitHub answers.

Needs `OPENAPI_DOCUMENT`, the file api.github.com.json of the npm package @octokit/openapi, and openapi-core for the
`python3` on the PATH.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.openapi

ROOT = Path(__file__).parents[2]
RECORDED = (
    "tests/action/test_action_apply.py",
    "tests/action/test_action_plan.py",
    "tests/action/test_action_report.py",
    "tests/remote/test_changes.py",
    "tests/remote/test_comments.py",
    "tests/remote/test_github.py",
    "tests/remote/test_merged.py",
    "tests/remote/test_pulls.py",
    "tests/storage/test_storage_github.py",
    "tests/sync/test_publish.py",
)


def judge(*files: Path) -> subprocess.CompletedProcess[str]:
    command = ["python3", ".ci/openapi.py", os.environ["OPENAPI_DOCUMENT"], *map(str, files)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture(scope="module")
def exchanges(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All that was asked and answered in the tests, a line each."""
    folder = tmp_path_factory.mktemp("exchanges")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-k",
            "not faults",
            *RECORDED,
        ],
        cwd=ROOT,
        env={**os.environ, "CODEX_EXCHANGES": str(folder), "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    (made,) = folder.iterdir()
    # GraphQL, which is asked who a token is, has a document of its own.
    lines = made.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if json.loads(line)["documented"] != "/graphql"]
    made.write_text("\n".join([*kept, ""]), encoding="utf-8")
    return made


def test_every_exchange_is_one_of_github(exchanges: Path) -> None:
    done = judge(exchanges)
    if done.returncode:
        pytest.fail(done.stdout + done.stderr, pytrace=False)
    lines = [json.loads(line) for line in exchanges.read_text(encoding="utf-8").splitlines()]
    assert {line["status"] for line in lines} >= {
        200,
        201,
        204,
        301,
        304,
        307,
        401,
        403,
        404,
        409,
        422,
        429,
        500,
        503,
    }
    assert {line["documented"].split("/")[1] for line in lines} >= {"repos", "orgs", "user", "users"}
    assert f"judged {len(lines)}:" in done.stdout


def changed(line: dict[str, Any], **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - what JSON holds
    return {**line, **changes}


def without(line: dict[str, Any], key: str) -> dict[str, Any]:
    answer = json.loads(line["answer"])
    del answer[key]
    return changed(line, answer=json.dumps(answer))


def test_the_judge_sees_what_is_wrong(exchanges: Path, tmp_path: Path) -> None:
    """Every kind of planted mistake is found: one that passes would prove nothing."""
    lines = [json.loads(line) for line in exchanges.read_text(encoding="utf-8").splitlines()]
    fine = [line for line in lines if line["status"] == 200]
    tree = next(line for line in fine if "/git/trees/" in line["documented"])
    repository = next(line for line in fine if line["documented"] == "/repos/umbrella/handbook")
    page = next(line for line in fine if line["documented"].startswith("/orgs/"))
    comment = next(line for line in fine if "/issues/comments/" in line["documented"])
    between = next(line for line in fine if "/compare/" in line["documented"])
    planted = {
        "a path that is not GitHub's": changed(tree, documented="/repos/o/r/git/forest/main"),
        "a method that is not GitHub's": changed(tree, method="POST"),
        "a query that is no number": changed(page, query={"per_page": "many"}),
        "a tree without its list": without(tree, "tree"),
        "a tree without its mark": without(tree, "truncated"),
        "a repository without its branch": without(repository, "default_branch"),
        "a comment without its place": without(comment, "html_url"),
        "a comment that is sent without a text": changed(comment, method="PATCH", body="{}"),
        "two commits without their order": without(between, "status"),
        "a page that is no list": changed(page, answer="{}"),
        "no JSON": changed(page, answer="<html>"),
        "a status that is not GitHub's": changed(tree, status=418),
    }
    passed = []
    for name, line in planted.items():
        file = tmp_path / "planted.jsonl"
        file.write_text(json.dumps(line) + "\n", encoding="utf-8")
        if judge(file).returncode == 0:
            passed.append(name)
    assert passed == []
