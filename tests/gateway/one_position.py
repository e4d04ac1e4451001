"""A venue on a socket with one position in it, for those who do nothing but close."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ACCOUNT = 48120077
USER, KEY = "trader", "key-0815-secret"


class Venue(ThreadingHTTPServer):
    """A venue on a socket: one position, and the tokens that it takes."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.takes: set[str] = set()
        self.sells = ["sold-1-secret", "sold-2-secret"]
        """Tokens for the key, in order; the last one goes on being sold."""
        self.held = True
        self.tires_of_closes = False
        """Whether a close ends the token that it came with, and is not carried out."""
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def answer(self, path: str, token: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        self.asked.append(path)
        if path == "Auth/loginKey":
            if (body["userName"], body["apiKey"]) != (USER, KEY):
                return 200, {"success": False, "errorCode": 3, "token": None}
            sold = self.sells.pop(0) if len(self.sells) > 1 else self.sells[0]
            self.takes.add(sold)
            return 200, {"success": True, "errorCode": 0, "token": sold}
        if token not in self.takes:
            return 401, {}
        if path == "Position/closeContract":
            if self.tires_of_closes:
                self.tires_of_closes = False
                self.takes.clear()
                return 401, {}
            self.held = False
        positions = [{"contractId": "MES"}] if self.held else []
        return 200, {"success": True, "errorCode": 0, "positions": positions, "orders": []}


class _Handler(BaseHTTPRequestHandler):
    server: Venue

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        status, answer = self.server.answer(self.path.removeprefix("/api/"), token, body)
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: object) -> None:
        """Nothing is written."""


@contextmanager
def serving() -> Iterator[Venue]:
    with Venue() as served:
        thread = threading.Thread(target=served.serve_forever, args=(0.01,))
        thread.start()
        yield served
        served.shutdown()
        thread.join()
