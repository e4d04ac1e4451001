"""Load on the simulated gateway: one fast market, all of it to several clients, on real sockets.

    python -m tests.benchmarks.venue_load [--seconds 60] [--clients 10] [--speed 40]

The server is a process of its own, and so are the clients. What each was sent stands in the
server's journal: the difference to what it received is what was lost, and then the exit code is 1.
docs/simulator.md quotes the figures.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import requests

ROOT = Path(__file__).resolve().parents[2]
TARGETS = ("GatewayQuote", "GatewayTrade", "GatewayDepth")
SETTLED = 10.0
"""Seconds after which memory should grow no more; half of a shorter run."""
LEAD = 0.5
"""Seconds before the end at which the server is looked at for the last time."""
MIB = 1 << 20


class Usage(NamedTuple):
    """Of the server: cores used, resident bytes early and at the end."""

    cores: float
    early: int
    end: int


@contextmanager
def venue(speed: int) -> Iterator[tuple[psutil.Process, str]]:
    """The simulator's process and its address."""
    command = [sys.executable, "-m", "tools.simulator", "--with-parent", "--speed", str(speed)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield psutil.Process(process.pid), json.loads(process.stdout.readline())["rest"]
        process.communicate(timeout=30)


def post(address: str, path: str, token: str = "", **body: object) -> Any:
    headers = {"Authorization": f"Bearer {token}"}
    reply = requests.post(address + path, json=body, headers=headers, timeout=30)
    reply.raise_for_status()
    return reply.json()


def watched(server: psutil.Process, seconds: float) -> Usage:
    """What the server uses from now until shortly before the crowd leaves."""
    before, began = server.cpu_times(), time.monotonic()
    time.sleep(min(SETTLED, seconds / 2))
    early = server.memory_info().rss
    time.sleep(max(0.0, seconds - LEAD - (time.monotonic() - began)))
    after, spent = server.cpu_times(), time.monotonic() - began
    cpu = after.user + after.system - before.user - before.system
    return Usage(cpu / spent, early, server.memory_info().rss)


def told(address: str) -> int:
    """Events sent, by the server's journal."""
    with requests.get(f"{address}/sim/journal", stream=True, timeout=60) as reply:
        return sum(b'"kind":"frame"' in line for line in reply.iter_lines())


def measure(clients: int, seconds: float, speed: int) -> int:
    """Run, report, and tell how many events were lost."""
    with venue(speed) as (server, address):
        token = post(address, "/api/Auth/loginKey", userName="demo", apiKey="demo")["token"]
        found = post(address, "/api/Contract/search", token, searchText="MES", live=False)
        arguments = [address, token, found["contracts"][0]["id"], str(clients), str(seconds)]
        command = [sys.executable, "-m", "tests.benchmarks.crowd", *arguments]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as crowd:
            usage = watched(server, seconds)
            received = json.loads(crowd.communicate(timeout=120)[0])
        sent = told(address)
    each: list[int] = [sum(row[target] for target in TARGETS) for row in received]
    messages = sum(row["messages"] for row in received)
    lost = sent - sum(each)
    print(f"speed {speed}, {clients} clients, {seconds:g} s, all streams of one contract")
    print(f"events/s a client   {min(each) / seconds:,.0f} to {max(each) / seconds:,.0f}")
    print(f"events/s in all     {sum(each) / seconds:,.0f} in {messages / seconds:,.0f} messages/s")
    print(f"events lost         {lost}")
    print(f"last answer after   {max(row['behind'] for row in received) * 1000:.0f} ms")
    print(f"server              {usage.cores:.0%} of a core")
    print(f"server's memory     {usage.early / MIB:.1f} MiB, at the end {usage.end / MIB:.1f} MiB")
    return lost


def main() -> int:
    parser = argparse.ArgumentParser(description="Load on the simulated gateway.")
    parser.add_argument("--clients", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--speed", type=int, default=40)
    given = parser.parse_args()
    return int(measure(given.clients, given.seconds, given.speed) != 0)


if __name__ == "__main__":
    sys.exit(main())
