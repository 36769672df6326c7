"""`sync project` with real git: pushes, pull requests, others who push too, tokens."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from fake_github import FakeGitHub
from git_server import GitServer, served
from programs import Result, RunCli, script
from sync_project import CONFIG, INSIDE, MANIFEST, PLACE, SYNC, Desk, operations
from trees import Tree

from codex_action.cli.main import fractary

pytestmark = pytest.mark.slow

CANARY = "tkn_canary_7f3a9c"
GITHUB = "https://github.com/umbrella/codex.git"


@pytest.fixture
def desk(tmp_path: Path, run_cli: RunCli) -> Desk:
    return Desk(tmp_path, run_cli)


@pytest.fixture
def url(desk: Desk) -> str:
    return f"file://{desk.server.root}"


def subject(desk: Desk, branch: str = "main") -> str:
    return desk.server.git("log", "-1", "--format=%s", branch).strip()


def remembered(desk: Desk) -> set[str]:
    return set(json.loads(desk.project.read(MANIFEST))["entries"])


# --- a URL ---


def test_a_url_is_cloned_and_pushed_to(desk: Desk, url: str) -> None:
    desk.elsewhere({INSIDE + "docs/c.md": "c\n", "big.bin": b"\0" * 100})
    desk.local({"docs/a.md": "a\n", "docs/run.sh": "#!/bin/sh\n"})
    (desk.project.root / "docs/run.sh").chmod(0o755)
    found = desk.json("--push", codex=url)
    assert found["status"] == "success"
    assert desk.pushed() == desk.here()
    assert found["commit"] == desk.server.git("rev-parse", "main").strip()
    assert desk.server.git("ls-tree", "main", INSIDE + "docs/run.sh").startswith("100755 ")
    text = desk.server.git("log", "-1", "--format=%B")
    commit = desk.project.git("rev-parse", "HEAD").strip()
    assert text.startswith(
        f"codex: sync handbook (+2 ~0 -0)\n\nCodex-Origin: umbrella/handbook@{commit}\n"
        f"Codex-Plan: {found['plan']['digest']}"
    )
    assert json.loads(desk.project.read(MANIFEST))["codex"]["commit"] == found["commit"]
    assert desk.json("--push", codex=url)["commit"] is None
    assert desk.planned(codex=url) == []


def test_all_kinds_of_changes(desk: Desk, url: str) -> None:
    desk.local({"docs/a.md": "a\n", "docs/b.md": "b\n", "docs/c.md": "c\n", "docs/d.md": "d\n"})
    desk.run("--push", codex=url)
    desk.local({"docs/a.md": "a2\n", "docs/b.md": None, "docs/new.md": "n\n"})
    desk.elsewhere({INSIDE + "docs/c.md": "c2\n", "unrelated.md": "x\n"})
    found = desk.run("--push", codex=url)
    assert found.code == 0
    assert desk.pushed() == desk.here() == {
        "docs/a.md": b"a2\n", "docs/c.md": b"c2\n", "docs/d.md": b"d\n", "docs/new.md": b"n\n",
    }  # fmt: skip
    assert subject(desk) == "codex: sync handbook (+1 ~1 -1)"
    assert f"Commit {desk.server.git('rev-parse', 'main').strip()}" in found.out


def test_an_empty_repository_gets_its_first_commit(desk: Desk, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", "--bare", str(tmp_path / "new.git")], check=True)
    desk.local({"docs/a.md": "a\n"})
    url = f"file://{tmp_path}/new.git"
    assert desk.run("--push", codex=url).code == 0
    assert Tree(tmp_path / "new.git").git("show", f"main:{INSIDE}docs/a.md") == "a\n"
    refused = desk.run("--pull-request", codex=url)
    assert refused.code == 2


@pytest.mark.parametrize("direction", ["to-codex", "bidirectional"])
def test_a_url_is_never_written_to_without_being_told_how(direction: str, desk: Desk) -> None:
    found = desk.run("--direction", direction, codex="https://github.invalid/umbrella/codex.git")
    assert found.code == 2
    assert "give --push or --pull-request" in found.err


def test_only_reading_needs_no_push(desk: Desk, url: str) -> None:
    desk.elsewhere({INSIDE + "docs/c.md": "c\n"})
    tip = desk.server.git("rev-parse", "main")
    assert desk.run("--direction", "from-codex", codex=url).code == 0
    assert desk.here() == {"docs/c.md": b"c\n"}
    assert desk.run("--direction", "from-codex", "--push", codex=url).code == 0
    assert desk.server.git("rev-parse", "main") == tip


def test_routed_documents_come_from_a_clone_too(desk: Desk, url: str) -> None:
    text = "---\ncodex_sync_include: [handbook]\n---\n"
    desk.elsewhere({"projects/platform/guide.md": text, "projects/platform/other.md": "x\n"})
    assert desk.planned(codex=url) == ["create local .fractary/codex/shared/umbrella/platform/guide.md"]


def test_a_submodule_in_a_clone_is_refused(desk: Desk, url: str) -> None:
    work = Tree(desk.server.root.with_suffix(".work"))
    tip = work.git("rev-parse", "HEAD").strip()
    work.git("update-index", "--add", "--cacheinfo", f"160000,{tip},{INSIDE}docs/vendor")
    work.git("commit", "--quiet", "-m", "submodule")
    work.git("push", "--quiet", str(desk.server.root), "HEAD:main")
    found = desk.run("--push", codex=url)
    assert found.code == 4
    assert "docs/vendor in the codex repository is a submodule" in found.out


UNSEEN = {
    "a folder": ("docs/a.md/LICENSE.txt", "docs/a.md"),
    "a file": ("docs/dir", "docs/dir/z.md"),
    "the project's folder": (INSIDE.rstrip("/"), "docs/a.md"),
}


@pytest.mark.parametrize("codex", ["a URL", "../codex"])
@pytest.mark.parametrize(("theirs", "ours"), UNSEEN.values(), ids=UNSEEN.keys())
def test_what_the_plan_does_not_see_is_not_replaced(
    theirs: str, ours: str, codex: str, desk: Desk, url: str
) -> None:
    desk.configure('sync: {patterns: ["docs/**/*.md"]}\n')
    tip = desk.elsewhere({theirs if theirs in INSIDE else INSIDE + theirs: "theirs\n"})
    desk.codex.git("pull", "--quiet")
    desk.local({ours: "ours\n"})
    found = desk.run("--push", codex=url if codex == "a URL" else codex)
    assert found.code == 4, found.out + found.err
    assert theirs in found.out + found.err
    words = ("--push",) if codex != "a URL" else ()
    refused = desk.json("--dry-run", *words, codex=url if codex == "a URL" else codex)["plan"]["refusals"]
    assert ("file-and-folder", theirs) in [
        (row["gate"], row["paths"][1].replace(INSIDE, "")) for row in refused
    ]
    assert desk.server.git("rev-parse", "main").strip() == tip
    assert desk.codex.git("status", "--short") == ""


@pytest.mark.parametrize("staying", ["tracked", "ignored", "unread"])
def test_what_the_plan_does_not_see_in_a_checkout(staying: str, desk: Desk) -> None:
    """Without a push, too: what is on the disk is in the way."""
    desk.configure('sync: {patterns: ["docs/**/*.md"]}\n')
    desk.inside({"docs/a.md/LICENSE.txt": "theirs\n", "docs/hollow.md/x/y": ""})
    (desk.codex.root / INSIDE / "docs/hollow.md/x/y").unlink()
    if staying == "tracked":
        desk.codex.git("add", "-A")
    elif staying == "ignored":
        desk.codex.write({".git/info/exclude": "LICENSE.txt\n"})
    desk.local({"docs/a.md": "ours\n", "docs/hollow.md": "ours\n"})
    refused = desk.json("--dry-run")["plan"]["refusals"]
    assert [(row["gate"], row["paths"][1]) for row in refused] == [
        ("file-and-folder", INSIDE + "docs/a.md/LICENSE.txt")
    ]
    assert desk.run().code == 4
    (desk.codex.root / INSIDE / "docs/a.md/LICENSE.txt").unlink()
    assert desk.run().code == 0
    assert desk.there() == desk.here()


TWINS = {
    "a file": ({"docs/README.md": "theirs\n"}, "docs/Readme.md", ["docs/README.md", "docs/Readme.md"]),
    "a folder": ({"Docs/x.txt": "theirs\n"}, "docs/a.md", ["Docs/", "docs/"]),
    "an accent": (
        {"docs/e\u0301.txt": "theirs\n"},
        "docs/\u00e9.TXT",
        ["docs/e\u0301.txt", "docs/\u00e9.TXT"],
    ),
}


@pytest.mark.parametrize("codex", ["a URL", "../codex", "../codex, where it is ignored"])
@pytest.mark.parametrize(("theirs", "ours", "pair"), TWINS.values(), ids=TWINS)
def test_names_too_much_like_those_that_are_not_synced(
    theirs: dict[str, str], ours: str, pair: list[str], codex: str, desk: Desk, url: str
) -> None:
    """On some file systems one of both would be written over the other."""
    desk.configure(f'sync: {{patterns: ["{ours}"]}}\n')
    if "ignored" in codex:
        desk.inside(theirs)
        desk.codex.write({".git/info/exclude": "*\n"})
    else:
        desk.elsewhere({INSIDE + path: text for path, text in theirs.items()})
        desk.codex.git("pull", "--quiet")
    desk.local({ours: "ours\n"})
    place = url if codex == "a URL" else "../codex"
    refused = desk.json("--dry-run", codex=place)["plan"]["refusals"]
    assert [(row["gate"], row["paths"]) for row in refused] == [("collisions", pair)]
    assert desk.run("--push", codex=place).code == 4
    assert desk.pushed() == {} or "ignored" not in codex
    assert desk.run("--push", "--force", "collisions", codex=place).code == 0
    assert desk.pushed()[ours] == b"ours\n"


def test_names_too_much_like_those_of_the_project(desk: Desk) -> None:
    """The other way round: what the project has, and does not sync."""
    desk.configure('sync: {patterns: ["docs/Readme.md", "docs/b/*"]}\n')
    desk.local({"docs/README.md": "ours\n", "docs/b": "a file\n"})
    desk.inside({"docs/Readme.md": "theirs\n", "docs/b/c.md": "theirs\n"})
    refused = desk.json("--dry-run")["plan"]["refusals"]
    assert [(row["gate"], row["paths"]) for row in refused] == [
        ("file-and-folder", ["docs/b/c.md", "docs/b"]),
        ("collisions", ["docs/README.md", "docs/Readme.md"]),
    ]
    desk.local({"docs/README.md": None, "docs/b": None})
    assert desk.run().code == 0


def test_the_environments_branch(desk: Desk, url: str) -> None:
    desk.configure('sync: {patterns: ["docs/**"]}\nenvironments: {dev: develop, test: nowhere}\n')
    desk.server.git("branch", "develop")
    desk.local({"docs/a.md": "a\n"})
    assert desk.json("--env", "dev", "--push", codex=url)["branch"] == "develop"
    assert desk.pushed("develop") == {"docs/a.md": b"a\n"}
    assert desk.pushed("main") == {}
    missing = desk.run("--env", "test", "--push", codex=url)
    assert missing.code == 5
    assert "has no branch 'nowhere'" in missing.err


def test_there_is_no_such_repository(desk: Desk, tmp_path: Path) -> None:
    found = desk.run("--dry-run", codex=f"file://{tmp_path}/nowhere.git")
    assert found.code == 5
    assert "there is no such repository" in found.err


# --- others push too ---


def meddle(desk: Desk, times: int, files: Mapping[str, str]) -> None:
    """Somebody pushes each time while a push of ours is on its way, so many times: the server's hook does it."""
    hook, counter = desk.server.root / "hooks/pre-receive", desk.folder / "counter"
    counter.write_text("0")
    rows = "".join(f"echo '{text}' > {path}; " for path, text in files.items())
    hook.write_text(
        "#!/bin/sh\n"
        f"n=$(cat {counter}); echo $((n+1)) > {counter}\n"
        f"[ $n -ge {times} ] && exit 0\n"
        "unset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_DIR\n"
        f"cd {desk.server.root.with_suffix('.work')} && git fetch -q {desk.server.root} main && "
        f"git reset -q --hard FETCH_HEAD && mkdir -p {INSIDE}docs && {rows} echo $n > meddled && git add -A && "
        f"git -c user.name=T -c user.email=t@x commit -qm theirs && mv {hook} {hook}.off && "
        f"git push -q {desk.server.root} HEAD:main; mv {hook}.off {hook}\n"
        "exit 0\n"
    )
    hook.chmod(0o755)


def test_a_push_that_comes_too_late_is_planned_anew(desk: Desk, url: str) -> None:
    """Another project's commit comes between: nothing of it is lost, and ours goes on top."""
    meddle(desk, 1, {})
    desk.local({"docs/a.md": "a\n"})
    found = desk.run("--push", codex=url)
    assert found.code == 0, found.err
    assert desk.pushed() == {"docs/a.md": b"a\n"}
    assert desk.server.git("show", "main:meddled") == "0\n"


def test_what_came_between_goes_through_the_same_plan(desk: Desk, url: str) -> None:
    """The same file was pushed by somebody else: it has become a conflict, and both stay."""
    desk.local({"docs/a.md": "a\n"})
    desk.run("--push", codex=url)
    meddle(desk, 1, {INSIDE + "docs/a.md": "theirs"})
    desk.local({"docs/a.md": "mine\n", "docs/b.md": "b\n"})
    found = desk.run("--push", codex=url)
    assert found.code == 6
    assert desk.pushed() == {"docs/a.md": b"theirs\n", "docs/b.md": b"b\n"}
    assert desk.here()["docs/a.md"] == b"mine\n"


def test_what_came_between_is_not_what_was_approved(desk: Desk, url: str, tmp_path: Path) -> None:
    desk.local({"docs/a.md": "a\n"})
    desk.run("--push", codex=url)
    desk.local({"docs/b.md": "b\n"})
    plan = tmp_path / "plan.json"
    desk.run("--dry-run", "--plan-out", str(plan), codex=url)
    meddle(desk, 1, {INSIDE + "docs/theirs.md": "x"})
    found = desk.run("--push", "--plan", str(plan), codex=url)
    assert found.code == 4
    assert "create docs/theirs.md (local) is not in the plan" in found.err
    assert "docs/b.md" not in desk.pushed()


def test_three_tries_and_no_more(desk: Desk, url: str) -> None:
    meddle(desk, 99, {})
    desk.local({"docs/a.md": "a\n"})
    found = desk.run("--push", codex=url)
    assert found.code == 5
    assert "has moved on meanwhile" in found.err
    assert desk.pushed() == {}
    assert not (desk.project.root / MANIFEST).exists()


def test_a_server_that_takes_no_push(desk: Desk, url: str) -> None:
    hook = desk.server.root / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\necho 'GH006: Protected branch update failed' >&2\nexit 1\n")
    hook.chmod(0o755)
    desk.local({"docs/a.md": "a\n"})
    found = desk.run("--push", codex=url)
    assert found.code == 4
    assert "Protected branch update failed" in found.err
    assert "--pull-request" in found.err
    assert not (desk.project.root / MANIFEST).exists()


# --- a checkout that is published from ---


def test_a_checkout_is_written_committed_and_pushed(desk: Desk) -> None:
    desk.local({"docs/a.md": "a\n"})
    desk.codex.write({"mine.md": "not yet committed\n"})
    found = desk.json("--push")
    assert desk.there() == desk.pushed() == {"docs/a.md": b"a\n"}
    assert desk.codex.git("status", "--porcelain") == "?? mine.md\n"
    assert desk.codex.git("rev-parse", "HEAD").strip() == found["commit"]
    desk.local({"docs/a.md": None, "docs/b.md": "b\n"})
    desk.run("--push", "--force", "deletes")
    assert desk.there() == desk.pushed() == {"docs/b.md": b"b\n"}
    assert desk.codex.git("status", "--porcelain") == "?? mine.md\n"


def test_what_an_earlier_sync_wrote_is_published_later(desk: Desk) -> None:
    desk.local({"docs/a.md": "a\n", "docs/b.md": "b\n", "docs/c.md": "c\n"})
    desk.run("--push")
    desk.local({"docs/a.md": "a2\n", "docs/b.md": None, "docs/new.md": "n\n"})
    assert desk.run().code == 0
    desk.inside({"docs/not-ours.txt": "in no sync\n"})
    desk.configure('sync: {patterns: ["docs/**/*.md"]}\n')
    assert desk.pushed() == {"docs/a.md": b"a\n", "docs/b.md": b"b\n", "docs/c.md": b"c\n"}
    shown = desk.run("--push", "--dry-run").err
    assert (
        "2 files besides the plan, which are the same here and in the checkout, are committed, too" in shown
    )
    assert "docs/a.md, docs/new.md" in shown
    assert (
        "1 file that an earlier sync deleted in the checkout is deleted in the codex repository, too: docs/b.md"
        in shown
    )
    found = desk.run("--push")
    assert found.code == 0
    assert desk.pushed() == desk.here() == {"docs/a.md": b"a2\n", "docs/c.md": b"c\n", "docs/new.md": b"n\n"}
    assert subject(desk) == "codex: sync handbook (+1 ~1 -1)"
    assert desk.codex.git("status", "--porcelain") == f"?? {INSIDE}docs/not-ours.txt\n"
    assert found.out.splitlines()[-2:] == [
        "Committed what was written before.",
        f"Commit {desk.server.git('rev-parse', 'main').strip()}",
    ]
    assert desk.json("--push")["commit"] is None


def deleted_unpublished(desk: Desk) -> None:
    """A sync that deletes a file in the checkout, and does not push."""
    desk.local({"docs/a.md": "a\n", "docs/b.md": "b\n", "docs/c.md": "c\n"})
    assert desk.run("--push").code == 0
    desk.local({"docs/b.md": None})
    assert desk.run().code == 0
    assert desk.there() == {"docs/a.md": b"a\n", "docs/c.md": b"c\n"}


def test_a_deletion_is_published_once_and_with_nothing_else(desk: Desk) -> None:
    """If the file is there anew, and its owner deletes it, that is no deletion of ours."""
    deleted_unpublished(desk)
    assert desk.run("--push").code == 0
    assert desk.pushed() == {"docs/a.md": b"a\n", "docs/c.md": b"c\n"}
    assert desk.json("--push")["commit"] is None
    desk.local({"docs/b.md": "b\n"})
    assert desk.run("--push").code == 0
    desk.inside({"docs/b.md": None})
    desk.local({"docs/b.md": None})
    found = desk.run("--push")
    assert desk.pushed() == {"docs/a.md": b"a\n", "docs/b.md": b"b\n", "docs/c.md": b"c\n"}
    assert "by no action of this plan is not deleted in the codex repository" in found.err


def test_a_deletion_of_another_version_is_not_published(desk: Desk) -> None:
    deleted_unpublished(desk)
    tip = desk.elsewhere({INSIDE + "docs/b.md": "theirs\n"})
    desk.codex.git("fetch", "--quiet")
    desk.codex.git("reset", "--quiet", "--mixed", "origin/main")
    found = desk.run("--push")
    assert "docs/b.md" in found.err
    assert desk.server.git("rev-parse", "main").strip() == tip


def test_a_deletion_at_another_branch_is_not_published(desk: Desk) -> None:
    """A deletion that is in no commit goes along to where its checkout is switched."""
    deleted_unpublished(desk)
    desk.server.git("branch", "release", "main")
    desk.codex.git("fetch", "--quiet")
    desk.codex.git("switch", "--quiet", "release")
    found = desk.run("--push")
    assert "by no action of this plan is not deleted in the codex repository" in found.err
    assert "docs/b.md" in desk.pushed("release")
    desk.codex.git("switch", "--quiet", "main")
    assert desk.run("--push").code == 0
    assert "docs/b.md" not in desk.pushed()


def test_a_deletion_that_an_approved_plan_does_not_name(desk: Desk) -> None:
    deleted_unpublished(desk)
    desk.local({"docs/a.md": "a2\n"})
    digest = desk.json("--push", "--dry-run")["plan"]["digest"]
    found = desk.run("--push", "--expect", digest)
    assert "deleted in the checkout is not deleted there: the approved plan alone is: docs/b.md" in found.err
    assert desk.pushed() == {"docs/a.md": b"a2\n", "docs/b.md": b"b\n", "docs/c.md": b"c\n"}
    assert desk.run("--push").code == 0
    assert desk.pushed() == desk.here()


def test_a_file_that_came_back_is_not_known_as_deleted(desk: Desk) -> None:
    deleted_unpublished(desk)
    desk.local({"docs/b.md": "b\n"})
    assert desk.run().code == 0
    assert not (desk.project.root / ".fractary/codex/sync/deleted").exists()


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"codex": 1}', b"[" * 90_000, "another checkout"])
def test_notes_of_deletions_that_are_none(content: bytes | str, desk: Desk) -> None:
    """Nothing is deleted for them."""
    deleted_unpublished(desk)
    note = desk.project.root / ".fractary/codex/sync/deleted"
    data = json.loads(note.read_bytes())
    note.write_bytes(content if isinstance(content, bytes) else json.dumps({**data, "codex": "/x"}).encode())
    found = desk.run("--push")
    assert "1 file that is gone from the checkout by no action of this plan is not deleted" in found.err
    assert desk.pushed()["docs/b.md"] == b"b\n"


def test_deletions_that_cannot_be_noted_are_not_made(desk: Desk) -> None:
    desk.local({"docs/a.md": "a\n", "docs/b.md": "b\n"})
    assert desk.run("--push").code == 0
    (desk.project.root / ".fractary/codex/sync/deleted/x").mkdir(parents=True)
    desk.local({"docs/b.md": None})
    found = desk.run()
    assert found.code == 5
    assert "nothing was done: " in found.err
    assert sorted(desk.there()) == ["docs/a.md", "docs/b.md"]


def test_a_push_from_a_checkout_that_fails_is_made_up_for(desk: Desk) -> None:
    hook = desk.server.root / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    desk.local({"docs/a.md": "a\n"})
    assert desk.run("--push").code == 4
    hook.unlink()
    assert desk.run("--push").code == 0
    assert desk.pushed() == desk.there() == {"docs/a.md": b"a\n"}


def kill_on_arrival(desk: Desk, *options: str) -> None:
    """A sync that is killed when its push has reached the server, which git then ends on its own."""
    hook, mark = desk.server.root / "hooks/post-receive", desk.folder / "pid"
    hook.write_text(f"#!/bin/sh\nuntil [ -s {mark} ]; do :; done; kill -9 $(cat {mark})\n")
    hook.chmod(0o755)
    environ = {**os.environ, **{key: value for key, value in desk.env.items() if value}}
    run = subprocess.Popen(
        [script(), "sync", "project", "--codex", "../codex", "--push", *options], cwd=desk.project.root, env=environ,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    mark.write_text(str(run.pid))
    assert run.wait() == -9
    hook.unlink()


def test_killed_when_the_push_has_arrived(desk: Desk) -> None:
    """The next run ends the work without a word of a checkout that is behind, and without a second commit."""
    desk.local({"docs/a.md": "a\n", "docs/b.md": "b\n"})
    assert desk.run("--push").code == 0
    desk.local({"docs/a.md": "a2\n", "docs/b.md": None, "docs/c.md": "c\n"})
    desk.codex.write({"mine.md": "mine\n"})
    kill_on_arrival(desk, "--force", "deletes")
    tip = desk.server.git("rev-parse", "main")
    assert desk.codex.git("rev-parse", "HEAD") != tip
    found = desk.run("--push", "--force", "deletes")
    assert found.code == 0, found.err
    assert desk.server.git("rev-parse", "main") == desk.codex.git("rev-parse", "HEAD") == tip
    assert desk.pushed() == desk.there() == desk.here() == {"docs/a.md": b"a2\n", "docs/c.md": b"c\n"}
    assert desk.codex.git("status", "--porcelain") == "?? mine.md\n"
    assert remembered(desk) == {"docs/a.md", "docs/c.md"}
    assert json.loads(desk.project.read(MANIFEST))["codex"]["commit"] == tip.strip()
    assert desk.planned("--push") == []


def test_killed_and_then_changed_once_more(desk: Desk) -> None:
    """What was pushed is what the next commit goes on top of, also where a file has gone back to what it was."""
    desk.local({"docs/a.md": "a\n", "docs/b.md": "b\n"})
    assert desk.run("--push").code == 0
    desk.local({"docs/a.md": "a2\n", "docs/b.md": "b2\n"})
    kill_on_arrival(desk)
    desk.local({"docs/a.md": "a3\n", "docs/b.md": "b\n"})
    assert desk.run("--push").code == 0
    assert desk.pushed() == desk.there() == desk.here() == {"docs/a.md": b"a3\n", "docs/b.md": b"b\n"}
    assert desk.codex.git("status", "--porcelain") == ""


def test_what_is_staged_in_a_checkout_is_not_replaced(desk: Desk) -> None:
    desk.local({"docs/a.md": "a\n"})
    assert desk.run("--push").code == 0
    desk.inside({"docs/a.md": "staged\n"})
    desk.codex.git("add", "-A")
    desk.inside({"docs/a.md": "a\n"})
    desk.local({"docs/a.md": "a2\n"})
    found = desk.run("--push")
    assert found.code == 4
    assert "what is staged for 'projects/handbook/docs/a.md'" in found.err
    assert desk.codex.git("show", f":{INSIDE}docs/a.md") == "staged\n"
    assert desk.pushed() == desk.there() == {"docs/a.md": b"a\n"}


def test_several_projects_push_from_one_checkout_at_once(desk: Desk) -> None:
    """Each waits for its turn, and plans on top of the other's commit."""
    projects = []
    for name in ("handbook", "one", "two", "three"):
        root = desk.folder / name
        if name != "handbook":
            shutil.copytree(desk.project.root, root)
            Tree(root).write({PLACE: CONFIG.replace("handbook", name) + SYNC})
        Tree(root).write({f"docs/{number}.md": name for number in range(5)})
        projects.append(root)
    environ = {**os.environ, **{key: value for key, value in desk.env.items() if value}}
    words = [script(), "sync", "project", "--codex", "../codex", "--push"]
    runs = [
        subprocess.Popen(words, cwd=root, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for root in projects
    ]
    told = [run.communicate()[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0, 0], told
    names = desk.server.git("ls-tree", "-r", "--name-only", "main", "projects/").split()
    assert len(names) == 20
    assert desk.codex.git("status", "--porcelain") == ""
    assert desk.codex.git("rev-parse", "HEAD") == desk.server.git("rev-parse", "main")


def test_a_checkout_that_is_behind_is_its_owners_to_move(desk: Desk) -> None:
    desk.elsewhere({"x.md": "x\n"})
    desk.local({"docs/a.md": "a\n"})
    found = desk.run("--push")
    assert found.code == 5
    assert "git pull there" in found.err
    assert desk.there() == {}


def test_what_its_owner_deletes_in_a_checkout_is_not_published(desk: Desk) -> None:
    """Only the plan's own deletions reach the server, whoever made the others."""
    theirs = {f"docs/{number:02}.md": f"{number}\n".encode() for number in range(30)}
    desk.elsewhere({INSIDE + path: content for path, content in theirs.items()})
    desk.codex.git("pull", "--quiet")
    desk.inside(dict.fromkeys(theirs))
    tip = desk.server.git("rev-parse", "main")
    for options in (["--push", "--dry-run"], ["--push"]):
        found = desk.run(*options)
        assert found.code == 0
        assert (
            "30 files that are gone from the checkout by no action of this plan are not deleted" in found.err
        )
        assert "docs/19.md and 10 more" in found.err
        assert desk.server.git("rev-parse", "main") == tip
    desk.local({"docs/a.md": "a\n"})
    assert desk.run("--push").code == 0
    assert desk.pushed() == {**theirs, "docs/a.md": b"a\n"}


def test_what_is_set_aside_in_a_checkout_is_not_published(desk: Desk) -> None:
    """A link that was led elsewhere, and a file that a merge has left in two versions."""
    desk.elsewhere({INSIDE + "docs/both.md": "base\n", INSIDE + "docs/target.md": "t\n"})
    desk.codex.git("pull", "--quiet")
    link = desk.codex.root / INSIDE / "docs/link.md"
    link.symlink_to("target.md")
    desk.codex.commit({})
    desk.codex.git("push", "--quiet", "origin", "HEAD:main")
    desk.run("--direction", "from-codex")
    link.unlink()
    link.symlink_to("both.md")
    blob = desk.codex.git("rev-parse", f"HEAD:{INSIDE}docs/both.md").strip()
    place = f"{INSIDE}docs/both.md"
    rows = f"0 {'0' * 40}\t{place}\n" + "".join(f"100644 {blob} {stage}\t{place}\n" for stage in (1, 2, 3))
    subprocess.run(
        ["git", "-C", desk.codex.root, "update-index", "--index-info"], input=rows.encode(), check=True
    )
    desk.local({"docs/both.md": "resolved\n"})
    desk.inside({"docs/both.md": "resolved\n"})
    before = desk.server.git("ls-tree", "-r", "main")
    found = desk.run("--push")
    assert desk.server.git("ls-tree", "-r", "main") == before, found.err


@pytest.mark.parametrize("way", ["plan", "expect"])
def test_an_approved_plan_is_published_alone(way: str, desk: Desk, tmp_path: Path) -> None:
    desk.local({"docs/a.md": "a\n", "docs/mine.md": "m\n"})
    desk.inside({"docs/mine.md": "m\n"})
    plan = tmp_path / "plan.json"
    digest = desk.json("--push", "--dry-run", "--plan-out", str(plan))["plan"]["digest"]
    found = desk.run("--push", f"--{way}", str(plan) if way == "plan" else digest)
    assert found.code == 0, found.err
    assert desk.pushed() == {"docs/a.md": b"a\n"}
    assert (
        "1 file besides the plan, which is the same here and in the checkout, is not committed" in found.err
    )
    assert desk.run("--push").code == 0
    assert desk.pushed() == desk.here()


def test_a_commits_hook_leaves_the_commit_alone(desk: Desk) -> None:
    """git gives its hooks the index of the commit that is made: nothing of the codex repository belongs in it."""
    desk.local({"docs/a.md": "a\n"})
    desk.project.git("add", "-A")
    index = Path(desk.project.git("rev-parse", "--absolute-git-dir").strip(), "index")
    before = index.read_bytes()
    found = desk.run("--push", env={"GIT_INDEX_FILE": str(index), "GIT_LITERAL_PATHSPECS": "1"})
    assert found.code == 0, found.err
    assert index.read_bytes() == before
    assert desk.pushed() == {"docs/a.md": b"a\n"}
    assert desk.codex.git("status", "--porcelain") == ""


@pytest.mark.parametrize("codex", ["a URL", "../codex"])
@pytest.mark.parametrize("place", ["", INSIDE])
def test_plain_bytes_of_an_encrypted_file_are_not_pushed(
    place: str, codex: str, desk: Desk, url: str
) -> None:
    desk.codex.git("config", "filter.rot.clean", "tr a-z n-za-m")
    desk.codex.git("config", "filter.rot.smudge", "tr a-z n-za-m")
    desk.elsewhere(
        {place + ".gitattributes": "*.md filter=rot\n", "projects/other/.gitattributes": "* text\n"}
    )
    desk.codex.git("pull", "--quiet")
    tip = desk.server.git("rev-parse", "main")
    desk.local({"docs/secret.md": "secret\n"})
    found = desk.run("--push", codex=codex if codex == "../codex" else url)
    assert found.code == 4, found.out + found.err
    assert "docs/secret.md' has the git attribute filter=rot in" in found.err
    assert desk.server.git("rev-parse", "main") == tip
    desk.elsewhere({place + ".gitattributes": "*.md -filter\n"})
    assert desk.run("--push", codex=url).code == 0
    assert desk.pushed()["docs/secret.md"] == b"secret\n"


def test_an_executable_file_stays_one_where_the_disk_has_no_modes(desk: Desk) -> None:
    desk.local({"docs/run.sh": "1\n"})
    (desk.project.root / "docs/run.sh").chmod(0o755)
    assert desk.run("--push").code == 0
    desk.codex.git("config", "core.fileMode", "false")
    (desk.codex.root / INSIDE / "docs/run.sh").chmod(0o644)
    desk.local({"docs/run.sh": "2\n"})
    assert desk.run("--push").code == 0
    assert desk.pushed() == {"docs/run.sh": b"2\n"}
    assert desk.server.git("ls-tree", "main", INSIDE + "docs/run.sh").startswith("100755 ")


def test_the_middle_of_a_merge_is_its_owners_to_end(desk: Desk) -> None:
    desk.codex.git("checkout", "--quiet", "-b", "theirs")
    desk.codex.commit({"theirs.md": "x\n"})
    desk.codex.git("checkout", "--quiet", "main")
    desk.codex.git("merge", "--quiet", "--no-ff", "--no-commit", "theirs")
    desk.local({"docs/a.md": "a\n"})
    found = desk.run("--push")
    assert found.code == 2
    assert "is in the middle of a merge" in found.err
    assert desk.pushed() == desk.there() == {}


# --- pull requests ---


@pytest.fixture
def hub(desk: Desk) -> Iterator[FakeGitHub]:
    """GitHub's API, and git led from github.com to the server's folder."""
    with FakeGitHub() as made:
        made.add("umbrella/codex", {"README.md": b"x"}).folder = str(desk.server.root)
        made.tokens[CANARY] = {"umbrella/codex"}
        count = int(os.environ["GIT_CONFIG_COUNT"])
        desk.env.update(
            {
                "GITHUB_API_URL": made.url,
                "GITHUB_SERVER_URL": "https://github.com",
                "CODEX_TOKEN": CANARY,
                "GIT_CONFIG_COUNT": str(count + 1),
                f"GIT_CONFIG_KEY_{count}": f"url.file://{desk.server.root.parent.parent}/.insteadOf",
                f"GIT_CONFIG_VALUE_{count}": "https://github.com/",
            }
        )
        yield made


def pulls(hub: FakeGitHub) -> list[tuple[str, str, str]]:
    (repo,) = hub.repos.values()
    return [(pull.head, pull.base, pull.state) for pull in repo.pulls]


@pytest.mark.usefixtures("hub")
def test_the_configured_repository_is_the_default(desk: Desk) -> None:
    desk.local({"docs/a.md": "a\n"})
    assert desk.run("--push", codex=None).code == 0
    assert desk.pushed() == {"docs/a.md": b"a\n"}


@pytest.mark.parametrize("codex", [None, "../codex"], ids=["url", "checkout"])
def test_a_pull_request(codex: str | None, desk: Desk, hub: FakeGitHub) -> None:
    """Opened once, brought up to date in place, merged by others, and closed when nothing is left of it."""
    desk.codex.git("remote", "set-url", "origin", GITHUB)
    desk.elsewhere({INSIDE + "docs/theirs.md": "t\n"})
    Tree(desk.codex.root).git("pull", "--quiet", f"file://{desk.server.root}", "main")
    desk.local({"docs/a.md": "a\n"})
    first = desk.json("--pull-request", codex=codex)
    assert first["status"] == "success"
    assert first["pull_request"].endswith("/umbrella/codex/pull/1")
    assert pulls(hub) == [("codex-sync/handbook", "main", "open")]
    assert desk.pushed("codex-sync/handbook") == {"docs/a.md": b"a\n", "docs/theirs.md": b"t\n"}
    assert desk.pushed() == {"docs/theirs.md": b"t\n"}
    assert desk.there() == {"docs/theirs.md": b"t\n"}  # it comes with the merge
    assert remembered(desk) == {"docs/theirs.md"}
    tip = desk.server.git("rev-parse", "codex-sync/handbook")
    desk.run("--pull-request", codex=codex)
    assert desk.server.git("rev-parse", "codex-sync/handbook") == tip  # asked for already
    desk.local({"docs/a.md": "a2\n"})
    assert desk.json("--pull-request", codex=codex)["pull_request"] == first["pull_request"]
    assert desk.pushed("codex-sync/handbook")["docs/a.md"] == b"a2\n"
    assert len(pulls(hub)) == 1
    desk.server.git("update-ref", "refs/heads/main", "codex-sync/handbook")
    Tree(desk.codex.root).git("pull", "--quiet", f"file://{desk.server.root}", "main")
    merged = desk.json("--pull-request", codex=codex)
    assert (operations(merged), merged["pull_request"]) == ([], None)
    assert pulls(hub) == [("codex-sync/handbook", "main", "closed")]
    assert remembered(desk) == {"docs/a.md", "docs/theirs.md"}


def test_a_pull_request_needs_github(desk: Desk, url: str) -> None:
    desk.local({"docs/a.md": "a\n"})
    found = desk.run("--pull-request", codex=url)
    assert found.code == 2
    assert "pull requests are opened on GitHub alone" in found.err


# --- ssh ---


@pytest.fixture
def by_ssh(desk: Desk) -> Path:
    """An origin that is reached by ssh; what is started for it, with its words and the token that it sees."""
    log = desk.folder / "ssh.log"
    program = desk.folder / "ssh"
    program.write_text(
        f'#!/bin/sh\necho "$* $CODEX_GIT_PASSWORD" >> {log}\nwhile [ $# -gt 1 ]; do shift; done\n'
        f'cd {desk.server.root.parent.parent} && eval "$1"\n'
    )
    program.chmod(0o755)
    desk.codex.git("remote", "set-url", "origin", "git@github.com:umbrella/codex.git")
    desk.codex.git("config", "core.sshCommand", f"touch {desk.folder}/canary;")
    desk.env.update({"CODEX_TOKEN": CANARY, "GIT_CONFIG_GLOBAL": str(desk.folder / "global")})
    (desk.folder / "global").write_text(f"[core]\nsshCommand = {program}\n[user]\nname = T\nemail = t@x\n")
    return log


def test_a_checkout_whose_origin_is_reached_by_ssh(desk: Desk, by_ssh: Path) -> None:
    desk.local({"docs/a.md": "a\n"})
    found = desk.run("--push")
    assert found.code == 0, found.err
    assert desk.pushed() == desk.there() == {"docs/a.md": b"a\n"}
    assert desk.codex.git("status", "--porcelain") == ""
    told = by_ssh.read_text()
    assert "git@github.com git-receive-pack 'umbrella/codex.git'" in told
    assert CANARY not in told + found.out + found.err
    assert not (desk.folder / "canary").exists()
    assert desk.planned("--push") == []


def test_a_pull_request_from_a_checkout_whose_origin_is_reached_by_ssh(
    desk: Desk, by_ssh: Path, hub: FakeGitHub
) -> None:
    desk.local({"docs/a.md": "a\n"})
    assert desk.json("--pull-request")["pull_request"].endswith("/umbrella/codex/pull/1")
    assert pulls(hub) == [("codex-sync/handbook", "main", "open")]
    assert CANARY not in by_ssh.read_text()
    desk.codex.git("remote", "set-url", "origin", "git@gitlab.example:umbrella/codex.git")
    assert "pull requests are opened on GitHub alone" in desk.run("--pull-request").err


# --- tokens ---


@pytest.fixture
def guarded(desk: Desk) -> Iterator[GitServer]:
    """The server over http, for those who have the token."""
    with served(desk.server.root.parent.parent, token=CANARY) as server:
        desk.env["GITHUB_SERVER_URL"] = server.url
        yield server


def no_token_in(found: Result, desk: Desk) -> None:
    assert CANARY not in found.out + found.err
    for place in (desk.project.root, desk.codex.root):
        assert all(CANARY.encode() not in path.read_bytes() for path in place.rglob("*") if path.is_file()), (
            place
        )


def test_a_private_repository(desk: Desk, guarded: GitServer) -> None:
    desk.local({"docs/a.md": "a\n"})
    found = desk.run("--push", codex=None, env={"CODEX_TOKEN": CANARY})
    assert found.code == 0, found.err
    assert desk.pushed() == {"docs/a.md": b"a\n"}
    no_token_in(found, desk)
    assert CANARY not in "".join(path for path, _ in guarded.seen)


def test_the_token_of_the_configuration(desk: Desk, guarded: GitServer) -> None:
    desk.configure('sync: {patterns: ["docs/**"]}\nremotes: {umbrella/codex: {token: "${OURS}"}}\n')
    desk.local({"docs/a.md": "a\n"})
    found = desk.run("--push", codex=None, env={"CODEX_TOKEN": "wrong", "OURS": CANARY})
    assert found.code == 0, found.err
    assert guarded.seen


@pytest.mark.usefixtures("guarded")
@pytest.mark.parametrize("token", [None, "wrong"])
def test_a_wrong_token(token: str | None, desk: Desk) -> None:
    desk.local({"docs/a.md": "a\n"})
    found = desk.run("--push", codex=None, env={"CODEX_TOKEN": token})
    assert found.code == 5
    assert "no access: it is private, does not exist, or the token may not see it" in found.err
    assert "CODEX_TOKEN" in found.err
    assert not (desk.project.root / MANIFEST).exists()
    assert desk.run("--push", codex=None, env={"CODEX_TOKEN": "new\nline"}).code == 2


def test_a_token_is_for_its_own_server(desk: Desk, guarded: GitServer) -> None:
    """Another server's URL on the command line gets no token, not even if it asks for one."""
    desk.local({"docs/a.md": "a\n"})
    with served(desk.server.root.parent.parent, token="another") as other:
        url = f"{other.url}/umbrella/codex.git"
        assert desk.run("--push", codex=url, env={"CODEX_TOKEN": CANARY}).code == 5
        assert {authorization for _, authorization in other.seen} == {None}
    assert guarded.seen == []


def test_a_checkout_of_a_private_repository(desk: Desk, guarded: GitServer) -> None:
    desk.codex.git("remote", "set-url", "origin", f"{guarded.url}/umbrella/codex.git")
    desk.local({"docs/a.md": "a\n"})
    found = desk.run("--push", env={"CODEX_TOKEN": CANARY})
    assert found.code == 0, found.err
    no_token_in(found, desk)


def test_no_list_of_processes_shows_a_token(desk: Desk, guarded: GitServer) -> None:
    desk.local({"docs/a.md": "a\n"})
    environ = {
        **os.environ,
        **{key: value for key, value in desk.env.items() if value},
        "CODEX_TOKEN": CANARY,
    }
    run = subprocess.Popen(
        [script(), "sync", "project", "--push"], cwd=desk.project.root, env=environ, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )  # fmt: skip
    seen = set()
    while run.poll() is None:
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):  # it has ended
                seen.add(path.read_bytes())
        time.sleep(0.001)
    assert run.stdout is not None
    out = run.stdout.read()
    run.stdout.close()
    assert run.returncode == 0, out
    assert any(b"git" in line and b"push" in line for line in seen)
    assert not any(CANARY.encode() in line for line in seen)
    assert CANARY.encode() not in out
    assert guarded.seen


@pytest.mark.parametrize(
    "url", ["https://user:pw@github.com/umbrella/codex.git", "https://github.com/x?token=a", "-u"]
)
def test_urls_that_are_none(url: str, desk: Desk) -> None:
    found = desk.run("--dry-run", f"--codex={url}", codex=None)
    assert found.code == 2
    assert "pw" not in found.err.replace("pwd", "")


# --- SPEC-00020, as printed ---

LINES = """\
fractary codex sync project --dry-run
fractary codex sync project handbook --dry-run
fractary codex sync project --direction to-codex --dry-run
fractary codex sync project --direction from-codex
fractary codex sync project --env test --dry-run
fractary codex sync project --patterns docs/**,README.md --dry-run
fractary codex sync project --exclude docs/drafts/** --dry-run --json
""".strip().splitlines()


@pytest.mark.usefixtures("hub")
@pytest.mark.parametrize("line", LINES)
def test_a_command_line_runs_as_printed(line: str, desk: Desk, run_cli: RunCli) -> None:
    desk.configure('sync: {patterns: ["docs/**"]}\nenvironments: {test: main}\n')
    desk.local({"docs/a.md": "a\n"})
    result = run_cli(
        *line.split()[1:], cwd=desk.project.root, env=desk.env, program=fractary, name="fractary"
    )
    assert (result.code, result.err) == (0, "")
    assert result.out


def test_deletions_of_several_syncs_are_counted_together(desk: Desk) -> None:
    desk.configure('sync: {patterns: ["docs/**"], max_deletes: 2}\n')
    desk.local({f"docs/{number}.md": f"{number}\n" for number in range(9)})
    assert desk.run("--push").code == 0
    for number in (0, 2, 4):
        desk.local({f"docs/{number}.md": None, f"docs/{number + 1}.md": None})
        assert desk.run().code == 0
    said = "it deletes 6 files, 6 of them in earlier syncs, and sync.max_deletes is 2"
    for options in (("--push", "--dry-run"), ("--push",)):
        result = desk.run(*options)
        assert (result.code, said in result.out + result.err) == (4, True)
    assert len(desk.pushed()) == 9
    assert desk.run("--push", "--force", "deletes").code == 0
    assert len(desk.pushed()) == 3
