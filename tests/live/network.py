"""The network between an engine and its venue: a TCP proxy that a test makes bad and good again."""

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import Enum

PAGE = b"<html><title>Welcome to Wi-Fi</title>Please log in</html>"
PIECE = 65_536
POLL_S = 0.1


class Weather(Enum):
    GOOD = "good"
    PORTAL = "a login page answers everything"
    ELSEWHERE = "everything is redirected to another host"
    HALF_OPEN = "connections are taken, and nothing passes"
    RESETS = "answers are reset after their first bytes"
    TRICKLE = "answers come a byte at a time"


class Network:
    """Listens at `port` and passes bytes on to `venue`. What is established when the weather turns
    bad ends (half open: stands, and nothing passes on it any more).
    """

    def __init__(self, venue: int) -> None:
        self.weather = Weather.GOOD
        self._venue = venue
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._elsewhere = socket.create_server(("127.0.0.1", 0))
        self.strayed: list[bytes] = []
        """What reached the other host of ELSEWHERE."""
        for listener, serve in ((self._listener, self._serve), (self._elsewhere, self._stray)):
            threading.Thread(target=_accept, args=(listener, serve), daemon=True).start()

    def close(self) -> None:
        self._listener.close()
        self._elsewhere.close()

    def _serve(self, client: socket.socket) -> None:
        weather = self.weather
        client.settimeout(POLL_S)
        with client, suppress(OSError):
            if weather in (Weather.PORTAL, Weather.ELSEWHERE):
                self._impersonate(client, weather)
            else:
                with socket.create_connection(("127.0.0.1", self._venue)) as venue:
                    self._relay(client, venue, weather)

    def _impersonate(self, client: socket.socket, weather: Weather) -> None:
        while self.weather is weather:
            with suppress(TimeoutError):
                if not client.recv(PIECE):
                    return
                where = (
                    b"Location: http://127.0.0.1:%d/login\r\n" % self._elsewhere.getsockname()[1]
                )
                head = b"200 OK\r\n" if weather is Weather.PORTAL else b"302 Found\r\n" + where
                length = b"Content-Length: %d\r\nContent-Type: text/html\r\n\r\n" % len(PAGE)
                client.sendall(b"HTTP/1.1 " + head + length + PAGE)

    def _relay(self, client: socket.socket, venue: socket.socket, born: Weather) -> None:
        """Until one side ends, or the weather changes; what was half open stays so."""
        up = threading.Thread(target=self._pass, args=(client, venue, born, False), daemon=True)
        venue.settimeout(POLL_S)
        up.start()
        self._pass(venue, client, born, True)
        up.join()

    def _pass(self, source: socket.socket, sink: socket.socket, born: Weather, down: bool) -> None:
        with suppress(OSError):
            while True:
                weather = self.weather
                if weather is not born and Weather.HALF_OPEN not in (weather, born):
                    break
                try:
                    data = source.recv(PIECE)
                except TimeoutError:
                    continue
                if not data:
                    break
                if Weather.HALF_OPEN in (weather, born):
                    born = Weather.HALF_OPEN
                elif weather is Weather.RESETS and down:
                    sink.sendall(data[:10])
                    sink.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    sink.close()
                    break
                elif weather is Weather.TRICKLE and down:
                    self._trickle(data, sink)
                else:
                    sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _trickle(self, data: bytes, sink: socket.socket) -> None:
        for at in range(len(data)):
            if self.weather is not Weather.TRICKLE:
                return
            sink.sendall(data[at : at + 1])
            time.sleep(0.05)

    def _stray(self, client: socket.socket) -> None:
        with client:
            self.strayed.append(client.recv(PIECE))


def _accept(listener: socket.socket, serve: Callable[[socket.socket], None]) -> None:
    with suppress(OSError):
        while True:
            client, _ = listener.accept()
            threading.Thread(target=serve, args=(client,), daemon=True).start()


@contextmanager
def network(rest: str) -> Iterator[Network]:
    """Between an engine and the venue at this REST address."""
    made = Network(int(rest.rpartition(":")[2]))
    try:
        yield made
    finally:
        made.close()
