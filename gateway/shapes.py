"""The shapes in which the hub wraps an entity: bare, {action, data}, {data}, arrays of those, null
padding.
"""

from collections.abc import Iterator

import msgspec

from gateway.wire import WireError, parsed

_DEEPEST = 4
_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])


def items(raw: msgspec.Raw, depth: int = 0) -> Iterator[msgspec.Raw]:
    """Every entity in an argument, in order. An object with numbers for keys counts as an array.

    Raises WireError.
    """
    if depth > _DEEPEST:
        raise WireError(f"an argument nested more than {_DEEPEST} deep")
    first = bytes(memoryview(raw)[:1])
    if first == b"[":
        for item in parsed(_LIST, raw):
            yield from items(item, depth + 1)
    elif first == b"{":
        members = parsed(_MEMBERS, raw)
        if "data" in members:
            yield from items(members["data"], depth + 1)
        elif members and all(key.isdecimal() for key in members):
            for key in sorted(members, key=int):
                yield from items(members[key], depth + 1)
        else:
            yield raw
    elif first != b"n":
        raise WireError(f"an argument that is no entity: {bytes(raw)[:40]!r}")
