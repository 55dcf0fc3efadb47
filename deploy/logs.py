"""One way of writing logs for all processes: ids and counts, never personal data or secrets."""

import logging
import sys
from typing import Any

import structlog

from deploy.settings import LogLevel


def configure_logs(level: LogLevel) -> None:
    """Lines for people on a terminal, JSON lines otherwise, both on standard error.

    What libraries log themselves (the HTTP server, the pool of connections) is written alike, so
    that whoever reads the lines by a program meets none in another form.
    """
    # A terminal that has gone away must not take the process with it.
    logging.raiseExceptions = False
    known: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    written: list[Any] = (
        [structlog.dev.ConsoleRenderer()]
        if sys.stderr.isatty()
        else [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    )
    lines = logging.StreamHandler(sys.stderr)
    lines.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=known,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *written],
        )
    )
    logging.basicConfig(handlers=[lines], level=level.upper(), force=True)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.filter_by_level,
            *known,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
