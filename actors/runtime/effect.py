"""What a pure core asks its shell to do: send a message, or remind it later."""

from typing import TypeAlias

import msgspec

from messages.base import Message, Nanos


class After(msgspec.Struct, frozen=True):
    """Send `message` to this same actor in `delay` ns."""

    delay: Nanos
    message: Message


Effect: TypeAlias = Message | After
