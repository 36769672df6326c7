"""A branch cloned without its history: what is there, what is written of it, and how often a server is asked."""

from __future__ import annotations

import io
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Callable

import pytest
from git_server import served
from trees import Tree, bare, repository

from codex_action.errors import GitError, NotFound, RefusedError, StorageError, Unauthorized, Unreachable
from codex_action.remote.clone import Clone
from codex_action.remote.unpack import Entry, unpack
from codex_action.remote.upstream import Upstream

CANARY = "tkn_canary_7f3a9c"
FILES: Mapping[str, bytes] = {
    "README.md": b"# Codex\n",
    "projects/handbook/a.md": b"a\r\nb\n",
    "projects/handbook/copy.md": b"a\r\nb\n",
    'projects/handbook/deep/er/\xfc "quoted"\n.md': b"\xef\xbb\xbfbom",
    "projects/handbook/empty.md": b"",
    "projects/other/large.bin": bytes(range(256)) * 8192,
    ".gitattributes": b"*.md text=auto eol=crlf filter=shout ident export-subst\n",
}
Make = Callable[..., Clone]


def wanted(path: str) -> bool:
    return path.startswith("projects/handbook/")


def everything(_path: str) -> bool:
    return True


@pytest.fixture
def server(tmp_path: Path) -> Tree:
    last = {".gitattributes": FILES[".gitattributes"]}  # what comes before is committed as it is
    made = bare(tmp_path / "server/umbrella/codex.git", {**FILES, ".gitattributes": b""}, "v1")
    work = Tree(made.root.with_suffix(".work"))
    work.write(last).git("add", ".gitattributes")
    work.git("commit", "--quiet", "--message", "attributes")
    work.git("push", "--quiet", str(made.root), "HEAD:main")
    made.git("config", "uploadpack.allowFilter", "true")
    return made


@pytest.fixture
def clone(tmp_path: Path, server: Tree) -> Make:
    def make(
        url: str = f"file://{server.root}", branch: str | None = None, token: str | None = None
    ) -> Clone:
        base = tmp_path / "clones" / os.urandom(4).hex()
        base.mkdir(parents=True)
        return Clone(Upstream(url, token), str(base), branch)

    return make


def written(clone: Clone) -> dict[str, bytes]:
    root = Path(clone.folder)
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


OF_HANDBOOK = {path: content for path, content in FILES.items() if wanted(path)}


def test_clone(clone: Make, server: Tree) -> None:
    made = clone()
    assert (made.branch, made.tip) == ("main", server.git("rev-parse", "main").strip())
    assert set(made.entries) == set(FILES)
    assert written(made) == {}
    made.materialise(wanted)
    assert written(made) == OF_HANDBOOK
    assert made.submodules == ()


def test_another_branch(clone: Make, server: Tree) -> None:
    server.git("branch", "test/one", "main")
    assert clone(branch="test/one").branch == "test/one"


@pytest.mark.parametrize("branch", ["test", "v1"], ids=["none", "a tag"])
def test_no_such_branch(branch: str, clone: Make) -> None:
    with pytest.raises(NotFound, match=f"codex.git has no branch '{branch}'") as caught:
        clone(branch=branch)
    assert caught.value.hint == f"make it there first: git push origin HEAD:refs/heads/{branch}"


def test_a_default_branch_that_is_not_there(clone: Make, server: Tree) -> None:
    server.git("symbolic-ref", "HEAD", "refs/heads/trunk")
    with pytest.raises(NotFound, match="has no branch 'trunk'"):
        clone()


@pytest.mark.parametrize("branch", [None, "test"])
def test_an_empty_repository(branch: str | None, clone: Make, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", "--bare", "-b", "trunk", tmp_path / "empty.git"], check=True)
    made = clone(f"file://{tmp_path}/empty.git", branch)
    assert (made.branch, made.tip, made.entries) == (branch or "trunk", None, {})
    made.materialise(everything)
    assert written(made) == {}


def test_no_repository(clone: Make, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"none\.git: there is no such repository"):
        clone(f"file://{tmp_path}/none.git")
    with pytest.raises(Unreachable, match="the host cannot be reached"):
        clone("http://127.0.0.1:1/umbrella/codex.git")


def test_refresh(clone: Make, server: Tree) -> None:
    made = clone()
    made.materialise(wanted)
    Path(made.folder, "projects/handbook/stray.md").write_text("stray")
    work = Tree(server.root.with_suffix(".work"))
    (work.root / "projects/handbook/a.md").unlink()
    tip = work.commit({"projects/handbook/new.md": "new"})
    work.git("push", "--quiet", str(server.root), "HEAD:main")
    made.refresh()
    assert made.tip == tip
    left = {path: content for path, content in OF_HANDBOOK.items() if not path.endswith("/a.md")}
    assert written(made) == {**left, "projects/handbook/new.md": b"new"}
    server.git("symbolic-ref", "HEAD", "refs/heads/other")
    server.git("branch", "-D", "main")
    with pytest.raises(NotFound, match="has no branch 'main'"):
        made.refresh()


def test_a_server_that_goes_away(clone: Make, tmp_path: Path) -> None:
    with served(tmp_path / "server") as door:
        made = clone(f"{door.url}/umbrella/codex.git")
    for act in (made.refresh, lambda: made.materialise(wanted)):
        with pytest.raises(Unreachable):
            act()


KINDS = {
    "with filters": {},
    "without filters": {"uploadpack.allowFilter": "false"},
    "old protocol": {"uploadpack.allowAnySHA1InWant": "true"},
    "old protocol without filters": {"uploadpack.allowFilter": "false"},
}


@pytest.mark.parametrize("kind", KINDS)
def test_over_http(
    kind: str, clone: Make, server: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server may not know of filters, nor give single objects: then all of it came with the clone."""
    for key, value in KINDS[kind].items():
        server.git("config", key, value)
    if "old" in kind:
        config = tmp_path / "config"
        config.write_text("[protocol]\n\tversion = 0\n")
        monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    with served(tmp_path / "server") as door:
        made = clone(f"{door.url}/umbrella/codex.git")
        made.materialise(wanted)
        assert written(made) == OF_HANDBOOK


def test_all_blobs_come_with_one_request(clone: Make, tmp_path: Path) -> None:
    with served(tmp_path / "server") as door:
        made = clone(f"{door.url}/umbrella/codex.git")
        before = len(door.seen)
        made.materialise(wanted)
        packs = [path for path, _ in door.seen[before:] if path.endswith("/git-upload-pack")]
        store = Path(made.folder).parent / "objects.git"
        assert len(packs) == 1
        assert sum(path.stat().st_size for path in store.rglob("*.pack")) < 20_000  # without the large one


def test_with_a_token(clone: Make, tmp_path: Path) -> None:
    with served(tmp_path / "server", token=CANARY) as door:
        url = f"{door.url}/umbrella/codex.git"
        made = clone(url, token=CANARY)
        made.materialise(wanted)
        assert written(made) == OF_HANDBOOK
        for token in ("wrong", None):
            with pytest.raises(Unauthorized, match="no access") as caught:
                clone(url, token=token)
            assert "wrong" not in str(caught.value)
    for path in (tmp_path / "clones").rglob("*"):
        assert not path.is_file() or CANARY.encode() not in path.read_bytes(), path


def test_a_token_stays_with_its_host(clone: Make, tmp_path: Path) -> None:
    """Neither a redirection nor git's own configuration takes it to another host."""
    with served(tmp_path / "server", token=CANARY) as other:
        with served(tmp_path / "server", redirect=other.url) as door, pytest.raises(Unauthorized):
            clone(f"{door.url}/umbrella/codex.git", token=CANARY)
        assert {shown for _, shown in other.seen} == {None}


def test_instead_of(clone: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config"
    config.write_text(f'[url "file://{tmp_path}/server/"]\n\tinsteadOf = https://github.com/\n')
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    made = clone("https://github.com/umbrella/codex.git", token=CANARY)
    made.materialise(wanted)
    assert written(made) == OF_HANDBOOK
    with served(tmp_path / "server", token=CANARY) as door:
        config.write_text(f'[url "{door.url}/"]\n\tinsteadOf = https://github.com/\n')
        with pytest.raises(Unauthorized):
            clone("https://github.com/umbrella/codex.git", token=CANARY)
        assert {shown for _, shown in door.seen} == {None}


def test_a_shallow_source(clone: Make, tmp_path: Path, server: Tree) -> None:
    work = Tree(server.root.with_suffix(".work"))
    work.commit({"second.md": "2"})
    subprocess.run(
        ["git", "clone", "--quiet", "--bare", "--depth=1", f"file://{work.root}", tmp_path / "shallow.git"], check=True
    )  # fmt: skip
    made = clone(f"file://{tmp_path}/shallow.git")
    made.materialise(wanted)
    assert written(made) == OF_HANDBOOK


def test_a_user_s_configuration_does_not_interfere(
    clone: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hooks, filters, line ends, templates, other defaults: bytes are bytes, and no program starts."""
    canary, hooks = tmp_path / "canary", tmp_path / "hooks"
    hooks.mkdir()
    for name in ("post-checkout", "reference-transaction", "pre-auto-gc", "post-merge"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {canary}\n")
        (hooks / name).chmod(0o755)
    template = tmp_path / "template/hooks"
    template.mkdir(parents=True)
    config = tmp_path / "config"
    run = f"touch {canary}; cat"
    config.write_text(
        f'[core]\n\thooksPath = {hooks}\n\tautocrlf = true\n\tfsmonitor = "{run}"\n\taskPass = "{run}"\n'
        f'[filter "shout"]\n\tclean = "{run}"\n\tsmudge = "{run}"\n\trequired = true\n[credential]\n\thelper = "!{run}"\n'
        f"[init]\n\ttemplateDir = {tmp_path / 'template'}\n\tdefaultBranch = odd\n[clone]\n\tdefaultRemoteName = odd\n"
        "[safe]\n\tbareRepository = explicit\n[fetch]\n\tprune = true\n\trecurseSubmodules = true\n[gc]\n\tauto = 1\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    made = clone()
    made.materialise(everything)
    assert written(made) == FILES
    made.refresh()
    assert written(made) == FILES
    assert not canary.exists()


# --- trees with more than files ---


def tree(server: Tree, *rows: tuple[str, str, str | None], raw: bytes | None = None) -> None:
    """Put a commit of these (mode, path, content; None: some commit) on main."""
    index = {"GIT_INDEX_FILE": str(server.root / "odd-index")}

    def git(*arguments: str, data: str = "") -> str:
        done = subprocess.run(
            ["git", "-C", server.root, *arguments], input=data.encode(), env={**os.environ, **index}, capture_output=True, check=True
        )  # fmt: skip
        return done.stdout.decode().strip()

    lines = []
    for mode, path, content in rows:
        blob = "1" * 40 if content is None else git("hash-object", "-w", "--stdin", data=content)
        lines.append(f"{mode} {'commit' if mode == '160000' else 'blob'} {blob}\t{path}")
    made = git("mktree", "--missing", data="\n".join(lines) + "\n")
    git("update-ref", "refs/heads/main", git("commit-tree", "-m", "odd", made))


def test_links_modes_and_submodules(clone: Make, server: Tree) -> None:
    tree(
        server, ("100755", "run.sh", "#!/bin/sh\n"), ("120000", "link.md", "run.sh"), ("120000", "out.md", "/etc/passwd"),
        ("160000", "module", None), ("100644", "plain.md", "x"),
    )  # fmt: skip
    made = clone()
    made.materialise(everything)
    root = Path(made.folder)
    assert os.access(root / "run.sh", os.X_OK)
    assert not os.access(root / "plain.md", os.X_OK)
    assert (os.readlink(root / "link.md"), os.readlink(root / "out.md")) == ("run.sh", "/etc/passwd")
    assert made.submodules == ("module",)
    assert sorted(path.name for path in root.iterdir()) == ["link.md", "out.md", "plain.md", "run.sh"]
    assert made.entries["module"] == Entry(0o160000, "1" * 40)


HOSTILE = (
    ".git",
    ".GIT",
    ".git ",
    ".git.",
    "git~1",
    "GIT~2",
    ".gi\u200ct",
    ".git::$INDEX_ALLOCATION",
    "..",
    ".",
)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_path_that_git_would_not_check_out(name: str, clone: Make, server: Tree) -> None:
    server.git("config", "core.protectNTFS", "false")
    tree(server, ("100644", name, "x"))
    made = clone()
    with pytest.raises(RefusedError, match="would leave its folder, or is git's own"):
        made.materialise(everything)
    assert written(made) == {}


def test_two_names_that_a_file_system_takes_for_one(clone: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    made = clone()
    Path(made.folder, "README.md").write_text("there already")
    with pytest.raises(StorageError, match="takes two names for one"):
        made.materialise(everything)


def test_a_blob_that_does_not_come(clone: Make) -> None:
    made = clone()
    made.entries = {"projects/handbook/a.md": Entry(0o100644, "2" * 40)}
    with pytest.raises(GitError):
        made.materialise(everything)


ODD = {
    "missing": (b"2222 missing\n", "'a.md' did not come with the rest"),
    "cut short": (b"2222 blob 9\nabc", "'a.md' came cut short"),
}


@pytest.mark.parametrize(("output", "told"), ODD.values(), ids=ODD.keys())
def test_output_that_is_not_whole(output: bytes, told: str, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=told):
        unpack(io.BytesIO(output), {"a.md": Entry(0o100644, "2222")}, str(tmp_path))


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"cannot be written to .*: Not a directory"):
        unpack(io.BytesIO(b"2222 blob 0\n\n"), {"x/a.md": Entry(0o100644, "2222")}, "/dev/null")


def test_what_is_here_is_not_fetched_again(clone: Make, server: Tree, tmp_path: Path) -> None:
    with served(tmp_path / "server") as door:
        made = clone(f"{door.url}/umbrella/codex.git")
        made.materialise(wanted)
        before = len(door.seen)
        made.refresh()
        assert written(made) == OF_HANDBOOK
        assert len([path for path, _ in door.seen[before:] if path.endswith("/git-upload-pack")]) <= 2


def test_the_working_tree_of_another_is_no_place(clone: Make, tmp_path: Path) -> None:
    """A clone knows only its own folder, wherever that is."""
    repository(tmp_path / "clones", {"outer.md": "x"})
    made = clone()
    made.materialise(wanted)
    assert written(made) == OF_HANDBOOK
