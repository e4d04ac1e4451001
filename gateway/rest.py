"""The REST core: each request message is a plan of HTTP exchanges that ends in its answer message.

Pure: it yields HttpRequests and is sent their replies (see gateway.exchange), so the same core runs
over requests and in virtual time.
"""

from collections.abc import Callable
from typing import Any

from gateway.access import Access
from gateway.contracts import Instruments
from gateway.exchange import Plan
from gateway.history import History
from gateway.mutations import Mutations
from gateway.queries import Queries
from gateway.reading import ReadFailed
from gateway.wire import WireError
from messages.base import Message
from messages.hub import RenewToken, TokenFailed, TokenRenewed
from messages.market import QueryBars
from messages.order import (
    CancelOrder,
    CloseContract,
    ModifyOrder,
    PlaceOrder,
    QueryFailed,
    QueryFills,
    QueryOrders,
)
from messages.position import QueryAccount, QueryPositions


class RestCore:
    """What one account may ask of the venue. Handles the message types of `requests`, and no
    others.
    """

    def __init__(self, access: Access, instruments: Instruments, account: int) -> None:
        self.access = access
        self.instruments = instruments
        self.account = account
        mutations = Mutations(access, instruments, account)
        queries = Queries(access, instruments, account)
        self._plans: dict[type[Message], Callable[[Any], Plan[Message]]] = {
            PlaceOrder: mutations.place,
            CancelOrder: mutations.cancel,
            ModifyOrder: mutations.modify,
            CloseContract: mutations.close,
            QueryOrders: queries.orders,
            QueryFills: queries.fills,
            QueryPositions: queries.positions,
            QueryAccount: queries.account,
            QueryBars: History(access, instruments).bars,
            RenewToken: self._renew,
        }

    @property
    def requests(self) -> tuple[type[Message], ...]:
        return tuple(self._plans)

    def plan(self, request: Message) -> Plan[Message]:
        """The exchanges of one request; the plan returns its answer. KeyError for a message that is
        no request.

        A read that fails ends in QueryFailed, with the code of what stopped it; a mutation never
        fails, its outcome says what is known.
        """
        return self._answered(request, self._plans[type(request)](request))

    def _answered(self, request: Message, plan: Plan[Message]) -> Plan[Message]:
        try:
            return (yield from plan)
        except ReadFailed as failure:
            code, words = failure.code, failure.message
        except WireError as problem:
            code, words = "unreadable", str(problem)
        return QueryFailed(type(request).__name__, code, words, not routine(request))

    def _renew(self, request: RenewToken) -> Plan[Message]:
        try:
            token = yield from self.access.renew(self.access.token, request.fresh)
        except ReadFailed as failure:
            return TokenFailed(str(failure))
        return TokenRenewed(token.expires)


def routine(request: Message) -> bool:
    """Whether a request is a read that can as well be made later."""
    match request:
        case QueryOrders(urgent=urgent) | QueryPositions(urgent=urgent) | QueryFills(urgent=urgent):
            return not urgent
        case QueryAccount() | QueryBars():
            return True
        case _:
            return False
