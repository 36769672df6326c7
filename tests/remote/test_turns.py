"""Turns: how many at once, and no request before a host takes one."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from fake_time import FakeTime

from codex_action.errors import RateLimited
from codex_action.remote.turns import Turns


def make(max_wait: float = 120, connections: int = 8) -> tuple[Turns, FakeTime]:
    fake = FakeTime(1_800_000_000.0)
    return Turns(connections=connections, max_wait=max_wait, now=fake.now, sleep=fake.sleep), fake


def test_it_waits_until_the_host_takes_requests_again() -> None:
    turns, fake = make()
    turns.refused("a", fake.seconds + 100)
    with turns.take("b"):
        assert fake.slept == []
    with turns.take("a"):
        assert fake.slept == [100]


def test_a_wait_that_is_too_long_is_no_wait() -> None:
    turns, fake = make()
    turns.refused("a", fake.seconds + 121)
    with (
        pytest.raises(RateLimited, match="a takes no more requests before 2027-01-15 08:02:01 UTC") as caught,
        turns.take("a"),
    ):
        pytest.fail("it had no turn")
    assert caught.value.reset_at == fake.seconds + 121
    assert fake.slept == []


def test_all_waits_together_have_a_limit() -> None:
    turns, fake = make()
    for _ in range(2):
        turns.refused("a", fake.seconds + 50)
        with turns.take("a"):
            pass
    turns.refused("b", fake.seconds + 50)
    with pytest.raises(RateLimited), turns.take("b"):
        pytest.fail("it had no turn")
    assert fake.slept == [50, 50]


def test_a_later_time_counts_and_an_earlier_one_does_not() -> None:
    turns, fake = make()
    turns.refused("a", fake.seconds + 50)
    turns.refused("a", fake.seconds + 10)
    with turns.take("a"):
        assert fake.slept == [50]


def test_threads_that_wait_for_the_same_time_pay_once() -> None:
    turns = Turns(connections=8, max_wait=0.5, now=time.time, sleep=time.sleep)
    turns.refused("a", time.time() + 0.3)

    def work(_: int) -> float:
        with turns.take("a"):
            return time.time()

    with ThreadPoolExecutor(4) as pool:
        assert len(list(pool.map(work, range(4)))) == 4


@pytest.mark.parametrize(("limited", "most"), [(False, 3), (True, 1)], ids=["usual", "limited"])
def test_so_many_at_once(limited: bool, most: int) -> None:  # noqa: FBT001 - a row
    turns, _ = make(connections=3)
    if limited:
        turns.refused("a", 0.0)
    lock, counts = threading.Lock(), [0, 0]

    def work(_: int) -> None:
        with turns.take("a"):
            with lock:
                counts[0] += 1
                counts[1] = max(counts)
            time.sleep(0.01)
            with lock:
                counts[0] -= 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(12)))
    assert counts == [0, most]


def test_a_turn_is_given_back_after_an_error() -> None:
    turns, _ = make(connections=1)
    with pytest.raises(ZeroDivisionError), turns.take("a"):
        raise ZeroDivisionError
    with turns.take("a"):
        pass
