"""The life of an order as a table of legal moves, tolerant of late, doubled and disordered news.

Terminal states win, with one exception that is real: a fill that crosses a cancel (Cancelled ->
Filled).
"""

from msgspec.structs import replace

from messages.order import Order, OrderStatus

S = OrderStatus

MICROSECOND = 1_000
"""What stamps of a search are rounded down to; those of the hub are not."""

LEGAL: dict[OrderStatus, frozenset[OrderStatus]] = {
    S.SUSPENDED: frozenset(
        {S.PENDING, S.OPEN, S.FILLED, S.CANCELLED, S.EXPIRED, S.REJECTED, S.PENDING_CANCEL}
    ),
    S.PENDING: frozenset({S.OPEN, S.FILLED, S.CANCELLED, S.EXPIRED, S.REJECTED, S.PENDING_CANCEL}),
    S.OPEN: frozenset({S.FILLED, S.CANCELLED, S.EXPIRED, S.REJECTED, S.PENDING_CANCEL}),
    S.PENDING_CANCEL: frozenset({S.FILLED, S.CANCELLED, S.EXPIRED, S.REJECTED, S.OPEN}),
    S.CANCELLED: frozenset({S.FILLED}),
    S.FILLED: frozenset(),
    S.EXPIRED: frozenset(),
    S.REJECTED: frozenset(),
}


def absorb(known: Order | None, news: Order) -> Order | None:
    """The order after this news, or None where the move is not legal and the news is to be set
    aside.

    News of the same state is legal (a modified price, a partial fill), unless the venue stamped it
    before what is known. Filled volume never goes down: news of a working order with less is old,
    an end that tells less (a cancel that a fill crossed) is an end all the same.
    """
    if known is None:
        return news
    if news.status is not known.status and news.status not in LEGAL[known.status]:
        return None
    older = news.updated // MICROSECOND < known.updated // MICROSECOND
    if older and news.status is known.status and news.status.working:
        return None
    if news.filled >= known.filled:
        return news
    return None if news.status.working else replace(news, filled=known.filled)
