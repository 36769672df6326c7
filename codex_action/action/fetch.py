"""The Action's job `fetch`: documents for the job's other steps, by way of a cache that one of them can save."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence

from codex_action import files
from codex_action.action import jobs
from codex_action.action.folders import inside
from codex_action.action.inputs import Inputs
from codex_action.action.keys import cache_keys
from codex_action.action.world import World
from codex_action.config.load import Config
from codex_action.documents.export import write_document
from codex_action.documents.library import Fetched, LibrarySettings
from codex_action.documents.places import host_path
from codex_action.documents.workflow import is_private, trusts_config
from codex_action.errors import CodexError, RefusedError, UsageError
from codex_action.refs.uri import parse_reference
from codex_action.report import annotations as workflow
from codex_action.report import data, documents, fetches
from codex_action.report.safe import visible

# What is on this machine anyway is no matter of the cache.
_NEAR = ("local", "codex")


def library(inputs: Inputs, environ: Mapping[str, str], workspace: str, event: object) -> LibrarySettings:
    """How documents are read and kept for an event. Raises UsageError for a checkout that is none."""
    name = environ.get("GITHUB_EVENT_NAME", "")
    checkout = inside(workspace, "codex-path", inputs.codex_path) if inputs.codex_path else None
    if checkout and not os.path.isdir(checkout):
        raise UsageError(f"codex-path: there is no folder {inputs.codex_path!r}")
    return LibrarySettings(
        cache_dir=inputs.cache_dir or None,
        checkout=checkout,
        environment=inputs.environment or None,
        warn=_warn,
        in_memory=not inputs.cache,
        in_public=not is_private(event),
        shared_cache=True,
        trusts_config=trusts_config(name),
    )


def _warn(message: str) -> None:
    sys.stdout.write(workflow.command("warning", visible(message), title="codex-action"))


def run(world: World, _: jobs.Request) -> int:
    """Fetch the documents, tell where they are from, and give the exit code: that of the first failure."""
    inputs, codex = world.inputs, world.codex
    config = codex.config or codex.settings()
    if inputs.environment:
        config.branch(inputs.environment)
    folder = inside(world.workspace, "output-dir", inputs.output_dir) if inputs.output_dir else None
    for notice in config.notices:
        world.notice(visible(notice))
    world.notice_unused("storage", "remotes")
    for warning in config.warnings:
        _warn(warning)
    world.put(_cache_outputs(world, config))  # before it can fail: what was kept until then can be saved
    found = codex.fetch_documents(tuple(dict.fromkeys(inputs.references)))
    if folder:
        found = tuple(_export(folder, found))
    return _tell(world, found)


def _cache_outputs(world: World, config: Config) -> dict[str, str]:
    """What a later step needs to save the cache. The key is empty where that may not be done."""
    if world.codex.documents.cache.disk is None:
        return {"cache-path": "", "cache-key": "", "cache-restore-keys": ""}
    run = (world.environ.get(f"GITHUB_RUN_{name}", "0") for name in ("ID", "ATTEMPT"))
    keys = cache_keys(config.data, world.inputs.references, *run)
    return {
        "cache-path": _cache_path(world),
        "cache-key": keys.key if _may_save(world) else "",
        "cache-restore-keys": "\n".join(keys.restore),
    }


def _cache_path(world: World) -> str:
    """The cache's folder as later steps see it. Raises UsageError for one that somebody else may have made."""
    folder = world.codex.documents.cache_directory
    if files.is_below(world.workspace, folder):
        inside(world.workspace, "the cache's folder", folder)
        if jobs.is_for_others(world.event_name):
            raise UsageError(
                f"the cache's folder {folder!r} is in the workspace, and for {world.event_name!r} "
                "what is there may be somebody else's",
                hint="set neither cache-dir nor CODEX_CACHE_DIR",
            )
    seen = host_path(folder, {**world.environ, "GITHUB_WORKSPACE": world.workspace})
    if seen is None:
        world.notice(visible(f"the cache is in {folder!r}; where later steps see that cannot be told"))
    return folder if seen is None else seen


def _may_save(world: World) -> bool:
    if jobs.is_for_others(world.event_name):
        world.notice(
            f"cache-key is empty: what {visible(repr(world.event_name))} fetches is not kept for others"
        )
        return False
    if not jobs.may_save_cache(world.environ.get("ACTIONS_CACHE_MODE", "")):
        world.notice("cache-key is empty: this job may not save a cache (ACTIONS_CACHE_MODE)")
        return False
    return True


def _export(folder: str, found: Sequence[Fetched]) -> Iterator[Fetched]:
    """Write the documents; what cannot be written has failed, too. No document takes another one's place."""
    written: dict[tuple[str, str, str], str] = {}
    for one in found:
        if one.document is None:
            yield one
            continue
        parsed = parse_reference(one.document.reference)
        place = (parsed.org, parsed.project, parsed.path)
        try:
            if written.get(place, one.document.sha256) != one.document.sha256:
                raise RefusedError(f"another version of it is in its place in {folder!r} already")
            write_document(folder, one.document)
        except CodexError as error:
            yield Fetched(one.reference, error=error)
        else:
            written[place] = one.document.sha256
            yield one


def _tell(world: World, found: Sequence[Fetched]) -> int:
    now = world.codex.documents.now()
    sys.stdout.write((fetches.workflow if world.inputs.annotations else fetches.text)(found, now))
    there = [one.document for one in found if one.document]
    failed = [(one.reference, one.error) for one in found if one.error]
    code = int(failed[0][1].exit_code) if failed and world.inputs.fail_on != "never" else 0
    cached = sum(document.cached for document in there)
    world.tell(
        document=data.dumps(documents.documents(there, failed)),
        summary=fetches.markdown_table(found, now),
        values={
            "result": "failed" if code else "passed",
            "exit-code": str(code),
            "errors": str(len(failed)),
            "report-file": world.inputs.json_file,
            "cache-hits": str(cached),
            "cache-misses": str(sum(not one.cached and one.source not in _NEAR for one in there)),
        },
    )
    return code
