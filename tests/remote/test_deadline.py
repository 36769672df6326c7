"""How much time is left."""

from __future__ import annotations

import threading

from codex_action.remote.deadline import Deadline, add_wait, waited


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_waiting_for_a_turn_is_no_host_s_doing() -> None:
    clock = Clock()
    add_wait(7.0)  # before it began
    deadline = Deadline(30.0, clock)
    clock.now = 10.0
    assert deadline.left == 20.0
    add_wait(5.0)
    assert deadline.left == 25.0
    clock.now = 50.0
    assert deadline.left == 0.0


def test_each_thread_waits_for_itself() -> None:
    before = waited()
    thread = threading.Thread(target=add_wait, args=(9.0,))
    thread.start()
    thread.join()
    assert waited() == before


def test_who_waits_for_another_thread_waits_with_it() -> None:
    clock, free, waiting = Clock(), threading.Event(), threading.Event()

    def other() -> None:
        add_wait(60.0, end=65.0)
        waiting.set()
        free.wait(10)
        add_wait(2.0)

    thread = threading.Thread(target=other)
    thread.start()
    waiting.wait(10)
    clock.now = 5.0
    left = Deadline(30.0, clock).patience()
    assert left(thread.ident or 0) == 90.0  # 60 s of the other's wait are still to come
    clock.now = 25.0
    assert left(thread.ident or 0) == 70.0
    add_wait(1.0)
    free.set()
    thread.join()
    assert left(thread.ident or 0) == 73.0
