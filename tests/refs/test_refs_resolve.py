"""Whose reference it is, and who we are."""

from __future__ import annotations

import pytest

from codex_action.errors import InvalidReference, ValidationError
from codex_action.refs.remotes import parse_remote_url
from codex_action.refs.resolve import (
    GitHubTarget,
    LocalTarget,
    Project,
    Target,
    choose_project,
    project_from_name,
    project_from_remote,
    resolve_reference,
    resolve_references,
)
from codex_action.refs.uri import parse_reference

SITE = Project("acme", "site")


@pytest.mark.parametrize(
    ("text", "targets"),
    [
        pytest.param(
            "codex://acme/site/a.md", (LocalTarget("a.md"), GitHubTarget("acme", "site", "a.md")), id="own"
        ),
        pytest.param(
            "codex://Acme/SITE/a.md",
            (LocalTarget("a.md"), GitHubTarget("Acme", "SITE", "a.md")),
            id="own-in-other-case",
        ),
        pytest.param(
            "codex://acme/site@v1/a.md", (GitHubTarget("acme", "site", "a.md", "v1"),), id="own-at-a-version"
        ),
        pytest.param("codex://acme/other/a.md", (GitHubTarget("acme", "other", "a.md"),), id="sibling"),
        pytest.param(
            "codex://other/site/a%20b.md#c", (GitHubTarget("other", "site", "a b.md"),), id="stranger"
        ),
    ],
)
def test_where_a_document_may_be(text: str, targets: tuple[Target, ...]) -> None:
    assert resolve_reference(text, SITE) == targets
    assert resolve_reference(parse_reference(text), SITE) == targets
    assert resolve_references([text, text], SITE) == [targets, targets]


def test_without_a_project_nothing_is_local() -> None:
    assert resolve_reference("codex://acme/site/a.md") == (GitHubTarget("acme", "site", "a.md"),)


def test_a_bad_reference_is_refused() -> None:
    with pytest.raises(ValidationError):
        resolve_reference("codex://acme/site")
    with pytest.raises(ValidationError):
        resolve_references(["codex://acme/site/a", "x"])


# --- remotes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "git@github.com:acme/site.git", "git@github.com:acme/site", "git@github.com:/acme/site.git",
        "github.com:acme/site.git", "https://github.com/acme/site", "https://github.com/acme/site.git",
        "https://github.com/acme/site/", "https://github.com/acme/site.git/",
        "http://github.com/acme/site.git", "https://user@github.com/acme/site.git",
        "https://user:tok@github.com/acme/site.git", "https://x-access-token:abc@github.com/acme/site.git",
        "https://:tok@github.com/acme/site", "ssh://git@github.com/acme/site.git",
        "ssh://git@github.com:22/acme/site.git", "ssh://github.com:/acme/site",
        "ssh://git@ssh.github.com:443/acme/site.git", "git://github.com/acme/site.git",
        "git+ssh://git@github.com/acme/site.git", "git+https://github.com/acme/site",
        "HTTPS://GitHub.com/acme/site.git",
        "git@github-corthos:acme/site.git", "work:acme/site.git", "org-123@github.com:acme/site.git",
        "https://github.example.com/acme/site.git", "git@ghe.example.com:acme/site.git",
        "https://codeberg.org/acme/site", "https://localhost:3000/acme/site",
        "https://gitlab.com/acme/site.git",
        "git@bitbucket.org:acme/site.git", "https://user@bitbucket.org/acme/site.git", "github.com/acme/site",
        "https://www.github.com/acme/site", "https://github.com/acme/site?ref=x",
        "https://github.com/acme/site#main", "https://github.com//acme//site",
        " https://github.com/acme/site \n",
        "https://notgithub.com/acme/site", "https://github.com/%61cme/site",
        "https://dev.azure.com/acme/x/_git/site", "https://user@dev.azure.com/acme/x/_git/site",
        "git@ssh.dev.azure.com:v3/acme/x/site",
    ],
)  # fmt: skip
def test_a_remote_names_organisation_and_project(url: str | None) -> None:
    assert project_from_remote(url) == Project("acme", "site", "git remote")


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://github.com/acme/etl.corthion.ai", "etl.corthion.ai"),
        ("https://github.com/acme/etl.corthion.ai.git", "etl.corthion.ai"),
        ("https://github.com/acme/.github", ".github"), ("git@github.com:acme/site.git.git", "site.git"),
        ("https://github.com/acme/site.GIT", "site.GIT"), ("https://github.com/acme/Site_1", "Site_1"),
    ],
)  # fmt: skip
def test_a_project_keeps_its_name(url: str | None, name: str) -> None:
    assert project_from_remote(url) == Project("acme", name, "git remote")


@pytest.mark.parametrize(
    "url",
    [
        None, "", " ", "https://github.com", "https://github.com/", "https://github.com/acme",
        "https://github.com/acme/.git", "/srv/git/acme/site.git", "../site.git", "../acme/site.git", "./site",
        "acme/site", "site", "file:///srv/acme/site.git", "file:acme/site",
        "FILE:acme/site", "C:\\repos\\site", "C:/repos/site", "c:\\a\\b",
        "https://gitlab.com/group/sub/site.git", "git@gitlab.com:group/sub/site.git",
        "https://github.com/acme/site/tree/main", "https://evil.com/?x=github.com/acme/site",
        "https://ghe.example.com/scm/acme/site.git",
        "git@github.com:-acme/site.git", "https://github.com/acme/si%20te", "https://github.com/acme/..",
        "https://github.com/ac%2Fme/site", "https://github.com/acme/site@v1",
        "https://github.com/acme/si%2Fte", "https://a/b/c/d", "git@ssh.dev.azure.com:v4/acme/x/site",
        "https://dev.azure.com/acme/x/_other/site", "https://[::1]/acme/site", "ftp://h/acme/site",
        "https://host/x/v3/acme/y/site",
    ],
)  # fmt: skip
def test_where_it_is_not_sure_there_is_no_guess(url: str | None) -> None:
    assert project_from_remote(url) is None


def test_the_parser_of_urls_checks_no_names() -> None:
    assert parse_remote_url("git@github.com:-acme/site.git") == ("-acme", "site")


# --- who we are -----------------------------------------------------------------------------------------------------

PAIR = {"CODEX_CURRENT_ORG": "pair", "CODEX_CURRENT_PROJECT": "p"}
ACTIONS = {"GITHUB_REPOSITORY": "actions/a"}
REMOTE = "git@github.com:remote/r.git"


@pytest.mark.parametrize(
    ("option", "environ", "remote", "project"),
    [
        pytest.param("option/o", {**PAIR, **ACTIONS}, REMOTE, Project("option", "o", "option"), id="option"),
        pytest.param(
            None,
            {**PAIR, **ACTIONS},
            REMOTE,
            Project("pair", "p", "CODEX_CURRENT_ORG and CODEX_CURRENT_PROJECT"),
            id="pair",
        ),
        pytest.param("", {**ACTIONS}, REMOTE, Project("actions", "a", "GITHUB_REPOSITORY"), id="actions"),
        pytest.param(
            None,
            {"CODEX_CURRENT_ORG": "pair", **ACTIONS},
            REMOTE,
            Project("actions", "a", "GITHUB_REPOSITORY"),
            id="half-a-pair",
        ),
        pytest.param(
            None,
            {"CODEX_CURRENT_PROJECT": "p"},
            REMOTE,
            Project("remote", "r", "git remote"),
            id="other-half",
        ),
        pytest.param(
            None,
            {**PAIR, "CODEX_CURRENT_ORG": "", "GITHUB_REPOSITORY": ""},
            REMOTE,
            Project("remote", "r", "git remote"),
            id="empty",
        ),
        pytest.param(None, {}, REMOTE, Project("remote", "r", "git remote"), id="remote"),
        pytest.param(None, {}, "../r.git", None, id="path"),
        pytest.param(None, {}, None, None, id="nothing"),
    ],
)
def test_precedence(
    option: str | None, environ: dict[str, str], remote: str | None, project: Project | None
) -> None:
    assert choose_project(option, environ, remote) == project


@pytest.mark.parametrize(
    "text", ["acme", "acme/", "/site", "a b/c", "acme/site/x", "acme/.", "acme/site@v1", "-a/b"]
)
def test_a_bad_name_is_refused(text: str) -> None:
    with pytest.raises(InvalidReference, match="is no project") as caught:
        project_from_name(text)
    assert caught.value.hint == "write it as ORG/PROJECT"
    with pytest.raises(InvalidReference):
        choose_project(None, {"GITHUB_REPOSITORY": text}, REMOTE)


def test_a_configured_name_stands_between_variables_and_the_workflow() -> None:
    assert choose_project(None, ACTIONS, REMOTE, "conf/c") == Project("conf", "c", "configuration")
    known = choose_project(None, {**PAIR, **ACTIONS}, REMOTE, "conf/c")
    assert known == Project("pair", "p", "CODEX_CURRENT_ORG and CODEX_CURRENT_PROJECT")


def test_a_project_says_its_name() -> None:
    assert str(project_from_name("acme/site")) == "acme/site"
    assert project_from_name("acme/site") == SITE


@pytest.mark.parametrize(
    "url", ["https://user:p@ss@host/o/r", "https://user:p@ss@host/o/r.git", "https://a@b@host/o/r/"]
)
def test_a_password_may_hold_an_at_sign(url: str) -> None:
    assert parse_remote_url(url) == ("o", "r")
    assert project_from_remote(url) == Project("o", "r", "git remote")
