"""Both runtimes keep the same promises."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from actors.runtime.context import Context
from actors.runtime.delivery import Delivery, Outcome
from messages.control import Latch, Ping
from messages.market import Quote
from tests.runtime.bench import (
    DEADLINE_S,
    GATES,
    Bench,
    Note,
    Reminder,
    Report,
    Subject,
    ThreadedBench,
)


def test_messages_are_handled_in_the_order_sent(subject: Bench) -> None:
    subject.send(*[Note(f"n{i}") for i in range(200)])
    subject.settle()
    assert subject.overseer.reports == [f"n{i}" for i in range(200)]


def test_a_crash_reports_its_cause_and_loses_only_the_message_that_caused_it(
    subject: Bench,
) -> None:
    subject.send(Note("a"), Note("raise boom"), Note("b"))
    subject.settle()
    (failure,) = subject.overseer.failures
    assert (failure.actor, "boom" in failure.error) == ("order", True)
    assert "ValueError" in failure.traceback
    (dead,) = [f for f in subject.finished(Note) if f.outcome is Outcome.DEAD]
    assert dead.id == failure.cause
    subject.runtime.spawn("order", Subject)
    subject.settle()
    assert subject.overseer.reports == ["a", "b"]
    accounts = subject.accounts()
    assert accounts.dead == 1
    assert accounts.balanced


@pytest.mark.parametrize("order", ["exit now", "interrupt"])
def test_system_exit_and_interrupt_in_a_handler_are_crashes_of_that_actor_alone(
    subject: Bench, order: str
) -> None:
    subject.send(Note(order))
    subject.settle()
    assert [f.actor for f in subject.overseer.failures] == ["order"]


def test_a_crash_at_begin_is_reported_and_the_mailbox_waits_for_the_successor(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Subject, "broken_at_begin", True)
    bench.send(Note("waiting"))
    bench.runtime.spawn("order", Subject)
    bench.settle()
    assert [f.error for f in bench.overseer.failures] == ["RuntimeError('broken at begin')"]
    assert bench.overseer.reports == []
    monkeypatch.setattr(Subject, "broken_at_begin", False)
    bench.runtime.spawn("order", Subject)
    bench.settle()
    assert bench.overseer.reports == ["waiting"]


def test_control_overtakes_data_and_timers_do_not(bench: Bench) -> None:
    bench.send(Note("one"), Note("two"), Latch("rule", "words"))
    bench.runtime.spawn("order", Subject)
    bench.settle()
    assert bench.overseer.reports == ["latch rule", "one", "two"]


def test_waiting_quotes_conflate_field_by_field_at_the_place_of_the_first(bench: Bench) -> None:
    bench.send(
        Quote("C", 1, 1, bid=10),
        Note("between"),
        Quote("C", 2, 2, ask=12),
        Quote("D", 3, 3, bid=99),
        Quote("C", 4, 4, bid=11),
    )
    bench.runtime.spawn("order", Subject)
    bench.settle()
    assert bench.overseer.reports == ["quote 11 12", "between", "quote 99 None"]
    conflated = [f for f in bench.finished(Quote) if f.outcome is Outcome.CONFLATED]
    (kept,) = [f for f in bench.finished(Quote) if f.merged and f.outcome is Outcome.HANDLED]
    assert tuple(f.id for f in conflated) == kept.merged
    assert all(f.merged == (kept.id,) for f in conflated)
    assert bench.accounts().conflated == 2
    assert bench.accounts().balanced


def test_a_timer_fires_once_at_its_time_and_is_caused_by_the_message_that_set_it(
    subject: Bench,
) -> None:
    subject.send(Note("remind 30 tea"))
    assert subject.reported(1) == ["reminder tea"]
    subject.settle(0.1)
    assert subject.overseer.reports == ["reminder tea"]
    (set_by,) = subject.published(Note)
    (fired,) = subject.published(Reminder)
    assert fired.causes == (set_by.id,)
    assert fired.at - set_by.at >= 30_000_000


def test_timers_die_with_the_generation_that_set_them(bench: Bench) -> None:
    bench.send(Note("remind 50 never"), Note("raise now"))  # both wait: no timer comes between
    bench.runtime.spawn("order", Subject)
    bench.settle()
    bench.runtime.spawn("order", Subject)
    bench.settle(0.15)
    assert bench.overseer.reports == []


def test_ids_name_sender_and_generation_and_causes_chain_to_the_root(subject: Bench) -> None:
    subject.send(Note("hello"))
    subject.settle()
    (first,) = subject.published(Note)
    (report,) = subject.published(Report)
    assert first.id.startswith("test#1:")
    assert report.id.startswith("order#1:")
    assert report.causes == (first.id,)
    assert report.root == first.id


def test_every_actor_answers_a_ping(subject: Bench) -> None:
    subject.send(Ping(7))
    subject.settle()
    assert [(p.actor, p.number) for p in subject.overseer.pongs] == [("order", 7)]


def test_the_books_balance_and_equal_what_the_tap_heard(subject: Bench) -> None:
    subject.send(*[Note(f"n{i}") for i in range(50)], Latch("a", "b"))
    subject.settle()
    accounts = subject.accounts()
    sent = sum(len(r.receivers) for r in subject.records if hasattr(r, "receivers"))
    handled = sum(getattr(r, "outcome", None) is Outcome.HANDLED for r in subject.records)
    assert (accounts.sent, accounts.handled) == (sent, handled)
    assert (accounts.queued, accounts.running) == (0, 0)
    assert accounts.balanced


def test_a_runtime_is_not_idle_while_a_message_is_on_its_way_into_the_handler(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only threads can be interrupted there, for as long as a busy machine likes."""
    taken, gate = threading.Event(), threading.Event()
    handle = Context.handle

    def interrupted(self: Context, delivery: Delivery, handler: Callable[[Any], None]) -> None:
        if self.address == "order":
            taken.set()
            gate.wait(DEADLINE_S)
        handle(self, delivery, handler)

    monkeypatch.setattr(Context, "handle", interrupted)
    bench = ThreadedBench()
    bench.runtime.spawn("order", Subject)
    bench.send(Note("hello"))
    assert taken.wait(DEADLINE_S)
    assert not bench.runtime.idle()
    gate.set()
    assert bench.reported(1) == ["hello"]
    assert bench.runtime.idle()
    bench.close()


def test_a_replaced_generation_neither_sends_nor_takes_its_successors_messages() -> None:
    """Only threads can hang inside a handler or inside get()."""
    bench = ThreadedBench()
    gate = GATES["old"] = threading.Event()
    bench.runtime.spawn("order", Subject)
    bench.send(Note("hold old"))
    while bench.runtime.accounts().running == 0:
        bench.runtime.step("supervisor", 0.001)
    bench.runtime.spawn("order", Subject)
    bench.send(Note("for the successor"))
    bench.settle()
    gate.set()
    bench.settle(0.05)
    assert bench.overseer.reports == ["for the successor"]
    assert bench.overseer.failures == []
    assert bench.accounts().dead == 1
    assert bench.accounts().balanced
    bench.runtime.spawn("order", Subject)  # the idle one is blocked in get()
    bench.send(Note("after get"))
    bench.settle()
    assert bench.overseer.reports == ["for the successor", "after get"]
    bench.close()
