"""A process that starts under load reads its first events on many threads at once."""

import subprocess
import sys
from pathlib import Path

GOLDEN = Path(__file__).parents[1] / "data" / "golden" / "alert" / "AlertRaised@1.json"
READ_AT_ONCE = """
import sys, threading
from pathlib import Path
from domain.slices import register_all
from domain.journal.codec import decode
register_all()
state, start, read = Path(sys.argv[1]).read_bytes(), threading.Barrier(32), []
def first():
    start.wait()
    read.append(decode(state))
threads = [threading.Thread(target=first) for _ in range(32)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert len(read) == 32, read
"""


def test_the_first_reading_by_many_threads_does_not_bring_the_process_down() -> None:
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, "-c", READ_AT_ONCE, str(GOLDEN)],
            cwd=Path(__file__).parents[2],
            capture_output=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, b"")
