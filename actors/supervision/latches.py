"""What forbids entries, and which rule may lift it. Pure."""

from messages.base import Message
from messages.control import Latch, Unlatch


class Latches:
    """Codes with words; owned by the supervisor, known to the risk and order rooms by message."""

    def __init__(self) -> None:
        self._set: dict[str, str] = {}

    def __bool__(self) -> bool:
        return bool(self._set)

    def words(self) -> str:
        return "; ".join(f"{code}: {words}" for code, words in self._set.items())

    def set(self, code: str, words: str) -> list[Message]:
        if code in self._set:
            return []
        self._set[code] = words
        return [Latch(code, words)]

    def lift(self, code: str, words: str) -> list[Message]:
        if self._set.pop(code, None) is None:
            return []
        return [Unlatch(code, words)]

    def again(self) -> list[Message]:
        """Every latch once more, for a room that has lost its memory."""
        return [Latch(code, words) for code, words in self._set.items()]
