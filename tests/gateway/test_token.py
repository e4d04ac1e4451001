"""When a token expires, and that nothing shows it."""

import base64
import json

from gateway.token import LIFE, Token, issued
from messages.base import SECOND

NOW = 1_795_176_000 * SECOND


def jwt(claims: object) -> str:
    parts = ({"alg": "none"}, claims)
    coded = [base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts]
    return ".".join([*coded, "signature"])


def test_expires_as_its_claim_says() -> None:
    assert issued(jwt({"exp": NOW // SECOND + 3600}), NOW).expires == NOW + 3600 * SECOND


def test_lives_a_day_where_it_does_not_say() -> None:
    for text in ("opaque", jwt({"sub": "x"}), jwt([1]), "a.b.c", "a.é.c", jwt({"exp": "soon"})):
        assert issued(text, NOW).expires == NOW + LIFE
    assert LIFE == 86_400 * SECOND


def test_is_renewed_half_way() -> None:
    assert Token("t", NOW, NOW + LIFE).renew_at == NOW + LIFE // 2
    assert Token("t", NOW, NOW - 5).renew_at == NOW


def test_is_never_shown() -> None:
    assert "secret" not in repr(issued("secret-text", NOW))
