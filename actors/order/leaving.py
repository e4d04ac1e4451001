"""The way out of one contract, under way or not. Pure: events and time in, effects out.

What each step is, `exit.decide` says from a fresh reading; here are the readings, the waiting for
answers and the proof.
"""

from actors.order.bracket import Bracket
from actors.order.exit import (
    AGAIN,
    ANSWER,
    BLIND,
    CANCEL_FLIGHT,
    CLOSE_FLIGHT,
    CLOSE_LOOK,
    FILL,
    HURRY,
    TOLD,
    Cancel,
    Do,
    Exit,
    decide,
)
from actors.order.pace import Pace
from actors.order.standing import Standing
from actors.order.tags import Tags
from actors.runtime.effect import After, Effect
from messages.base import Nanos, Ticks
from messages.control import ExitDue
from messages.order import (
    NO_BUDGET,
    CancelOrder,
    CancelResult,
    CloseContract,
    CloseResult,
    OrderType,
    Outcome,
    Phase,
    QueryOrders,
)
from messages.position import QueryPositions


class WayOut:
    """`adopted`: how far from its average price a position that is found without cover gets its
    stop and target, in ticks; None: it is closed.
    """

    def __init__(
        self, standing: Standing, pace: Pace, tags: Tags, adopted: tuple[Ticks, Ticks] | None
    ) -> None:
        self.exit: Exit | None = None
        self.done: tuple[int, ...] = ()
        """Flattens that the last exit completed."""
        self._standing = standing
        self._view = standing.view
        self._pace = pace
        self._tags = tags
        self._adopted = adopted
        self._hurried: Nanos | None = None
        """Since when a flatten has been under way, whoever may have tried meanwhile."""

    def leave(
        self,
        reason: str,
        now: Nanos,
        number: int | None = None,
        adopting: bool = False,
        pause: Nanos = 0,
    ) -> list[Effect]:
        """Begin the way out (after a pause), or join the one under way."""
        said: list[Effect] = []
        if self.exit is None:
            if number is None and self._standing.uncovered_since is None:
                pause = max(pause, self._pace.delay(now))
            protecting = adopting and self._adopted is not None
            self.exit = Exit(reason, now, adopting, protecting, asked=now + pause)
            said = [self._standing.enter(Phase.EXITING, reason)]
            said += [self._look(self.exit, pause)] if pause else self._read(self.exit, now)
        elif not adopting:
            self.exit.adopting = self.exit.protecting = False
        if number is not None and number not in self.exit.numbers:
            said += self._join(self.exit, reason, number, now, begun=bool(said))
        return said

    def _join(self, exit: Exit, reason: str, number: int, now: Nanos, begun: bool) -> list[Effect]:
        said: list[Effect] = []
        if self._pause(exit, now) and not begun:
            said.append(self._look(exit, FILL))  # what was put off to save requests
        exit.numbers += (number,)
        if self._hurried is None:
            self._hurried = now
        if exit.reason != reason:
            exit.reason = reason
            said.append(self._standing.enter(Phase.EXITING, reason))
        return said

    def stand_down(self) -> None:
        self.exit = None

    def due(self, due: ExitDue, now: Nanos) -> list[Effect]:
        exit = self.exit
        if exit is None or due.step != exit.step:
            return []
        blind = exit.unanswered > 0 and self._pressing(exit)
        if blind and self._view.position and not (exit.adopting or exit.proving):
            exit.orders_read = exit.position_read = True
            return self.step(now)
        if exit.proving:
            return self._ask_for_proof(exit)
        return self._read(exit, now)

    def _pressing(self, exit: Exit) -> bool:
        return bool(exit.numbers) or self._standing.uncovered_since is not None

    def _patience(self, exit: Exit) -> Nanos:
        """How long a reading may take, or be put off."""
        return BLIND if self._pressing(exit) else ANSWER

    def orders_read(self, asked: Nanos) -> None:
        if self.exit is not None and asked >= self.exit.asked:
            self.exit.orders_read = True

    def position_read(self, at: Nanos, read: bool) -> None:
        exit = self.exit
        if exit is None:
            return
        if at >= exit.asked:
            exit.position_read = True
        if self._gone(exit) and (read or self._view.agreed):
            exit.closed = True

    def query_failed(self, code: str, now: Nanos) -> list[Effect]:
        exit = self.exit
        if exit is None:
            return []
        if code == NO_BUDGET and self._view.position and not (exit.adopting or exit.proving):
            # The last requests are kept for cancels and closes: better on old knowledge than never.
            exit.orders_read = exit.position_read = True
            return self.step(now)
        return [self._again(exit, now)]

    def cancelled(self, result: CancelResult, now: Nanos) -> list[Effect]:
        exit = self.exit
        if exit is None or result.order not in exit.awaited:
            return []
        exit.awaited = tuple(order for order in exit.awaited if order != result.order)
        return [] if exit.awaited else self._read(exit, now)

    def closed(self, result: CloseResult, now: Nanos) -> list[Effect]:
        exit = self.exit
        if exit is None or not exit.closing:
            return []
        exit.closing = False
        if result.outcome is Outcome.REFUSED:
            exit.closed_at = None  # it was not sent on: nothing is in flight
            return [self._again(exit, now)]
        if result.outcome is Outcome.UNKNOWN:
            exit.closed_at = now  # it may still be on its way to the venue
        pause = self._pause(exit, now)
        if 2 * pause > CLOSE_FLIGHT:
            pause = max(pause, CLOSE_FLIGHT)  # sooner, another close would have to wait anyway
        return [self._look(exit, max(FILL, pause))]

    def step(self, now: Nanos) -> list[Effect]:
        """Do the next thing, if orders and position have been read since the last; or if the close
        is told to have filled: what it leaves working could open the other side.
        """
        exit = self.exit
        assert exit is not None, "only an exit steps"
        if self._closed(exit) and (left := self._left(exit, now)):
            return self._cancel(exit, left, now)
        if exit.unread and self._gone(exit) and self._view.working():
            return self._read(exit, now)  # an old word, or its fill has not been told
        if exit.awaited and not self._works(exit.awaited):
            return self._read(exit, now)  # the hub tells what the answers do not
        if not (exit.orders_read and exit.position_read):
            return []
        proving = exit.proving
        exit.orders_read = exit.position_read = exit.proving = False
        exit.unanswered = 0
        step = decide(self._view, exit, now)
        if isinstance(step, Cancel):
            return self._cancel(exit, step.orders, now)
        match step:
            case Do.CLOSE:
                exit.asked = exit.closed_at = now
                exit.closing = exit.unread = True
                exit.closed = False
                return [CloseContract(self._standing.contract), self._look(exit, CLOSE_LOOK)]
            case Do.WAIT:
                return [self._again(exit, now)]
            case Do.STAY:
                self.exit = None
                self._standing.take(Bracket(self._standing.contract, self._tags.next(now)))
                return [self._standing.enter(Phase.PROTECTED, f"{exit.reason}: kept, covered")]
            case Do.PROTECT:
                return self._protect(exit, now)
            case Do.DONE:
                if self._standing.doubtful(now):
                    return [self._again(exit, now)]
                return self._end(exit) if proving else self._prove(exit, now)

    def _protect(self, exit: Exit, now: Nanos) -> list[Effect]:
        """Keep an uncovered position, with a bracket of ours as far away as one may be."""
        assert self._adopted is not None, "decided by it"
        self.exit = None
        side = 1 if (self._view.position or 0) > 0 else -1
        stop, target = self._adopted
        tag = self._tags.next(now)
        self._standing.take(Bracket(self._standing.contract, tag, -side * stop, side * target))
        return [self._standing.enter(Phase.ENTERING, f"{exit.reason}: kept, to be covered")]

    def sweep(self, orders: tuple[int, ...], now: Nanos) -> list[Effect]:
        """The position is gone: cancel what was kept for it at once, then read."""
        assert self.exit is None, "a way out cancels by itself"
        self.exit = Exit("sweep", now)
        return [
            self._standing.enter(Phase.EXITING, "sweep"),
            *self._cancel(self.exit, orders, now),
        ]

    def _works(self, orders: tuple[int, ...]) -> bool:
        return any(order.id in orders for order in self._view.working())

    def _closed(self, exit: Exit) -> bool:
        """Whether position and orders agree that what was closed is gone."""
        return self._gone(exit) and self._view.agreed

    def _gone(self, exit: Exit) -> bool:
        """Whether the newest word since the close is flat."""
        heard = exit.closed_at is not None and self._view.position_heard > exit.closed_at
        return heard and self._view.position == 0

    def _left(self, exit: Exit, now: Nanos) -> tuple[int, ...]:
        """Working orders whose cancel is not on its way."""
        return tuple(
            order.id
            for order in self._view.working()
            if order.type is not OrderType.MARKET
            and now - exit.cancelled_at.get(order.id, -CANCEL_FLIGHT) >= CANCEL_FLIGHT
        )

    def _cancel(self, exit: Exit, orders: tuple[int, ...], now: Nanos) -> list[Effect]:
        exit.asked = now
        exit.unread = exit.proving = False
        exit.awaited = orders
        for order in orders:
            exit.first_cancelled_at.setdefault(order, now)
            exit.cancelled_at[order] = now
        cancels = [CancelOrder(self._standing.contract, order) for order in orders]
        return [*cancels, self._look(exit, ANSWER)]

    def _read(self, exit: Exit, now: Nanos) -> list[Effect]:
        """Ask for orders and position. Where the last questions have not been answered yet, their
        answers still count: a venue slower than the wait for it would never be heard.
        """
        if not exit.unanswered:
            exit.asked = now
        exit.orders_read = exit.proving = exit.unread = False
        exit.position_read = self._told(exit, now)
        exit.awaited = ()
        exit.unanswered += 1
        since = self._standing.since() if self._standing.doubtful(now) else None
        asked: list[Effect] = [QueryOrders(since, urgent=True)]
        if not exit.position_read:
            asked.append(QueryPositions(urgent=True))
        return [*asked, self._look(exit, self._patience(exit))]

    def _told(self, exit: Exit, now: Nanos) -> bool:
        """Whether the position need not be asked for: it was told flat since the close, which the
        proof will ask about; or the budget is thin and a fresh word tells it, which is enough for a
        close, because a close carries no size.
        """
        heard, closed = self._view.position_heard, exit.closed_at
        since_close = closed is None or heard > closed
        if not self._view.position:
            return closed is not None and since_close and self._view.agreed
        return since_close and now - heard <= TOLD and self._pace.delay(now) > 0

    def _prove(self, exit: Exit, now: Nanos) -> list[Effect]:
        """Orders and position were two answers, and an order may have filled between them: only a
        position read after the orders were gone is the last word.
        """
        exit.asked = now
        exit.orders_read = exit.proving = True
        return self._ask_for_proof(exit)

    def _ask_for_proof(self, exit: Exit) -> list[Effect]:
        return [QueryPositions(urgent=True), self._look(exit, ANSWER)]

    def _end(self, exit: Exit) -> list[Effect]:
        self.exit = self._hurried = None
        self.done = exit.numbers
        unplaced = self._standing.unplaced()
        self._standing.end()
        return [*unplaced, self._standing.enter(Phase.FLAT, exit.reason)]

    def _again(self, exit: Exit, now: Nanos) -> After:
        """Read once more, more and more rarely: each reading costs of the venue's request
        budget.
        """
        delay = max(min(AGAIN << exit.waits, self._patience(exit)), self._pause(exit, now))
        exit.waits = min(exit.waits + 1, 10)
        return self._look(exit, delay)

    def _pause(self, exit: Exit, now: Nanos) -> Nanos:
        """What thrift asks for between two rounds. A flatten has a deadline and is rare: until then
        it does not save. One that is not done by then meets a venue that does not let it, and must
        have requests left when it does.
        """
        hurries = bool(exit.numbers) and now - (self._hurried or now) < HURRY
        return 0 if hurries else self._pace.delay(now)

    def _look(self, exit: Exit, delay: Nanos) -> After:
        """Read the venue again in a while; an earlier such reminder is thereby stale."""
        exit.step += 1
        return After(delay, ExitDue(self._standing.contract, exit.step))
