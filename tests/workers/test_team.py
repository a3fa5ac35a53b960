"""A team of workers: order, errors, crashes, hangs, memory, and what is left at the end."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ocr.errors import OcrError
from ocr.options import Limits
from ocr.workers import Team, possible
from tests.workers import calls

pytestmark = pytest.mark.skipif(not possible(), reason="no worker can be started on this system")

Call = tuple[Callable[..., Any], tuple[Any, ...]]
ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def team() -> Iterator[Team]:
    with Team(2, Limits(memory=1 << 30)) as team:
        team.start(2)
        yield team


def gone(pid: int) -> bool:
    """Whether a process has ended; one that nobody has waited for counts."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_results_come_in_order_from_both_workers(team: Team) -> None:
    outcomes = list(team.ordered([(calls.square, (n,)) for n in range(40)]))
    assert [outcome.value for outcome in outcomes] == [n * n for n in range(40)]
    workers = {outcome.value for outcome in team.ordered([(calls.pid, ())] * 20)}
    assert workers == set(team.pids)


def test_workers_seldom_look_for_cycles(team: Team) -> None:
    [outcome] = team.ordered([(gc.get_threshold, ())])
    assert outcome.value[0] > gc.get_threshold()[0]


def test_calls_are_taken_a_few_ahead_of_the_results(team: Team) -> None:
    taken: list[int] = []

    def endless() -> Iterator[tuple[Callable[..., int], tuple[int]]]:
        for n in range(10**6):
            taken.append(n)
            yield calls.square, (n,)

    results = team.ordered(endless())
    assert [next(results).value for _ in range(3)] == [0, 1, 4]
    assert len(taken) < 40
    results.close()


def test_an_error_is_raised_here(team: Team) -> None:
    with pytest.raises(ValueError, match="no such luck"):
        team.call(calls.fail, "no such luck")
    with pytest.raises(Exception, match="pickle"):
        team.call(calls.unpicklable)
    assert team.call(calls.square, 3) == 9


def test_a_crash_costs_its_call_alone(team: Team) -> None:
    work: list[Call] = [(calls.square, (1,)), (calls.crash, ()), *[(calls.square, (n,)) for n in range(2, 12)]]
    outcomes = list(team.ordered(work))
    assert [outcome.value for outcome in outcomes] == [1, None, *[n * n for n in range(2, 12)]]
    assert outcomes[1].lost == "was killed by SIGSEGV, twice"


def test_a_call_that_crashes_once_is_made_again(team: Team, tmp_path: Path) -> None:
    assert team.call(calls.crash, str(tmp_path / "crashed")) == 7


def test_workers_killed_at_random_cost_nothing(team: Team) -> None:
    outcomes = []
    for outcome in team.ordered([(calls.square, (n,)) for n in range(30)]):
        outcomes.append(outcome)
        if len(outcomes) % 10 == 1:
            with contextlib.suppress(ProcessLookupError):
                os.kill(team.pids[0], signal.SIGKILL)
    assert [outcome.value for outcome in outcomes] == [n * n for n in range(30)]


def test_what_takes_too_long_is_stopped() -> None:
    with Team(2, Limits(page_seconds=3)) as team:
        team.start(2)
        work: list[Call] = [(calls.square, (1,)), (calls.hang, ()), (calls.square, (2,)), (calls.square, (3,))]
        outcomes = list(team.ordered(work))
    assert [outcome.value for outcome in outcomes] == [1, None, 4, 9]
    assert outcomes[1].lost == "took longer than 3 s and was stopped"


def test_memory_is_limited(team: Team) -> None:
    with pytest.raises(MemoryError):
        team.call(calls.fill, 2 << 30)
    assert team.call(calls.fill, 1 << 29) == 1 << 29


def test_a_worker_that_dies_of_its_memory_is_told_from_one_that_crashes() -> None:
    """In a program of its own, started by a shell: a worker's peak is not known where that of its ancestors is higher.

    A process takes over the peak of the one that it replaces, and the tests have a high one; a shell forks afresh.
    """
    program = (
        "from ocr.errors import OcrError\nfrom ocr.options import Limits\nfrom ocr.workers.team import Team\n"
        "from tests.workers import calls\n"
        "with Team(1, Limits(memory=1 << 30)) as team:\n"
        "    try:\n        team.call(calls.fill_and_die, 1 << 30)\n"
        "    except OcrError as error:\n        print(error)\n"
    )
    shell = ["sh", "-c", '"$0" -c "$1"; exit $?', sys.executable, program]
    done = subprocess.run(shell, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "needs more memory than the limit of 1 GB" in done.stdout


def test_nothing_that_a_library_prints_comes_out(capfd: pytest.CaptureFixture[str], team: Team) -> None:
    assert team.call(calls.chatter) == "done"
    assert capfd.readouterr() == ("", "")


def test_closing_ends_the_programs_of_the_workers_and_removes_their_files(tmp_path: Path) -> None:
    note = tmp_path / "pids"
    with Team(1, Limits()) as team:
        team.start(1, (calls.litter, (str(note),)))
        until(lambda: note.exists() and note.read_text().count(" ") == 1)
        assert list(team.folder.rglob("left"))
    pids = [int(pid) for pid in note.read_text().split()]
    until(lambda: all(map(gone, pids)))
    assert not team.folder.exists()


def test_workers_end_with_their_parent_however_it_ends(tmp_path: Path) -> None:
    note = tmp_path / "pids"
    program = f"""
import time
from ocr.options import Limits
from ocr.workers import Team
from tests.workers import calls
team = Team(1, Limits())
team.start(1, (calls.litter, ({str(note)!r},)))
print(team.folder, flush=True)
time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        folder = Path(parent.stdout.readline().strip())
        until(lambda: note.exists() and note.read_text().count(" ") == 1)
        parent.kill()
    until(lambda: all(map(gone, map(int, note.read_text().split()))))
    until(lambda: not folder.exists())


def test_a_kill_while_workers_are_ended_leaves_no_folder() -> None:
    program = """
import os, signal
from ocr.options import Limits
from ocr.workers import Team, process
def end(self):
    os.kill(self.pid, signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)
process.Worker.end = end
with Team(1, Limits()) as team:
    print(team.call(pow, 2, 5), team.folder, flush=True)
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    result, folder = done.stdout.split()
    assert (done.returncode, result) == (-signal.SIGKILL, "32")
    until(lambda: not Path(folder).exists())


def test_a_program_without_a_main_guard_can_use_workers(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from ocr.options import Limits\nfrom ocr.workers import Team\n"
        "with Team(1, Limits()) as team:\n    print(team.call(pow, 2, 5))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, script], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "32\n"


def test_where_no_process_can_be_started_the_error_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    with Team(1, Limits()) as team, pytest.raises(OcrError, match="no process can be started"):
        team.call(pow, 2, 2)
