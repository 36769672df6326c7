"""Whose documents a token opens: its own, and what may be remembered for others."""

from __future__ import annotations

import pytest

from codex_action.documents.tokens import Tokens

ACTIONS = {"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "umbrella/web"}
OWNERS: dict[str, tuple[dict[str, str], bool]] = {
    "a workflow's own, or an app's": ({**ACTIONS, "GITHUB_TOKEN": "ghs_a"}, True),
    "of a server with tokens of another form": ({**ACTIONS, "GITHUB_TOKEN": "0123abcd"}, True),
    "a person's": ({**ACTIONS, "GITHUB_TOKEN": "ghp_a"}, False),
    "a person's with rights of its own": ({**ACTIONS, "GITHUB_TOKEN": "github_pat_a"}, False),
    "a name of ours goes before": ({**ACTIONS, "GITHUB_TOKEN": "ghs_a", "CODEX_TOKEN": "ghs_b"}, False),
    "in another variable": ({**ACTIONS, "GH_TOKEN": "ghs_a"}, False),
    "at a desk": ({"GITHUB_REPOSITORY": "umbrella/web", "GITHUB_TOKEN": "ghs_a"}, False),
    "in no repository": ({"GITHUB_ACTIONS": "true", "GITHUB_TOKEN": "ghs_a"}, False),
    "none": (ACTIONS, False),
}


@pytest.mark.parametrize(("environ", "shared"), OWNERS.values(), ids=OWNERS)
def test_a_scope_is_a_token_s_alone_or_a_workflow_s(environ: dict[str, str], *, shared: bool) -> None:
    tokens = Tokens(environ, lambda *_: None)
    later = {name: f"{value}_later" if name.endswith("TOKEN") else value for name, value in environ.items()}
    scopes = [known.scope("umbrella", "handbook") for known in (tokens, Tokens(later, lambda *_: None))]
    assert (scopes[0] == scopes[1]) == (shared or environ == ACTIONS)
    assert tokens.share_a_scope == shared
    assert tokens("umbrella", None) not in scopes


def test_a_configured_token_has_a_scope_of_its_own() -> None:
    environ = {**ACTIONS, "GITHUB_TOKEN": "ghs_a"}
    tokens = Tokens(environ, lambda _, repo: "ghs_partner" if repo == "partner" else None)
    assert (tokens("umbrella", "partner"), tokens("umbrella", "web")) == ("ghs_partner", "ghs_a")
    assert tokens.scope("umbrella", "partner") != tokens.scope("umbrella", "web")
