"""Records and WebSocket frames, cut anyhow."""

import contextlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.framing import LONGEST, Framer
from gateway.websocket import FrameError, FrameReader, Opcode
from gateway.wire import WireError

records = st.lists(st.binary(max_size=40).map(lambda b: b.replace(b"\x1e", b"?")), max_size=12)
cuts = st.lists(st.integers(0, 600), max_size=8)


def split(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(min(place, len(data)) for place in places), len(data)]
    return [data[a:b] for a, b in itertools.pairwise(edges)]


def frame(payload: bytes, opcode: int = 1, fin: bool = True) -> bytes:
    first = bytes([opcode | (0x80 if fin else 0)])
    size = len(payload)
    if size < 126:
        return first + bytes([size]) + payload
    if size < 65536:
        return first + b"\x7e" + size.to_bytes(2, "big") + payload
    return first + b"\x7f" + size.to_bytes(8, "big") + payload


@given(records, cuts)
def test_records_survive_any_cut(wanted: list[bytes], places: list[int]) -> None:
    framer = Framer()
    stream = b"".join(record + b"\x1e" for record in wanted)
    assert [r for part in split(stream, places) for r in framer.feed(part)] == wanted


def test_a_record_without_an_end_is_given_up() -> None:
    framer = Framer()
    with pytest.raises(WireError):
        framer.feed(b"x" * (LONGEST + 1))
    assert framer.feed(b"y\x1e") == [b"y"]


@given(st.lists(st.binary(max_size=300), max_size=8), cuts)
def test_frames_survive_any_cut(payloads: list[bytes], places: list[int]) -> None:
    reader = FrameReader()
    stream = b"".join(frame(p) for p in payloads) + frame(b"now", Opcode.PING)
    texts, controls = [], []
    for part in split(stream, places):
        text, found = reader.feed(part)
        texts.append(text)
        controls += found
    assert b"".join(texts) == b"".join(payloads)
    assert controls == [(Opcode.PING, b"now")]


def test_fragments_with_a_ping_between_them_are_one_text() -> None:
    stream = frame(b"ab", 1, fin=False) + frame(b"?", Opcode.PING) + frame(b"cd", 0)
    assert FrameReader().feed(stream) == (b"abcd", [(Opcode.PING, b"?")])


def test_big_frames_are_read_whole() -> None:
    big = b"x" * 8 * 1024 * 1024
    reader = FrameReader()
    parts = [reader.feed(part)[0] for part in split(frame(big), [1, 5, 9, 70_000, 1_000_000])]
    assert b"".join(parts) == big


@pytest.mark.parametrize(
    "data",
    [
        b"\x81\x85mask1",
        b"\x81\xfe\x00\x01",
        b"\xc1\x01x",
        b"\x8b\x00",
        b"\x81\x7f\x00\x00\x00\x01\x00\x00\x00\x00",
    ],
    ids=["masked", "masked-long", "reserved", "opcode", "too-long"],
)
def test_a_broken_stream_is_an_error(data: bytes) -> None:
    with pytest.raises(FrameError):
        FrameReader().feed(data)


@given(st.binary(max_size=200))
def test_garbage_raises_nothing_else(data: bytes) -> None:
    with contextlib.suppress(FrameError):
        FrameReader().feed(data)
