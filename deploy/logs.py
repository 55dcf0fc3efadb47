"""One way of writing logs for all processes: ids and counts, never personal data or secrets."""

import logging
import sys

import structlog

from deploy.settings import LogLevel


def configure_logs(level: LogLevel) -> None:
    """Lines for people on a terminal, JSON lines otherwise, both on standard error."""
    # A terminal that has gone away must not take the process with it.
    logging.raiseExceptions = False
    logging.basicConfig(format="%(message)s", stream=sys.stderr, level=level.upper(), force=True)
    terminal = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.filter_by_level,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([] if terminal else [structlog.processors.format_exc_info]),
            structlog.dev.ConsoleRenderer()
            if terminal
            else structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
