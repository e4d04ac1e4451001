"""A terminal that goes away takes nothing with it."""

import io
import os
from threading import Thread

from actors.session import terminal
from actors.session.terminal import Aside, Terminal
from tests.live.bench import until


def test_what_is_written_reaches_the_stream_at_once() -> None:
    stream = io.StringIO()
    Terminal(stream).write("hello")
    assert stream.getvalue() == "hello"


def test_a_broken_pipe_is_not_an_error_and_is_not_tried_again() -> None:
    reading, writing = os.pipe()
    stream = os.fdopen(writing, "w")
    gone = Terminal(stream)
    os.close(reading)
    assert gone.write("nobody listens") == len("nobody listens")
    assert gone.write("still nobody") == len("still nobody")
    assert not gone.isatty()
    os.dup2(os.open(os.devnull, os.O_WRONLY), writing)  # so that closing it can flush
    stream.close()


def test_a_closed_stream_is_not_an_error() -> None:
    stream = io.StringIO()
    stream.close()
    Terminal(stream).write("nobody")


def test_a_terminal_that_stands_still_holds_nobody_up() -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as stream:
        aside = Aside(Terminal(stream))
        line = "x" * 999 + "\n"
        for _ in range(500):  # a pipe takes a tenth of it
            assert aside.write(line) == 1_000
        assert not aside.drain(0.1)
        with os.fdopen(reading, "rb") as reader:
            taken = sum(len(reader.read(1_000)) for _ in range(500))
            assert taken == 500_000
            assert aside.drain(5)


def test_what_no_longer_fits_is_left_out_and_the_rest_still_comes() -> None:
    reading, writing = os.pipe()
    taken: list[bytes] = []
    with os.fdopen(writing, "w") as stream, os.fdopen(reading, "rb") as reader:
        aside = Aside(Terminal(stream))
        for _ in range(terminal.BACKLOG + 5_000):  # a pipe takes some 700 of them
            aside.write("y" * 99 + "\n")
        assert not aside.drain(0.1), "there is no room even for the question"
        thaw = Thread(target=lambda: taken.extend(iter(lambda: reader.read(100), b"")), daemon=True)
        thaw.start()
        until("all that waited", lambda: aside.drain(5))
        stream.close()
        thaw.join()
    assert terminal.BACKLOG <= len(taken) < terminal.BACKLOG + 5_000
