from __future__ import annotations

import operator
import os
import subprocess
import sys
import threading
import time

import pytest

from codex_action.workers import Pool, map_processes, map_threads

# Processes are started where nothing else runs: a test runner has threads of its own.
PROGRAM = """
import os, sys
from codex_action.workers import map_processes

def square(number):
    if number == {bad}:
        {fault}
    return number * number, os.getpid()

if __name__ == "__main__":
    results = list(map_processes(square, list(range({count})), {jobs}))
    assert sorted(value for value, _ in results) == [number * number for number in range({count})]
    print(len({{process for _, process in results}}))
"""


def run(
    count: int, jobs: int, *, bad: int = -1, fault: str = "pass", prelude: str = ""
) -> subprocess.CompletedProcess[str]:
    program = prelude + PROGRAM.format(count=count, jobs=jobs, bad=bad, fault=fault)
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )


PROCESSES = {
    "one job": (5, 1, 1),
    "one item": (1, 4, 1),
    "nothing": (0, 4, 0),
    "two": (5, 2, 2),
    "more jobs than items": (3, 8, 3),
}


@pytest.mark.parametrize(("count", "jobs", "processes"), PROCESSES.values(), ids=PROCESSES.keys())
def test_each_item_once(count: int, jobs: int, processes: int) -> None:
    done = run(count, jobs)
    assert (done.stdout.strip(), done.stderr) == (str(processes), "")


@pytest.mark.parametrize("bad", [0, 1], ids=["here", "in another process"])
def test_an_exception_is_no_result(bad: int) -> None:
    done = run(4, 2, bad=bad, fault="raise KeyError('bad')")
    assert done.returncode == 1
    assert "KeyError" in done.stderr or "worker process ended early" in done.stderr


def test_a_process_that_dies_is_noticed() -> None:
    done = run(4, 2, bad=1, fault="os.kill(os.getpid(), 9)")
    assert done.returncode == 1
    assert "RuntimeError: a worker process ended early" in done.stderr


def test_a_map_that_is_not_read_to_its_end_leaves_nothing() -> None:
    program = """
import os
from codex_action.workers import map_processes

results = map_processes(lambda number: "x" * 1_000_000, list(range(6)), 3)
next(results)
results.close()
try:
    os.waitpid(-1, os.WNOHANG)
except ChildProcessError:
    print("none left")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=20, check=False
    )
    assert (done.stdout, done.stderr) == ("none left\n", "")


def test_with_threads_around_processes_are_started_anew(tmp_path: object) -> None:
    """Forking beside threads may lock for ever."""
    path = os.path.join(str(tmp_path), "program.py")
    with open(path, "w") as stream:
        stream.write(PROGRAM.format(count=4, jobs=2, bad=-1, fault="pass").replace(
            'if __name__ == "__main__":',
            'if __name__ == "__main__":\n    import threading\n    threading.Thread(target=__import__("time").sleep, args=(1,), daemon=True).start()',
        ))  # fmt: skip
    done = subprocess.run([sys.executable, path], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() in ("1", "2")


def test_threads_keep_the_order_and_run_at_once() -> None:
    together = threading.Barrier(3)

    def work(number: int) -> int:
        together.wait(10)
        time.sleep((3 - number) / 100)
        return number

    assert list(map_threads(work, [0, 1, 2], 8)) == [0, 1, 2]


@pytest.mark.parametrize(
    ("items", "jobs"), [([1, 2], 1), ([1], 8), ([], 8)], ids=["one job", "one item", "nothing"]
)
def test_one_is_a_plain_loop(items: list[int], jobs: int) -> None:
    assert list(map_threads(lambda _: threading.get_ident(), items, jobs)) == [threading.get_ident()] * len(
        items
    )


def test_processes_beside_whatever_runs_here() -> None:
    assert sorted(map_processes(operator.neg, [1, 2, 3], 2)) == [-3, -2, -1]
    assert list(map_processes(operator.neg, [1], 2)) == [-1]


def test_processes_where_nothing_can_be_forked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert sorted(map_processes(operator.neg, [1, 2, 3], 2)) == [-3, -2, -1]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing can be forked here")
def test_a_bad_item_in_another_process() -> None:
    if threading.active_count() > 1:
        pytest.skip("threads run beside this test")
    with pytest.raises(RuntimeError, match="ended early"):
        list(map_processes(operator.neg, [1, "x"], 2))


def test_whoever_takes_no_more_results_waits_for_no_thread() -> None:
    """Ctrl-C is raised where results are taken; the threads may be waiting for a host."""
    over, begun = threading.Event(), []

    def work(number: int) -> int:
        begun.append(number)
        if number:
            over.wait(30)
        return number

    results = map_threads(work, list(range(20)), 4)
    assert next(results) == 0
    results.close()  # type: ignore[attr-defined]
    assert not over.is_set()
    count = len(begun)
    over.set()
    assert count <= 5
    for thread in threading.enumerate():
        if thread.name == "codex-map":
            thread.join(30)
    assert len(begun) == count, "nothing more was begun"


def test_an_error_in_a_thread_is_raised_in_its_place() -> None:
    def work(number: int) -> int:
        if number == 2:
            raise KeyError(number)
        return number

    results = map_threads(work, [0, 1, 2, 3], 4)
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(KeyError):
        next(results)


def test_a_pool_runs_all_and_its_threads_end() -> None:
    pool, done = Pool(4, "codex-test"), []
    for number in range(50):
        pool.start(lambda number=number: done.append(number))  # type: ignore[misc]
    assert pool.wait(10)
    assert sorted(done) == list(range(50))
    assert not [thread for thread in threading.enumerate() if thread.name == "codex-test"]
    assert pool.submit(lambda: 51).result(10) == 51


def test_a_pool_has_so_many_threads_and_waits_so_long() -> None:
    pool, free, begun = Pool(2, "codex-test"), threading.Event(), []
    jobs = [pool.submit(lambda: (begun.append(1), free.wait(30))) for _ in range(5)]
    while len(begun) < 2:
        time.sleep(0.001)
    assert jobs[4].cancel()
    assert not pool.wait(0.01)
    free.set()
    assert pool.wait(10)
    assert len(begun) == 2, "what had not begun never will"
