"""The receiving half of a WebSocket (RFC 6455) as a core: bytes in, text and control frames out."""

from enum import IntEnum

LONGEST = 16 * 1024 * 1024
"""A frame may not be longer; the vendor's own exceed 10 KB (gateway.md 7.1)."""


class Opcode(IntEnum):
    TEXT = 0x1
    CLOSE = 0x8
    PING = 0x9
    PONG = 0xA


class FrameError(ValueError):
    """The peer broke the WebSocket protocol; the connection cannot go on."""


class FrameReader:
    """Takes a byte stream apart. Text is given as one stream, because records mark their own ends:
    how it was cut into messages and fragments does not matter."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> tuple[bytes, list[tuple[int, bytes]]]:
        """The text of the frames completed by this data, and their (opcode, payload) if control
        frames. Raises FrameError."""
        if self._rest:
            data = self._rest + data
        texts: list[bytes] = []
        controls: list[tuple[int, bytes]] = []
        at, end = 0, len(data)
        while end - at >= 2:
            start, length = at + 2, data[at + 1]
            if length >= 126:
                start, length = _extended(data, start, length)
            stop = start + length
            if stop > end:
                break
            if data[at] & 0x78:
                _check(data[at])
                controls.append((data[at] & 0x0F, data[start:stop]))
            else:
                texts.append(data[start:stop])
            at = stop
        self._rest = data[at:]
        return b"".join(texts), controls


def _extended(data: bytes, start: int, length: int) -> tuple[int, int]:
    """Where the payload begins and how long it is; too long while the length is incomplete."""
    if length > 127:
        raise FrameError("a masked frame from the server")
    width = 2 if length == 126 else 8
    if len(data) - start < width:
        return start, len(data)
    length = int.from_bytes(data[start : start + width], "big")
    if length > LONGEST:
        raise FrameError(f"a frame of {length} bytes")
    return start + width, length


def _check(first: int) -> None:
    if first & 0x70:
        raise FrameError("a frame with reserved bits set")
    if first & 0x0F > Opcode.PONG:
        raise FrameError(f"a frame with opcode {first & 0x0F}")
