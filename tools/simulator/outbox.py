"""What waits to be written to one client's socket."""

import asyncio

BACKLOG = 20_000
"""Messages a client may lag behind, so that memory does not grow with its lag."""
Message = bytes | None


class Outbox:
    """Messages in order, None for the end; a full one takes no more and gives up its client."""

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[Message] = asyncio.Queue(BACKLOG)
        self._full = asyncio.Event()

    def put(self, message: Message) -> bool:
        """Whether there was room."""
        try:
            self._waiting.put_nowait(message)
        except asyncio.QueueFull:
            self._full.set()
            return False
        return True

    async def take(self) -> Message:
        return await self._waiting.get()

    async def overflow(self) -> None:
        """Return once a message found no room."""
        await self._full.wait()
