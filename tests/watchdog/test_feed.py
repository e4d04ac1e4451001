"""Market data that has stopped, and that has come back."""

from actors.watchdog.feed import PRICES, Feed
from messages.base import MILLISECOND, SECOND, Message
from messages.control import Alarm, AlarmCleared, AlarmKind

LIMIT = 5 * SECOND
T0 = 1_000 * SECOND
CLEARED = [AlarmCleared(AlarmKind.STALE_DATA, "MES")]


def feed(doubted: bool = False) -> Feed:
    return Feed("MES", LIMIT, T0, doubted)


def stale() -> tuple[Feed, int]:
    made = feed()
    assert made.check(T0 + LIMIT) != []
    return made, T0 + LIMIT


def hear(made: Feed, first: int, last: int, every: int) -> None:
    for at in range(first, last + 1, every):
        made.heard(at)


def words(said: list[Message]) -> str:
    (alarm,) = said
    assert isinstance(alarm, Alarm)
    assert alarm.kind is AlarmKind.STALE_DATA
    return f"{alarm.words}: {alarm.measured} of {alarm.limit} {alarm.unit}"


def test_a_feed_is_stale_at_the_limit_to_the_nanosecond_and_says_so_once() -> None:
    made = feed()
    made.heard(T0 + 7)
    assert made.check(T0 + 7 + LIMIT - 1) == []
    assert words(made.check(T0 + 7 + LIMIT)) == "no market data for 5.00 s: 5000 of 5000 ms"
    assert made.check(T0 + 2 * LIMIT) == []
    assert made.stale


def test_a_quiet_tape_is_normal_while_anything_comes() -> None:
    made = feed()
    for second in range(1, 60):
        made.heard(T0 + second * SECOND)  # quotes
        assert made.check(T0 + second * SECOND) == []


def test_a_moving_book_excuses_silent_prices_for_a_while() -> None:
    made = feed()
    end = T0 + PRICES * LIMIT
    for at in range(T0, end, SECOND):
        made.book_heard(at)
        assert made.check(at) == []
    assert made.check(end - 1) == []
    assert words(made.check(end)) == "no quote and no print for 15.00 s: 15000 of 5000 ms"


def test_older_word_does_not_make_a_feed_older() -> None:
    made = feed()
    made.heard(T0 + SECOND)
    made.heard(T0)
    made.book_heard(0)
    assert made.check(T0 + SECOND + LIMIT - 1) == []


def test_a_feed_is_fresh_after_a_second_of_data() -> None:
    made, now = stale()
    hear(made, now, now + SECOND - 1, 100 * MILLISECOND)
    assert made.check(now + SECOND) == []
    made.heard(now + SECOND)
    assert made.check(now + SECOND) == CLEARED
    assert not made.stale
    assert made.check(now + 2 * SECOND) == []


def test_data_once_a_second_is_steady_enough_and_must_be_there_still() -> None:
    made, now = stale()
    made.heard(now)
    made.heard(now + SECOND)
    assert made.check(now + 2 * SECOND) == []
    assert made.check(now + 2 * SECOND - 1) == CLEARED


def test_a_stuttering_feed_stays_stale() -> None:
    made, now = stale()
    for at in range(now, now + 60 * SECOND, 1_100 * MILLISECOND):
        made.heard(at)
        assert made.check(at) == []


def test_what_was_fresh_before_the_silence_does_not_count_afterwards() -> None:
    made = feed()
    hear(made, T0, T0 + 3 * SECOND, 100 * MILLISECOND)
    now = T0 + 3 * SECOND + LIMIT
    assert made.check(now) != []
    made.heard(now)
    assert made.check(now) == []


def test_a_doubted_feed_clears_what_may_stand_once_proven_fresh() -> None:
    made = feed(doubted=True)
    hear(made, T0, T0 + SECOND, 100 * MILLISECOND)
    assert made.check(T0 + SECOND) == CLEARED
    assert made.check(T0 + SECOND) == []


def test_a_doubted_feed_that_is_silent_alarms_like_any_other() -> None:
    assert feed(doubted=True).check(T0 + LIMIT) != []
