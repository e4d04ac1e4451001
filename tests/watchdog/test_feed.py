"""Market data that has stopped, and that has come back."""

import pytest

from actors.watchdog.feed import PRICES, QUIET, Feed
from messages.base import MILLISECOND, SECOND, Message
from messages.control import Alarm, AlarmCleared, AlarmKind
from messages.hub import Stream
from messages.market import Print, Quote, Side, Tape

LIMIT = 5 * SECOND
T0 = 1_000 * SECOND
CLEARED = [AlarmCleared(AlarmKind.STALE_DATA, "MES")]


def feed(doubted: bool = False, streams: tuple[Stream, ...] = tuple(Stream)) -> Feed:
    return Feed("MES", T0, streams, doubted)


def quote(at: int, volume: int | None = None) -> Quote:
    return Quote("MES", at, at, bid=99, ask=100, volume=volume)


def tape(at: int, price: int = 100) -> Tape:
    return Tape("MES", at, (Print(at, price, 1, Side.BUY),))


def stale() -> tuple[Feed, int]:
    made = feed()
    assert made.check(T0 + LIMIT, LIMIT) != []
    return made, T0 + LIMIT


def hear(made: Feed, first: int, last: int, every: int) -> None:
    for at in range(first, last + 1, every):
        made.quoted(quote(at))


def words(said: list[Message]) -> str:
    (alarm,) = said
    assert isinstance(alarm, Alarm)
    assert alarm.kind is AlarmKind.STALE_DATA
    return f"{alarm.words}: {alarm.measured} of {alarm.limit} {alarm.unit}"


def test_a_feed_is_stale_at_the_limit_to_the_nanosecond_and_says_so_once() -> None:
    made = feed()
    made.quoted(quote(T0 + 7))
    assert made.check(T0 + 7 + LIMIT - 1, LIMIT) == []
    assert words(made.check(T0 + 7 + LIMIT, LIMIT)) == "no market data for 5.00 s: 5000 of 5000 ms"
    assert made.check(T0 + 2 * LIMIT, LIMIT) == []
    assert made.stale


def test_a_quiet_tape_is_normal_while_anything_comes() -> None:
    made = feed()
    for second in range(1, 60):
        made.quoted(quote(T0 + second * SECOND))  # quotes
        assert made.check(T0 + second * SECOND, LIMIT) == []


def test_a_moving_book_excuses_silent_prices_for_a_while() -> None:
    made = feed()
    end = T0 + PRICES * LIMIT
    for at in range(T0, end, SECOND):
        made.book_heard(at)
        assert made.check(at, LIMIT) == []
    assert made.check(end - 1, LIMIT) == []
    assert words(made.check(end, LIMIT)) == "no quote and no print for 15.00 s: 15000 of 5000 ms"


def test_older_word_does_not_make_a_feed_older() -> None:
    made = feed()
    made.quoted(quote(T0 + SECOND))
    made.quoted(quote(T0))
    made.book_heard(0)
    assert made.check(T0 + SECOND + LIMIT - 1, LIMIT) == []


def test_a_feed_is_fresh_after_a_second_of_data() -> None:
    made, now = stale()
    hear(made, now, now + SECOND - 1, 100 * MILLISECOND)
    assert made.check(now + SECOND, LIMIT) == []
    made.quoted(quote(now + SECOND))
    assert made.check(now + SECOND, LIMIT) == CLEARED
    assert not made.stale
    assert made.check(now + 2 * SECOND, LIMIT) == []


def test_data_once_a_second_is_steady_enough_and_must_be_there_still() -> None:
    made, now = stale()
    made.quoted(quote(now))
    made.quoted(quote(now + SECOND))
    assert made.check(now + 2 * SECOND, LIMIT) == []
    assert made.check(now + 2 * SECOND - 1, LIMIT) == CLEARED


def test_a_stuttering_feed_stays_stale() -> None:
    made, now = stale()
    for at in range(now, now + 60 * SECOND, 1_100 * MILLISECOND):
        made.quoted(quote(at))
        assert made.check(at, LIMIT) == []


def test_what_was_fresh_before_the_silence_does_not_count_afterwards() -> None:
    made = feed()
    hear(made, T0, T0 + 3 * SECOND, 100 * MILLISECOND)
    now = T0 + 3 * SECOND + LIMIT
    assert made.check(now, LIMIT) != []
    made.quoted(quote(now))
    assert made.check(now, LIMIT) == []


def test_a_doubted_feed_clears_what_may_stand_once_proven_fresh() -> None:
    made = feed(doubted=True)
    hear(made, T0, T0 + SECOND, 100 * MILLISECOND)
    assert made.check(T0 + SECOND, LIMIT) == CLEARED
    assert made.check(T0 + SECOND, LIMIT) == []


def test_a_doubted_feed_that_is_silent_alarms_like_any_other() -> None:
    assert feed(doubted=True).check(T0 + LIMIT, LIMIT) != []


def test_an_idle_feed_may_be_silent_and_its_silence_does_not_count_later() -> None:
    made = feed()
    for at in range(T0, T0 + 3_600 * SECOND, 10 * SECOND):
        assert made.check(at, LIMIT, idle=True) == []
    opened = T0 + 3_600 * SECOND
    made.check(opened, LIMIT, idle=True)
    assert made.check(opened + LIMIT - 1, LIMIT) == []
    assert made.check(opened + LIMIT, LIMIT) != []


def test_trades_are_dead_when_the_volume_moves_without_prints() -> None:
    made, at, said = feed(), T0, list[Message]()
    made.printed(tape(T0))
    for tenth in range(600):
        at = T0 + tenth * SECOND // 10
        made.quoted(quote(at, volume=tenth // 7))
        if said := made.check(at, LIMIT):
            break
    # the first move later than a second after the newest print is the one at 1.4 s
    assert words(said) == "trades dead: the quotes have told of some for 5.00 s: 5000 of 5000 ms"
    assert at == T0 + 6_400 * MILLISECOND


def test_dead_trades_stay_so_until_prints_come() -> None:
    made = feed()
    at = T0
    for tenth in range(100):
        at = T0 + tenth * SECOND // 10
        made.quoted(quote(at, volume=tenth))
        made.check(at, LIMIT)
    assert made.stale
    assert made.silence(at, LIMIT).startswith("trades dead")
    made.begin(at)
    for tenth in range(100):
        at += SECOND // 10
        made.quoted(quote(at, volume=tenth))
        assert made.check(at, LIMIT) == [], "a new connection is no proof"
    made.printed(tape(at))
    made.printed(tape(at + SECOND - 1))
    assert made.check(at + SECOND - 1, LIMIT) == [], "nor are prints of less than a second"
    made.printed(tape(at + SECOND))
    assert made.check(at + SECOND, LIMIT) == CLEARED
    assert made.silence(at + SECOND, LIMIT) == ""


def test_a_quiet_tape_is_not_dead_for_one_late_figure() -> None:
    made = feed()
    made.quoted(quote(T0, volume=10))
    made.printed(tape(T0 + SECOND))
    made.quoted(quote(T0 + 3 * SECOND, volume=11))
    for second in range(4, 60):
        at = T0 + second * SECOND
        made.quoted(quote(at))
        assert made.check(at, LIMIT) == []
    made.quoted(quote(T0 + 60 * SECOND, volume=12))
    assert made.check(T0 + 60 * SECOND, LIMIT) == [], "its print may follow"
    made.printed(tape(T0 + 60 * SECOND + 1))
    assert made.check(T0 + 62 * SECOND, LIMIT) == []


def test_quotes_are_dead_when_prints_leave_them_behind() -> None:
    made, at, said = feed(), T0, list[Message]()
    made.quoted(quote(T0))
    for second in range(1, 60):
        at = T0 + second * SECOND
        made.printed(tape(at, 100 + second // 3))
        if said := made.check(at, LIMIT):
            break
    assert words(said) == "quotes dead: prints have left them behind for 5.00 s: 5000 of 5000 ms"
    assert at == T0 + 8 * SECOND
    made.quoted(quote(at + 1))
    made.quoted(quote(at + 1 + SECOND))
    assert made.check(at + 1 + SECOND, LIMIT) == CLEARED


@pytest.mark.parametrize("price", [90, 110])
@pytest.mark.parametrize(
    ("news", "dead"), [({"bid": 99}, False), ({"ask": 100}, False), ({"last": 99}, True)]
)
def test_a_quote_of_one_side_shows_that_quotes_live_and_one_of_neither_does_not(
    price: int, news: dict[str, int], *, dead: bool
) -> None:
    made, said = feed(), list[Message]()
    made.quoted(quote(T0))
    for second in range(1, 20):
        at = T0 + second * SECOND
        made.printed(tape(at, price))
        made.quoted(Quote("MES", at, at, **news))
        said += made.check(at, LIMIT)
    assert bool(said) is dead


@pytest.mark.parametrize(
    ("known", "price", "dead"),
    [({"bid": 99}, 98, True), ({"bid": 99}, 101, False), ({"ask": 100}, 101, True),
     ({"ask": 100}, 98, False)],
)  # fmt: skip
def test_a_side_that_nobody_has_quoted_is_left_behind_by_no_print(
    known: dict[str, int], price: int, *, dead: bool
) -> None:
    made, said = feed(), list[Message]()
    made.quoted(Quote("MES", T0, T0, **known))
    for second in range(1, 20):
        at = T0 + second * SECOND
        made.printed(tape(at, price))
        said += made.check(at, LIMIT)
    assert bool(said) is dead


def test_prints_at_the_quoted_prices_prove_nothing() -> None:
    made = feed()
    made.quoted(quote(T0))
    for second in range(1, 40):
        at = T0 + second * SECOND
        made.printed(tape(at, 99 + second % 2))
        assert made.check(at, LIMIT) == []


def test_what_moved_while_the_hub_was_away_is_nobodys_failure() -> None:
    made = feed()
    made.quoted(quote(T0, volume=10))
    made.begin(T0 + 30 * SECOND)
    for second in range(30, 60):
        at = T0 + second * SECOND
        made.quoted(quote(at, volume=500))
        assert made.check(at, LIMIT) == []


def test_what_moved_before_the_hub_was_lost_proves_nothing_after_it() -> None:
    made = feed()
    made.printed(tape(T0))
    for second in (2, 3, 4):
        made.quoted(quote(T0 + second * SECOND, volume=second))
    made.begin(T0 + 6 * SECOND)
    for second in range(6, 60):
        at = T0 + second * SECOND
        made.quoted(quote(at, volume=500))
        assert made.check(at, LIMIT) == []


def test_a_print_explains_every_move_before_it() -> None:
    made = feed()
    made.printed(tape(T0))
    for second in (2, 3, 4):
        made.quoted(quote(T0 + second * SECOND, volume=second))
    made.printed(tape(T0 + 5 * SECOND))
    for second in range(7, 60):
        at = T0 + second * SECOND
        made.quoted(quote(at, volume=500))  # one move more: it alone proves nothing
        assert made.check(at, LIMIT) == []


def test_without_trades_the_volume_may_move_as_it_likes() -> None:
    made = feed(streams=(Stream.QUOTES, Stream.DEPTH))
    for second in range(60):
        at = T0 + second * SECOND
        made.quoted(quote(at, volume=second))
        assert made.check(at, LIMIT) == []


def test_without_quotes_a_quiet_tape_is_normal() -> None:
    made, at = feed(streams=(Stream.TRADES, Stream.DEPTH)), T0
    for second in range(60):
        at = T0 + second * SECOND
        made.book_heard(at)
        assert made.check(at, LIMIT) == []
    assert words(made.check(at + LIMIT, LIMIT)).startswith("no market data for 5.00 s")


def test_prints_alone_may_be_silent_for_a_minute() -> None:
    made = feed(streams=(Stream.TRADES,))
    made.printed(tape(T0))
    assert QUIET == 60 * SECOND
    assert made.check(T0 + QUIET - 1, LIMIT) == []
    assert made.check(T0 + QUIET, LIMIT) != []


def test_where_nothing_is_subscribed_to_nothing_is_missed() -> None:
    assert feed(streams=()).check(T0 + 3_600 * SECOND, LIMIT) == []


def test_on_old_prices_nothing_is_entered_though_the_book_moves() -> None:
    made = feed()
    assert made.silence(T0, LIMIT) == "no data yet"
    made.quoted(quote(T0))
    made.book_heard(T0 + LIMIT)
    assert made.silence(T0 + LIMIT - 1, LIMIT) == ""
    assert made.silence(T0 + LIMIT, LIMIT) == "no price for 5 s"
    assert made.check(T0 + LIMIT, LIMIT) == []
    assert not made.stale
