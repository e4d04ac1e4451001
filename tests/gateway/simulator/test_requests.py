"""The client against the simulated venue, both as they ship: its process, real HTTP, real hubs.

The simulator is an independent reading of the same wire reference, so what agrees here was not
agreed on between the two.
"""

import json
import threading
import time

import pytest
import requests

from gateway.access import Access
from gateway.contracts import Instruments
from gateway.queries import Queries
from gateway.reading import ReadFailed
from gateway.reduction import reducing
from gateway.rest import RestCore
from gateway.rest_shell import Carrier, RestPort
from gateway.session import AuthenticationFailed, ContractUnknown, Session, establishing
from gateway.status import pinging
from messages.base import SECOND, Message
from messages.hub import RenewToken, TokenRenewed
from messages.market import BarsFound, QueryBars, Side
from messages.order import (
    CancelOrder,
    CancelResult,
    CloseContract,
    CloseResult,
    Order,
    OrdersFound,
    OrderStatus,
    OrderType,
    Outcome,
    PlaceOrder,
    PlaceResult,
    Purpose,
    QueryFailed,
    QueryFills,
    QueryOrders,
)
from messages.position import PositionsFound, QueryPositions
from tests.gateway.simulator.bench import PATIENCE_S, ask, wait_for


def test_a_session_is_established(session: Session) -> None:
    assert session.account.can_trade
    assert [traded.symbol for traded in session.instruments] == ["MES"]
    assert session.expires > time.time_ns() + 3600 * SECOND


def test_bars_reach_up_to_now_and_fit_together(port: RestPort, session: Session) -> None:
    now = time.time_ns()
    contract = session.instruments[0].id
    found = ask(port, QueryBars(contract, 1, now - 120 * SECOND, now, 120), BarsFound)
    assert len(found.bars) > 20
    assert now - 30 * SECOND < found.bars[-1].end <= now + SECOND
    assert all(a.end <= b.start for a, b in zip(found.bars, found.bars[1:], strict=False))


def test_suspended_children_of_a_resting_entry_are_seen(port: RestPort, session: Session) -> None:
    contract, tag = session.instruments[0].id, f"r-{time.time_ns() % 10**9}"
    entry = PlaceOrder(
        contract, tag, Purpose.ENTRY, OrderType.LIMIT, Side.BUY, 1, 20_000, None, -20, 20
    )
    placed = ask(port, entry, PlaceResult)
    assert placed.outcome is Outcome.ACCEPTED, placed
    found = {order.tag: order.status for order in ask(port, QueryOrders(), OrdersFound).orders}
    assert found[f"{tag}-SL"] is found[f"{tag}-TP"] is OrderStatus.SUSPENDED
    again = ask(port, entry, PlaceResult)
    assert (again.outcome, again.code) == (Outcome.REFUSED, "duplicate_tag")
    ask(port, CancelOrder(contract, placed.order), CancelResult)


def test_part_of_a_position_is_closed_and_its_order_found_by_number(
    port: RestPort, carrier: Carrier, access: Access, session: Session
) -> None:
    contract, account = session.instruments[0].id, session.account.id
    entry = PlaceOrder(contract, "p-1", Purpose.ENTRY, OrderType.MARKET, Side.BUY, 3)
    placed = ask(port, entry, PlaceResult)

    def held() -> int:
        return sum(p.size for p in ask(port, QueryPositions(), PositionsFound).positions)

    wait_for(lambda: held() == 3)
    verdict = carrier.carry(reducing(access, account, contract, 2))
    assert verdict.outcome is Outcome.ACCEPTED
    wait_for(lambda: held() == 1)
    too_much = carrier.carry(reducing(access, account, contract, 5))
    assert (too_much.outcome, too_much.code) == (Outcome.REFUSED, "invalid_close_size")
    queries = Queries(access, Instruments(session.instruments), account)
    found = carrier.carry(queries.order(placed.order))
    assert found is not None
    assert (found.status, found.filled, found.tag) == (OrderStatus.FILLED, 3, "p-1")
    assert carrier.carry(queries.order(1)) is None
    ask(port, CloseContract(contract), CloseResult)
    wait_for(lambda: held() == 0)


@pytest.mark.parametrize(
    ("fault", "code", "happened"),
    [
        ("lose_response_after_accept", "timed_out", True),
        ("code_6_pending", "order_pending", True),
        ("http_500", "http_500", False),
        ("http_429_burst", "http_429", False),
    ],
)
def test_a_doubtful_entry_is_sent_once_and_its_tag_tells_what_became_of_it(
    venue: dict[str, str],
    port: RestPort,
    access: Access,
    session: Session,
    fault: str,
    code: str,
    happened: bool,
) -> None:
    core = RestCore(access, Instruments(session.instruments), session.account.id)
    patience = 0.4 if code == "timed_out" else PATIENCE_S
    hurried = Carrier(venue["rest"], time.time_ns, read_timeout=patience)
    contract = session.instruments[0].id
    tag, since = f"doubt-{fault}", time.time_ns() - SECOND
    limit = ask(port, QueryBars(contract, 1, since - 60 * SECOND, since, 1), BarsFound).bars[-1].low
    entry = PlaceOrder(
        contract, tag, Purpose.ENTRY, OrderType.LIMIT, Side.BUY, 1, limit=limit - 400
    )
    trouble = {"name": fault, "target": "/api/Order/place"}
    assert requests.post(f"{venue['rest']}/sim/faults", json=trouble, timeout=PATIENCE_S).ok
    result = ask(RestPort(hurried, core), entry, PlaceResult)
    assert (result.outcome, result.code, result.order) == (Outcome.UNKNOWN, code, None)

    def sent() -> int:
        rows = map(json.loads, requests.get(journal, timeout=PATIENCE_S).iter_lines())
        bodies = [row.get("body") or {} for row in rows if row["kind"] == "request"]
        return sum(body.get("customTag") == tag for body in bodies)

    journal = f"{venue['rest']}/sim/journal"
    wait_for(lambda: sent() > 0)  # who gave it up may have done so before the venue read it
    stop = {"name": fault, "stop": True}
    assert requests.post(f"{venue['rest']}/sim/faults", json=stop, timeout=PATIENCE_S).ok

    def known() -> list[Order]:
        answer = ask(port, QueryOrders(since, True), OrdersFound)
        return [order for order in answer.orders if order.tag == tag]

    # An accepted order is pending at the venue first, and works a moment later.
    wait_for(lambda: all(order.status is OrderStatus.OPEN for order in known()))
    assert len(known()) == happened
    assert sent() == 1
    for order in known():
        ask(port, CancelOrder(contract, order.id), CancelResult)
    hurried.close()


def test_lists_that_are_null_are_not_read_as_empty(venue: dict[str, str], port: RestPort) -> None:
    trouble = {"name": "null_lists", "duration": 60}
    assert requests.post(f"{venue['rest']}/sim/faults", json=trouble, timeout=5).ok
    for request in (QueryOrders(), QueryPositions(), QueryFills(time.time_ns())):
        assert ask(port, request, QueryFailed).code == "not_stated"
    stop = {"name": "null_lists", "stop": True}
    assert requests.post(f"{venue['rest']}/sim/faults", json=stop, timeout=5).ok
    ask(port, QueryPositions(), PositionsFound)


def test_a_ping_needs_no_token_and_a_logout_ends_one(
    carrier: Carrier, venue: dict[str, str]
) -> None:
    assert 0 < carrier.carry(pinging()) < SECOND
    guest = Access("demo", "demo")
    token = carrier.carry(guest.login())
    carrier.carry(guest.logout())
    assert guest.token is None
    guest.token = token
    with pytest.raises(ReadFailed, match=r"invalid_session|http_401"):
        carrier.carry(guest.logout())


def test_a_renewed_token_works_at_once(port: RestPort, access: Access) -> None:
    before = access.token
    ask(port, RenewToken(), TokenRenewed)
    assert access.token is not before
    ask(port, QueryPositions(), PositionsFound)


def test_ten_threads_that_get_401_at_once_cause_one_login(
    port: RestPort, venue: dict[str, str], renewal: threading.Lock
) -> None:
    def asked(path: str) -> list[int]:
        journal = requests.get(f"{venue['rest']}/sim/journal", timeout=PATIENCE_S)
        rows = map(json.loads, journal.iter_lines())
        return [row["status"] for row in rows if row.get("path", "").endswith(path)]

    def refused() -> int:
        return asked("Position/searchOpen").count(401)

    logins, before = len(asked("Auth/loginKey")), refused()
    trouble = {"name": "expire_token"}
    assert requests.post(f"{venue['rest']}/sim/faults", json=trouble, timeout=PATIENCE_S).ok
    found: list[Message] = []

    def read() -> None:
        found.extend(port.handle(QueryPositions(urgent=True)))

    threads = [threading.Thread(target=read) for _ in range(10)]
    with renewal:  # nobody renews before all have been refused
        for thread in threads:
            thread.start()
        wait_for(lambda: refused() == before + 10)
    for thread in threads:
        thread.join(PATIENCE_S)
    assert [type(answer) for answer in found] == [PositionsFound] * 10
    assert len(asked("Auth/loginKey")) == logins + 1


def test_a_wrong_key_and_an_unknown_contract(carrier: Carrier, access: Access) -> None:
    with pytest.raises(AuthenticationFailed):
        carrier.carry(establishing(Access("demo", "wrong-key"), None, ["MES"]))
    with pytest.raises(ContractUnknown, match="no active contract for NOPE"):
        carrier.carry(establishing(access, None, ["NOPE"]))
