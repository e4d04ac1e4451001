"""The venue of a process that has died stays for whoever closes what that one held."""

from time import monotonic, sleep

import pytest

from tests.live.bench import Client, Simulator, simulator, until
from tools.simulator.server import BEREFT

pytestmark = [pytest.mark.realtime]


def orphan(venue: Simulator) -> None:
    assert venue.process.stdin is not None
    venue.process.stdin.close()
    venue.process.stdin = None  # what ends the venue would else write to it


def test_it_stays_until_the_account_is_flat_and_ends_soon_after() -> None:
    with simulator() as venue:
        client = Client(venue.rest)
        client.place(type=2, side=0)
        until("a position", lambda: client.rows("Position/searchOpen", "positions"))
        orphan(venue)
        left = monotonic() + 2
        while monotonic() < left:
            assert client.rows("Position/searchOpen", "positions"), "nobody has closed it"
            sleep(0.2)  # the venue answers 200 requests a minute
        client.post("Position/closeContract", accountId=client.account, contractId=client.contract)
        until("flat", lambda: not client.rows("Position/searchOpen", "positions"))
        assert venue.process.wait(BEREFT) == 0


def test_without_a_position_it_ends_soon() -> None:
    with simulator() as venue:
        began = monotonic()
        orphan(venue)
        assert venue.process.wait(BEREFT) == 0
        assert monotonic() - began < BEREFT - 1, "it waits for nobody"


def test_nobody_is_waited_for_for_ever() -> None:
    with simulator() as venue:
        client = Client(venue.rest)
        client.place(type=1, side=0, limitPrice=5000.0)
        orphan(venue)
        assert venue.process.wait(3 * BEREFT) == 0
