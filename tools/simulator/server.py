"""The shell: real sockets and real time around a Venue. Contains no rules of the venue.

Everything runs on one asyncio loop, so nothing needs a lock. One timer advances the venue when it
has something due; requests and frames advance it too.
"""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from tools.simulator.hub import Refusal
from tools.simulator.outbox import Outbox
from tools.simulator.stamps import SECOND
from tools.simulator.venue import Venue

METHODS = ["GET", "POST", "PUT", "DELETE"]
PROMPT = 0.05
"""Seconds up to which an answer's delay is slept through, whether or not its client waits."""
FAREWELL = 1.0
"""Seconds a client has to take what a closing socket still has to tell it."""
BEREFT, RESTED = 10.0, 0.5
"""Seconds that a venue whose parent has ended stays for an account that is not flat, and how long
it has to have been flat, so that it can still be seen to be.
"""
LONGEST_BODY = 30_000_000
"""Bytes of a request that the vendor's framework reads; a longer one is answered 413."""
LOOPBACK = ("127.0.0.1", "::1")


class Clock:
    """ns UTC, driven by the performance counter: it never goes back. `start` is when it was made.

    With an epoch it stands there at the wall time `at` (default: now), so that another process can
    share it.
    """

    def __init__(self, epoch: int | None, at: int | None = None) -> None:
        wall = time.time_ns()
        shift = 0 if epoch is None else epoch - (wall if at is None else at)
        self.start = wall + shift
        self._offset = self.start - time.perf_counter_ns()

    def now(self) -> int:
        return time.perf_counter_ns() + self._offset


class Shell:
    """Connects a venue to sockets."""

    def __init__(self, venue: Venue, clock: Clock) -> None:
        self._venue = venue
        self._clock = clock
        self._sockets: dict[int, Outbox] = {}
        self._ended = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/sim/journal", self._journal, methods=["GET"]),
                WebSocketRoute("/hubs/{hub}", self._hub),
                Route("/{path:path}", self._http, methods=METHODS),
            ]
        )

    def end(self) -> None:
        """Let go of requests whose answers are far off."""
        self._ended.set()

    def pump(self) -> None:
        """Advance the venue, hand out what it sends, and set the timer for the next time."""
        now = self._clock.now()
        self._venue.advance(now)
        for out in self._venue.outgoing():
            outbox = self._sockets.get(out.connection)
            if outbox is not None and not outbox.put(out.data):
                del self._sockets[out.connection]
                self._venue.closed(now, out.connection)
        if self._timer is not None:
            self._timer.cancel()
        due = self._venue.next_time()
        self._timer = None
        if due is not None:
            delay = max(0, due - self._clock.now()) / SECOND
            self._timer = asyncio.get_running_loop().call_later(delay, self.pump)

    async def _http(self, request: Request) -> Response:
        try:
            body = await _body(request)
        except ClientDisconnect:
            return Response(status_code=400)  # which nobody reads
        if body is None:
            return Response(status_code=413, headers={"connection": "close"})
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        if path.startswith("/sim/") and not _local(request):
            return Response(status_code=403)
        now = self._clock.now()
        reply = self._venue.request(now, request.method, path, dict(request.headers), body)
        self.pump()
        if await self._awaited(request, max(0, reply.at - self._clock.now()) / SECOND):
            return Response(reply.body, reply.status, reply.headers)
        return Response(status_code=503)

    async def _awaited(self, request: Request, delay: float) -> bool:
        """Wait for an answer's time; whether the client and the venue are still there then."""
        if delay <= PROMPT:
            await asyncio.sleep(delay)
            return True
        return not await _first(delay, _gone(request), self._ended.wait())

    async def _journal(self, request: Request) -> Response:
        if not _local(request):
            return Response(status_code=403)
        since = request.query_params.get("since", "0")
        if not since.isdecimal():
            return Response("since: must be a line number, 0 or more\n", 400)
        lines = _chunks(self._venue.journal.lines(int(since)))
        return StreamingResponse(lines, media_type="application/x-ndjson")

    async def _hub(self, websocket: WebSocket) -> None:
        query, headers = dict(websocket.query_params), dict(websocket.headers)
        hub = websocket.path_params["hub"]
        number = self._venue.open(self._clock.now(), hub, query, headers)
        if isinstance(number, Refusal):
            await websocket.send_denial_response(Response(status_code=number.status))
            return
        outbox = self._sockets[number] = Outbox()
        try:
            await websocket.accept()
            self.pump()
            talk = _write(websocket, outbox), self._read(websocket, number), outbox.overflow()
            await _first(None, *talk)
            async with asyncio.timeout(FAREWELL):  # a client that reads nothing blocks the close
                with contextlib.suppress(RuntimeError):
                    await websocket.close()
        except (WebSocketDisconnect, TimeoutError):
            pass  # the client went first, or does not listen
        finally:
            self._sockets.pop(number, None)
            self._venue.closed(self._clock.now(), number)

    async def _read(self, websocket: WebSocket, number: int) -> None:
        while True:
            message = await websocket.receive()
            if message["type"] != "websocket.receive":
                return
            data = message.get("bytes") or (message.get("text") or "").encode()
            self._venue.receive(self._clock.now(), number, data)
            self.pump()


async def _first(timeout: float | None, *ways: Coroutine[Any, Any, object]) -> bool:
    """Whether one of these ended in time (seconds), raising what it raised; then all have ended."""
    tasks = [asyncio.create_task(way) for way in ways]
    try:
        done, _ = await asyncio.wait(tasks, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
    return bool(done)


async def _body(request: Request) -> bytes | None:
    """The body of a request; None for one that is too long. Raises ClientDisconnect."""
    pieces, length = [], 0
    async for piece in request.stream():
        length += len(piece)
        if length > LONGEST_BODY:
            return None
        pieces.append(piece)
    return b"".join(pieces)


async def _gone(request: Request) -> None:
    """Return when the client has closed its connection; its body has been read."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _write(websocket: WebSocket, outbox: Outbox) -> None:
    """Send until the end of what is put there, or until the client is gone."""
    with contextlib.suppress(RuntimeError):  # uvicorn's word for a socket that it closed itself
        while (message := await outbox.take()) is not None:
            await websocket.send_text(message.decode())


async def _chunks(lines: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Lines in pieces of some size; the loop breathes in between."""
    batch: list[bytes] = []
    for line in lines:
        batch.append(line)
        if len(batch) == 1000:
            yield b"".join(batch)
            batch.clear()
    yield b"".join(batch)


def _local(request: Request) -> bool:
    return request.client is not None and request.client.host in LOOPBACK


class Blameless(logging.Filter):
    """Keeps what a client did wrong out of the server's log: here, clients are meant to."""

    COMPLAINTS = (
        "ASGI callable returned without completing handshake.",  # so too after a refused upgrade
        "Invalid UTF-8 sequence received from client.",
    )

    def filter(self, record: logging.LogRecord) -> bool:
        return record.getMessage() not in self.COMPLAINTS


class Server(uvicorn.Server):
    """uvicorn without its signal handling, which ends the process by the signal itself."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listen(port: int) -> socket.socket:
    """A listening loopback socket; raises OSError."""
    # with the protocol named, asyncio sets TCP_NODELAY; else answers wait 40 ms for an ACK
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(128)
    return listener


async def serve(
    venue: Venue,
    clock: Clock,
    listener: socket.socket,
    ready: Callable[[], None],
    parent: int | None,
) -> None:
    """Serve until SIGTERM or SIGINT, or until `parent` (descriptor of a pipe) has ended: then for a
    while yet where an account is not flat, because somebody may be about to close it.
    """
    shell = Shell(venue, clock)
    config = uvicorn.Config(
        shell.app(),
        lifespan="off",
        log_level="error",
        access_log=False,
        date_header=False,
        server_header=False,
        ws="websockets-sansio",
        ws_ping_interval=None,  # SignalR has its own pings; some clients die of a protocol ping
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=1,
    )
    logging.getLogger("uvicorn.error").addFilter(Blameless())
    server = Server(config)
    loop = asyncio.get_running_loop()

    def stop() -> None:
        shell.end()
        server.should_exit = True

    def orphaned(left: float = BEREFT, rested: float = 0) -> None:
        rested = rested + PROMPT if venue.at_rest else 0
        if left <= 0 or rested >= RESTED:
            stop()
        else:
            loop.call_later(PROMPT, orphaned, left - PROMPT, rested)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop))
    if parent is not None:
        threading.Thread(target=_watch, args=(parent, loop, orphaned), daemon=True).start()
    running = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started and not running.done():
        await asyncio.sleep(0.005)
    if server.started:
        shell.pump()
        ready()
    await running


def _watch(parent: int, loop: asyncio.AbstractEventLoop, stop: Callable[[], None]) -> None:
    # unbuffered: a thread inside a buffered read would abort the interpreter at its end
    while os.read(parent, 4096):
        pass
    with contextlib.suppress(RuntimeError):  # the loop has ended already
        loop.call_soon_threadsafe(stop)
