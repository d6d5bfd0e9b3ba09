"""What a gateway costs: CPU a request, memory, time to ready; Yuepi beside LiteLLM and Portkey.

    python -m benchmarks gateway [--peers DIR]

All gateways pass the same requests to one stub, one after the other in the same run. CPU is the
user and system time of the gateway's processes over many requests, so that the stub and the client
do not count; each figure is the median of several rounds. Without `--peers` only Yuepi is run; the
folder is filled on first use (pip, npm).
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import psutil

from benchmarks.gateway_peers import Peer, environment, litellm, portkey, yuepi

ROUNDS = 5
REQUESTS = {"text": 400, "image": 150, "stream": 200}
CONCURRENT = 8
PICTURE_BYTES = 400_000


@dataclass(frozen=True)
class Cost:
    """Milliseconds of CPU a request, by kind of request; memory in MB; seconds to ready."""

    cpu_ms: dict[str, float]
    memory_mb: float
    ready_s: float


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(command: list[str], env: dict[str, str]) -> Iterator[psutil.Process]:
    """A server as a process group of its own, ended with the block."""
    process = subprocess.Popen(
        command,
        env=env,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,  # a pipe that nobody reads would stop whoever fills it
    )
    try:
        yield psutil.Process(process.pid)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def family(process: psutil.Process) -> list[psutil.Process]:
    """A process and all below it."""
    return [process, *process.children(recursive=True)]


def cpu_s(process: psutil.Process) -> float:
    """User and system seconds of a process and its children so far."""
    return sum(sum(each.cpu_times()[:2]) for each in family(process))


def photo() -> str:
    """A data URI of a PNG of about 400 KB that does not compress."""
    import io

    from PIL import Image

    side = int((PICTURE_BYTES / 3) ** 0.5)
    noise = np.random.default_rng(1).integers(0, 256, (side, side, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).save(buffer, "PNG", compress_level=0)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def body(kind: str, number: int, model: str, picture: str) -> dict[str, Any]:
    """One request; the number makes every prompt new, so that no cache answers it."""
    text = {"type": "text", "text": f"What is the total? Question {number}. " + "word " * 100}
    parts: list[dict[str, Any]] = [text]
    if kind == "image":
        parts = [{"type": "image_url", "image_url": {"url": picture}}, text]
    asked: dict[str, Any] = {"model": model, "temperature": 0, "max_tokens": 200}
    if kind == "stream":
        asked["stream"] = True
    return asked | {"messages": [{"role": "user", "content": parts}]}


async def load(peer: Peer, kind: str, first: int, picture: str) -> None:
    """Send the requests of one round, a few at a time; every answer must be whole."""
    url = f"http://127.0.0.1:{peer.port}/v1/chat/completions"
    numbers = iter(range(first, first + REQUESTS[kind]))
    headers = peer.headers | {"content-type": "application/json"}

    async with aiohttp.ClientSession(headers=headers) as session:

        async def one_after_another() -> None:
            for number in numbers:
                async with session.post(url, json=body(kind, number, peer.model, picture)) as reply:
                    data = await reply.read()
                    whole = b"[DONE]" in data if kind == "stream" else b"one two three" in data
                    if reply.status != 200 or not whole:
                        raise RuntimeError(f"{peer.name}: {reply.status} {data[:300]!r}")

        await asyncio.gather(*(one_after_another() for _ in range(CONCURRENT)))


async def until_ready(peer: Peer, process: psutil.Process) -> float:
    """Seconds until the peer answers; raises after a minute and a half."""
    began = time.monotonic()
    async with aiohttp.ClientSession(headers=peer.headers) as session:
        while time.monotonic() - began < 90:
            with contextlib.suppress(aiohttp.ClientError):
                async with session.get(f"http://127.0.0.1:{peer.port}{peer.ready_path}") as reply:
                    if reply.status < 500:
                        return time.monotonic() - began
            if not process.is_running():
                break
            await asyncio.sleep(0.02)
    raise RuntimeError(f"{peer.name} did not get ready")


async def cost(peer: Peer, picture: str) -> Cost:
    """Start one gateway and measure it."""
    with running(list(peer.command), environment(peer)) as process:
        ready_s = await until_ready(peer, process)
        cpu_ms = {}
        for offset, kind in enumerate(REQUESTS):
            try:
                await load(peer, kind, 10_000_000 * offset, picture)  # warm
            except RuntimeError as error:
                # A peer that cannot do one kind (told on stderr) is still compared by others.
                print(error, file=sys.stderr)
                cpu_ms[kind] = float("nan")
                continue
            rounds = []
            for number in range(1, ROUNDS + 1):
                before = cpu_s(process)
                await load(peer, kind, 10_000_000 * offset + 1_000_000 * number, picture)
                rounds.append((cpu_s(process) - before) / REQUESTS[kind] * 1000)
            cpu_ms[kind] = statistics.median(rounds)
        memory_mb = sum(each.memory_info().rss for each in family(process)) / 2**20
        return Cost(cpu_ms, memory_mb, ready_s)


def measure(peers: Path | None) -> None:
    """Run all and print a Markdown table."""
    picture = photo()
    with tempfile.TemporaryDirectory() as scratch:
        folder, port = Path(scratch), free_port()
        stub = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "benchmarks.gateway_stub", str(port)]
        with running(command, dict(os.environ)):
            compared = [yuepi(folder, free_port(), stub)]
            if peers is not None:
                compared.append(litellm(folder, peers, free_port(), stub))
                compared.append(portkey(peers, free_port(), stub))
            costs = {peer.name: asyncio.run(cost(peer, picture)) for peer in compared}
    print("| gateway | text ms | 400 KB image ms | 34-event stream ms | memory MB | ready s |")
    print("|---|---|---|---|---|---|")
    for name, each in costs.items():
        figures = " | ".join(f"{each.cpu_ms[kind]:.2f}" for kind in REQUESTS)
        print(f"| {name} | {figures} | {each.memory_mb:.0f} | {each.ready_s:.1f} |")
    own = costs["yuepi"]
    for name, each in costs.items():
        if name != "yuepi":
            ratios = ", ".join(f"{k} {each.cpu_ms[k] / own.cpu_ms[k]:.1f}x" for k in REQUESTS)
            print(f"\n{name} costs, against yuepi: {ratios}")
