"""The supervisor keeps its children alive, and takes them along when it goes."""

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deploy.supervisor import Pauses
from tests.processes import alive, eventually, gone_within

# Writes "name pid" into the diary when it starts and "name ended" when it was asked to stop.
CHILD = """
import os, signal, subprocess, sys, time
diary, name, manner = sys.argv[1:]
def write(word):
    with open(diary, "a") as file:
        file.write(f"{name} {word}\\n")
def end(*_):
    write("ended")
    sys.exit(0)
signal.signal(signal.SIGTERM, signal.SIG_IGN if manner == "stubborn" else end)
write(os.getpid())
if manner.startswith("fails"):
    sys.exit(3)
if manner == "finishes":
    time.sleep(0.3)
    write("finished")
    sys.exit(0)
if manner == "leaves a child":
    write(subprocess.Popen(["/bin/sleep", "60"]).pid)
    os._exit(1)
time.sleep(60)
"""

SUPERVISOR = """
import sys
from pathlib import Path
from deploy.logs import configure_logs
from deploy.supervisor import Child, Pauses, Supervisor
child, diary, *plan = sys.argv[1:]
def told(name):
    return lambda: f"{name} " in Path(diary).read_text()
def made(word):
    name, manner = word.split(":")
    argv = (sys.executable, "-S", "-c", child, diary, name, manner.replace("_", " "))
    once = manner in ("finishes", "fails_once")
    return Child(name, argv, once=once, ready=None if once else told(name), grace=1)
configure_logs("info")
stages = [[made(word) for word in stage.split(",")] for stage in plan]
pauses = Pauses(first=0.1, longest=0.4)
sys.exit(Supervisor(stages, pauses, on_all_ready=lambda: print("ready", flush=True)).run())
"""


class Diary:
    """What the children wrote, in order."""

    def __init__(self, path: Path) -> None:
        path.touch()
        self.path = path

    def entries(self) -> list[tuple[str, str]]:
        lines = self.path.read_text().splitlines()
        return [(name, word) for name, word in (line.split(" ") for line in lines)]

    def pids(self, name: str) -> list[int]:
        return [int(word) for who, word in self.entries() if who == name and word.isdigit()]


@pytest.fixture
def diary(tmp_path: Path) -> Diary:
    return Diary(tmp_path / "diary")


def command(diary: Diary, *plan: str) -> list[str]:
    manners = [stage.replace(" ", "_") for stage in plan]
    return [sys.executable, "-c", SUPERVISOR, CHILD, str(diary.path), *manners]


@contextmanager
def supervisor(diary: Diary, *plan: str, ready: bool = True) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        command(diary, *plan), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        if ready:
            assert process.stdout.readline() == b"ready\n"
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=20)


@pytest.mark.parametrize("request_", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_stops_all_children_in_reverse_when_asked(
    diary: Diary, request_: signal.Signals
) -> None:
    with supervisor(diary, "base:stays", "one:stays,two:stays") as process:
        process.send_signal(request_)
        assert process.wait(10) == 0
    ended = [name for name, word in diary.entries() if word == "ended"]
    assert sorted(ended) == ["base", "one", "two"]
    assert ended[-1] == "base"
    assert not any(alive(pid) for name in ("base", "one", "two") for pid in diary.pids(name))


def test_a_child_that_was_killed_is_started_again(diary: Diary) -> None:
    with supervisor(diary, "one:stays,two:stays"):
        for times in (1, 2, 3):
            assert eventually(lambda times=times: len(diary.pids("one")) == times)  # type: ignore[misc]
            os.kill(diary.pids("one")[-1], signal.SIGKILL)
        assert eventually(lambda: len(diary.pids("one")) == 4)
        assert len(diary.pids("two")) == 1


def test_a_child_that_keeps_failing_is_tried_on_and_on(diary: Diary) -> None:
    with supervisor(diary, "bad:fails,good:stays", ready=False) as process:
        assert eventually(lambda: len(diary.pids("bad")) >= 5)
        assert process.poll() is None
        assert len(diary.pids("good")) == 1


def test_pauses_grow_to_a_limit() -> None:
    pauses = Pauses(first=0.5, longest=30)
    assert [pauses.after(n) for n in (1, 2, 3, 7, 8, 10_000)] == [0.5, 1, 2, 30, 30, 30]


def test_a_stage_waits_for_the_one_before(diary: Diary) -> None:
    with supervisor(diary, "base:stays", "migrate:finishes", "app:stays"):
        pass
    order = [name if word.isdigit() else word for name, word in diary.entries()][:4]
    assert order == ["base", "migrate", "finished", "app"]
    assert len(diary.pids("migrate")) == 1


def test_a_preparation_that_fails_ends_everything(diary: Diary) -> None:
    script = command(diary, "base:stays", "migrate:fails_once", "app:stays")
    done = subprocess.run(script, capture_output=True, timeout=20, check=False)
    assert done.returncode == 1
    assert ("base", "ended") in diary.entries()
    assert not diary.pids("app")


def test_a_child_that_will_not_stop_is_killed(diary: Diary) -> None:
    with supervisor(diary, "one:stubborn") as process:
        process.terminate()
        assert process.wait(10) == 0
    assert not alive(diary.pids("one")[0])


def test_what_a_dead_child_left_running_is_killed_before_it_starts_again(diary: Diary) -> None:
    with supervisor(diary, "one:leaves a child", ready=False):
        assert eventually(lambda: len(diary.pids("one")) >= 4)
        assert gone_within(diary.pids("one")[1], 5)


def test_children_die_with_a_killed_supervisor_and_another_can_follow(diary: Diary) -> None:
    with supervisor(diary, "one:stays", "two:stubborn") as process:
        process.kill()
        process.wait()
        for name in ("one", "two"):
            assert gone_within(diary.pids(name)[0], 5)
    with supervisor(diary, "one:stays", "two:stays"):
        assert eventually(lambda: len(diary.pids("two")) == 2)


def test_when_its_terminal_goes_away_it_stops_all(diary: Diary) -> None:
    pid, terminal = pty.fork()
    if pid == 0:
        words = command(diary, "one:stays")
        os.execv(words[0], words)  # noqa: S606 - no shell is wanted
    assert eventually(lambda: diary.pids("one"))
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert ("one", "ended") in diary.entries()


def test_when_its_terminal_goes_away_under_one_who_keeps_that_to_himself(diary: Diary) -> None:
    pid, terminal = pty.fork()
    if pid == 0:
        kept = ["/bin/sh", "-c", 'trap : HUP; "$@" & wait; wait', "sh"]
        os.execv(kept[0], kept + command(diary, "one:stays"))  # noqa: S606 - as make would
    assert eventually(lambda: diary.pids("one"))
    os.close(terminal)
    assert eventually(lambda: ("one", "ended") in diary.entries())
    os.waitpid(pid, 0)


def test_under_nohup_it_stays(diary: Diary) -> None:
    words = ["/usr/bin/env", "nohup", *command(diary, "one:stays")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(signal.SIGHUP)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.5)
        process.terminate()
        assert process.wait(10) == 0


def test_begun_in_the_background_it_still_heeds_ctrl_c(diary: Diary) -> None:
    ignoring = ["/bin/sh", "-c", 'trap "" INT; exec "$@"', "sh"]
    words = [*ignoring, *command(diary, "one:stays")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
