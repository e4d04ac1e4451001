"""Records reach every sink in order; an overload costs market bodies only, a broken sink itself."""

import threading

from actors.runtime.delivery import Finished, Outcome, Published, Record
from actors.runtime.journal import Journal
from messages.base import Message
from messages.control import Latch
from messages.market import Quote


class Kept:
    """A sink that keeps what it is given; `breaks` names the call that raises from then on."""

    def __init__(self, breaks: str = "") -> None:
        self.calls: list[str] = []
        self.records: list[Record] = []
        self.breaks = breaks
        self.flushed = threading.Event()

    def record(self, record: Record) -> None:
        self._call("record")
        self.records.append(record)

    def flush(self) -> None:
        self._call("flush")
        self.flushed.set()

    def close(self) -> None:
        self._call("close")

    def _call(self, name: str) -> None:
        self.calls.append(name)
        if name == self.breaks:
            raise OSError(28, "No space left on device")


def published(message: Message, number: int = 1) -> Published:
    return Published(f"a#1:{number}", type(message).__name__, "a", ("b",), (), "r", 0, message)


def finished(number: int = 1) -> Finished:
    return Finished(f"a#1:{number}", "Quote", "b", 1, "r", 0, 0, 0, 0, Outcome.HANDLED)


QUOTE, LATCH = Quote("MES", 0, 0, bid=1), Latch("a", "b")


def ignore(words: str) -> None:
    raise AssertionError(words)


def test_every_sink_gets_every_record_in_order_and_is_closed() -> None:
    journal, sinks = Journal(), (Kept(), Kept())
    sent = [published(QUOTE, n) if n % 2 else finished(n) for n in range(500)]
    for record in sent[:100]:
        journal.tap(record)  # what comes before the start waits
    journal.start(sinks, ignore)
    for record in sent[100:]:
        journal.tap(record)
    assert journal.close()
    for sink in sinks:
        assert sink.records == sent
        assert sink.calls[-1] == "close"
        assert sink.calls.count("close") == 1


def test_sinks_are_flushed_once_the_journal_has_caught_up() -> None:
    journal, sink = Journal(), Kept()
    journal.start([sink], ignore)
    journal.tap(published(LATCH))
    assert sink.flushed.wait(10)
    assert sink.calls[:2] == ["record", "flush"]
    assert journal.close()


def test_an_overload_leaves_out_bodies_of_market_data_only_and_counts_them() -> None:
    journal, sink = Journal(frozenset({Quote}), bound=2), Kept()
    records: list[Record] = [published(QUOTE, 1), published(QUOTE, 2), published(QUOTE, 3)]
    records += [published(LATCH, 4), finished(5), published(QUOTE, 6)]
    for record in records:
        journal.tap(record)
    journal.start([sink], ignore)
    assert journal.close()
    bodies = [record.message for record in sink.records if isinstance(record, Published)]
    assert bodies == [QUOTE, QUOTE, None, LATCH, None]
    assert [record.id for record in sink.records] == [record.id for record in records]
    assert journal.dropped == 2


def test_a_sink_that_raises_is_told_of_once_and_left_out_and_the_others_go_on() -> None:
    journal, broken, sound = Journal(), Kept("record"), Kept()
    said: list[str] = []
    for number in range(3):
        journal.tap(published(LATCH, number))
    journal.start([broken, sound], said.append)
    assert journal.close()
    assert said == ["Kept: [Errno 28] No space left on device"]
    assert broken.calls == ["record"]
    assert len(sound.records) == 3
    assert sound.calls[-1] == "close"


def test_a_sink_may_fail_at_its_flush_or_at_the_end_too() -> None:
    for way in ("flush", "close"):
        journal, broken, sound = Journal(), Kept(way), Kept()
        said: list[str] = []
        journal.tap(published(LATCH))
        journal.start([broken, sound], said.append)
        assert journal.close()
        assert len(said) == 1
        assert sound.calls[-1] == "close"


def test_a_sink_that_blocks_does_not_hold_up_the_end_for_ever() -> None:
    gate = threading.Event()

    class Blocking(Kept):
        def record(self, record: Record) -> None:
            gate.wait(10)

    journal = Journal()
    journal.start([Blocking()], ignore)
    journal.tap(published(LATCH))
    assert not journal.close(timeout=0.05)
    gate.set()
    journal._thread.join(10)
    assert not journal._thread.is_alive()
