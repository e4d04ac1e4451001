"""Whoever answers in the venue's place: a network's login page, a proxy, a broken server."""

import socket
import threading
import time
from typing import BinaryIO


class Anybody(threading.Thread):
    """Listens on a port; what it answers to a request, it is told as bytes."""

    def __init__(self) -> None:
        super().__init__()
        self.answer = b""
        self.pause = 0.0
        """Between two bytes."""
        self.heads: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]

    def run(self) -> None:
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        with peer, peer.makefile("rb") as sent:
            try:
                while head := self._head(sent):
                    length = head.partition(b"Content-Length: ")[2].partition(b"\r\n")[0]
                    sent.read(int(length or 0))
                    self.heads.append(head)
                    self._say(peer)
            except OSError:
                pass  # the client has had enough

    def _head(self, sent: BinaryIO) -> bytes:
        """The lines before the empty one; nothing where the client has gone."""
        lines = []
        while (line := sent.readline()) and line != b"\r\n":
            lines.append(line)
        return b"".join(lines) if line else b""

    def _say(self, peer: socket.socket) -> None:
        if not self.pause:
            peer.sendall(self.answer)
            return
        for at in range(len(self.answer)):
            peer.sendall(self.answer[at : at + 1])
            time.sleep(self.pause)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.join()
