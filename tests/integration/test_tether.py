"""What is tied to a process dies with it, whatever killed that process."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.tether import ORPHANED, tethered
from tests.processes import eventually, gone_within

STARTER = """
import subprocess, sys, time, signal
from deploy.tether import tethered
watch = sys.argv[1:]
command = tethered(["/bin/sleep", "60"], signal.SIGTERM)
command[4:4] = watch
print(subprocess.Popen(command, start_new_session=True).pid, flush=True)
time.sleep(60)
"""


def sleepers_under(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in children]


def sleeps(pid: int) -> bool:
    return Path(f"/proc/{pid}/cmdline").read_bytes().startswith(b"/bin/sleep\0")


def test_it_becomes_the_program_and_dies_with_its_starter() -> None:
    starter = subprocess.Popen([sys.executable, "-c", STARTER], stdout=subprocess.PIPE)
    with starter:
        assert starter.stdout is not None
        pid = int(starter.stdout.readline())
        assert eventually(lambda: sleeps(pid))
        starter.kill()
    assert gone_within(pid, 5)


def test_where_the_kernel_does_not_help_it_watches() -> None:
    starter = subprocess.Popen([sys.executable, "-c", STARTER, "--watch"], stdout=subprocess.PIPE)
    with starter:
        assert starter.stdout is not None
        tether = int(starter.stdout.readline())
        assert eventually(lambda: sleepers_under(tether))
        (sleeper,) = sleepers_under(tether)
        starter.kill()
    assert gone_within(sleeper, 5)
    assert gone_within(tether, 5)


def test_a_watcher_passes_on_signals_and_the_exit_code() -> None:
    program = "import signal, sys, time; signal.signal(15, lambda *_: sys.exit(7)); "
    program += "print('ready', flush=True); time.sleep(60)"
    command = tethered([sys.executable, "-c", program], signal.SIGKILL)
    command[4:4] = ["--watch"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 7


def test_it_does_not_begin_when_its_starter_is_already_gone() -> None:
    command = tethered(["/bin/echo", "began"], signal.SIGKILL)
    command[command.index("--parent") + 1] = "1"
    done = subprocess.run(command, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (ORPHANED, b"")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to give it up")
def test_root_is_given_up_for_good_before_the_program_runs() -> None:
    command = tethered(["/usr/bin/id"], signal.SIGKILL, uid=65534, gid=65534)
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "uid=65534" in told
    assert "root" not in told
