"""The README, action.yml and the hooks say what the code does."""

from __future__ import annotations

import dataclasses
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from documents_world import World
from fake_github import FakeGitHub
from trees import Tree, bare

from codex_action.action.inputs import Inputs
from codex_action.action.keys import cache_keys
from codex_action.checks.rules import RULES, Severity
from codex_action.codex import Codex
from codex_action.errors import ExitCode

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))


def table(marker: str) -> list[list[str]]:
    """The cells of the table after a marker comment, without its head."""
    text = README.split(f"<!-- {marker} -->\n", 1)[1].split("\n\n", 1)[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()[2:]]


def block(language: str, containing: str) -> str:
    """The fenced block of a language that holds a text."""
    return next(
        body for body in re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL) if containing in body
    )


def unticked(cell: str) -> str:
    return cell.strip("`")


def test_inputs_are_the_same_in_action_yml_and_readme() -> None:
    declared = [
        (name, str(spec.get("default", "")), spec["description"]) for name, spec in ACTION["inputs"].items()
    ]
    assert [(unticked(name), unticked(default), text) for name, default, text in table("inputs")] == declared


def test_inputs_are_the_same_in_action_yml_and_code() -> None:
    fields = {field.name.replace("_", "-"): field for field in dataclasses.fields(Inputs)}
    assert list(fields) == list(ACTION["inputs"])
    assert not fields["token"].repr
    assert not fields["codex-token"].repr
    defaults = {f"INPUT_{name.upper()}": str(spec["default"]) for name, spec in ACTION["inputs"].items()}
    assert Inputs.from_environ({**defaults, "INPUT_TOKEN": ""}) == Inputs() == Inputs.from_environ({})


def test_every_input_has_a_twin_on_the_command_line() -> None:
    from codex_action.cli.fetch import fetch
    from codex_action.cli.sync import project
    from codex_action.cli.validate import refs

    options = {
        name for command in (refs, fetch, project) for parameter in command.params for name in parameter.opts
    }
    twins = {
        "command": "(the command itself)",
        "working-directory": "-C",
        "paths": "files",
        "changed-only": "--changed-since",
        "config": "--config",
        "references": "references",
        "environment": "--env",
        "codex-path": "--codex",
        "codex-repository": "--codex",
        "max-delete": "(sync.max_deletes in the configuration)",
        "apply-via": "--pull-request",
        "require-approved-plan": "--plan",
        "commit-manifest": "(git commit, at a desk)",
        "plan-file": "--plan",
        "comment": "(a pull request's alone)",
        "comment-key": "(a pull request's alone)",
        "codex-token": "(CODEX_TOKEN in the environment)",
        "cache": "(cache.enabled in the configuration)",
        "token": "(GITHUB_TOKEN in the environment: never an argument)",
        "annotations": "--format",
        "summary": "--format",
        "sarif-file": "--output",
        "json-file": "--output",
    }
    for name in ACTION["inputs"]:
        twin = twins.get(name, f"--{name}")
        assert twin in options or twin.startswith("("), name


def test_outputs_are_the_same_in_action_yml_and_readme() -> None:
    assert [(unticked(name), text) for name, text in table("outputs")] == [
        (name, spec["description"]) for name, spec in ACTION["outputs"].items()
    ]


def test_the_image_is_built_from_the_dockerfile_and_starts_the_console_script() -> None:
    assert ACTION["runs"] == {"using": "docker", "image": "Dockerfile"}
    assert 'ENTRYPOINT ["/usr/local/bin/codex-action-run"]' in (ROOT / "Dockerfile").read_text(
        encoding="utf-8"
    )


@pytest.mark.parametrize("code", list(RULES))
def test_every_rule_is_documented(code: str) -> None:
    rule = RULES[code]
    rows = {re.sub(r"\[(\w+)\].*", r"\1", row[0]): row for row in table("rules")}
    mended = {"": "", "safe": "`--fix`", "unsafe": "`--fix --unsafe-fixes`"}[rule.fix]
    severity = rule.severity.value + ("" if rule.default else ", off unless selected")
    assert rows[code][1:] == [rule.name, severity, mended]
    assert f"[{code}](#{code.lower()})" in rows[code][0]
    assert f"\n#### {code}\n" in README


def test_no_rule_is_documented_that_is_not_there() -> None:
    assert set(re.findall(r"CODEX\d{3}", README)) <= set(RULES)
    assert {rule.severity for rule in RULES.values()} == set(Severity)


def test_every_hook_is_documented_and_runs_the_command() -> None:
    documented = [unticked(name) for name, _ in table("hooks")]
    assert documented == [hook["id"] for hook in HOOKS]
    for hook in HOOKS:
        assert shlex.split(hook["entry"])[:3] in (
            ["codex-action", "validate", "refs"],
            ["codex-action", "migrate", "config"],
        )
        assert "args" not in hook  # users override args, never entry
        assert hook["require_serial"] is True


def test_exit_codes_are_those_of_the_code() -> None:
    assert [int(code) for code, _ in table("exit-codes")] == [int(code) for code in ExitCode]


def test_the_quickstart_prints_what_the_readme_shows() -> None:
    command = block("sh", "--path examples/quickstart").rstrip("\n").rpartition(" && ")[2]
    arguments = shlex.split(command)[1:]
    done = subprocess.run(
        [sys.executable, "-m", "codex_action", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout == README.split("<!-- quickstart-output -->\n```text\n", 1)[1].split("```", 1)[0]
    assert done.returncode == 1


def test_ci_runs_the_readme_s_test_command() -> None:
    command = block("sh", "pytest").strip()
    assert command in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_workflow_recipe_is_one_that_github_takes() -> None:
    recipe = yaml.safe_load(block("yaml", "uses: fractary/codex-action@v1"))
    step = recipe["jobs"]["validate"]["steps"][-1]
    assert set(step["with"]) <= set(ACTION["inputs"])
    assert recipe["permissions"] == {"contents": "read"}


@pytest.mark.parametrize("path", sorted((ROOT / "examples/workflows").iterdir()), ids=lambda path: path.stem)
def test_the_examples_say_what_the_action_understands(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    ours = [step for step in steps if step.get("uses", "").startswith("fractary/codex-action@")]
    assert ours
    for step in ours:
        assert set(step["with"]) <= set(ACTION["inputs"])
        Inputs.from_environ({f"INPUT_{name.upper()}": str(value) for name, value in step["with"].items()})
    asked = re.findall(r"steps\.codex\.outputs\.([a-z-]+)", path.read_text(encoding="utf-8"))
    assert set(asked) <= set(ACTION["outputs"])
    assert all(job.get("timeout-minutes") for job in workflow["jobs"].values())
    assert "concurrency" in workflow
    assert "permissions" in workflow


def test_the_apply_recipe_remembers_what_was_done_and_may_do_so() -> None:
    recipe = yaml.safe_load((ROOT / "examples/workflows/apply.yml").read_text("utf-8"))
    (job,) = recipe["jobs"].values()
    assert job["steps"][-1]["with"]["commit-manifest"] == "true"
    assert job["permissions"]["contents"] == "write"
    assert not any("run" in step for step in job["steps"])


def test_every_example_is_named() -> None:
    assert set(re.findall(r"examples/workflows/([a-z-]+\.yml)", README)) == {
        path.name for path in (ROOT / "examples/workflows").iterdir()
    }


@pytest.mark.parametrize("place", ["README.md", "examples/workflows/fetch.yml"])
def test_the_fetch_recipe_saves_what_was_fetched_even_when_it_fails(place: str) -> None:
    text = block("yaml", "command: fetch") if place == "README.md" else (ROOT / place).read_text("utf-8")
    recipe = yaml.safe_load(text)
    (job,) = recipe["jobs"].values()
    restore, fetch, save = (
        next(step for step in job["steps"] if step["uses"].startswith(name))
        for name in ("actions/cache/restore@", "fractary/codex-action@", "actions/cache/save@")
    )
    assert [step for step in job["steps"] if step in (restore, fetch, save)] == [restore, fetch, save]
    assert set(fetch["with"]) <= set(ACTION["inputs"])
    # One text: what is restored is looked for by the words of `path`.
    assert restore["with"]["path"] == save["with"]["path"] == "${{ runner.temp }}/_github_home/.cache/codex"
    assert save["if"] == f"always() && steps.{fetch['id']}.outputs.cache-key"
    assert save["with"]["key"] == f"${{{{ steps.{fetch['id']}.outputs.cache-key }}}}"
    keys = cache_keys({}, (), "1", "1")
    assert keys.key.startswith(restore["with"]["restore-keys"])
    assert restore["with"]["restore-keys"] == keys.restore[-1]
    assert recipe["permissions"] == {"contents": "read"}


def test_the_hook_recipe_names_a_hook_of_ours() -> None:
    recipe = yaml.safe_load(block("yaml", "repo: https://github.com/fractary/codex-action"))
    assert recipe["repos"][0]["hooks"][0]["id"] in [hook["id"] for hook in HOOKS]


PYTHON = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
# For each example what it prints, beside other things.
PRINTS = (
    ("northwind handbook docs/style-guide.md\n", "README.md 6 CODEX010", "local"),
    ("codex://northwind/handbook/docs/style-guide.md local", "codex://northwind/handbook/docs/runbooks/deploy.md local"),
)  # fmt: skip


@pytest.mark.parametrize(("code", "words"), list(zip(PYTHON, PRINTS)), ids=["library", "awaitable"])
def test_the_python_examples_run(code: str, words: tuple[str, ...], hub: FakeGitHub, tmp_path: Path) -> None:
    """Each as it stands, where the README is read: nothing is asked of anybody."""
    env = {**os.environ, "GITHUB_API_URL": hub.url, "CODEX_CACHE_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert [word for word in words if word not in done.stdout] == []
    assert hub.log == []


def test_every_python_example_is_run() -> None:
    assert len(PYTHON) == len(PRINTS)


# What each ends with in a project with one reference in an older form, and no configuration but a first one.
ENDS = {
    "validate refs": 1,
    "validate refs docs/guide.md --fix": 1,
    "validate refs --diff": 0,
    "validate refs --changed-since origin/main": 0,
    "validate refs --resolve remote --json": 0,
    "validate refs --format sarif --output codex.sarif": 0,
    "fetch codex://northwind/handbook/docs/style-guide.md": 0,
    "cache list": 0,
    "types list": 0,
    "init": 0,
    "migrate config": 0,
    "doctor": 0,
    "migrate config --write": 0,
    "sync project --codex ../codex --dry-run": 0,
    "sync project --codex ../codex": 0,
    "sync project --push": 0,
    "sync project --pull-request": 0,
}


def test_the_command_lines_run_one_after_the_other(world: World, tmp_path: Path) -> None:
    world.hub.add("northwind/handbook", {"docs/style-guide.md": b"# Style\n"})
    bare(tmp_path / "server/northwind/handbook.git", {"docs/style-guide.md": "# Style\n"})
    served = tmp_path / "server/northwind/codex.git"
    bare(served, {"README.md": "# Codex\n"})
    Tree(tmp_path).git("clone", "--quiet", str(served), "codex")
    world.hub.add("northwind/codex", {"README.md": b"# Codex\n"})
    count = int(os.environ["GIT_CONFIG_COUNT"])
    env = {
        "GITHUB_SERVER_URL": "https://git.example",
        "GITHUB_TOKEN": "tell",
        "GIT_CONFIG_COUNT": str(count + 1),
        f"GIT_CONFIG_KEY_{count}": f"url.file://{tmp_path}/server/.insteadOf",
        f"GIT_CONFIG_VALUE_{count}": "https://git.example/",
    }
    world.hub.tokens["tell"] = {"northwind/codex"}
    tree = Tree(world.root)
    tree.commit({"docs/guide.md": "See @codex/handbook/docs/style-guide.md\n"})
    tree.git("update-ref", "refs/remotes/origin/main", "HEAD")
    lines = [line for body in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) for line in body.splitlines()]
    commands = [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("codex-action ")]
    results = []
    for command in commands:
        results.append(world.run(*command, env=env))
        if command[-1] == "../codex":  # what was written there is its user's to push
            Tree(tmp_path / "codex").git("add", "-A")
            Tree(tmp_path / "codex").git("commit", "-qm", "Documents of web")
            Tree(tmp_path / "codex").git("push", "--quiet")
    ends = {" ".join(command): result.code for command, result in zip(commands, results)}
    assert ends == ENDS, [result.err for result in results if result.code]
    assert tree.read("docs/guide.md") == b"See codex://northwind/handbook/docs/style-guide.md\n"
    assert not any("Traceback" in result.err for result in results)


@pytest.mark.parametrize("containing", ["max_size_mb", "codex_repo:"])
def test_the_configurations_are_without_fault(containing: str, tmp_path: Path) -> None:
    text = block("yaml", containing)
    text = text if "schema_version" in text else f'schema_version: "3.0"\n{text}'
    (tmp_path / "config.yaml").write_text(text, encoding="utf-8")
    with Codex(str(tmp_path), config=str(tmp_path / "config.yaml"), environ={"HOME": str(tmp_path)}) as codex:
        config = codex.settings()
        assert (config.problems, config.notices) == ((), ())
        assert {"docs"} < set(codex.types().names())
        assert codex.documents.cache_directory.startswith(str(tmp_path))


@pytest.mark.parametrize(
    "line", [line for line in block("sh", "codex-action doctor").splitlines() if "--" in line]
)
def test_the_options_of_the_examples_exist(line: str) -> None:
    from codex_action.cli.validate import refs

    options = {name for parameter in refs.params for name in parameter.opts}
    assert set(re.findall(r"--[a-z-]+", line.partition("#")[0])) <= options


# What is here, there and remembered for each row of the README's table, and what a plan does then.
DECISIONS = {
    ("equal", "anything"): ("x", "x", "o", []),
    ("different", "as it is there now"): ("x", "o", "o", ["update codex a"]),
    ("different", "as it is here now"): ("o", "x", "o", ["update local a"]),
    ("only here, or only there", "nothing"): ("x", None, None, ["create codex a"]),
    ("different", "neither, or nothing"): ("x", "y", "o", "content"),
    ("gone here, changed there", "it was there"): (None, "x", "o", "deleted_locally"),
    ("gone there, changed here", "it was there"): ("x", None, "o", "deleted_remotely"),
}


@pytest.mark.parametrize("row", table("decisions"), ids=lambda row: f"{row[0]}, {row[1]}")
def test_the_table_of_decisions_is_true(row: list[str]) -> None:
    from sync_world import done, plan_of

    *contents, expected = DECISIONS[row[0], row[1]]
    plan = plan_of(*({} if content is None else {"a": content} for content in contents))
    assert [conflict.kind for conflict in plan.conflicts] == ([expected] if isinstance(expected, str) else [])
    assert done(plan) == ([] if isinstance(expected, str) else expected)
    assert ("conflict" in row[2]) == bool(plan.conflicts)
    assert (row[2] == "remembered") == bool(plan.in_step)


def test_the_commands_of_the_section_on_sync_exist() -> None:
    from codex_action.cli.sync import project

    options = {name for parameter in project.params for name in parameter.opts}
    section = README.split("\n## Sync\n", 1)[1].split("\n## ", 1)[0]
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", section)) <= options
    for place in re.findall(r"\]\((?!http)([^)#]+)\)", section):
        assert (ROOT / place).exists()
