"""The human log: trading_DATE.log, through loguru, in the format of the user's document 002.

2025-01-15 10:30:45.123 [INFO] SIGNAL: LONG_ENTRY conf=0.78 price=6050.25 (New York time).
"""

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from loguru import logger

from actors.runtime.delivery import Published, Record
from actors.session.lines import WRITERS, lines
from actors.session.memory import Level, Memory
from actors.session.terminal import Aside
from actors.session.units import NEW_YORK, Instruments, clock, new_york
from messages.decision import Denied

if TYPE_CHECKING:
    from loguru import Record as Entry


def _as_it_is(text: str) -> str:
    return text


class Log:
    """Writes what `lines` says of each message, and what the process tells loguru itself.

    `out` is a file's path, or something to write to. `denial` is the risk room's wording of a
    refusal. `redact` masks secrets in every text, tracebacks included. Raises OSError where the
    file cannot be opened; one that can no longer be written fails `record` and `flush`, never who
    tells loguru something. The caller removes loguru's default handler (`logger.remove()`) if it
    wants no second copy on stderr.
    """

    def __init__(
        self,
        out: Path | TextIO | Aside,
        instruments: Instruments,
        denial: Callable[[Denied], str],
        level: Level = "INFO",
        redact: Callable[[str], str] = _as_it_is,
    ) -> None:
        self._instruments = instruments
        self._redact = redact
        self._memory = Memory(denial)
        self._logger = logger.bind(session=id(self))
        self._failure: Exception | None = None
        self._file: TextIO | None = None
        if isinstance(out, Path):
            out = self._file = out.open("a", buffering=1, encoding="utf-8", newline="\n")
        self._handler = self._add(out.write, level)

    def _add(self, write: Callable[[str], int], level: Level) -> int:
        def sink(line: str) -> None:
            try:
                write(line)
            except (OSError, ValueError) as error:
                self._failure = self._failure or error

        return logger.add(
            sink,
            level=level,
            format=self._format,
            filter=self._mine,
            colorize=False,
            backtrace=False,
            diagnose=False,  # it would print variables, secrets among them
            catch=False,  # loguru would print what went wrong on stderr
        )

    def record(self, record: Record) -> None:
        if record.type not in WRITERS or not isinstance(record, Published):
            return
        if record.message is None:
            return
        when = clock(new_york(record.at))
        for level, text in lines(record.message, self._instruments, self._memory):
            self._logger.bind(clock=when).log(level, text)
        self.flush()

    def flush(self) -> None:
        """The file is line-buffered. Raises what writing it has failed with: the journal drops a
        sink that fails, and says so.
        """
        if self._failure is not None:
            raise self._failure

    def close(self) -> None:
        logger.remove(self._handler)
        if self._file is not None:
            self._file.close()

    def _mine(self, entry: "Entry") -> bool:
        """Everything but the lines of another session's log in the same process."""
        return bool(entry["extra"].get("session", id(self)) == id(self))

    def _format(self, entry: "Entry") -> str:
        extra = entry["extra"]
        if "clock" not in extra:
            extra["clock"] = clock(entry["time"].astimezone(NEW_YORK))
        extra["text"] = self._redact(" ".join(entry["message"].splitlines()))
        line = "{extra[clock]} [{level}] {extra[text]}\n"
        if entry["exception"] is None:
            return line
        extra["trace"] = self._redact("".join(traceback.format_exception(entry["exception"].value)))
        return line + "{extra[trace]}"
