"""Hubs change to new connections in the middle of a session: nothing is missed, nothing twice."""

import json
from functools import partial

from actors.hub.backoff import FIRST
from actors.runtime.delivery import Published, Record
from messages.base import SECOND, Nanos
from messages.hub import (
    Hub,
    HubLost,
    HubOpened,
    HubRefreshed,
    Loss,
    RefreshFailed,
    RefreshHub,
    TokenRenewed,
)
from messages.market import BarClosed, Tape
from tests.simulation.bench import Bench, broken, settings
from tests.simulation.strategies import EAGER
from tools.simulate.mishaps import fault
from tools.simulate.session import START

Heard = tuple[Nanos, int, int, int]
"""(stamp, price, size, side) of a print."""


class Tapes:
    """Keeps the prints that the engine was told of, in order."""

    def __init__(self) -> None:
        self.contract = ""
        self.prints: list[Heard] = []

    def record(self, record: Record) -> None:
        if isinstance(record, Published) and isinstance(record.message, Tape):
            self.contract = record.message.contract
            for one in record.message.prints:
                self.prints.append((one.stamp, one.price, one.size, int(one.side)))

    def flush(self) -> None:
        """Nothing is written."""

    def close(self) -> None:
        """Nothing to close."""


def changed(seconds: int, every: int, hub: Hub) -> tuple[Bench, Tapes]:
    tapes = Tapes()
    bench = Bench(3, seconds, settings(*EAGER), also=[tapes])
    for at in range(every, seconds - 5, every):
        refresh = partial(bench.session.emit, RefreshHub(hub))
        bench.session.runtime.at(START + at * SECOND, refresh)
    return bench, tapes


def missed(bench: Bench, tapes: Tapes) -> int:
    """How many of the prints that the venue sent were not told at the end; those before must be the
    venue's, each once and in order. The hub's stamps have 7 digits.
    """
    rows = [json.loads(line) for line in bench.session.venue.journal.lines(0)]
    frames = [row["ns"] for row in rows if row["kind"] == "frame" and row["key"] == tapes.contract]
    sent = [
        (row["ns"] // 100 * 100, row["price"], row["size"], row["side"])
        for row in rows
        if row["kind"] == "print" and tapes.prints[0][0] <= row["ns"] <= max(frames)
    ]
    assert tapes.prints == sent[: len(tapes.prints)]
    return len(sent) - len(tapes.prints)


def test_every_print_is_told_once_and_in_order_over_many_changes() -> None:
    bench, tapes = changed(90, 3, Hub.MARKET)
    ended, report = bench.run()
    assert len(bench.ear.of(HubRefreshed)) == 28
    assert bench.ear.of(HubLost) == []
    assert missed(bench, tapes) < 20, "but for what was on its way at the end"
    bars = [closed.bar for closed in bench.ear.of(BarClosed)]
    within = [p for p in tapes.prints if bars[0].start <= p[0] < bars[-1].end]
    assert sum(bar.volume for bar in bars) >= sum(size for _, _, size, _ in within)
    assert not broken(report.violations), report.details
    assert not broken(ended.violations)
    assert ended.round_trips > 3


def test_the_user_hub_changes_in_positions_too() -> None:
    bench, _ = changed(90, 4, Hub.USER)
    ended, report = bench.run()
    assert len(bench.ear.of(HubRefreshed)) == 21
    assert not broken(report.violations), report.details
    assert not broken(ended.violations)
    assert (ended.code, ended.state) == (0, "FLAT")
    assert ended.round_trips > 3


def test_a_change_that_the_venue_refuses_leaves_the_old_connection() -> None:
    bench, tapes = changed(60, 10, Hub.MARKET)
    fault(bench.session, "refuse_upgrade", 15, 10)
    bench.run()
    (failed,) = bench.ear.of(RefreshFailed)
    assert failed.number == 2, "the connection of the change before goes on"
    assert bench.ear.of(HubLost) == []
    assert missed(bench, tapes) < 20


def test_a_renewed_token_brings_both_hubs_to_change_when_flat() -> None:
    bench = Bench(3, 60, settings(*EAGER))
    expires = START + 40 * 3_600 * SECOND
    renewed = partial(bench.session.emit, TokenRenewed(expires))
    bench.session.runtime.at(START + 20 * SECOND, renewed)
    ended, report = bench.run()
    assert [done.hub for done in bench.ear.of(HubRefreshed)] == [Hub.MARKET, Hub.USER]
    assert not broken(report.violations), report.details
    assert ended.state == "FLAT"


def market(bench: Bench, kind: type[HubLost] | type[HubOpened]) -> list[HubLost | HubOpened]:
    return [told for told in bench.ear.of(kind) if told.hub is Hub.MARKET]


def test_an_old_connection_that_dies_as_the_new_one_opens_is_a_loss_and_an_opening() -> None:
    bench, tapes = changed(30, 20, Hub.MARKET)
    session = bench.session

    def drop() -> None:
        hubs = session.venue._hubs
        oldest = min(n for n, row in hubs.connections.items() if row.hub == "market")
        hubs.drop(session.runtime.clock.now, oldest)
        session.world.collect()

    session.at(20.003, drop)
    ended, _ = bench.run()
    assert ended.code == 0
    assert market(bench, HubLost) == [
        HubLost(Hub.MARKET, 1, "the venue dropped the connection"),
    ]
    assert [told.number for told in market(bench, HubOpened)] == [1, 2]
    lost, opened = [
        at
        for at, _, told in bench.ear.said
        if isinstance(told, HubLost | HubOpened) and told.hub is Hub.MARKET and at > START + SECOND
    ]
    assert opened - lost < FIRST // 2, "by the connection under way, not by the next attempt"
    assert [failed.number for failed in bench.ear.of(RefreshFailed)] == [0]
    assert len(tapes.prints) == len(set(tapes.prints)), "what both gave was told once"


def test_a_logout_that_both_connections_hear_is_told_once_as_one() -> None:
    bench, _ = changed(30, 20, Hub.MARKET)
    logout = json.dumps({"name": "second_session", "target": "market"}).encode()
    bench.session.at(20.003, partial(bench.session.control, "/sim/faults", logout))
    ended, _ = bench.run()
    assert ended.code == 0
    losses = [(told.number, told.loss) for told in bench.ear.of(HubLost) if told.hub is Hub.MARKET]
    assert losses[:2] == [(1, Loss.ENDED), (0, Loss.LOGOUT)]
