"""The oracle: one planted violation of each promise is found, and a good journal has none."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.oracle import INVARIANTS, Report, judge, read, violations

MES = "CON.F.US.MES.Z26"
ACCOUNT = 48_120_077
MARKET, LIMIT, STOP = 2, 1, 4
OPEN, FILLED, CANCELLED, REJECTED, PENDING, SUSPENDED = 1, 2, 3, 5, 6, 8
BUY, SELL = 0, 1
SECOND = 1_000_000_000
Row = dict[str, Any]


class Journal:
    """A venue's journal written by hand."""

    def __init__(self) -> None:
        self.ns = 1_795_186_800 * SECOND
        self.rows: list[Row] = []
        self.balance = Decimal("50000.00")
        account = {"id": ACCOUNT, "name": "PRAC", "balance": "50000.00"}
        self.add("header", schema=1, seed=1, epoch_ns=self.ns, contracts=[], accounts=[account])
        self.frame("GatewayQuote")

    def add(self, kind: str, **keys: Any) -> None:
        self.rows.append({"ns": self.ns, "kind": kind, **keys})

    def wait(self, seconds: float) -> None:
        self.ns += round(seconds * SECOND)

    def frame(self, target: str, volume: int = 0) -> None:
        self.add("frame", connection=2, target=target, key=MES, records=1, volume=volume, bytes=99)

    def request(self, path: str, **body: Any) -> None:
        content = {"accountId": ACCOUNT, "contractId": MES, **body}
        self.add("request", path=f"/api/{path}", account=ACCOUNT, body=content, status=200, error=0)

    def order(
        self, id: int, status: int, type: int = MARKET, side: int = BUY, size: int = 1, **keys: Any
    ) -> None:
        filled = size if status == FILLED else 0
        row = {"id": id, "status": status, "type": type, "side": side, "size": size}
        self.add("order", account=ACCOUNT, contract=MES, filled=filled, **row, **keys)

    def fill(self, id: int, order: int, side: int, pnl: str | None = None) -> None:
        money = {"fees": "0.36", "commissions": "0.25", "pnl": pnl}
        row = {"id": id, "order": order, "side": side, "size": 1, "price": 27_200}
        self.add("fill", account=ACCOUNT, contract=MES, **row, **money)
        self.balance += Decimal(pnl or 0) - Decimal("0.61")

    def position(self, size: int) -> None:
        self.add("position", account=ACCOUNT, contract=MES, size=size, average="27200")
        self.add("account", account=ACCOUNT, balance=str(self.balance), can_trade=True)

    def place(self, tag: str = "ff-1", first: int = 100, size: int = 1) -> None:
        """An accepted entry with its suspended legs."""
        self.request("Order/place", customTag=tag, type=MARKET, side=BUY, size=size)
        legs = {"side": SELL, "size": size, "parent": first}
        self.order(first + 1, SUSPENDED, STOP, tag=f"{tag}-SL", **legs)
        self.order(first, PENDING, size=size, tag=tag)
        self.order(first + 2, SUSPENDED, LIMIT, tag=f"{tag}-TP", **legs)

    def enter(self, tag: str = "ff-1", first: int = 100) -> None:
        self.place(tag, first)
        self.wait(0.01)
        self.fill(first, first, BUY)
        self.order(first, FILLED, tag=tag)
        self.position(1)

    def cover(self, first: int = 100) -> None:
        for number, kind in ((first + 2, LIMIT), (first + 1, STOP)):
            self.order(number, OPEN, kind, SELL, parent=first)

    def leave(self, first: int = 100) -> None:
        """The target fills and the stop is cancelled."""
        self.wait(1)
        self.fill(first + 2, first + 2, SELL, "17.50")
        self.order(first + 2, FILLED, LIMIT, SELL, parent=first)
        self.position(0)
        self.wait(0.012)
        self.order(first + 1, CANCELLED, STOP, SELL, parent=first)


Plant = Callable[[Journal], None]


def trade(journal: Journal) -> None:
    journal.enter()
    journal.wait(0.025)
    journal.cover()
    journal.leave()


def bare(seconds: float, then: Plant = lambda journal: None, at: float = 0.0) -> Plant:
    """An entry whose stop opens late; `then` happens `at` seconds after the fill."""

    def plant(journal: Journal) -> None:
        journal.enter()
        journal.wait(at)
        then(journal)
        journal.wait(seconds - at)
        journal.cover()
        journal.leave()

    return plant


def found(*plants: Plant, **given: Any) -> dict[str, int]:
    return {name: count for name, count in report(*plants, **given).violations.items() if count}


def report(*plants: Plant, **given: Any) -> Report:
    journal = Journal()
    for plant in plants:
        plant(journal)
    return judge(journal.rows, **({"max_contracts": 1} | given))


def test_a_good_journal_has_no_violations() -> None:
    journal = Journal()
    trade(journal)
    assert violations(journal.rows, max_contracts=1) == dict.fromkeys(INVARIANTS, 0)


def test_what_happened_is_reported() -> None:
    said = report(trade)
    assert [(entry.order, entry.tag) for entry in said.entries] == [(100, "ff-1")]
    assert said.fills == 2
    assert said.net[ACCOUNT] == said.balance_change[ACCOUNT] == Decimal("16.28")
    assert said.max_unprotected_ms == 25
    assert said.flat


# PROTECTED


@pytest.mark.parametrize(("seconds", "broken"), [(2.0, {}), (2.001, {"PROTECTED": 1})])
def test_a_position_uncovered_for_more_than_two_seconds(
    seconds: float, broken: dict[str, int]
) -> None:
    assert found(bare(seconds)) == broken


def test_the_time_allowed_is_the_callers() -> None:
    assert found(bare(2.5), unprotected_s=3.0) == {}


def close(journal: Journal) -> None:
    journal.request("Position/closeContract")


def opposite(journal: Journal) -> None:
    journal.order(300, PENDING, MARKET, SELL)
    journal.order(300, CANCELLED, MARKET, SELL)


@pytest.mark.parametrize("way", [close, opposite])
def test_a_flatten_begun_in_time_is_no_violation(way: Plant) -> None:
    assert found(bare(6.0, way, at=1.9)) == {}


@pytest.mark.parametrize("way", [close, opposite])
def test_a_flatten_begun_too_late_is(way: Plant) -> None:
    assert found(bare(6.0, way, at=2.1)) == {"PROTECTED": 1}


def test_cover_lost_to_a_close_just_asked_for_is_no_violation_and_an_old_one_excuses_nothing() -> (
    None
):
    def stripped(seconds: float) -> Plant:
        def plant(journal: Journal) -> None:
            journal.enter()
            journal.cover()
            close(journal)
            journal.wait(seconds)
            journal.order(101, CANCELLED, STOP, SELL, parent=100)
            journal.wait(2.5)
            journal.leave()

        return plant

    assert found(stripped(0.1)) == {}
    assert found(stripped(10)) == {"PROTECTED": 1}


def test_a_cancelled_stop_is_a_loss_of_cover() -> None:
    def lost(journal: Journal) -> None:
        journal.enter()
        journal.cover()
        journal.order(101, CANCELLED, STOP, SELL, parent=100)
        journal.wait(2.5)
        journal.leave()

    assert found(lost) == {"PROTECTED": 1}


def test_a_stop_on_the_wrong_side_or_too_small_does_not_cover() -> None:
    def wrong(journal: Journal) -> None:
        journal.order(7, OPEN, STOP, BUY)
        journal.order(8, OPEN, STOP, SELL)
        journal.position(2)
        journal.wait(2.5)
        journal.position(0)
        journal.order(7, CANCELLED, STOP, BUY)
        journal.order(8, CANCELLED, STOP, SELL)

    assert found(wrong, max_contracts=2) == {"PROTECTED": 1}


def test_what_is_filled_of_a_stop_covers_no_more() -> None:
    def partly(filled: int) -> Plant:
        def plant(journal: Journal) -> None:
            keys = {"account": ACCOUNT, "contract": MES, "type": STOP, "side": SELL, "size": 2}
            journal.add("order", id=7, status=OPEN, filled=filled, **keys)
            journal.position(2)
            journal.wait(2.5)
            journal.position(0)
            journal.add("order", id=7, status=CANCELLED, filled=filled, **keys)

        return plant

    assert found(partly(0), max_contracts=2) == {}
    assert found(partly(1), max_contracts=2) == {"PROTECTED": 1}


def test_a_position_bare_at_the_end_is_judged() -> None:
    def end(journal: Journal) -> None:
        journal.enter()
        journal.wait(3)
        journal.frame("GatewayQuote")

    assert found(end) == {"PROTECTED": 1, "ENDS_FLAT": 1}


# BOUNDED


def test_an_entry_that_could_exceed_the_maximum() -> None:
    def second(journal: Journal) -> None:
        journal.enter()
        journal.cover()
        journal.place("ff-2", 200)
        for number in (200, 201, 202):
            journal.order(number, CANCELLED)
        journal.leave()

    assert found(second) == {"BOUNDED": 1}
    assert found(second, max_contracts=2) == {}


def test_an_order_by_hand_is_outside_but_its_excess_must_go_within_five_seconds() -> None:
    def by_hand(seconds: float) -> Plant:
        def plant(journal: Journal) -> None:
            journal.order(9, OPEN, STOP, SELL, size=2)
            journal.order(10, PENDING, size=2)
            journal.order(10, FILLED, size=2)
            journal.position(2)
            journal.wait(seconds)
            journal.position(0)
            journal.order(9, CANCELLED, STOP, SELL, size=2)

        return plant

    assert found(by_hand(5.0)) == {}
    assert found(by_hand(5.001)) == {"BOUNDED": 1}


@pytest.mark.parametrize(("detail", "broken"), [("orders [9]", {}), ("orders []", {"BOUNDED": 1})])
def test_what_somebody_else_has_placed_is_not_held_against_the_engines_next_order(
    detail: str, broken: dict[str, int]
) -> None:
    def beside(journal: Journal) -> None:
        journal.order(9, PENDING, side=BUY)
        journal.add("fault", name="external_close", detail=f"fired: {detail}")
        journal.order(10, PENDING, side=BUY, tag="ff-9")
        journal.order(9, CANCELLED, side=BUY)
        journal.order(10, CANCELLED, side=BUY, tag="ff-9")

    assert found(beside) == broken


# ONE_ORDER


def test_other_requests_that_name_a_tag_are_not_placements() -> None:
    def looked_up(journal: Journal) -> None:
        journal.request("Order/search", customTag="ff-1")

    assert found(trade, looked_up) == {}


def test_an_order_that_only_closes_is_no_entry() -> None:
    said = report(trade, lambda journal: journal.place("ff-2", 200))
    assert [entry.tag for entry in said.entries] == ["ff-1", "ff-2"]
    assert [entry.order for entry in report(bare(0.1, opposite)).entries] == [100]


def test_two_accepted_orders_of_one_tag() -> None:
    def doubled(journal: Journal) -> None:
        journal.order(200, FILLED, tag="ff-1")

    assert found(trade, doubled) == {"ONE_ORDER": 1}


def test_a_tag_sent_again_although_the_venue_refused_it() -> None:
    def again(journal: Journal) -> None:
        journal.request("Order/place", customTag="ff-1")
        journal.order(200, REJECTED, tag="ff-1")

    assert found(trade, again) == {"ONE_ORDER": 1}


# LATCHED


def test_an_entry_while_latched() -> None:
    start = Journal().ns
    assert found(trade, latched=[(start - 1, None)]) == {"LATCHED": 1}
    assert found(trade, latched=[(start - SECOND, start)]) == {}


# ENDS_FLAT


def test_a_position_or_a_working_order_at_the_end() -> None:
    def held(journal: Journal) -> None:
        journal.enter()
        journal.cover()

    def orphan(journal: Journal) -> None:
        journal.order(400, OPEN, STOP, SELL, parent=100)

    assert found(held) == {"ENDS_FLAT": 1}
    assert found(trade, orphan) == {"ENDS_FLAT": 1}
    assert not report(trade, orphan).flat


# FRESH


@pytest.mark.parametrize(("seconds", "broken"), [(5.25, {}), (5.26, {"FRESH": 1})])
def test_an_entry_on_stale_data(seconds: float, broken: dict[str, int]) -> None:
    assert found(lambda journal: journal.wait(seconds), trade) == broken


# AGREED


def test_a_balance_that_the_fills_do_not_make() -> None:
    def cent(journal: Journal) -> None:
        journal.balance += Decimal("0.01")
        journal.position(0)

    assert found(trade, cent) == {"AGREED": 1}


def metrics(net: float = 16.28, sent: int = 10) -> dict[str, Any]:
    books = {"sent": sent, "handled": 8, "conflated": 1, "dead": 1, "queued": 0, "running": 0}
    return {"pnl": {"net": net}, "messages": books}


def test_the_engines_money_must_be_the_venues() -> None:
    assert found(trade, metrics=metrics()) == {}
    assert found(trade, metrics=metrics(net=16.29)) == {"AGREED": 1}


# ACCOUNTED


def test_the_engines_deliveries_must_add_up() -> None:
    assert found(trade, metrics=metrics(sent=11)) == {"ACCOUNTED": 1}


# Reading


def test_volume_is_what_was_sent_to_each_connection() -> None:
    def prints(journal: Journal) -> None:
        journal.frame("GatewayTrade", 7)
        journal.frame("GatewayTrade", 5)
        journal.add("print", contract=MES, price=1, size=99, side=1)

    assert report(prints).volume == {2: 12}


def test_another_account_can_be_left_out() -> None:
    def other(journal: Journal) -> None:
        journal.add("position", account=2, contract=MES, size=5, average="1")

    assert found(trade, other, account=ACCOUNT) == {}
    assert found(trade, other) == {"ENDS_FLAT": 1}


def test_a_journal_is_read_from_text_or_lines() -> None:
    journal = Journal()
    trade(journal)
    lines = [json.dumps(row) for row in journal.rows]
    assert read("\n".join(lines) + "\n") == journal.rows
    assert read(line.encode() for line in lines) == journal.rows
