"""A terminal that goes away takes nothing with it."""

import io
import os

from actors.session.terminal import Terminal


def test_what_is_written_reaches_the_stream_at_once() -> None:
    stream = io.StringIO()
    Terminal(stream).write("hello")
    assert stream.getvalue() == "hello"


def test_a_broken_pipe_is_not_an_error_and_is_not_tried_again() -> None:
    reading, writing = os.pipe()
    stream = os.fdopen(writing, "w")
    terminal = Terminal(stream)
    os.close(reading)
    assert terminal.write("nobody listens") == len("nobody listens")
    assert terminal.write("still nobody") == len("still nobody")
    assert not terminal.isatty()
    os.dup2(os.open(os.devnull, os.O_WRONLY), writing)  # so that closing it can flush
    stream.close()


def test_a_closed_stream_is_not_an_error() -> None:
    stream = io.StringIO()
    stream.close()
    Terminal(stream).write("nobody")
