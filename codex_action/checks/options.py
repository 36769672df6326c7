"""What `validate refs` can be asked to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import ClassVar

# Where targets are looked up: the current project's files; also its other versions and synced documents; also servers.
OFFLINE, LOCAL, REMOTE = "offline", "local", "remote"
# Organisations that documentation makes up: checked for syntax, never looked up.
EXAMPLE_ORGS = frozenset(("org", "myorg", "your-org", "example", "acme"))


@dataclass(frozen=True)
class ValidateOptions:
    """What `validate refs` was asked to do; the fields are its options (doors.md 1).

    `leave_out` are files of our own, as a report that is written: their paths are left out exactly.
    `changed_files`, relative to the project's root, stand for what `changed_since` would have found.
    """

    files: tuple[str, ...] = ()
    path: str | None = None
    fix: bool = False
    unsafe_fixes: bool = False
    diff: bool = False
    resolve: str = LOCAL
    changed_since: str | None = None
    changed_files: tuple[str, ...] | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()
    code_blocks: bool = False
    fail_on: str = "warning"
    unverified: str = "warn"
    jobs: int = 0
    example_orgs: frozenset[str] = EXAMPLE_ORGS
    progress: Callable[[int, int], None] | None = field(default=None, compare=False)

    # The settings of the configuration's section `validate`.
    CONFIGURED: ClassVar[tuple[str, ...]] = ("exclude", "example_orgs", "select", "ignore")

    def over(
        self,
        exclude: tuple[str, ...],
        example_orgs: tuple[str, ...],
        select: tuple[str, ...],
        ignore: tuple[str, ...],
    ) -> ValidateOptions:
        """These options over the configuration's settings: `select` wins, what leaves out adds up."""
        return replace(
            self,
            exclude=(*exclude, *self.exclude),
            select=self.select or select,
            ignore=(*ignore, *self.ignore),
            example_orgs=frozenset(org.lower() for org in example_orgs) or self.example_orgs,
        )
