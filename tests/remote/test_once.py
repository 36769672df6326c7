"""What is asked once in a while."""

from __future__ import annotations

import threading

import pytest

from codex_action.errors import NotFound, Unreachable
from codex_action.remote.once import Once


class Asked:
    """Somebody who counts, and a clock."""

    def __init__(self) -> None:
        self.now = 0.0
        self.heard: list[str] = []
        self.once: Once[str, str] = Once(self.ask, keep=(NotFound,), seconds=60.0, now=lambda: self.now)

    def ask(self, key: str, timeout: float | None) -> str:
        self.heard.append(key)
        if key == "gone":
            raise NotFound("gone")
        if key == "down":
            raise Unreachable("down")
        return f"{key} in {timeout}"


@pytest.fixture
def asked() -> Asked:
    return Asked()


def test_an_answer_holds_for_a_while(asked: Asked) -> None:
    assert [asked.once("a", 2.0), asked.once("a"), asked.once.held("a")] == ["a in 2.0"] * 3
    asked.now = 60.0
    assert asked.once.held("a") is None
    assert asked.once("a") == "a in None"
    assert asked.heard == ["a", "a"]


@pytest.mark.parametrize(
    ("key", "error", "times"), [("gone", NotFound, 1), ("down", Unreachable, 2)], ids=["kept", "not kept"]
)
def test_errors(asked: Asked, key: str, error: type[Exception], times: int) -> None:
    for _ in range(2):
        with pytest.raises(error):
            asked.once(key)
    assert asked.once.held(key) is None
    assert len(asked.heard) == times


def test_what_is_forgotten_is_asked_again(asked: Asked) -> None:
    asked.once("a")
    asked.once.forget("a")
    assert asked.once.held("a") is None
    asked.once("a")
    assert asked.heard == ["a", "a"]


def test_what_is_over_is_not_held_on_to(asked: Asked) -> None:
    asked.once("a")
    asked.now = 61.0
    asked.once("b")
    assert list(vars(asked.once)["_known"]) == ["b"]


def test_threads_wait_for_one_answer(asked: Asked) -> None:
    threads = [threading.Thread(target=asked.once, args=("a",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert asked.heard == ["a"]


@pytest.mark.parametrize("key", ["slow", "slow and down"])
def test_who_waits_for_another_s_answer_gets_it_in_time_or_not_at_all(key: str) -> None:
    """One asks, and eight that want the same get its answer or its error: none asks again after it."""
    free, heard = threading.Event(), []

    def ask(key: str, _timeout: float | None) -> str:
        heard.append(key)
        free.wait(10)
        if key == "slow":
            return "there"
        raise Unreachable("down")

    once: Once[str, str] = Once(ask)
    said: list[str] = []

    def want(timeout: float) -> None:
        try:
            said.append(once(key, timeout))
        except Unreachable as error:
            said.append(error.message)

    threads = [threading.Thread(target=want, args=(10.0,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    while not heard:
        free.wait(0.001)
    with pytest.raises(Unreachable, match="no answer in time"):
        once(key, 0.05)
    free.set()
    for thread in threads:
        thread.join()
    assert (heard, said) == ([key], ["there" if key == "slow" else "down"] * 4)
