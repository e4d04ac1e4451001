"""What the libraries say through Python's own logging, in the session's log."""

import logging

from loguru import logger


class LibraryLog(logging.Handler):
    """Hands every record on to loguru, whose sinks redact: no second way out for a secret."""

    def emit(self, record: logging.LogRecord) -> None:
        exception = record.exc_info if record.exc_info and record.exc_info[0] else None
        words = f"{record.name}: {record.getMessage()}"
        logger.opt(exception=exception).log(record.levelname, "{}", words)


def take_over(level: str) -> None:
    """Send Python's own logging to the session's log: everything at DEBUG, else from WARNING on
    (what libraries think worth an INFO is no trader's business).
    """
    level = "DEBUG" if level == "DEBUG" else "WARNING"
    logging.basicConfig(handlers=[LibraryLog(level)], level=level, force=True)
    logging.captureWarnings(True)
