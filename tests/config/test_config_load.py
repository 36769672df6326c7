"""Where configurations are found, which one wins, and where each value came from."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from programs import RunCli
from trees import Tree

from codex_action.codex import Codex
from codex_action.config import places
from codex_action.config.load import Config, load_config
from codex_action.config.source import read_source
from codex_action.errors import ConfigurationError

V3 = 'schema_version: "3.0"\n'
CANONICAL = ".fractary/codex/config.yaml"
OLDER = ".fractary/plugins/codex/config.json"


def v3(more: str = "", place: str = CANONICAL) -> str:
    """A configuration as it stands at a place."""
    if place.endswith(".json"):
        return json.dumps({"schema_version": "3.0", "project": more.partition(": ")[2].strip() or "p"})
    if place in places.UNIFIED:
        inner = "".join(f"  {line}\n" for line in (V3 + more).splitlines())
        return f"logs:\n  level: info\ncodex:\n{inner}work: {{a: 1}}\n"
    return V3 + more


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    """The user's folder and the machine's, with nothing in them."""
    tree = Tree(tmp_path / "shared")
    tree.write({"user/x": "", "etc/x": ""})
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tree.root / "user"))
    monkeypatch.setattr(places, "GLOBAL", str(tree.root / "etc/config.yaml"))
    return tree


USER = "user/fractary/codex/config.yaml"
GLOBAL = "etc/config.yaml"


def fails(root: Path) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        load_config(str(root))
    assert "\n" not in caught.value.message
    return caught.value


@pytest.mark.parametrize("place", places.PLACES)
def test_every_place(place: str, project: Tree, shared: Tree) -> None:
    project.write({place: v3("project: here\n", place)})
    config = load_config(str(project.root))
    assert config.get("project") == "here"
    assert config.file == place
    line = {True: 5, False: 2}[place in places.UNIFIED] if not place.endswith("json") else 1
    assert config.origins["project"] == f"{place}:{line}"
    assert (config.notices, config.problems) == ((), ())
    assert "logs" not in config.data


@pytest.mark.parametrize("second", places.PLACES[1:])
@pytest.mark.parametrize("first", places.PLACES[:-1])
def test_of_two_the_first_place_wins_and_both_are_named(
    first: str, second: str, project: Tree, shared: Tree
) -> None:
    first, second = sorted((first, second), key=places.PLACES.index)
    if first == second:
        return
    project.write({first: v3("project: one\n", first), second: v3("project: two\n", second)})
    config = load_config(str(project.root))
    assert config.get("project") == "one"
    assert config.notices == (f"{first} is in force; {second} is not read",)


def test_nothing_at_all(project: Tree, shared: Tree) -> None:
    config = load_config(str(project.root))
    assert config.file is None
    assert set(config.origins.values()) == {"default"}
    assert config.get("cache", "ttl_seconds") == 86400
    assert config.get("cache", "nothing", default=1) == 1
    assert config.get("cache", "path", "deeper") is None
    assert config.strings("sync", "patterns") == ()
    assert Codex(str(project.root)).config is None


def test_a_folder_above_up_to_the_repository(project: Tree, shared: Tree) -> None:
    project.write({CANONICAL: v3("project: top\n"), "part/.fractary/x": "", "part/deep/x": ""})
    (project.root.parent / ".fractary").mkdir()
    (project.root.parent / ".fractary/codex.yaml").write_text(v3("project: outside\n"))
    config = load_config(str(project.root / "part"))
    assert config.get("project") == "top"
    assert config.notices == ()
    project.write({"part/.fractary/codex.yaml": v3("project: part\n")})
    config = load_config(str(project.root / "part"))
    assert config.get("project") == "part"
    assert config.notices == (f".fractary/codex.yaml is in force; {project.root / CANONICAL} is not read",)
    assert Codex(str(project.root / "part/deep")).settings().get("project") == "part"


def test_without_a_repository_only_the_folder_itself(tmp_path: Path, shared: Tree) -> None:
    tree = Tree(tmp_path / "bare")
    tree.write({"in/.fractary/x": "", CANONICAL: v3("project: above\n")})
    assert load_config(str(tree.root / "in")).file is None


def test_every_layer_over_the_next(project: Tree, shared: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    """Option > environment > project > user > global > default."""

    def value() -> tuple[str, str]:
        config = load_config(str(project.root), option=option)
        return config.get("cache", "path"), config.origins["cache.path"]

    option = None
    assert value() == (".fractary/plugins/codex/cache", "default")
    shared.write({GLOBAL: v3("cache: {path: global, enabled: false}\n")})
    assert value() == ("global", f"{shared.root / GLOBAL}:2")
    shared.write({USER: v3("cache:\n  path: user\n  ttl_seconds: 5\n")})
    assert value() == ("user", f"{shared.root / USER}:3")
    project.write({CANONICAL: v3("\n\ncache:\n  path: project\n")})
    assert value() == ("project", f"{CANONICAL}:5")
    other = project.root / "other.yaml"
    other.write_text(v3("cache: {path: option}\n"))
    option = str(other)
    assert value() == ("option", "other.yaml:2")
    config = load_config(str(project.root), option=option)
    assert (config.get("cache", "enabled"), config.get("cache", "ttl_seconds")) == (False, 5)
    assert config.file == "other.yaml"
    monkeypatch.setenv("CODEX_CACHE_DIR", "/elsewhere")
    option = None
    assert value() == ("/elsewhere", "CODEX_CACHE_DIR")
    monkeypatch.setenv("CODEX_CACHE_DIR", "")
    assert value()[0] == "project"
    monkeypatch.setenv("CODEX_CURRENT_PROJECT", "mine")
    assert load_config(str(project.root)).origins["project"] == "CODEX_CURRENT_PROJECT"


def test_lists_are_replaced_and_mappings_merged(project: Tree, shared: Tree) -> None:
    shared.write({USER: v3("sync: {patterns: [a, b], exclude: [c]}\nenvironments: {dev: x, prod: y}\n")})
    project.write({CANONICAL: v3("sync: {patterns: [d]}\nenvironments: {dev: z}\n")})
    config = load_config(str(project.root))
    assert config.strings("sync", "patterns") == ("d",)
    assert config.strings("sync", "exclude") == ("c",)
    assert config.get("environments") == {"dev": "z", "prod": "y"}
    assert config.origins["environments.prod"] == f"{shared.root / USER}:3"


def test_origins_name_nothing_that_is_gone(project: Tree, shared: Tree) -> None:
    shared.write({USER: v3("extensions: {a: {b: 1, c: 2}}\n")})
    project.write({CANONICAL: v3("extensions: {a: 3}\n")})
    config = load_config(str(project.root))
    assert [key for key in config.origins if key.startswith("ext")] == ["extensions.a"]
    project.write({CANONICAL: v3("extensions: {a: {b: 4}}\n")})
    shared.write({USER: v3("extensions: {a: 3}\n")})
    config = load_config(str(project.root))
    assert [key for key in config.origins if key.startswith("ext")] == ["extensions.a.b"]


def test_the_home_folder_stands_in_for_xdg(
    project: Tree, shared: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.setenv("HOME", str(shared.root))
    shared.write({".config/fractary/codex/config.yaml": v3("project: home\n")})
    assert load_config(str(project.root)).get("project") == "home"


NOT_OURS = {
    "no section": "logs: {level: info}\n",
    "a comment": "# codex: none yet\nlogs: {}\n",
    "another key": "my_codex: {a: 1}\n",
    "a deeper key": "work:\n  codex: {a: 1}\n",
    "a value": "tool: 'codex:'\n",
    "a comment with braces": "# {codex: {}}\nlogs: {}\n",
    "braces without it": "{logs: {level: info}}\n",
    "empty": "",
}


@pytest.mark.parametrize("text", NOT_OURS.values(), ids=NOT_OURS)
def test_a_file_of_other_tools_is_not_ours(text: str, project: Tree, shared: Tree, run_cli: RunCli) -> None:
    project.write({".fractary/config.yaml": text})
    assert load_config(str(project.root)).file is None
    assert run_cli("validate", "refs", cwd=project.root).code == 0
    project.write({OLDER: v3("x: q\n", OLDER)})
    assert load_config(str(project.root)).file == OLDER


OURS = {
    "plain": "codex:\n  schema_version: '3.0'\n  project: u\n",
    "in quotes": "\"codex\":\n  schema_version: '3.0'\n  project: u\n",
    "with a blank": "codex : {schema_version: '3.0', project: u}\n",
    "in braces": "{logs: {}, codex: {schema_version: '3.0', project: u}}\n",
    "as JSON": '{\n  "logs": {},\n  "codex": {"schema_version": "3.0", "project": "u"}\n}\n',
    "a mark": "\ufeffcodex:\n  schema_version: '3.0'\n  project: u\n",
    "carriage returns": "a: 1\r\ncodex:\r\n  schema_version: '3.0'\r\n  project: u\r\n",
}


@pytest.mark.parametrize("text", OURS.values(), ids=OURS)
def test_a_section_of_ours(text: str, project: Tree, shared: Tree) -> None:
    project.write({".fractary/config.yaml": text})
    assert load_config(str(project.root)).get("project") == "u"


def test_a_section_that_is_no_mapping(project: Tree, shared: Tree) -> None:
    project.write({".fractary/config.yaml": "codex: true\n"})
    assert fails(project.root).message == ".fractary/config.yaml: its section 'codex' is no mapping"
    assert (
        read_source(
            str(project.root / ".fractary/config.yaml"), ".fractary/config.yaml", any_shape=True
        ).section
        == ()
    )


OLD = {
    CANONICAL: "organization: umbrella\nversion: '4.0'\nsync_patterns: []\n",
    ".fractary/codex.yaml": "organization: umbrella\ncacheDir: x\n",
    ".fractary/config.yaml": "codex:\n  organization: umbrella\n",
    OLDER: '{"version": "2.0", "organization": "umbrella"}',
}


@pytest.mark.parametrize(("place", "text"), OLD.items())
def test_an_older_format_is_named_and_not_read(
    place: str, text: str, project: Tree, shared: Tree, run_cli: RunCli
) -> None:
    project.write({place: text, "a.md": "codex://umbrella/handbook/README.md\n"})
    config = load_config(str(project.root))
    notice = f"{place} is of an older format and not read; run: codex-action migrate config"
    assert config.notices == (notice,)
    assert config.get("organization") is None
    assert set(config.origins.values()) == {"default"}
    result = run_cli("validate", "refs", cwd=project.root)
    assert result.code == 0
    assert notice in result.out + result.err


MISSING = "the key 'schema_version' is missing"
SLIPS = {
    "a number": ("schema_version: 3.0\n", "schema_version: must be text, not 3.0"),
    "a whole number": ("schema_version: 3\n", "schema_version: must be text, not 3"),
    "cut short": ("schema_version: '3'\n", "schema_version: must be '3.0', not '3'"),
    "a later minor": ("schema_version: '3.1'\n", "schema_version: must be '3.0', not '3.1'"),
    "a later major": ("schema_version: '4.0'\n", "schema_version: must be '3.0', not '4.0'"),
    "forgotten": ("codex_repo: {organization: umbrella}\n", MISSING),
}


@pytest.mark.parametrize("layer", ["project", "section", "user", "global"])
@pytest.mark.parametrize(("text", "message"), SLIPS.values(), ids=SLIPS)
def test_a_slip_in_the_version_is_not_an_older_format(
    text: str, message: str, layer: str, project: Tree, shared: Tree, run_cli: RunCli
) -> None:
    """Passed over, its permissions would be, too, and a fetch would read what they deny."""
    text += "permissions: {default: none}\n"
    if layer == "section":
        text = "codex:\n" + "".join(f"  {line}\n" for line in text.splitlines())
    tree, place = {
        "project": (project, CANONICAL),
        "section": (project, ".fractary/config.yaml"),
        "user": (shared, USER),
        "global": (shared, GLOBAL),
    }[layer]
    tree.write({place: text})
    error = fails(project.root)
    assert error.file == (str(shared.root / place) if tree is shared else place)
    assert error.message.startswith(f"{error.file}:{2 if ' codex.' in error.message else 1}:")
    assert error.message.endswith(message)
    assert error.hint == 'set schema_version to "3.0", in quotes'
    result = run_cli("fetch", "codex://umbrella/handbook/README.md", cwd=project.root)
    assert (result.code, result.out) == (3, "")
    assert run_cli("doctor", cwd=project.root).code == 0
    setup = run_cli("validate", "setup", "--json", cwd=project.root)
    assert (setup.code, setup.data["config_valid"]) == (1, False)
    assert error.message in setup.data["issues"][0]


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "hello: 1\n", "validate: {exclude: [a]}\n"])
def test_a_file_of_no_format_says_what_it_needs(
    text: str, project: Tree, shared: Tree, run_cli: RunCli
) -> None:
    project.write({CANONICAL: text})
    error = fails(project.root)
    assert error.message.startswith(CANONICAL)
    assert error.message.endswith(MISSING)
    result = run_cli("config", "show", cwd=project.root)
    assert (result.code, result.out) == (3, "")
    assert result.err.endswith('Hint: set schema_version to "3.0", in quotes\n')


BROKEN: dict[str, tuple[str, str | bytes, str]] = {
    "a list": (CANONICAL, "- a\n", ": a configuration is a mapping of keys to values"),
    "text": (CANONICAL, "hello\n", ": a configuration is a mapping of keys to values"),
    "a JSON list": (OLDER, "[1]", ": a configuration is a mapping of keys to values"),
    "a comment in JSON": (OLDER, '{\n  // no\n  "a": 1}', ":2:3: not JSON: expecting property name enclosed in double quotes"),
    "a comma too many": (OLDER, '{\n  "a": [1,]\n}', ":2:1"),  # Python 3.13 points at the comma, older ones behind it
    "JSON cut short": (OLDER, '{"a": ', ":1:7: not JSON: expecting value"),
    "an empty JSON file": (OLDER, "", ":1:1: not JSON: expecting value"),
    "a key twice in JSON": (OLDER, '{\n"a": 1,\n"a": 2}', ":3:1: the key 'a' stands here a second time"),
    "JSON in UTF-16": (OLDER, "{}".encode("utf-16"), ": the file is not UTF-8"),
    "a deep JSON file": (OLDER, '{"a": ' + "[" * 70 + "]" * 70 + "}", ":1:70: nested deeper than 64 levels"),
    "a very deep JSON file": (OLDER, "[" * 100_000, ": the file is nested too deep"),
    "a long number in JSON": (OLDER, '{"a": ' + "9" * 5000 + "}", ":"),
    "a large file": (CANONICAL, b"# x\n" * 300_000, ": the file is larger than 1024 KiB"),
    "brackets": (CANONICAL, "[" * 40_000, ":1:65: nested deeper than 64 levels"),
    "a key twice": (CANONICAL, "a: 1\na: 2\n", ":2:1: the key 'a' stands here a second time"),
    "a wrong value": (CANONICAL, V3 + "project: [x]\n", ":2:1: project: must be text, not a list"),
    "wrong values": (CANONICAL, V3 + "project: [x]\ncache: 1\nzzz: 1\nsync: {conflict: no}\n", ":2:1: project: must be text, not a list (and 2 more)"),
    "a wrong value in a section": (".fractary/config.yaml", "codex:\n  schema_version: '3.0'\n  project: 1\n", ":3:3: codex.project: must be text, not 1"),
    "a wrong value in JSON": (OLDER, '{"schema_version": "3.0",\n "cache": {"enabled": "yes"}}', ":2:12: cache.enabled: must be true or false, not 'yes'"),
}  # fmt: skip


@pytest.mark.parametrize(("place", "text", "message"), BROKEN.values(), ids=BROKEN)
def test_a_broken_configuration_ends_every_command_with_3(
    place: str, text: str | bytes, message: str, project: Tree, shared: Tree, run_cli: RunCli
) -> None:
    project.write({place: text})
    error = fails(project.root)
    assert error.message.startswith(place + message)
    assert error.file == place
    for arguments in (("validate", "refs"), ("config", "show")):
        result = run_cli(*arguments, cwd=project.root)
        assert (result.code, result.out) == (3, "")
        assert result.err.startswith(f"Error: {place}{message}")
        assert "Traceback" not in result.err
        document = run_cli(*arguments, "--json", cwd=project.root).data
        assert document["error"]["type"] == "ConfigurationError"
        assert document["error"]["exit_code"] == 3


def test_all_problems_are_in_the_error(project: Tree, shared: Tree) -> None:
    project.write({CANONICAL: BROKEN["wrong values"][1]})
    error = fails(project.root)
    assert [(p.path, p.line, p.severity) for p in error.problems] == [
        ("project", 2, "error"),
        ("cache", 3, "error"),
        ("zzz", 4, "warning"),
        ("sync.conflict", 5, "error"),
    ]


@pytest.mark.parametrize("layer", [USER, GLOBAL])
def test_a_problem_is_of_the_file_it_stands_in(layer: str, project: Tree, shared: Tree) -> None:
    project.write({CANONICAL: v3("project: fine\nzzz: 1\n")})
    shared.write({layer: v3("cache: {enabled: 1}\n")})
    error = fails(project.root)
    assert error.message == f"{shared.root / layer}:2:9: cache.enabled: must be true or false, not 1"
    assert error.file == str(shared.root / layer)
    shared.write({layer: v3("yyy: 1\n")})
    config = load_config(str(project.root))
    assert {(p.file, p.path) for p in config.problems} == {
        (CANONICAL, "zzz"),
        (str(shared.root / layer), "yyy"),
    }


def test_pairs_of_surrogates_and_tabs_in_json(project: Tree, shared: Tree) -> None:
    text = '{\n\t"schema_version":\t"3.0",\n\t"extensions": {"a": "\\ud83d\\ude00 \\\\ud83d\\\\ude00 \\u00e9 \\/", "b":"\\\\\\ud83d\\ude00"}\n}'
    project.write({OLDER: text})
    assert load_config(str(project.root)).get("extensions") == json.loads(text)["extensions"]


@pytest.mark.parametrize("kind", ["nothing", "folder", "dangling", "pipe", "old"])
def test_the_option(kind: str, project: Tree, shared: Tree, run_cli: RunCli) -> None:
    path = project.root / "some.yaml"
    if kind == "folder":
        path.mkdir()
    elif kind == "dangling":
        path.symlink_to("gone")
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "old":
        path.write_text(OLD[CANONICAL])
    result = run_cli("config", "show", "--config", str(path), cwd=project.root)
    if kind == "old":
        assert result.code == 0
        assert "some.yaml is of an older format and not read" in result.out
        return
    assert (result.code, result.out) == (3, "")
    says = {
        "nothing": f"there is no configuration {str(path)!r}",
        "folder": "some.yaml: is a folder",
        "dangling": "some.yaml: No such file or directory",
        "pipe": "some.yaml: is not a regular file",
    }[kind]
    assert result.err == f"Error: {says}\n"


def test_the_option_has_its_twin(project: Tree, shared: Tree, run_cli: RunCli) -> None:
    project.write({"other.yaml": v3("project: twin\n")})
    result = run_cli("config", "show", "--json", cwd=project.root, env={"CODEX_CONFIG": "other.yaml"})
    assert result.data["config"]["project"] == "twin"
    assert result.data["file"] == "other.yaml"


@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_link_out_of_the_repository_is_not_read(
    what: str, project: Tree, shared: Tree, run_cli: RunCli
) -> None:
    shared.write({"out/config.yaml": "secret stuff: [\n"})
    (project.root / ".fractary").mkdir()
    if what == "folder":
        (project.root / ".fractary/codex").symlink_to(shared.root / "out")
    else:
        (project.root / ".fractary/codex").mkdir()
        (project.root / CANONICAL).symlink_to(shared.root / "out/config.yaml")
    assert fails(project.root).message == f"{CANONICAL}: is a link out of the repository"
    assert run_cli("validate", "refs", cwd=project.root).code == 3


def test_a_link_inside_the_repository_is_fine(project: Tree, shared: Tree) -> None:
    project.write({"settings/codex.yaml": v3("project: linked\n"), ".fractary/codex/x": ""})
    (project.root / CANONICAL).symlink_to("../../settings/codex.yaml")
    assert load_config(str(project.root)).get("project") == "linked"


def test_a_file_that_may_not_be_read(
    open_folder: Path, as_user: Callable[[], AbstractContextManager[None]], shared: Tree
) -> None:
    tree = Tree(open_folder)
    tree.write({CANONICAL: v3()})
    (open_folder / CANONICAL).chmod(0)
    for folder in (open_folder / ".fractary", open_folder / ".fractary/codex"):
        folder.chmod(0o755)
    with as_user():
        assert fails(open_folder).message == f"{CANONICAL}: Permission denied"


REFERENCES = {
    "a.md": "codex://madeup/x/a.md\n",
    "skipped/b.md": "codex://umbrella/handbook/missing.md\n",
    "c.md": "codex://umbrella/handbook/missing.md\n",
}


def rules(run_cli: RunCli, project: Tree, *arguments: str) -> list[tuple[str, str]]:
    result = run_cli("validate", "refs", "--json", *arguments, cwd=project.root)
    return [(finding["file"], finding["rule"]) for finding in result.data["findings"]]


def test_the_configuration_s_part_in_validate_refs(project: Tree, shared: Tree, run_cli: RunCli) -> None:
    project.write(REFERENCES)
    plain = rules(run_cli, project)
    missing = next(rule for file, rule in plain if file == "c.md")
    assert ("skipped/b.md", missing) in plain

    def configured(text: str, *arguments: str) -> list[tuple[str, str]]:
        project.write({CANONICAL: v3(text)})
        return rules(run_cli, project, *arguments)

    assert configured("") == plain
    assert configured("validate: {exclude: [skipped/]}\n") == [
        row for row in plain if row[0] != "skipped/b.md"
    ]
    assert configured("validate: {exclude: [skipped/]}\n", "--exclude", "c.md") == [
        row for row in plain if row[0] == "a.md"
    ]
    assert configured(f"validate: {{ignore: [{missing}]}}\n") == [row for row in plain if row[1] != missing]
    assert configured("validate: {select: [CODEX001]}\n") == []
    assert configured("validate: {select: [CODEX001]}\n", "--select", missing) == [
        row for row in plain if row[1] == missing
    ]
    assert configured("validate: {example_orgs: [MadeUp]}\n") == [row for row in plain if row[0] != "a.md"]
    own = "codex_repo: {organization: other}\nproject: thing\n"
    assert "c.md" not in {file for file, rule in configured(own) if rule == missing}
    assert configured(own, "--project", "umbrella/handbook") == plain


def test_a_rule_that_there_is_not(project: Tree, shared: Tree, run_cli: RunCli) -> None:
    project.write({CANONICAL: v3("validate: {select: [CODEX999]}\n")})
    result = run_cli("validate", "refs", cwd=project.root)
    assert result.code in (2, 3)
    assert "CODEX999" in result.err
    assert "Traceback" not in result.err


def test_organisation_and_project(project: Tree, shared: Tree) -> None:
    project.write({CANONICAL: v3("codex_repo: {organization: other}\nproject: thing\n")})
    codex = Codex(str(project.root), environ={"HOME": str(shared.root)})
    assert str(codex.project) == "other/thing"
    assert codex.organization == "other"
    codex = Codex(str(project.root), project="given/name", environ={"HOME": str(shared.root)})
    assert str(codex.project) == "given/name"
    project.write({CANONICAL: v3("project: thing\n")})
    codex = Codex(str(project.root), environ={"HOME": str(shared.root)})
    assert str(codex.project) == "umbrella/handbook"


def test_warnings_do_not_end_a_run(project: Tree, shared: Tree, run_cli: RunCli) -> None:
    project.write({CANONICAL: v3("projekt: x\n")})
    assert run_cli("validate", "refs", cwd=project.root).code == 0
    result = run_cli("config", "show", cwd=project.root)
    assert result.code == 0
    assert f"{CANONICAL}:2:1: warning: projekt: unknown key 'projekt'; did you mean 'project'?" in result.out


def test_variables_stay_as_they_are_written(project: Tree, shared: Tree) -> None:
    project.write({CANONICAL: v3("remotes: {a/b: {token: '${TOKEN:-x}'}}\ncache: {path: '${HOME}/c'}\n")})
    config = load_config(str(project.root), environ={**os.environ, "TOKEN": "expanded"})
    assert config.get("remotes", "a/b", "token") == "${TOKEN:-x}"
    assert config.get("cache", "path") == "${HOME}/c"


def test_strings() -> None:
    config = Config({"a": ["x", 1, "y"], "b": "x"}, {})
    assert config.strings("a") == ("x", "y")
    assert config.strings("b") == ()
