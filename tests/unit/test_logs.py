"""Logs that a program reads are one JSON object a line, whoever wrote them."""

from __future__ import annotations

import json
import subprocess
import sys

SAID = """
import logging
import structlog
from deploy.logs import configure_logs
configure_logs("info")
structlog.get_logger("shilu.test").info("started", child="api", 人="社工")
logging.getLogger("uvicorn.error").info("Started server process [%d]", 7)
logging.getLogger("psycopg.pool").warning("discarding closed connection: %s", "x")
logging.getLogger("uvicorn.error").debug("not asked for")
structlog.get_logger("shilu.test").debug("not asked for")
try:
    raise ValueError("broken")
except ValueError:
    logging.getLogger("uvicorn.error").exception("failed")
    structlog.get_logger("shilu.test").exception("failed too")
"""


def test_what_libraries_log_is_written_as_json_too() -> None:
    ran = subprocess.run([sys.executable, "-c", SAID], capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in ran.stderr.splitlines()]
    assert [(one["event"], one["level"], one["logger"]) for one in lines] == [
        ("started", "info", "shilu.test"),
        ("Started server process [7]", "info", "uvicorn.error"),
        ("discarding closed connection: x", "warning", "psycopg.pool"),
        ("failed", "error", "uvicorn.error"),
        ("failed too", "error", "shilu.test"),
    ]
    assert all("timestamp" in one for one in lines)
    assert (lines[0]["child"], lines[0]["人"]) == ("api", "社工")
    assert all("ValueError: broken" in one["exception"] for one in lines[3:])
    assert ran.stdout == ""
