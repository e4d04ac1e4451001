"""A connection takes the place of another: two deliveries of one sequence of events, made one."""

from collections import Counter
from collections.abc import Sequence
from enum import Enum

from msgspec.structs import replace

from gateway.hub_protocol import HubClient, State
from messages.base import SECOND, Message, Nanos
from messages.hub import HubLost, HubOpened, HubRefreshed, Loss, RefreshFailed
from messages.market import Depth, DepthKind, DepthRow, Print, Quote, Tape

LATE = 10 * SECOND
"""How long after the change the new connection may still bring what the old one has given."""


class Overlap:
    """What the old connection gives and the new one holds back until the change.

    Prints are told apart by contract, time, price, size and side, and counted: of several that look
    alike, as many are left out as the old connection gave. That is exact where the new one's
    subscription does not begin between two prints of one stamp that look alike. Depth begins anew
    with the new connection's snapshot, quotes are folded to one a contract. User events are all
    given, some of them twice: their readers take the last state of an order or a position, and a
    fill once by its id.
    """

    def __init__(self) -> None:
        self._given: Counter[tuple[str, Print]] = Counter()
        self._first: dict[str, Print] = {}
        self._held: list[Message] = []
        self._restarted: set[str] = set()

    def give(self, messages: Sequence[Message]) -> None:
        """Remember what the old connection gave."""
        for message in messages:
            if isinstance(message, Tape):
                self._given.update((message.contract, each) for each in message.prints)

    def hold(self, messages: Sequence[Message]) -> None:
        """Keep back what the new connection gave."""
        self._held += messages
        for message in messages:
            if isinstance(message, Tape):
                self._first.setdefault(message.contract, message.prints[0])

    @property
    def joined(self) -> bool:
        """Whether the old connection has given whatever came before the new one's first print."""
        return all(self._given[one] for one in self._first.items())

    def release(self) -> list[Message]:
        """What was held back, without what was given."""
        held, self._held = self._held, []
        quotes: dict[str, Quote] = {}
        others: list[Message] = []
        for message in held:
            if isinstance(message, Quote):
                known = quotes.get(message.contract)
                quotes[message.contract] = message if known is None else known.merged(message)
            else:
                others.append(message)
        return [*self.rest(others), *quotes.values()]

    def rest(self, messages: Sequence[Message]) -> list[Message]:
        """What the new connection gives from the change on, without what was given."""
        found: list[Message] = []
        for message in messages:
            if isinstance(message, Tape):
                prints = tuple(p for p in message.prints if self._fresh(message.contract, p))
                if prints:
                    found.append(replace(message, prints=prints))
            elif isinstance(message, Depth):
                found.append(self._from_reset(message))
            else:
                found.append(message)
        return found

    def _fresh(self, contract: str, trade: Print) -> bool:
        key = contract, trade
        if not self._given[key]:
            return True
        self._given[key] -= 1
        return False

    def _from_reset(self, depth: Depth) -> Depth:
        """The new connection's first depth begins with a Reset, ours where the venue sent none: a
        level that its snapshot does not name is gone.
        """
        if depth.contract in self._restarted:
            return depth
        self._restarted.add(depth.contract)
        first = depth.rows[0]
        if first.kind is DepthKind.RESET:
            return depth
        reset = DepthRow(first.stamp, DepthKind.RESET, 0, 0)
        return replace(depth, rows=(reset, *depth.rows))


class Stage(Enum):
    OVERLAP = "overlap"
    CHANGED = "changed"
    """The new connection has taken the old one's place."""
    ALONE = "alone"
    """The old connection has ended by itself: the new one is an opening like any other."""
    FAILED = "failed"
    """The new connection is of no use: the old one goes on."""


class Handover:
    """From the attempt at a new connection to the end of whichever is not needed.

    A shell moves the bytes of both clients, and gives on what `heard` makes of what they say:

        messages = handover.heard(client, messages, now)
        messages = handover.expire(now)           # the deadline has come
        if handover.settled: ...                  # one of the clients is over

    The change happens when every subscription of the new connection is acknowledged, the old one
    has answered a fence asked for after that, and it has given the print with which the new one
    began: so nothing lies before the new one's beginning that was not given. It is told by
    HubRefreshed, which what was held back follows.

    If the old connection ends first, GatewayLogout among the ways to (a venue that allows one
    connection ends it when the second opens), there may be a hole, so it is told as a loss: HubLost
    for the old, at once, then HubOpened or HubLost for the new, which from then on is an opening
    like any other. The logout is our own doing then, and told as Loss.ENDED; where it is not, the
    new connection hears one too.
    """

    def __init__(self, old: HubClient, new: HubClient, now: Nanos) -> None:
        self.stage = Stage.OVERLAP
        self._old = old
        self._new = new
        self._began = now
        self._changed: Nanos = now
        self._fencing = False
        self._overlap = Overlap()

    @property
    def settled(self) -> bool:
        """Whether it is known which connection stays."""
        if self.stage is Stage.ALONE:
            return self._new.state in (State.OPEN, State.CLOSED)
        return self.stage is not Stage.OVERLAP or self._new.over

    @property
    def changed(self) -> bool:
        """Whether the new connection has taken the old one's place, however that came about."""
        alone = self.stage is Stage.ALONE and self._new.state is State.OPEN
        return alone or self.stage is Stage.CHANGED

    def spent(self, now: Nanos) -> bool:
        """Whether the staying connection needs no more care."""
        if self.stage is Stage.FAILED:
            return True
        return self.settled and now - self._changed >= LATE

    def heard(self, client: HubClient, messages: list[Message], now: Nanos) -> list[Message]:
        """What to give of what one of the two clients gave."""
        if client is self._old:
            return self._from_old(messages, now)
        if self.stage is Stage.OVERLAP:
            return self._from_new(messages, now)
        return [] if self.stage is Stage.FAILED else self._overlap.rest(messages)

    def expire(self, now: Nanos) -> list[Message]:
        """The time for the change is up."""
        if self.settled or self._old.over:
            return [] if self.settled else self._new.lost("not open in time")
        waited = f"after {(now - self._began) / SECOND:.1f} s"
        if not self._new.opened:
            return self._fail(f"not open {waited}")
        if not self._old.fenced:
            return self._fail(f"the old connection does not answer {waited}")
        return self._fail(f"the old connection has not caught up {waited}")

    def _from_old(self, messages: list[Message], now: Nanos) -> list[Message]:
        if self.stage is not Stage.OVERLAP:
            return messages
        self._overlap.give(messages)
        if messages and isinstance(lost := messages[-1], HubLost):
            return [*messages[:-1], *self._left_alone(lost, now)]
        return [*messages, *self._change(now)]

    def _from_new(self, messages: list[Message], now: Nanos) -> list[Message]:
        if messages and isinstance(lost := messages[-1], HubLost):
            return self._fail(lost.reason)
        self._overlap.hold([one for one in messages if not isinstance(one, HubOpened)])
        if self._new.opened and not self._fencing:
            self._fencing = True
            self._old.fence()
        return self._change(now)

    def _change(self, now: Nanos) -> list[Message]:
        """Change over if everything is ready for it."""
        if not (self._fencing and self._old.fenced and self._overlap.joined):
            return []
        self.stage, self._changed = Stage.CHANGED, now
        self._old.close()
        told = HubRefreshed(self._new.hub, self._new.number, now - self._began)
        return [told, *self._overlap.release()]

    def _left_alone(self, lost: HubLost, now: Nanos) -> list[Message]:
        self.stage, self._changed = Stage.ALONE, now
        told: list[Message] = [
            RefreshFailed(lost.hub, 0, f"the open connection has ended: {lost.reason}"),
            replace(lost, loss=Loss.ENDED),
        ]
        if self._new.opened:
            told.append(HubOpened(lost.hub, self._new.number))
        return told + self._overlap.release()

    def _fail(self, reason: str) -> list[Message]:
        self.stage = Stage.FAILED
        self._new.close()
        return [RefreshFailed(self._old.hub, self._old.number, reason)]
