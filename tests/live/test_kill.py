"""kill -9 at each step of an entry, an exit and a flatten, and ten times with a position: a real
process kills itself there, the venue lives on, and the next process knows what there is.

There is no sentinel here that would go flat in between, as where the whole machine has died.
"""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.account import Account
from tests.live.bench import simulator

pytestmark = [pytest.mark.realtime, pytest.mark.slow]


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Account]:
    with simulator() as venue:
        made = Account(venue, tmp_path, "-osupervision.sentinel=false")
        yield made
        made.end()


def test_at_each_step_of_an_entry(account: Account) -> None:
    steps = ("intent-written", "request-sent", "accepted", "filled", "protected")
    account.start(steps[0], "enter")
    for step, following in zip(steps, (*steps[1:], "never"), strict=True):
        account.died(step)
        account.start(following)
        held = step != "intent-written"
        account.calm("protected" if held else "flat")
        assert account.agree() == (1 if held else 0), step
        if held and following != "never":
            account.plan("exit")
            account.calm("flat")
        if following != "never":
            account.plan("enter")
    account.stop()
    assert len(account.judged().entries) == 4, "the first intent was never placed"


def test_at_each_step_of_an_exit(account: Account) -> None:
    account.start("targets-cancelled", "enter")
    account.calm("protected")
    for step, following in (
        ("targets-cancelled", "close-sent"),
        ("close-sent", "closed"),
        ("closed", "never"),
    ):
        account.kill_at(step, "exit")
        account.start(following)
        held = step == "targets-cancelled"
        account.calm("protected" if held else "flat")
        assert account.agree() == (1 if held else 0), step
        if following != "never" and not held:
            account.plan("enter")
            account.calm("protected")
    account.stop()
    assert len(account.judged().entries) == 2


def test_at_each_step_of_a_flatten(account: Account) -> None:
    account.start("latched", "enter")
    account.calm("protected")
    account.plan("flatten")
    account.engine.send(signal.SIGUSR1)
    for step, following in (
        ("latched", "cancelling"),
        ("cancelling", "close-sent"),
        ("close-sent", "before-proof"),
    ):
        account.died(step)
        account.start(following, "flatten")
    account.calm("flat", "HALTED")
    assert account.agree() == 0
    ((code, lifted),) = account.query("SELECT code, lifted FROM latches WHERE code LIKE 'kill%'")
    assert (code, lifted) == ("kill_switch[signal]", None)
    account.plan("enter")
    account.stop(10)

    before = len([row for row in account.journal() if row["kind"] == "order"])
    account.start("never", "enter", "--resume", "looked at it")
    account.calm("protected")
    assert account.agree() == 1
    assert len([row for row in account.journal() if row["kind"] == "order"]) > before
    account.stop()
    assert len(account.judged().entries) == 2
    ((reason,),) = account.query("SELECT reason FROM latches WHERE code LIKE 'kill%'")
    assert reason == "resumed: looked at it"
    unlatched = [row["words"] for row in account.engine.said("Unlatch")]
    assert "resumed: looked at it" in unlatched
    (log,) = account.logs.glob("trading_*.log")
    told = "LATCH LIFTED: kill_switch[signal]: resumed: looked at it"
    assert told in log.read_text("utf-8")
    assert not account.query("SELECT 1 FROM latches WHERE lifted IS NULL")


def test_ten_times_with_a_position(account: Account) -> None:
    account.start(plan="enter")
    for _ in range(10):
        account.calm("protected")
        assert account.agree() == 1
        account.engine.kill()
        account.start()
    account.calm("protected")
    assert account.agree() == 1
    account.stop()
    report = account.judged()
    assert len(report.entries) == 1
    orders = {row["id"] for row in account.journal() if row["kind"] == "order"}
    assert len(orders) == 4, "the entry, its two legs and the close"
