"""What the container tests share: one engine, one image, one act."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from acting import Act, released, stubs
from containers import BASE, BASE_TAR, IMAGE, Engine, built, own_engine
from fake_github import FakeGitHub


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    with own_engine() as made:
        yield made


@pytest.fixture(scope="session")
def image(engine: Engine) -> str:
    """The image's name, once it is built from the Dockerfile as it stands."""
    return built(engine)


@pytest.fixture(scope="session")
def act(engine: Engine, image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Act]:
    assert image == IMAGE
    assert shutil.which("act"), "act is not on the PATH: pip install -r .ci/tools.txt"
    if not BASE_TAR:
        engine.run("podman", "pull", "-q", BASE)
    folder = tmp_path_factory.mktemp("act")
    command = ["podman", "system", "service", "--time=0", f"unix://{folder}/podman.sock"]
    with (folder / "service.log").open("wb") as log:
        service = subprocess.Popen(
            command, env={**engine.environ, "BUILDAH_ISOLATION": "chroot"}, stdout=log, stderr=log
        )
    try:
        for _ in range(100):
            if (folder / "podman.sock").exists():
                break
            time.sleep(0.1)
        yield Act(engine, folder, service, [*released(folder), *stubs(folder)])
    finally:
        service.terminate()
        service.wait(timeout=20)


@pytest.fixture
def payloads() -> dict[str, dict[str, Any]]:
    """GitHub's own examples, by event and action."""
    path = os.environ["WEBHOOK_EXAMPLES"]
    known = json.loads(Path(path).read_text(encoding="utf-8"))
    return {
        f"{event['name']}.{example.get('action', '')}".rstrip("."): example
        for event in known
        for example in reversed(event["examples"])
    }


@pytest.fixture
def hub() -> Iterator[FakeGitHub]:
    with FakeGitHub() as made:
        yield made
