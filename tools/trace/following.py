"""A trace told as it grows, line by line."""

from itertools import islice

import msgspec

from tools.trace.lines import Sent
from tools.trace.subjects import subjects
from tools.trace.trace import Trace
from tools.trace.words import Words, when

EVERY_S = 0.25


class Filter(msgspec.Struct, frozen=True):
    """What is told: an actor (who sent or was sent to), a type, a contract, what is about an order,
    by its tag or number. Empty: all.
    """

    actor: str = ""
    type: str = ""
    contract: str = ""
    order: str = ""

    def takes(self, sent: Sent) -> bool:
        """Whether a message is asked for. A contract is looked for in its body as text."""
        if self.type and sent.type != self.type:
            return False
        if self.actor and not any(self.actor in name for name in (sent.sender, *sent.receivers)):
            return False
        if self.order and self.order not in subjects(sent):
            return False
        return self.contract.encode() in bytes(sent.message)


class Following:
    """What a filter takes of a trace, as the log's lines."""

    def __init__(self, trace: Trace, wanted: Filter) -> None:
        self._trace = trace
        self._wanted = wanted
        self._words = Words(trace.header)
        self._told = trace.end()

    def last(self, count: int) -> list[str]:
        """The newest so many, oldest first."""
        wanted = self._wanted
        about = reversed(self._trace.about(wanted.order)) if wanted.order else None
        newest = about or self._trace.newest(wanted.type)
        found = list(islice(filter(wanted.takes, newest), count))
        return [self._line(sent) for sent in reversed(found)]

    def more(self) -> list[str]:
        """What has been written since the last look."""
        self._trace.refresh()
        found = list(filter(self._wanted.takes, self._trace.since(self._told)))
        self._told = self._trace.end()
        return [self._line(sent) for sent in found]

    def _line(self, sent: Sent) -> str:
        to = ", ".join(sent.receivers) or "nobody"
        return f"{when(sent.at)}  {sent.sender} -> {to}  {sent.type}: {self._words.say(sent)}"
