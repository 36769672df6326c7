"""Targets in order, and who is asked for each."""

from __future__ import annotations

import pytest

from codex_action.errors import NotFound, NotModified, StorageError, Unauthorized, UsageError
from codex_action.refs.places import Places, Provider
from codex_action.refs.resolve import (
    CheckoutTarget,
    GitHubTarget,
    LocalTarget,
    Project,
    ProviderTarget,
    Target,
    resolve_reference,
)
from codex_action.storage.manager import StorageManager
from codex_action.storage.memory import MemoryStorage
from codex_action.storage.targets import TargetStorage

WEB = Provider("web", "http")


class Hub:
    """Repositories: what is at each version, and how often a version was asked for."""

    def __init__(self, versions: dict[str | None, dict[str, bytes]]) -> None:
        self.versions = versions
        self.opened: list[str | None] = []

    def __call__(self, ref: str | None) -> MemoryStorage:
        self.opened.append(ref)
        return MemoryStorage(self.versions.get(ref, {}), source="github")


class Private(MemoryStorage):
    """A repository that does not let us look."""

    def fetch(self, path: str, **_: object) -> None:  # type: ignore[override]
        raise Unauthorized(f"{path}: it may be there")

    def exists(self, path: str) -> bool:
        raise Unauthorized(f"{path}: it may be there")


def storage(**given: object) -> TargetStorage:
    web = StorageManager()
    web.register("web", MemoryStorage({"acme/site/a.md": b"web"}))
    parts: dict[str, object] = {
        "project": MemoryStorage({"own.md": b"own"}, source="local"),
        "checkout": MemoryStorage({"projects/site/a.md": b"checkout"}, source="codex"),
        "github": Hub({None: {"acme/site/a.md": b"main"}, "release/1": {"acme/site/a.md": b"one"}}),
        "providers": web,
        **given,
    }
    return TargetStorage(parts.pop("project"), **parts)  # type: ignore[arg-type]


OWN, CHECKOUT = LocalTarget("own.md"), CheckoutTarget("projects/site/a.md")
MAIN, ONE = GitHubTarget("acme", "site", "a.md"), GitHubTarget("acme", "site", "a.md", "release/1")
AT_WEB = ProviderTarget(WEB, "acme/site/a.md")
GONE = LocalTarget("gone.md")


@pytest.mark.parametrize(
    ("targets", "content", "source"),
    [
        pytest.param([OWN, CHECKOUT, MAIN], b"own", "local", id="own"),
        pytest.param([GONE, CHECKOUT, MAIN], b"checkout", "codex", id="checkout"),
        pytest.param([GONE, MAIN, AT_WEB], b"main", "github", id="repository"),
        pytest.param([GONE, ONE], b"one", "github", id="branch-with-a-slash"),
        pytest.param([GONE, AT_WEB, MAIN], b"web", "web", id="provider"),
    ],
)
def test_the_first_that_has_it(targets: list[Target], content: bytes, source: str) -> None:
    place = storage()
    result = place.fetch(targets)
    assert (result.content, result.source) == (content, source)
    assert place.exists(targets)
    assert result.etag is not None
    with pytest.raises(NotModified):
        place.fetch(targets, headers={"If-None-Match": result.etag})


def test_missing_and_unknown() -> None:
    targets = [GONE, GitHubTarget("acme", "site", "gone.md")]
    with pytest.raises(NotFound):
        storage().fetch(targets)
    assert not storage().exists(targets)
    private = storage(github=lambda _: Private())
    with pytest.raises(Unauthorized):
        private.fetch([GONE, MAIN])
    with pytest.raises(Unauthorized):
        private.exists([GONE, MAIN])
    assert private.fetch([MAIN, AT_WEB]).content == b"web"


def test_a_version_is_opened_once() -> None:
    hub = Hub({})
    place = storage(github=hub)
    for _ in range(3):
        assert not place.exists([MAIN, ONE])
    assert hub.opened == [None, "release/1"]


def test_who_is_not_there_cannot_be_asked() -> None:
    with pytest.raises(UsageError, match="there is no checkout of the codex repository"):
        storage(checkout=None).fetch([CHECKOUT])
    with pytest.raises(UsageError, match="there is no storage provider 'web'"):
        storage(providers=None).fetch([AT_WEB])
    with pytest.raises(UsageError, match="there is no storage provider 'other'"):
        storage().fetch([ProviderTarget(Provider("other", "http"), "a.md")])


def test_all_are_closed() -> None:
    closed: list[str] = []

    class Closing(MemoryStorage):
        def close(self) -> None:
            closed.append(self._source)

    class Broken(Closing):
        def close(self) -> None:
            super().close()
            raise StorageError("broken")

    manager = StorageManager()
    manager.register("p", Closing(source="provider"))
    place = storage(
        project=Closing(source="project"),
        checkout=Broken(source="checkout"),
        github=lambda ref: Closing(source=f"github {ref}"),
        providers=manager,
    )
    assert not place.exists([MAIN, ONE])
    with pytest.raises(StorageError, match="broken"):
        place.close()
    assert sorted(closed) == ["checkout", "github None", "github release/1", "project", "provider"]


def test_a_reference_from_its_text_to_its_document() -> None:
    targets = resolve_reference(
        "codex://acme/site/a.md", Project("acme", "other"), places=Places(shared=True, providers=(WEB,))
    )
    assert storage(github=Hub({})).fetch(targets).source == "web"
