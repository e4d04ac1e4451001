"""Faults that came together and broke a promise once. More of them by command: see pairs.py."""

import pytest

from tests.simulation.pairs import Plan, drawn, hopeless, play
from tools.simulate.__main__ import Mishap


def plan(seed: int, seconds: float, *faults: str, manual: bool = False, crash: str = "") -> Plan:
    crashes = (Mishap.of(crash),) if crash else ()
    return Plan(seed, seconds, manual, tuple(map(Mishap.of, faults)), crashes)


CASES = {
    "a stranger beside two deaf hubs": plan(888, 110, "external_order@60:20", "silent_hub@60:20"),
    "a flatten that nothing lets through for half a minute": plan(
        93, 173, "http_500@55.5:26.2", "silent_hub@41.9:23.2", "reject_all@57.6:14.6", manual=True
    ),
    "a leg that an expired token refused, and its successor": plan(
        9, 80, "expire_token@43.7", "freeze_trades@35.9:27.3", manual=True, crash="signal@52.9"
    ),
    "positions closed by hand while their legs are placed": plan(
        23, 100, "lockout@54.5:16.5", "external_close@55.8:29.5", manual=True
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_was_lost_once_is_won(name: str) -> None:
    outcome = play(CASES[name])
    assert outcome.failures == ()
    assert outcome.trips > 3


def test_a_way_out_that_cannot_succeed_has_begun_in_time_all_the_same() -> None:
    """Nobody can close while every request fails; what can be promised is to have tried."""
    chosen = plan(57, 100, "external_order@26.7:28.8", "http_500@22.5:18.2", crash="hub@31.6")
    outcome = play(chosen)
    assert hopeless(chosen, outcome.failures), outcome.failures
    assert not [words for words in outcome.failures if "PROTECTED" in words]


def test_a_seed_is_a_plan_and_the_faults_asked_for_are_in_it() -> None:
    chosen = drawn(7, ["silent_hub"])
    assert chosen == drawn(7, ["silent_hub"]) != drawn(8, ["silent_hub"])
    assert "silent_hub" in chosen.names
    assert 2 <= len(chosen.faults) <= 3
    first = min(chosen.faults, key=lambda one: one.at)
    assert all(one.at <= first.at + (first.duration or 30) for one in chosen.faults)
