"""A real OpenID provider as a process of its own: the package `oidc-provider-mock`.

It asks nobody for a password: whoever sends a subject's name to its form is signed on. It takes
any client, keeps all in memory, and uses each authorization code once.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp

from tests.resources.postgres import free_port

READY_S_MAX = 40.0


@contextmanager
def oidc_provider(folder: Path, *people: Mapping[str, object]) -> Iterator[str]:
    """The issuer's address of a running provider. people: the claims of each, with `sub`."""
    port = free_port()
    command = [sys.executable, "-m", "oidc_provider_mock", "-p", str(port), "-n", "true"]
    for person in people:
        command += ["--user-claims", json.dumps(person)]
    with (folder / "oidc-provider.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    issuer = f"http://127.0.0.1:{port}"
    try:
        _wait(process, issuer, folder / "oidc-provider.log")
        yield issuer
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


async def consent(place: str, subject: str) -> dict[str, str]:
    """What a browser does there: sign on as `subject`; the answer's fields, from the address."""
    async with (
        aiohttp.ClientSession() as client,
        client.post(place, data={"sub": subject}, allow_redirects=False) as answer,
    ):
        assert answer.status == 302, await answer.text()
        query = parse_qs(urlsplit(answer.headers["location"]).query)
    return {name: values[0] for name, values in query.items()}


async def token_for(issuer: str, form: Mapping[str, str], client_id: str) -> dict[str, Any]:
    """What the provider's token endpoint answers a client."""
    login = b64encode(f"{client_id}:secret".encode()).decode()
    async with (
        aiohttp.ClientSession(headers={"authorization": f"Basic {login}"}) as client,
        client.post(f"{issuer}/oauth2/token", data=form) as answer,
    ):
        told: dict[str, Any] = await answer.json()
        return told


def _wait(process: subprocess.Popen[bytes], issuer: str, log: Path) -> None:
    deadline = time.monotonic() + READY_S_MAX
    while True:
        try:
            urllib.request.urlopen(f"{issuer}/jwks", timeout=5).close()
            return
        except (urllib.error.URLError, OSError) as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"not ready: {log.read_text('utf-8')}") from error
            time.sleep(0.05)
