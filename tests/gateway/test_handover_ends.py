"""A change of hub connections that is refused, late, logged out or cut off."""

import pytest

from messages.base import SECOND
from messages.hub import Hub, HubLost, HubOpened, Loss, RefreshFailed
from messages.market import Tape
from tests.gateway.changing import END, NOW, REFRESHED, Change, event, kinds, prints, tape

LOGOUT = event("GatewayLogout", "another session")


def test_a_refused_connection_leaves_the_old_one_as_it_is(change: Change) -> None:
    change.hear(change.new, change.new.client.lost("refused: HTTP 503"))
    assert change.take() == [RefreshFailed(Hub.MARKET, 4, "refused: HTTP 503")]
    assert change.handover.settled
    assert change.handover.spent(NOW)
    change.say(tape(1, (6801, 1, 0)))
    change.move(change.old)
    assert kinds(change.take()) == [Tape]


@pytest.mark.parametrize("stage", ["closed", "unanswered", "behind"])
def test_a_missed_deadline_leaves_the_old_one_as_it_is(change: Change, stage: str) -> None:
    if stage != "closed":
        change.open()
        change.new.down += tape(7, (6801, 7, 0))
        change.move(change.new)
    if stage == "behind":
        change.fenced()
    reason = {
        "closed": "not open after 10.0 s",
        "unanswered": "the old connection does not answer after 10.0 s",
        "behind": "the old connection has not caught up after 10.0 s",
    }[stage]
    assert change.take() == []
    assert not change.handover.settled
    expired = change.handover.expire(NOW + 10 * SECOND)
    assert expired == [RefreshFailed(Hub.MARKET, 4, reason)]
    assert change.new.client.over
    assert change.handover.expire(NOW + 11 * SECOND) == []
    change.say(tape(8, (6801, 8, 0)))
    change.move(change.new)
    change.move(change.old)
    assert [p.size for p in prints(change.take())] == [8]


def test_a_logout_of_the_old_one_as_the_new_one_opens_does_not_stop_the_change(
    change: Change,
) -> None:
    change.old.down += tape(1, (6801, 1, 0)) + LOGOUT
    change.move(change.old)
    given, failed, lost = change.take()
    assert isinstance(given, Tape)
    assert isinstance(failed, RefreshFailed)
    assert failed.number == 0
    assert isinstance(lost, HubLost)
    assert (lost.number, lost.loss) == (4, Loss.ENDED), "our own doing: no second session fights"
    assert not change.handover.settled
    for _ in range(3):
        change.new.serve()
        change.move(change.new)
    assert change.take() == [HubOpened(Hub.MARKET, 5)]
    assert change.handover.settled
    assert change.handover.changed


def test_a_logout_that_the_new_one_hears_too_is_one(change: Change) -> None:
    change.old.down += LOGOUT
    change.new.down += b"{}" + END + LOGOUT
    change.move(change.old)
    change.take()
    change.move(change.new)
    (lost,) = change.take()
    assert isinstance(lost, HubLost)
    assert (lost.number, lost.loss) == (0, Loss.LOGOUT)


def test_an_old_one_that_dies_when_the_new_one_is_open_is_replaced_at_once(change: Change) -> None:
    change.open()
    change.say(tape(2, (6801, 2, 0)))
    change.move(change.new)
    change.hear(change.old, change.old.client.lost("broken"))
    failed, lost, opened, held = change.take()
    assert isinstance(failed, RefreshFailed)
    assert lost == HubLost(Hub.MARKET, 4, "broken")
    assert opened == HubOpened(Hub.MARKET, 5)
    assert isinstance(held, Tape)


def test_an_opening_left_alone_has_a_deadline_too(change: Change) -> None:
    change.hear(change.old, change.old.client.lost("broken"))
    change.take()
    expired = change.handover.expire(NOW + 10 * SECOND)
    assert expired == [HubLost(Hub.MARKET, 0, "not open in time")]


def test_the_end_of_the_new_one_after_the_change_is_a_loss_like_any_other(change: Change) -> None:
    change.open()
    change.fenced()
    assert change.take() == [REFRESHED]
    change.hear(change.new, change.new.client.lost("broken"))
    assert change.take() == [HubLost(Hub.MARKET, 5, "broken")]
