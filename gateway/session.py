"""The start of a session: login, account, contracts. Every way it can fail is one clear line."""

from collections.abc import Sequence

import msgspec

from gateway.access import Access
from gateway.codes import AccountSearchCode, ContractCode, LoginCode
from gateway.contracts import chosen, instrument
from gateway.exchange import FailureKind, Plan
from gateway.limiter import Lane
from gateway.queries import ACCOUNTS, CONTRACT, stated
from gateway.reading import Envelope, ReadFailed
from gateway.translation import account as account_of
from gateway.wire import AccountRow, ContractRow, WireError
from messages.base import Nanos, Value
from messages.market import Instrument
from messages.position import Account


class SessionFailed(Exception):
    """The session cannot begin; the text is for the user."""


class AuthenticationFailed(SessionFailed):
    """The venue refused the user name or the key."""


class VenueUnreachable(SessionFailed):
    """No answer, or none that can be used."""


class AccountUnknown(SessionFailed):
    """No such account, or it may not trade."""


class ContractUnknown(SessionFailed):
    """No such contract, not the active month, or its steps cannot be trusted."""


class Session(Value, frozen=True):
    """What a run trades. `expires` is the token's."""

    account: Account
    instruments: tuple[Instrument, ...]
    expires: Nanos


class _ContractsAnswer(Envelope, frozen=True):
    contracts: list[ContractRow] | None = None


_CONTRACTS = msgspec.json.Decoder(_ContractsAnswer, strict=False)


def establishing(
    access: Access, account: int | str | None, contracts: Sequence[str]
) -> Plan[Session]:
    """Log in, choose the account (number, name, or None: the first that can trade) and resolve the
    contracts.

    A contract is a full id (CON.F.US.MES.Z26) or a symbol, which becomes its active contract.
    Raises SessionFailed. Blocking: `carrier.carry(establishing(...))`.
    """
    try:
        token = yield from signing_in(access)
        row = yield from _account(access, account)
        instruments: dict[str, Instrument] = {}
        for wanted in contracts:
            resolved = yield from resolving(access, wanted)
            instruments[resolved.id] = resolved
        return Session(account_of(row), tuple(instruments.values()), token)
    except (ReadFailed, WireError) as problem:
        raise VenueUnreachable(f"the venue gave no usable answer: {problem}") from problem


_REFUSALS = frozenset(code.name.lower() for code in LoginCode if code) | {"http_400", "http_401"}
_HINTS = {
    LoginCode.INVALID_CREDENTIALS: "check the user name and the API key",
    LoginCode.AGREEMENTS_NOT_SIGNED: "sign the agreements on the platform first",
    LoginCode.API_SUBSCRIPTION_NOT_FOUND: "the API subscription is missing",
    LoginCode.API_KEY_AUTHENTICATION_DISABLED: "API keys are switched off for this user",
}
_ADVICE = {code.name.lower(): hint for code, hint in _HINTS.items()}
_UNREACHED = frozenset(kind.value for kind in FailureKind)


def signing_in(access: Access) -> Plan[Nanos]:
    """Log in; when the token expires. Raises SessionFailed and ReadFailed."""
    try:
        token = yield from access.login()
    except ReadFailed as failure:
        if failure.code in _REFUSALS or failure.code.startswith("code_"):
            advice = _ADVICE.get(failure.code, failure.message or _ADVICE["invalid_credentials"])
            raise AuthenticationFailed(f"login refused ({failure.code}): {advice}") from failure
        if failure.code in _UNREACHED:
            raise VenueUnreachable(f"the venue cannot be reached: {failure.message}") from failure
        raise
    return token.expires


def _account(access: Access, wanted: int | str | None) -> Plan[AccountRow]:
    answer, _ = yield from access.read(
        "/api/Account/search",
        {"onlyActiveAccounts": wanted is None},
        Lane.LOOKUP,
        ACCOUNTS,
        AccountSearchCode,
    )
    rows = stated(answer.accounts)
    if wanted is None:
        tradable = [row for row in rows if row.can_trade]
        if not tradable:
            raise AccountUnknown("no active account of this user can trade")
        return tradable[0]
    for row in rows:
        if wanted in (row.id, row.name) or wanted == str(row.id):
            if not row.can_trade:
                raise AccountUnknown(f"account {row.name} ({row.id}) may not trade now")
            return row
    names = ", ".join(f"{row.name} ({row.id})" for row in rows) or "none"
    raise AccountUnknown(f"account {wanted} is not one of this user's: {names}")


def resolving(access: Access, wanted: str) -> Plan[Instrument]:
    """The active contract of a full id or a symbol. Raises SessionFailed, ReadFailed, WireError."""
    by_id = wanted.upper().startswith("CON.")
    row = yield from (_by_id(access, wanted) if by_id else _by_symbol(access, wanted))
    if not row.active_contract:
        raise ContractUnknown(f"contract {wanted} is not the active month; {_try(row.id)}")
    try:
        return instrument(row)
    except WireError as problem:
        raise ContractUnknown(str(problem)) from problem


def _by_id(access: Access, contract: str) -> Plan[ContractRow]:
    try:
        answer, _ = yield from access.read(
            "/api/Contract/searchById",
            {"contractId": contract},
            Lane.LOOKUP,
            CONTRACT,
            ContractCode,
        )
    except ReadFailed as failure:
        if failure.code != ContractCode.CONTRACT_NOT_FOUND.name.lower():
            raise
        raise ContractUnknown(f"contract {contract} does not exist; {_try(contract)}") from failure
    if answer.contract is None:
        raise ReadFailed("not_stated", f"contract {contract}")
    return answer.contract


def _by_symbol(access: Access, symbol: str) -> Plan[ContractRow]:
    """The search is fuzzy and ends after 20 rows; the list of all active contracts decides where it
    misses.
    """
    searches: tuple[tuple[str, dict[str, object]], ...] = (
        ("search", {"searchText": symbol, "live": False}),
        ("available", {"live": False}),
    )
    for endpoint, body in searches:
        answer, _ = yield from access.read(
            f"/api/Contract/{endpoint}", body, Lane.LOOKUP, _CONTRACTS, ContractCode
        )
        row = chosen(stated(answer.contracts), symbol)
        if row is not None:
            return row
    raise ContractUnknown(f"no active contract for {symbol}; use a symbol such as MES or a full id")


def _try(contract: str) -> str:
    parts = contract.split(".")
    return f"use {parts[3]} for the active one" if len(parts) > 4 else "use a symbol such as MES"
