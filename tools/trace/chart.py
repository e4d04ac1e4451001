"""Charts of a chain of messages, as Mermaid, which GitHub and most editors draw inside Markdown."""

from collections.abc import Iterable

import msgspec

from actors.runtime.delivery import Outcome
from messages.base import Nanos
from tools.trace.explain import Hop, of_root
from tools.trace.lines import Sent, room
from tools.trace.trace import Trace
from tools.trace.words import Words, span, when

_SPECIAL = {character: f"#{ord(character)};" for character in '#;<>"%`&'}
_ESCAPES = str.maketrans({**_SPECIAL, "\n": " ", "\r": " "})


def escaped(text: str) -> str:
    """A text in which Mermaid finds no syntax."""
    return text.translate(_ESCAPES)


def fenced(lines: Iterable[str]) -> str:
    """A chart as a block of Markdown."""
    return "\n".join(("```mermaid", *lines, "```"))


class Arrow(msgspec.Struct, frozen=True):
    """A message from one actor to another; to nobody where it has no receiver. Its wait and its
    handling there, where it was handled.
    """

    at: Nanos
    id: str
    type: str
    sender: str
    receiver: str | None
    words: str
    waited: Nanos | None = None
    took: Nanos | None = None


def along(trace: Trace, hops: Iterable[Hop]) -> list[Arrow]:
    """The arrows of a chain: to the actor that made the next hop, where one did; else to all."""
    found = []
    for hop in hops:
        sent = trace.message(hop.id)
        if sent is not None:
            found += _arrows(trace, sent, hop.words, hop.receiver)
    return found


def family(trace: Trace, root: str) -> list[Arrow]:
    """The arrows of everything that goes back to one root. Raises Unknown."""
    words = Words(trace.header)
    found = []
    for sent in of_root(trace, root):
        found += _arrows(trace, sent, words.say(sent), None)
    return found


def sequence(arrows: Iterable[Arrow]) -> list[str]:
    """A sequence diagram: a line for each actor in the order of its first appearance, an arrow with
    its New York time for each message.
    """
    names: dict[str, str] = {}
    told = []
    for arrow in arrows:
        sender = names.setdefault(arrow.sender, f"a{len(names)}")
        words = escaped(f"{when(arrow.at)} {arrow.words}{_handled(arrow)}")
        if arrow.receiver is None:
            told.append(f"    Note over {sender}: {words}")
            continue
        receiver = names.setdefault(arrow.receiver, f"a{len(names)}")
        told.append(f"    {sender}->>{receiver}: {words}")
    declared = [f"    participant {short} as {escaped(name)}" for name, short in names.items()]
    return ["sequenceDiagram", *declared, *told]


def _arrows(trace: Trace, sent: Sent, words: str, only: str | None) -> list[Arrow]:
    """One for each receiver, or for one of them."""
    plain = Arrow(sent.at, sent.id, sent.type, room(sent.sender), None, words)
    taken = {
        line.receiver: {"waited": line.waited, "took": line.took}
        for line in trace.deliveries(sent.id)
        if line.outcome is not Outcome.CONFLATED
    }
    return [
        msgspec.structs.replace(plain, receiver=receiver, **taken.get(receiver, {}))
        for receiver in ((only,) if only else sent.receivers)
    ] or [plain]


def _handled(arrow: Arrow) -> str:
    if arrow.waited is None or arrow.took is None:
        return ""
    return f" (waited {span(arrow.waited)}, took {span(arrow.took)})"
