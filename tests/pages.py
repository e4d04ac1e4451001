"""What a page of docs shows of a command, and whether that is what the command prints."""

import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

DOCS = Path(__file__).resolve().parents[1] / "docs"
CUT = "..."
"""A line of a page that stands for any number of lines left out."""

_COMMAND = re.compile(
    r"^    \$ (python .*)((?:\n    (?!\$ python).*)*)(\n+```mermaid\n(?s:.*?)```)?", re.MULTILINE
)
_CODE = "\n    $ echo $?\n    "


class Shown(NamedTuple):
    """A command's words after `python`, the exit code that the page shows (0 where it shows none),
    and the lines under it.
    """

    words: tuple[str, ...]
    code: int
    lines: tuple[str, ...]

    def printed(self, text: str) -> bool:
        """Whether the page shows this text, but for what it says to have left out."""
        rows = (r"(?:.*\n)*?" if line == CUT else f"{re.escape(line)} *\\n" for line in self.lines)
        return bool(self.lines) and re.fullmatch("".join(rows), text) is not None


def shown(name: str, *beginning: str) -> list[Shown]:
    """The commands of a page that begin with these words. A drawing under a command whose output
    goes to a file is that output.
    """
    found = []
    for command, following, drawn in _COMMAND.findall((DOCS / name).read_text("utf-8")):
        _, *words = shlex.split(command.partition(">")[0])
        printed, _, code = following.partition(_CODE)
        lines = drawn.strip().splitlines() or indented(printed)
        if tuple(words[: len(beginning)]) == beginning:
            found.append(Shown(tuple(words), int(code or 0), tuple(lines)))
    return found


def indented(block: str) -> Sequence[str]:
    """The lines of a block of a page, without their margin."""
    return [line[4:] for line in block.splitlines() if line]
