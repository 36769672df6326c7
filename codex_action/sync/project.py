"""Sync one project: look at both sides, plan, and carry the plan out or only show it (sync.md 3 to 5)."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from urllib.parse import urlsplit

from codex_action.errors import RefusedError, StorageError, UsageError
from codex_action.files import repository_of
from codex_action.refs.remotes import parse_remote_url
from codex_action.remote.listing import repository_url
from codex_action.remote.pulls import PullRequests
from codex_action.remote.ssh import ssh_host
from codex_action.sync.apply import Applied, Pushed, apply, holding
from codex_action.sync.approval import NotApproved, moved
from codex_action.sync.deletions import remember, remembered
from codex_action.sync.diffs import differences
from codex_action.sync.gates import too_many_with
from codex_action.sync.journal import Targets
from codex_action.sync.lock import taking_turns
from codex_action.sync.model import Action, Outcome, Plan, SyncResult
from codex_action.sync.options import SyncOptions, direction_of, limits_of, named_branch
from codex_action.sync.plan import compare
from codex_action.sync.publish import Forge, Origin, Place, Published, Work, publish
from codex_action.sync.repository import CodexSource, FolderRepository, commit_of, is_url, opened
from codex_action.sync.stage import reader_of
from codex_action.sync.unpublished import Unpublished, unpublished
from codex_action.sync.view import View, Viewer, World

_SHOWN = 5  # differences between a plan and the one that was approved


def sync_project(world: World, options: SyncOptions) -> SyncResult:
    """Plan, and unless it is a dry run carry the plan out.

    A plan that must not be carried out is a result, too; its status is `refused`. Raises UsageError,
    ConfigurationError, RefusedError for a plan that is not the approved one, Locked, StorageError.
    """
    options.check()
    config, codex = world.config, world.codex
    source = options.codex or repository_url(world.access.server, codex.org, codex.name)
    writes_codex = direction_of(config, options) != "from-codex"
    if is_url(source) and writes_codex and not (options.publishes or options.dry_run):
        raise UsageError(
            "what is synced to a codex repository that is a URL is pushed",
            hint="give --push or --pull-request, or --direction from-codex, or a checkout with --codex PATH",
        )
    branch = named_branch(config, options) or (codex.branch if is_url(source) else None)
    if is_url(source):
        world.tell("Fetching the codex repository")
    publishes = options.publishes and writes_codex and not options.dry_run
    with opened(
        source, world.access, branch=branch, otherwise=config.branch(), publishes=publishes
    ) as repository:
        if os.path.realpath(repository.folder) == os.path.realpath(world.root):
            raise UsageError(
                "the codex repository is this project itself", hint="--codex names a checkout elsewhere"
            )
        sync = _Sync(world, options, repository, repository.place if publishes else None)
        if options.dry_run:
            return sync.shown()
        held = sync.viewer.targets()
        if not isinstance(repository, FolderRepository):
            held = {"local": held["local"]}
        now = _stamp(world.now())
        with holding(held, now=now), taking_turns(sync.own, source, now=now):
            return sync.carried_out()


def _stamp(now: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))


class _Sync:
    """One run."""

    def __init__(
        self, world: World, options: SyncOptions, repository: CodexSource, place: Place | None
    ) -> None:
        self._world, self._options, self._repository, self._place = world, options, repository, place
        self.viewer = Viewer(world, options, repository)
        self.own = place.own if place else None

    def shown(self) -> SyncResult:
        """The plan alone."""
        view, besides = self._look()
        told = self._told(view, besides)
        return replace(self._result(told), dry_run=True)

    def carried_out(self) -> SyncResult:
        """The plan, published and applied. Call it while the project and the place are held."""
        if self._place:
            self._place.recover()
        view, besides = self._look()
        result = self._result(view)
        if view.plan.refusals:
            return result
        published = None
        if self._place:
            try:
                view, published = self._published(view, besides, self._place)
            except StorageError:
                self.viewer.forget()
                raise
            result = self._result(view)
        try:
            applied = self._applied(view, published)
        except StorageError as error:
            if not (published and published.commit):
                raise
            applied = Applied((), view.manifest, failures=(error.message,))  # what was pushed is done
        return replace(
            result,
            outcomes=(*self._elsewhere(published), *applied.outcomes),
            backup=applied.backup,
            commit=published.commit if published else None,
            pull_request=published.pull_request if published else None,
            failures=applied.failures,
        )

    def _look(self) -> tuple[View, Unpublished]:
        """Both sides, a plan that goes no further than what was approved, and what a push publishes besides.

        Raises RefusedError, NotApproved.
        """
        self._world.tell("Comparing")
        view = self.viewer.look()
        _need_approval(view.plan, self._options)
        approvals = self._options.approvals
        beyond = moved(approvals, [view.plan]) if approvals is not None else ()
        if beyond:
            raise NotApproved(view.plan, beyond)
        besides, plan = self._besides(view), view.plan
        if not self._is_approved:
            limits = limits_of(self._world.config, self._options)
            refused = too_many_with(len(besides.deleted), plan.actions, limits)
            view = view._replace(plan=replace(plan, refusals=(*plan.refusals, *refused)))
        return view, besides

    def _result(self, view: View) -> SyncResult:
        read = reader_of(self.viewer.targets(view))
        diffs = differences(view.plan, read) if self._options.diffs else {}
        return SyncResult(view.plan, notices=view.notices, diffs=diffs)

    @property
    def _in_folder(self) -> bool:
        """Are the files of the codex repository written here? A pull request brings them later."""
        return isinstance(self._repository, FolderRepository) and not self._options.pull_request

    def _published(self, view: View, besides: Unpublished, place: Place) -> tuple[View, Published]:
        """Publish what the project's own files change there. A push that came too late is planned anew."""
        views = [view]

        def attempt() -> Work:
            fresh, more_of = (view, besides) if len(views) == 1 else self._again()
            views.append(self._told(fresh, more_of))
            more = () if self._is_approved else (*more_of.written, *more_of.deleted)
            return Work(fresh.plan, (*_on_codex(fresh.plan), *more), fresh.codex.locate, self._own)

        self._world.tell("Publishing")
        forge = self._forge() if self._options.pull_request else None
        environ, now = self._world.access.environ, self._world.now
        published = publish(place, attempt, self._origin(), forge=forge, environ=environ, now=now)
        return views[-1], published

    @property
    def _is_approved(self) -> bool:
        """Did somebody say which plan? Then nothing else is published."""
        options = self._options
        return bool(options.approved or options.expect) or options.approvals is not None

    def _besides(self, view: View) -> Unpublished:
        """What a checkout that is published from holds besides the plan."""
        publishes = self._options.publishes and self.viewer.direction != "from-codex"
        folder = self._repository.folder
        if not (publishes and isinstance(self._repository, FolderRepository) and repository_of(folder)):
            return Unpublished()
        known = remembered(self._world.root, folder, self._repository.branch)
        return unpublished(self._world.git(folder), self._repository.commit or None, view, known)

    def _note_deletions(self, view: View) -> None:
        """What is deleted in a checkout now is known to a later push; what this one has published need not be."""
        if not self._in_folder:
            return
        root, folder, branch = self._world.root, self._repository.folder, self._repository.branch
        before = remembered(root, folder, branch)
        after = before if self._is_approved else {}
        if not self._place:
            actions = _on_codex(view.plan)
            there = {*view.codex.tree.files, *(item.path for item in actions)}
            after = {path: known for path, known in before.items() if path not in there}
            after.update((item.path, str(item.before)) for item in actions if item.after is None)
        if after != before:
            remember(root, folder, branch, after)

    def _told(self, view: View, besides: Unpublished) -> View:
        return view._replace(notices=(*view.notices, *besides.notices(taken=not self._is_approved)))

    def _own(self, path: str) -> str:
        return os.path.join(self._world.root, *path.split("/"))

    def _again(self) -> tuple[View, Unpublished]:
        view, besides = self._look()
        if view.plan.refusals:
            raise RefusedError(view.plan.refusals[0].message, hint=view.plan.refusals[0].hint)
        return view, besides

    def _origin(self) -> Origin:
        project, world = self._world.project, self._world
        return Origin(project.org, project.name, commit_of(world.root, world.access) or None)

    def _forge(self) -> Forge:
        url = self._repository.url
        named = parse_remote_url(url)
        server = urlsplit(self._world.access.server)
        if named is None or (ssh_host(url) or urlsplit(url).netloc) not in (server.netloc, server.hostname):
            raise UsageError("pull requests are opened on GitHub alone", hint="--push pushes anywhere")
        return Forge(PullRequests(self._world.github()), *named)

    def _applied(self, view: View, published: Published | None) -> Applied:
        """Carry out what is done in folders. A pull request's files are remembered when it is merged."""
        self._world.tell("Writing")
        self._note_deletions(view)
        folders = self.viewer.targets(view)
        targets: Targets = folders if self._in_folder else {"local": folders["local"]}
        pushed = Pushed()
        if published and not self._options.pull_request:
            done = () if self._in_folder else _on_codex(published.work.plan)
            pushed = Pushed(done, published.commit)
        applied = apply(
            view.plan,
            view.manifest,
            targets,
            now=_stamp(self._world.now()),
            read=reader_of(folders),
            published=pushed,
            progress=self._world.progress,
        )
        if any(outcome.error for outcome in applied.outcomes):
            self.viewer.forget()
        return applied

    def _elsewhere(self, published: Published | None) -> tuple[Outcome, ...]:
        """What was done in no folder."""
        if published is None or self._in_folder:
            return ()
        return tuple(Outcome(action) for action in _on_codex(published.work.plan))


def _on_codex(plan: Plan) -> tuple[Action, ...]:
    return tuple(action for action in plan.actions if action.side == "codex")


def _need_approval(plan: Plan, options: SyncOptions) -> None:
    """Raises RefusedError if a plan is not what was approved, and says what moved."""
    beyond = compare(options.approved, plan) if options.approved else ()
    if options.expect and not plan.digest.startswith(options.expect):
        beyond = (f"its digest was {options.expect[:12]} and is {plan.digest[:12]}",)
    if beyond:
        more = f"; and {len(beyond) - _SHOWN} more" if len(beyond) > _SHOWN else ""
        raise RefusedError(
            f"the plan is out of date: {'; '.join(beyond[:_SHOWN])}{more}",
            hint="look at a new one: --dry-run, with --plan-out FILE to keep it",
        )
