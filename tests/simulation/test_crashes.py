"""One actor after the other fails while a position is open: it is replaced, nothing is lost, and
the account is never without its stop.
"""

from random import Random

import pytest

from actors.runtime.address import Address
from actors.runtime.delivery import Delivery
from messages.base import SECOND
from messages.control import ActorFailed, ActorRestarted, Alarm, AlarmKind
from messages.position import RoundTrip
from supervisor import ACTORS, CHILDREN, TIMERS
from tests.simulation.bench import Bench, broken, dollars, settings
from tests.simulation.strategies import EAGER
from tools.simulate.mishaps import crashing
from tools.simulate.session import CONTRACT, START

RECOVERED = 20 * SECOND
TRADED_S = 40.0


class Saboteur:
    """Breaks an actor's core at its n-th message (timers aside) with a position open; then, `times`
    times in all, at the first message of each successor.
    """

    def __init__(self, actor: str, n: int, times: int = 1) -> None:
        self.bench: Bench | None = None
        self.struck = 0
        self._actor = actor
        self._n = n
        self._times = times
        self._heard = 0

    def due(self, address: Address, delivery: Delivery) -> bool:
        if address.partition("[")[0] != self._actor or isinstance(delivery.message, TIMERS):
            return False
        if self.bench is None or not self.bench.session.held or self.struck >= self._times:
            return False
        self._heard += 1
        if self._heard < self._n:
            return False
        self.struck += 1
        return True


def bench(saboteur: Saboteur, seed: int) -> Bench:
    made = Bench(seed, TRADED_S, settings(*EAGER), crashing(CHILDREN, saboteur.due))
    saboteur.bench = made
    return made


def place(actor: str) -> str:
    return f"bar[{CONTRACT}]" if actor == "bar" else actor


@pytest.mark.parametrize("case", range(4))
@pytest.mark.parametrize("actor", ACTORS)
def test_a_crash_in_a_position_is_survived(actor: str, case: int) -> None:
    seed = case * 10 + ACTORS.index(actor)
    n = Random(f"{actor} {case}").randint(1, 12)
    saboteur = Saboteur(actor, n)
    run = bench(saboteur, seed)
    ended, report = run.run()

    failed = run.ear.of(ActorFailed)
    assert saboteur.struck == 1, f"message {n} never came"
    assert [failure.actor for failure in failed] == [place(actor)]
    assert "broken on purpose" in failed[0].error
    assert [restart.actor for restart in run.ear.of(ActorRestarted)] == [place(actor)]
    assert len(run.ear.dead) == 1, "only the message that killed it is lost"

    assert ended.accounts.balanced
    assert (ended.accounts.queued, ended.accounts.running) == (0, 0)
    assert not broken(report.violations), report.details
    assert not broken(ended.violations)
    assert dollars(ended.net) == sum(report.net.values())

    end = run.session.runtime.clock.now
    crash = next(at for at, _, message in run.ear.said if isinstance(message, ActorFailed))
    assert run.ear.longest_disturbed(end) < RECOVERED
    assert (ended.code, ended.state) == (0, "FLAT")
    later = [at for at, _, message in run.ear.said if isinstance(message, RoundTrip)]
    assert any(crash < at < START + TRADED_S * SECOND for at in later), "it never traded again"


@pytest.mark.parametrize("actor", ACTORS)
def test_a_hung_actor_is_replaced(actor: str) -> None:
    run = Bench(3, TRADED_S, settings(*EAGER))
    session = run.session

    def wedge() -> None:
        if session.held:
            session.runtime.wedge(place(actor))
        else:
            session.at(session.seconds + 0.05, wedge)

    session.at(5, wedge)
    ended, report = run.run()

    hung = [alarm for alarm in run.ear.of(Alarm) if alarm.kind is AlarmKind.HUNG_ACTOR]
    assert [alarm.subject for alarm in hung] == [place(actor)]
    assert [restart.actor for restart in run.ear.of(ActorRestarted)] == [place(actor)]
    assert not broken(report.violations), report.details
    assert not broken(ended.violations)
    assert dollars(ended.net) == sum(report.net.values())
    assert run.ear.longest_disturbed(session.runtime.clock.now) < RECOVERED
    assert (ended.code, ended.state) == (0, "FLAT")


@pytest.mark.parametrize("actor", [actor for actor in ACTORS if actor != "order"])
def test_too_many_crashes_end_the_session_flat(actor: str) -> None:
    """Without the order room it takes the emergency lane, which needs sockets: see tests/live."""
    saboteur = Saboteur(actor, 3, times=10)
    run = bench(saboteur, 5)
    ended, report = run.run()

    assert len(run.ear.of(ActorRestarted)) == run.settings.supervision.restarts
    assert (ended.code, ended.state) == (10, "FLAT")
    assert report.flat
    assert not broken(report.violations), report.details
    # without its position room the engine does not know what its last trade has made
    assert set(broken(ended.violations)) <= ({"AGREED"} if actor == "position" else set())
    assert (ended.accounts.queued, ended.accounts.running) == (0, 0)
    assert run.session.seconds < TRADED_S, "it did not stop by itself"
