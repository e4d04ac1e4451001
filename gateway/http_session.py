"""requests, made fit for a venue that is not there: what answers in its place may be anything."""

import logging
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from gateway.bounded import LONGEST, BoundedResponse

_PIECE = 64 * 1024

logging.getLogger("urllib3.connection").setLevel(logging.ERROR)
"""Its warning of a head that breaks off is a traceback; what came of it is told in a line."""


class _Connection(HTTPConnection):
    response_class = BoundedResponse


class _SecureConnection(HTTPSConnection):
    response_class = BoundedResponse


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class VenueAdapter(HTTPAdapter):
    """Whole answers within the read time-out."""

    def init_poolmanager(self, *sizes: Any, **named: Any) -> None:
        super().init_poolmanager(*sizes, **named)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}


class VenueSession(requests.Session):
    """Goes where it was sent, and nowhere else."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False  # a .netrc would replace our Authorization header

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Never anywhere. requests would read the address, and stumble over some, even where it
        is told not to follow.
        """


class TooLong(requests.RequestException):
    """An answer of more than LONGEST bytes."""


def whole(response: requests.Response) -> bytes:
    """The body of a streamed response, unpacked. Raises TooLong and what requests raises."""
    body = bytearray()
    with response:
        for piece in response.iter_content(_PIECE):
            body += piece
            if len(body) > LONGEST:
                raise TooLong(f"an answer of more than {LONGEST} bytes")
    return bytes(body)
