"""The engine is killed, frozen or gives up while it holds a position, on real sockets: the sentinel
makes the account flat, by the venue's journal.
"""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest

from tests.live.account import Account
from tests.live.bench import child, running, sim_post, simulator, until
from tests.oracle import judge

pytestmark = [pytest.mark.realtime, pytest.mark.slow]

PROMPT = ("-oapi.connect_timeout_s=0.5", "-oapi.read_timeout_s=1.5")
"""A sentinel sweeps for as long as a request may take, and two seconds more."""
SENTINEL = "gateway.sentinel"


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Account]:
    with simulator() as venue:
        made = Account(venue, tmp_path, *PROMPT)
        yield made
        made.end()


def log(account: Account) -> str:
    return (account.logs / "sentinel.log").read_text("utf-8")


def flat(account: Account) -> bool:
    report = judge(account.journal(), max_contracts=1)
    assert not any(report.violations[name] for name in ("PROTECTED", "BOUNDED", "ONE_ORDER"))
    return report.flat


def entries(account: Account) -> int:
    return len(judge(account.journal(), max_contracts=1).entries)


def test_wherever_the_engine_dies_the_account_ends_flat(account: Account) -> None:
    """And the next engine, started at once, waits until nobody else closes what it will open."""
    account.start("request-sent", "enter")
    for number, (step, following, plan) in enumerate(
        (
            ("request-sent", "filled", "enter"),
            ("filled", "protected", "enter"),
            ("protected", "close-sent", "enter"),
            ("close-sent", "never", "wait"),
        ),
        start=1,
    ):
        if step == "close-sent":
            account.calm("protected")
            account.plan("exit")
        account.died(step)
        until(f"flat after {step}", lambda: flat(account), 10)
        account.start(following, "wait")
        account.calm("flat")
        assert account.agree() == 0
        assert log(account).count("taking over: the engine is gone") == number
        account.plan(plan)
    account.stop()
    report = judge(account.journal(), max_contracts=1)
    assert report.flat
    assert not any(report.violations.values()), report.details
    assert len(report.entries) == 4


def test_a_frozen_engine_loses_the_account_and_halts_when_it_wakes(account: Account) -> None:
    account.start(plan="enter")
    account.calm("protected")
    sentinel, before = child(account.engine, SENTINEL), entries(account)
    account.engine.send(signal.SIGSTOP)
    frozen = monotonic()
    until("flat", lambda: flat(account), 15)
    assert monotonic() - frozen > 2.5, "silence counts for three seconds"
    account.engine.send(signal.SIGCONT)  # and its plan still says: enter
    account.calm("flat", "HALTED")
    (alarm,) = (row for row in account.engine.said("Alarm") if row["kind"] == "taken_over")
    assert "nothing heard of the engine for" in alarm["words"]
    account.stop(10)
    assert entries(account) == before
    assert flat(account)
    until("the sentinel's end", lambda: not running(sentinel), 10)


def test_a_machine_that_slept_is_no_dead_engine(account: Account) -> None:
    account.start()
    account.calm("flat")
    sentinel = child(account.engine, SENTINEL)
    account.engine.send(signal.SIGSTOP)
    os.kill(sentinel, signal.SIGSTOP)
    sleep(5)  # the nap itself
    os.kill(sentinel, signal.SIGCONT)
    account.engine.send(signal.SIGCONT)
    account.calm("flat")
    account.plan("enter")
    account.calm("protected")
    assert child(account.engine, SENTINEL) == sentinel
    account.stop()
    assert "taking over" not in log(account)


def test_a_killed_sentinel_is_replaced_and_trading_goes_on(account: Account) -> None:
    account.start()
    account.calm("flat")
    first = child(account.engine, SENTINEL)
    os.kill(first, signal.SIGKILL)
    until("another one", lambda: child(account.engine, SENTINEL) not in (0, first))
    account.plan("enter")
    account.calm("protected")
    second = child(account.engine, SENTINEL)
    account.stop()
    assert not running(second)
    assert "taking over" not in log(account)
    (words,) = [row["words"] for row in account.engine.said("Alarm") if row["kind"] == "sentinel"]
    assert "exit code -9" in words


def test_what_an_engine_could_not_close_is_closed_when_the_venue_lets_it(account: Account) -> None:
    account.start("never", "enter", "-osupervision.stop_deadline_s=5")
    account.calm("protected")
    refusing = {"name": "http_500", "target": "/api/Position/closeContract"}
    sim_post(account.venue.rest, "/sim/faults", **refusing)
    account.stop(6)
    assert not flat(account)
    sim_post(account.venue.rest, "/sim/faults", name="http_500", stop=True)
    until("flat", lambda: flat(account), 20)
    assert "taking over: the engine is gone" in log(account)


def test_a_supervisor_that_fails_is_no_dead_engine_while_the_lane_is_at_work(
    account: Account,
) -> None:
    """Two that close at once would open the other side."""
    account.start("unsupervised", "enter", "-osupervision.silence_s=2.5")
    account.calm("protected")
    refusing = {"name": "http_500", "target": "/api/Position/closeContract", "duration": 5}
    sim_post(account.venue.rest, "/sim/faults", **refusing)
    account.plan("fail")
    outcome = account.engine.wait(30)
    assert outcome.code == 10, outcome.err
    assert flat(account)
    assert "the supervisor has failed: going flat by the emergency lane" in outcome.err
    assert "taking over" not in log(account)
    assert "dismissed" in log(account)
