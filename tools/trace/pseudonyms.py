"""Who a session belongs to, taken out of any text: accounts and users by pseudonyms, secrets by a
mask.
"""

import re
from collections.abc import Iterable

import msgspec

from gateway.redaction import Redactor

USER = "user"
_SHORTEST = 5
"""Digits of a number that is taken out wherever it stands; shorter ones only where they are known
to be an account's."""
_HOMES = re.compile(r"(?i)(/home/|/users/|\\+users\\+)(?:[^/\\\"':\n]+(?=[/\\])|[^/\\\s\"':]+)")
"""Folders of the machine's own users, in paths and tracebacks; a name may hold blanks."""


class Pseudonyms:
    """The same account has the same pseudonym everywhere: `account-1` for its name, 1 for its
    number. `secrets` and what looks like one are masked (gateway/redaction.py).
    """

    def __init__(self, users: Iterable[str] = (), secrets: Iterable[str] = ()) -> None:
        self._numbers: dict[str, int] = {}
        self._redact = Redactor()
        self._patterns: list[tuple[re.Pattern[str], str]] = []
        for form in (form for secret in secrets for form in _forms(secret)):
            self._redact.learn(form)
        for user in users:
            self._replace(user, USER)

    def account(self, *known_as: int | str | None) -> int:
        """The pseudonym of an account, by its number, its name or both."""
        names = [str(name) for name in known_as if name not in (None, "", 0)]
        found = [self._numbers[name] for name in names if name in self._numbers]
        pseudonym = found[0] if found else max(self._numbers.values(), default=0) + 1
        for name in names:
            if name not in self._numbers:
                self._numbers[name] = pseudonym
                self._learn(name, pseudonym)
        return pseudonym

    @property
    def accounts(self) -> int:
        return len(set(self._numbers.values()))

    def text(self, text: str) -> str:
        """A text without them."""
        for pattern, pseudonym in self._patterns:
            text = pattern.sub(pseudonym, text)
        return self._redact(_HOMES.sub(rf"\1{USER}", text))

    def line(self, line: bytes) -> bytes:
        """A line of a trace without them; still JSON of the same schema."""
        if b'"AccountEvent"' in line or b'"header"' in line[:20]:
            line = self._told(line)
        return self.text(line.decode()).encode()

    def _told(self, line: bytes) -> bytes:
        """The lines that say which account it is: there it may be of any length."""
        known = msgspec.json.decode(line)
        if account := (known.get("message") or {}).get("account"):
            number = self.account(account["id"], account["name"])
            account |= {"id": number, "name": named(number)}
        api = known.get("config", {}).get("api", {})
        if (wanted := api.get("account_id")) is not None:
            number = self.account(wanted)
            api["account_id"] = named(number) if isinstance(wanted, str) else number
            known["settings"] = ""  # a hash of little that is not known can be tried out
        return msgspec.json.encode(known) + b"\n"

    def _learn(self, name: str, pseudonym: int) -> None:
        if not name.isdecimal():
            self._replace(name, named(pseudonym))
        elif len(name) >= _SHORTEST:
            # not a part of a longer number, nor the decimals of one
            pattern = rf"(?<!\d)(?<!\d\.){name}(?!\d|\.\d)"
            self._patterns.append((re.compile(pattern), str(pseudonym)))

    def _replace(self, name: str, pseudonym: str) -> None:
        for form in _forms(name):
            pattern = rf"(?i)(?<![^\W_]){re.escape(form)}(?![^\W_])"
            self._patterns.append((re.compile(pattern), pseudonym))
        self._patterns.sort(key=lambda one: len(one[0].pattern), reverse=True)


def _forms(text: str) -> set[str]:
    """As it is, and as JSON writes it."""
    return {text, msgspec.json.encode(text).decode()[1:-1]}


def named(number: int) -> str:
    return f"account-{number}"
