"""What the container tests share: one engine, and one image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from containers import Engine, built, own_engine

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    with own_engine() as made:
        yield made


@pytest.fixture(scope="session")
def image(engine: Engine) -> str:
    """The image's name, once it is built from the Dockerfile as it stands."""
    return built(engine)
