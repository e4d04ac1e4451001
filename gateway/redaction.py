"""Secrets never reach a log: what masks them in any text, and in what libraries log."""

import logging
import re
import threading
from urllib.parse import quote

MASK = "***"
LOGGERS = ("SignalRCoreClient", "urllib3.connectionpool", "requests", "websockets")
"""Loggers of the libraries underneath; signalrcore writes URLs and headers at DEBUG."""

_SHORTEST = 4
_SHAPES = (
    re.compile(r"(?i)(bearer\s+)[^\s\"'\\,}]+"),
    re.compile(r"(?i)(access_token=)[^&\s\"'\\]+"),
    re.compile(
        r"(?i)((?:api_?key|new_?token|access_?token|token)\\?[\"']\s*:\s*\\?[\"'])[^\"'\\]+"
    ),
    re.compile(r"()\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?"),
)
"""How secrets look: a bearer header, a query value, a JSON or Python mapping entry, a JWT."""


class Redactor:
    """Masks every secret it has learnt, as it is and URL-encoded, and whatever looks like one."""

    def __init__(self) -> None:
        self._secrets: tuple[str, ...] = ()
        self._lock = threading.Lock()

    def learn(self, secret: str) -> None:
        """Texts too short to be told from words (demo keys) are left to their shape."""
        if len(secret) <= _SHORTEST:
            return
        with self._lock:
            known = {*self._secrets, secret, quote(secret, safe="")}
            self._secrets = tuple(sorted(known, key=len, reverse=True))

    def __call__(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        for shape in _SHAPES:
            text = shape.sub(rf"\1{MASK}", text)
        return text


class RedactingFilter(logging.Filter):
    """Rewrites a record before any handler sees it: its message, its traceback."""

    def __init__(self, redact: Redactor) -> None:
        super().__init__()
        self._redact = redact

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = self._redact(record.getMessage())
        record.args = None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = self._redact(record.exc_text)
        return True


def guard(redact: Redactor) -> None:
    """Put the filter on the libraries' loggers, in place of an earlier one; handlers of other logs
    need it too.
    """
    for name in LOGGERS:
        logger = logging.getLogger(name)
        for earlier in [known for known in logger.filters if isinstance(known, RedactingFilter)]:
            logger.removeFilter(earlier)
        logger.addFilter(RedactingFilter(redact))
