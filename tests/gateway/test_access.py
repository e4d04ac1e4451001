"""Tokens: login, renewal, and what a 401 leads to."""

import json
from contextlib import contextmanager
from typing import Any

import pytest

from gateway.access import Access
from gateway.exchange import FailureKind, HttpReply, TransportFailure
from gateway.limiter import Lane
from gateway.reading import ReadFailed
from gateway.rest import RestCore
from messages.base import SECOND
from messages.hub import RenewToken, TokenFailed, TokenRenewed
from messages.order import CancelOrder, Outcome
from messages.position import PositionsFound, QueryPositions

NOON = 1_795_176_000 * SECOND
MES = "CON.F.US.MES.Z26"


def test_login_sends_the_key_and_tells_the_redactor(play: Any, ok: Any) -> None:
    learnt: list[str] = []
    access = Access("demo", "key-7f3a", learn=learnt.append)
    token, asked = play(access.login(), ok(token="fresh"))
    assert asked[0].path == "/api/Auth/loginKey"
    assert json.loads(asked[0].body) == {"userName": "demo", "apiKey": "key-7f3a"}
    assert asked[0].token is None
    assert "key-7f3a" not in repr(asked[0])
    assert learnt == ["key-7f3a", "fresh"]
    assert access.token is token


def test_a_read_answered_401_is_repeated_once_with_a_new_token(
    core: RestCore, play: Any, ok: Any
) -> None:
    found, asked = play(
        core.plan(QueryPositions()), (401, b""), ok(newToken="token-2"), ok(positions=[])
    )
    assert isinstance(found, PositionsFound)
    assert [r.path.rpartition("/")[2] for r in asked] == ["searchOpen", "validate", "searchOpen"]
    assert asked[2].token is not None
    assert asked[2].token.text == "token-2"
    assert found.asked == NOON + 3_000_000


def test_an_urgent_read_is_tried_again_by_its_asker_alone(
    core: RestCore, play: Any, ok: Any
) -> None:
    for urgent in (False, True):
        answers = (401, b""), ok(newToken="token-2"), ok(positions=[])
        _, asked = play(core.plan(QueryPositions(urgent=urgent)), *answers)
        assert [asked[0].repeatable, asked[2].repeatable] == [not urgent] * 2


def test_where_validation_fails_the_key_logs_in(core: RestCore, play: Any, ok: Any) -> None:
    found, asked = play(
        core.plan(QueryPositions()), (401, b""), (401, b""), ok(token="t3"), ok(positions=[])
    )
    assert isinstance(found, PositionsFound)
    assert asked[2].path == "/api/Auth/loginKey"


def test_a_second_401_and_a_failed_login_end_the_read(
    core: RestCore, play: Any, ok: Any, refusal: Any
) -> None:
    failed, asked = play(core.plan(QueryPositions()), (401, b""), ok(newToken="t2"), (401, b""))
    assert (failed.code, len(asked)) == ("http_401", 3)
    failed, _ = play(core.plan(QueryPositions()), (401, b""), (401, b""), refusal(3))
    assert failed.code == "authentication"
    assert "invalid_credentials" in failed.message


def test_a_renewal_without_room_in_the_budget_says_nothing_of_the_key(
    core: RestCore, play: Any
) -> None:
    held_back = TransportFailure(FailureKind.NO_BUDGET, "used up", NOON)
    failed, _ = play(core.plan(QueryPositions()), (401, b""), held_back, held_back)
    assert failed.code == "no_budget"


def test_renewals_may_use_the_reserve(core: RestCore, play: Any, ok: Any) -> None:
    _, asked = play(core.plan(RenewToken()), (401, b""), ok(token="t2"))
    assert [request.lane for request in asked] == [Lane.URGENT, Lane.URGENT]


def test_a_fresh_token_is_bought_by_the_key_without_validating_the_old_one(
    core: RestCore, access: Access, play: Any, ok: Any, refusal: Any
) -> None:
    renewed, asked = play(core.plan(RenewToken(fresh=True)), ok(token="t2"))
    assert isinstance(renewed, TokenRenewed)
    assert [request.path for request in asked] == ["/api/Auth/loginKey"]
    assert access.token is not None
    assert access.token.text == "t2"
    failed, _ = play(core.plan(RenewToken(fresh=True)), refusal(3))
    assert failed == TokenFailed("invalid_credentials")
    assert access.token.text == "t2", "what may still serve is kept"


def test_a_mutation_answered_401_is_not_repeated(core: RestCore, play: Any) -> None:
    result, asked = play(core.plan(CancelOrder(MES, 1)), (401, b""))
    assert (result.outcome, len(asked)) == (Outcome.UNKNOWN, 1)


def test_a_token_renewed_meanwhile_is_used_without_another_renewal(
    core: RestCore, access: Access, play: Any, ok: Any
) -> None:
    plan = core.plan(QueryPositions())
    first = next(plan)
    play(access.renew(access.token), ok(newToken="of-another-thread"))
    second = plan.send(HttpReply(401, b"", NOON, NOON))
    assert second.path == first.path
    assert second.token is not None
    assert second.token.text == "of-another-thread"


def test_renewals_hold_the_lock_until_the_token_is_there(play: Any, ok: Any) -> None:
    events: list[str] = []

    @contextmanager
    def lock() -> Any:
        events.append("held")
        yield
        events.append("released")

    access = Access("demo", "demo-key", renewal=lock())
    plan = access.renew(None)
    next(plan)
    assert events == ["held"]
    play(_rest(plan), ok(token="x"))
    assert events == ["held", "released"]


def _rest(plan: Any) -> Any:
    """A started plan, from its pending request on."""
    reply = yield None
    try:
        plan.send(reply)
    except StopIteration as end:
        return end.value
    raise AssertionError("the plan asked for more")


def test_renewing_on_request(core: RestCore, play: Any, ok: Any, refusal: Any) -> None:
    renewed, _ = play(core.plan(RenewToken()), ok(newToken="t2"))
    assert renewed == TokenRenewed(NOON + 1_000_000 + 86_400 * SECOND)
    kept, _ = play(core.plan(RenewToken()), ok(newToken=None))
    assert kept == TokenRenewed(renewed.expires)
    failed, _ = play(core.plan(RenewToken()), refusal(3), refusal(9))
    assert failed == TokenFailed("api_subscription_not_found")


def test_a_renewal_that_failed_is_not_made_again_by_every_read(
    core: RestCore, play: Any, ok: Any
) -> None:
    reads = [play(core.plan(QueryPositions()), (401, b""), (500, b""), (500, b""))]
    reads.append(play(core.plan(QueryPositions()), (401, b"")))
    assert [failed.code for failed, _ in reads] == ["authentication"] * 2
    assert [len(asked) for _, asked in reads] == [3, 1], "it asked for a token once more"
    renewed, _ = play(core.plan(RenewToken()), ok(newToken="t2"))
    assert isinstance(renewed, TokenRenewed), "the hub room asks when it wants to"
    found, _ = play(core.plan(QueryPositions()), ok(positions=[]))
    assert isinstance(found, PositionsFound)


@pytest.mark.parametrize("text", ["t\u00f6ken", "token\r\nX-Other: 1", "token\x00"])
def test_a_token_that_no_header_can_carry_is_no_login(play: Any, ok: Any, text: str) -> None:
    access = Access("demo", "key-7f3a")
    with pytest.raises(ReadFailed, match="no header can carry"):
        play(access.login(), ok(token=text))
    assert access.token is None
