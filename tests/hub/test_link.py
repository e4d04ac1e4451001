"""One hub connection: what to do when it opens, fails, falls silent."""

from random import Random

from actors.hub.backoff import FIRST, backoff
from actors.hub.link import STEADY, Link
from actors.runtime.effect import After
from messages.base import SECOND
from messages.control import ReconnectDue
from messages.hub import CloseHub, Hub, HubActivity, HubLost, HubOpened, Loss, OpenHub

SILENCE = 40 * SECOND
START = 1_000 * SECOND
USER = Hub.USER


def opened(number: int = 1, at: int = START) -> Link:
    link = Link(USER, SILENCE)
    link.connect()
    link.opened(HubOpened(USER, number), at)
    return link


def lost(link: Link, number: int, at: int = START) -> list[int]:
    """The waits before reconnecting that a loss leads to."""
    effects = link.lost(HubLost(USER, number, "gone"), at, Random(1))
    assert all(isinstance(e, After) and e.message == ReconnectDue(USER) for e in effects)
    return [effect.delay for effect in effects if isinstance(effect, After)]


def test_a_closed_link_connects_and_an_open_one_does_not() -> None:
    link = Link(USER, SILENCE)
    assert link.connect() == [OpenHub(USER)]
    link.opened(HubOpened(USER, 1), START)
    assert link.connect() == []


def test_the_loss_of_the_present_connection_leads_to_one_reconnect() -> None:
    link = opened(3)
    assert lost(link, 3) == [backoff(0, Random(1))]
    assert not link.open
    assert lost(link, 3) == []


def test_the_end_of_a_connection_given_up_before_changes_nothing() -> None:
    link = opened(3)
    assert lost(link, 2) == []
    assert link.open


def test_failed_attempts_wait_longer_and_longer() -> None:
    link = Link(USER, SILENCE)
    waits = []
    for _ in range(5):
        link.connect()
        waits += lost(link, 0)
    assert waits == [backoff(n, Random(1)) for n in range(5)]
    assert waits[4] >= 8 * FIRST


def test_connections_that_die_at_once_are_not_retried_at_full_speed() -> None:
    link = opened(1)
    assert lost(link, 1, START + 1) == [backoff(0, Random(1))]
    link.connect()
    link.opened(HubOpened(USER, 2), START)
    assert lost(link, 2, START + STEADY - 1) == [backoff(1, Random(1))]
    link.connect()
    link.opened(HubOpened(USER, 3), START)
    assert lost(link, 3, START + STEADY) == [backoff(0, Random(1))]


def activity(last_frame: int) -> HubActivity:
    return HubActivity(USER, True, 0, last_frame)


def test_a_silent_connection_is_given_up_at_the_limit_to_the_nanosecond() -> None:
    link = opened()
    frame = START + 5 * SECOND
    assert link.measured(activity(frame), frame + SILENCE - 1) == []
    closing, said = link.measured(activity(frame), frame + SILENCE)
    assert closing == CloseHub(USER)
    assert said == HubLost(USER, 1, "no frame for 40.0 s", Loss.GIVEN_UP)
    assert not link.open


def test_silence_is_counted_from_the_opening_when_no_frame_has_come_since() -> None:
    link = opened()
    assert link.measured(activity(0), START + SILENCE - 1) == []
    assert link.measured(activity(0), START + SILENCE) != []


def test_a_link_that_is_not_open_cannot_be_given_up() -> None:
    link = Link(USER, SILENCE)
    assert link.measured(activity(0), START + SILENCE) == []
    assert link.give_up("stale") == []


def test_a_given_up_connection_is_lost_to_the_link_itself() -> None:
    link = opened(7)
    _, said = link.give_up("stale")
    assert said == HubLost(USER, 7, "stale", Loss.GIVEN_UP)
    assert len(lost(link, 7)) == 1


def test_an_attempt_under_way_is_not_repeated() -> None:
    link = Link(USER, SILENCE)
    link.connect()
    assert link.connect() == []


def test_the_late_end_of_the_former_connection_is_not_that_of_the_attempt() -> None:
    link = opened(3)
    link.give_up("stale")
    lost(link, 3)
    link.connect()
    assert lost(link, 3) == []
    assert len(lost(link, 0)) == 1


def test_a_dropped_link_is_opened_by_whoever_dropped_it() -> None:
    link = opened(3)
    closing, said = link.dropped("logged out")
    assert (closing, said) == (CloseHub(USER), HubLost(USER, 3, "logged out", Loss.GIVEN_UP))
    assert lost(link, 3) == []
    assert link.connect() == [OpenHub(USER)]
    assert link.dropped("logged out") == [CloseHub(USER)], "an attempt is ended too"
    assert lost(link, 0) == []


def test_an_attempt_that_succeeds_after_it_was_dropped_is_not_open() -> None:
    link = Link(USER, SILENCE)
    link.connect()
    link.dropped("logged out")
    link.opened(HubOpened(USER, 1), START)
    assert not link.open
    assert link.connect() == [OpenHub(USER)]


def test_a_connection_that_opens_unasked_while_the_next_attempt_waits_is_taken() -> None:
    link = opened(3)
    lost(link, 3)
    link.opened(HubOpened(USER, 4), START)
    assert link.open
    assert link.connect() == []
    assert len(lost(link, 4)) == 1


def test_what_has_been_logged_out_is_closed_and_not_said_to_be_lost_again() -> None:
    link = opened(3)
    assert link.logged_out() == [CloseHub(USER)]
    assert lost(link, 3) == []
