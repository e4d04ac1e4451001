"""The displayed book: sets, deletes, resets, its top, and what is not yet known."""

from actors.bar.book import TOUCHED, Book, Top
from messages.base import SECOND, Nanos
from messages.market import DepthKind, DepthRow

T = 1_790_000_000 * SECOND
NEVER = 2**63


def row(kind: DepthKind, price: int = 0, size: int = 0, stamp: Nanos = T) -> DepthRow:
    return DepthRow(stamp, kind, price, size)


def bid(price: int, size: int, stamp: Nanos = T) -> DepthRow:
    return row(DepthKind.BID, price, size, stamp)


def ask(price: int, size: int, stamp: Nanos = T) -> DepthRow:
    return row(DepthKind.ASK, price, size, stamp)


RESET = row(DepthKind.RESET)


def book(*rows: DepthRow) -> Book:
    made = Book()
    assert made.apply((RESET, *rows), 0, NEVER) == 1 + len(rows)
    return made


def test_the_top_is_the_best_prices_their_sizes_and_the_five_best_levels() -> None:
    bids = [bid(100 - k, k + 1) for k in range(7)]
    asks = [ask(101 + k, 10 * (k + 1)) for k in range(7)]
    made = book(*reversed(bids), *asks)
    assert made.top() == Top(100, 101, 1, 10, 1 + 2 + 3 + 4 + 5, 10 + 20 + 30 + 40 + 50)


def test_a_row_replaces_the_size_at_its_price() -> None:
    assert book(bid(100, 5), ask(101, 5), bid(100, 2)).top() == Top(100, 101, 2, 5, 2, 5)


def test_size_zero_deletes_a_level_and_the_next_one_is_best() -> None:
    made = book(bid(100, 5), bid(98, 7), ask(101, 5), bid(100, 0))
    assert made.top() == Top(98, 101, 7, 5, 7, 5)


def test_deleting_a_level_that_is_not_there_changes_nothing() -> None:
    made = book(bid(100, 5), ask(101, 5), ask(150, 0))
    assert made.top() == Top(100, 101, 5, 5, 5, 5)


def test_a_reset_in_the_middle_of_a_record_drops_what_came_before_it() -> None:
    made = book(bid(100, 5), ask(101, 5), RESET, bid(90, 1), ask(91, 2))
    assert made.top() == Top(90, 91, 1, 2, 1, 2)


def test_a_crossed_book_is_stated_as_it_is() -> None:
    top = book(bid(105, 5), ask(101, 5)).top()
    assert top is not None
    assert (top.bid, top.ask) == (105, 101)


def test_a_book_with_one_side_has_no_top() -> None:
    assert book(bid(100, 5)).top() is None


def test_a_book_begun_in_the_middle_of_the_stream_is_not_relied_on_for_ten_seconds() -> None:
    made = Book()
    made.apply((bid(90, 1), ask(110, 1)), 0, NEVER)
    made.apply((bid(91, 1, T + TOUCHED - 1),), 0, NEVER)
    assert made.top() is None
    made.apply((bid(92, 1, T + TOUCHED),), 0, NEVER)
    assert made.top() == Top(92, 110, 1, 1, 3, 1)


def test_rows_are_applied_up_to_the_first_one_of_the_next_bar() -> None:
    made = book()
    rows = (bid(100, 5), ask(101, 5), bid(102, 9, T + SECOND), ask(103, 9, T))
    assert made.apply(rows, 0, T + SECOND) == 2
    assert made.top() == Top(100, 101, 5, 5, 5, 5)
    assert made.apply(rows, 2, T + 2 * SECOND) == 4
    assert 102 in made.bids
