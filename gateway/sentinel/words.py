"""What engine and sentinel say to each other over two pipes, a JSON line a message."""

import msgspec


class Word(msgspec.Struct, frozen=True, tag=True, tag_field="is"):
    """One line."""


# The engine's


class Charge(Word, frozen=True):
    """Whom to guard, said first. It comes over the pipe because it holds secrets: neither a command
    line nor a file ever does.

    `silence_s`: so long unheard, the engine counts as gone. `sweep_s`: for so long after taking
    over, what a request still under way may bring about is looked for and closed again; longer than
    any request. `try_s`: when to give up proving an account flat. `lock`: the file that the one
    sentinel of an account holds locked.
    """

    base_url: str
    account: int
    token: str
    user: str
    key: str
    silence_s: float
    sweep_s: float
    try_s: float
    lock: str


class Beat(Word, frozen=True):
    """The supervisor lives. `token` is the current one where it has changed, else empty."""

    number: int
    token: str = ""


class Help(Word, frozen=True):
    """Flatten while the engine lives on: its own ways have failed."""

    number: int
    within_s: float


class Dismissed(Word, frozen=True):
    """The venue has said flat, and the engine ends. An end without it is a death."""


# The sentinel's


class Ready(Word, frozen=True):
    """It holds the lock, and watches."""


class Lease(Word, frozen=True):
    """The answer to a beat: entries may be sent for a while."""

    number: int


class TakenOver(Word, frozen=True):
    """The answer to a beat that came too late: the account is the sentinel's."""

    reason: str


class Helped(Word, frozen=True):
    """What has come of a Help: flat with an empty `why`."""

    number: int
    why: str


FromEngine = Charge | Beat | Help | Dismissed
FromSentinel = Ready | Lease | TakenOver | Helped

encode = msgspec.json.Encoder().encode


def line(word: Word) -> bytes:
    return encode(word) + b"\n"


read_engine = msgspec.json.Decoder(FromEngine).decode
"""Raises msgspec.DecodeError and msgspec.ValidationError."""
read_sentinel = msgspec.json.Decoder(FromSentinel).decode
