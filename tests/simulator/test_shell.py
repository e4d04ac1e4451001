"""The server's shell as an ASGI application: what it does while nobody is there to hear it."""

import asyncio
import json
from typing import Any

from tools.simulator.generator import Generator
from tools.simulator.server import Clock, Shell
from tools.simulator.venue import Listing, Venue, VenueConfig

MES = "CON.F.US.MES.Z26"
EPOCH = 1_795_186_800 * 10**9
SCOPE = {
    "type": "http", "method": "POST", "query_string": b"", "headers": [],
    "client": ("127.0.0.1", 5), "server": ("127.0.0.1", 6), "scheme": "http",
}  # fmt: skip


def shell() -> Shell:
    clock = Clock(EPOCH)
    listing = Listing(MES, Generator(0))
    return Shell(Venue(VenueConfig((listing,), preroll=0), clock.start), clock)


async def asked(shell: Shell, path: str, body: bytes, *, leaves: bool) -> list[Any]:
    """What the application sends to one request, whose client may leave behind its body."""
    said, sent = [{"type": "http.request", "body": body, "more_body": False}], []

    async def receive() -> Any:
        if not said and leaves:
            return {"type": "http.disconnect"}
        return said.pop() if said else await asyncio.Future()

    async def send(message: Any) -> None:
        sent.append(message)

    scope = SCOPE | {"path": path, "raw_path": path.encode()}
    await asyncio.wait_for(shell.app()(scope, receive, send), 5)
    return sent


def test_a_lost_answer_ends_with_its_client() -> None:
    async def story() -> None:
        room = shell()
        lose = json.dumps({"name": "lose_response_after_accept"}).encode()
        assert (await asked(room, "/sim/faults", lose, leaves=False))[0]["status"] == 200
        before = asyncio.all_tasks()
        login = b'{"userName":"demo","apiKey":"demo"}'
        await asked(room, "/api/Auth/loginKey", login, leaves=True)  # an hour early
        assert asyncio.all_tasks() == before

    asyncio.run(story())


def test_a_late_answer_comes_to_a_client_that_waits() -> None:
    async def story() -> None:
        room = shell()
        late = json.dumps({"name": "delay_response", "seconds": 0.2}).encode()
        await asked(room, "/sim/faults", late, leaves=False)
        login = b'{"userName":"demo","apiKey":"demo"}'
        start, body = await asked(room, "/api/Auth/loginKey", login, leaves=False)
        assert start["status"] == 200
        assert json.loads(body["body"])["success"]

    asyncio.run(story())
