"""Engine and sentinel, two processes and the pipes between them: what each does when the other one
falters.
"""

import signal
from pathlib import Path

import pytest
from filelock import FileLock

from gateway.sentinel import SentinelFailed, Tether, tether
from gateway.sentinel.words import Charge
from messages.base import SECOND
from messages.control import Alarm, AlarmKind, Leased
from tests.gateway.one_position import KEY
from tests.gateway.sentinel.bench import TOKEN, Post, until
from tests.live.bench import running

pytestmark = [pytest.mark.realtime]


def test_an_answered_beat_is_a_lease_from_when_it_was_made(post: Post) -> None:
    assert not post.tether.leased()
    post.begin()
    assert {leased.asked for leased in post.of(Leased)} == {post.now}
    assert post.of(Alarm) == []
    post.stop_beating()
    post.now += 2 * SECOND
    assert post.tether.leased()
    post.now += 1
    assert not post.tether.leased()


def test_while_the_engine_beats_the_sentinel_asks_the_venue_nothing(post: Post) -> None:
    post.begin()
    post.hear(25)  # longer than silence may last
    assert post.venue.asked == []
    assert post.venue.held


def test_a_dismissed_sentinel_ends_and_leaves_the_account_alone(post: Post) -> None:
    post.begin()
    post.stop_beating()
    post.tether.dismiss()
    assert not running(post.tether.pid)
    assert post.venue.asked == []
    assert "taking over" not in post.text()


def test_an_engine_that_ends_without_a_word_is_closed_for(post: Post) -> None:
    post.begin()
    post.stop_beating()
    post.tether.leave()
    assert not post.tether.leased()
    post.die()
    assert not post.venue.held
    assert "taking over: the engine is gone" in post.text()
    assert "FLAT: the venue says so" in post.text()


def test_what_comes_after_the_close_is_closed_too(post: Post) -> None:
    post.begin()
    post.stop_beating()
    post.tether.leave()
    until(lambda: "FLAT" in post.text(), "the proof")
    post.venue.held = True  # a request of the dead engine's that was under way
    post.die()
    assert not post.venue.held


def test_a_silent_engine_loses_the_account_and_never_gets_a_lease_again(post: Post) -> None:
    post.begin()
    post.stop_beating()
    until(lambda: not post.venue.held, "the close")
    assert running(post.tether.pid), "the engine lives, so the sentinel has somebody to tell"
    heard = len(post.of(Leased))
    for _ in range(3):
        post.tether.beat()
    until(lambda: post.of(Alarm), "the news of it")
    (alarm,) = post.of(Alarm)
    assert alarm.kind is AlarmKind.TAKEN_OVER
    assert "nothing heard of the engine for" in alarm.words
    assert not post.tether.leased()
    assert len(post.of(Leased)) == heard
    post.die()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_meant_for_the_engine_do_not_end_it(post: Post, number: signal.Signals) -> None:
    post.begin()
    post.send(number)
    post.hear(6)
    assert not post.replaced()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_sentinel_that_dies_or_hangs_is_replaced(post: Post, number: signal.Signals) -> None:
    post.begin()
    post.send(number)
    until(post.replaced, "another sentinel")
    post.hear(6)
    alarm, *more = post.of(Alarm)
    assert alarm.kind is AlarmKind.SENTINEL
    assert more == []
    assert post.venue.asked == [], "a dead sentinel is no dead engine"
    post.stop_beating()
    post.tether.leave()
    until(lambda: not post.venue.held, "the close by the second one")
    post.die()


def test_it_closes_with_the_newest_token_and_without_a_login(post: Post) -> None:
    post.begin()
    post.token = "engine-2-secret"
    post.venue.takes = {post.token}
    post.hear(3)
    post.die()
    assert not post.venue.held
    assert "Auth/loginKey" not in post.venue.asked


def test_a_successor_knows_the_newest_token_too(post: Post) -> None:
    post.begin()
    post.token = "engine-2-secret"
    post.venue.takes = {post.token}
    post.hear(3)
    post.send(signal.SIGKILL)
    until(post.replaced, "another sentinel")
    post.hear(3)
    post.die()
    assert not post.venue.held
    assert "Auth/loginKey" not in post.venue.asked


def test_it_helps_an_engine_that_lives_on(post: Post) -> None:
    post.begin()
    assert post.tether.flatten(5.0) == ""
    assert not post.venue.held
    post.hear(3)
    assert "taking over" not in post.text()


def test_help_that_fails_says_why(post: Post) -> None:
    post.begin()
    post.venue.takes.clear()
    post.venue.sells = [""]
    assert post.tether.flatten(0.5) == "HTTP 401, then login: HTTP 200, error code 0"
    assert post.venue.held


def test_an_account_that_cannot_be_closed_is_said_to_be_open(post: Post) -> None:
    post.begin()
    post.venue.takes.clear()
    post.venue.sells = [""]
    post.die()
    assert "NOT PROVEN FLAT" in post.text()


def test_no_secret_is_on_a_command_line_or_in_the_log(post: Post) -> None:
    post.begin()
    command = Path(f"/proc/{post.tether.pid}/cmdline").read_text()
    post.venue.takes.clear()  # it has to log in
    post.die()
    assert not post.venue.held
    for secret in (TOKEN, KEY, "sold-1-secret"):
        assert secret not in command
        assert secret not in post.text()


def test_one_that_cannot_start_is_said_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tether, "START_S", 1.0)
    charge = Charge("http://127.0.0.1:9", 1, "", "", "", 1, 1, 1, str(tmp_path / "lock"))
    with FileLock(charge.lock), pytest.raises(SentinelFailed, match="did not start"):
        Tether(charge, tmp_path / "sentinel.log", lambda: 0, lambda: "", SECOND)
