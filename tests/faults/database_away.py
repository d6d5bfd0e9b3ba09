"""The database away for a minute: `python -m tests.faults.database_away --away 60`.

The real `yuepi serve` with hosted workers on a PostgreSQL server that is ended as by a power cut
and started again, while people go on handing claims in over HTTP, each with a key of its own and
again until it is taken. Wanted: readiness is red within `RED_S_MAX`, every answer is one of the
documented ones, and once the database is back all goes on by itself: nothing that was acknowledged
is lost, nothing is decided twice, no process was started again by hand.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import psutil
import psycopg

from tests.resources.postgres import Server, fresh_database, restartable
from tests.resources.serving import CLI, Served, environment, serving

RED_S_MAX = 5.0
BACK_S_MAX = 30.0
"""How long after the database's return the desk may take until all is well again."""
SETTLE_S_MAX = 180.0
START_S_MAX = 400.0
"""The reader loads its models first, which takes a busy machine minutes."""
BEFORE_S = 8.0
AFTER_S = 8.0
CLIENTS = 3
WORKERS = 2
PASSWORD = "eleven quiet herons at dusk"
INVOICE = Path(__file__).parents[2] / "src" / "yuepi" / "app" / "demo" / "claims" / "small"
AWAY_HEAD = (
    "| database away s | workers | acknowledged | lost | decided twice | red after s "
    "| green after s | first claim after s | all settled after s | answers |"
)


@dataclass
class Away:
    """What happened. Times are seconds: `red_s` after the cut, the others after the return."""

    away_s: float
    red_s: float = -1.0
    green_s: float = -1.0
    taken_s: float = -1.0
    settled_s: float = -1.0
    acknowledged: int = 0
    lost: int = 0
    decided_twice: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        late = not 0 <= self.red_s <= RED_S_MAX or not 0 <= self.green_s <= BACK_S_MAX
        late = late or not 0 <= self.taken_s <= BACK_S_MAX or self.settled_s < 0
        return not (late or self.lost or self.decided_twice or self.wrong)

    def line(self) -> str:
        times = (self.red_s, self.green_s, self.taken_s, self.settled_s)
        said = " ".join(f"{count}×{what}" for what, count in sorted(self.answers.items()))
        cells: list[object] = [f"{self.away_s:g}", WORKERS, self.acknowledged, self.lost]
        cells += [self.decided_twice, *(f"{each:.1f}" for each in times), said]
        return "| " + " | ".join(map(str, cells)) + " |"


class Trial:
    """One desk, those who hand claims in there, and one who looks whether it is ready."""

    def __init__(self, served: Served, server: Server, url: str, away_s: float) -> None:
        self.served = served
        self.server = server
        self.url = url
        self.told = Away(away_s)
        self.taken: dict[str, float] = {}
        self.ready: list[tuple[float, bool]] = []
        self.last = ""
        self._keys = 0
        self._stop = asyncio.Event()

    async def run(self) -> Away:
        async with httpx2.AsyncClient(base_url=self.served.url, timeout=15) as client:
            key = await hire(client, str(self.served.told["setup"]))
            client.headers["Authorization"] = f"Bearer {key}"
            await self._until_ready(client)
            before = self._processes()
            looking = asyncio.create_task(self._look(client))
            people = [asyncio.create_task(self._hand_in(client)) for _ in range(CLIENTS)]
            await asyncio.sleep(BEFORE_S)
            cut_s = time.monotonic()
            await asyncio.to_thread(self.server.cut)
            await asyncio.sleep(self.told.away_s)
            back_s = time.monotonic()
            await asyncio.to_thread(self.server.start_again)
            await self._back(cut_s, back_s)
            await asyncio.sleep(AFTER_S)
            self._stop.set()
            await asyncio.gather(*people)
            await self._settled(back_s)
            looking.cancel()
            for error in await asyncio.gather(looking, return_exceptions=True):
                if isinstance(error, Exception):
                    self.told.wrong.append(f"readiness could not be asked: {error!r}")
            if self._processes() != before:
                self.told.wrong.append(f"processes were {before} and are {self._processes()}")
        return self.told

    def _processes(self) -> list[int]:
        """Of the desk: the server itself and its workers."""
        with suppress(psutil.NoSuchProcess):
            mine = psutil.Process(self.served.process.pid)
            return sorted([mine.pid, *(child.pid for child in mine.children())])
        return []

    async def _until_ready(self, client: httpx2.AsyncClient) -> None:
        async with asyncio.timeout(START_S_MAX):
            while True:
                told = (await client.get("/readyz")).json()
                if told["ready"] and told.get("workers") == WORKERS:
                    return
                await asyncio.sleep(0.2)

    async def _look(self, client: httpx2.AsyncClient) -> None:
        """Readiness and life, again and again; the moment counts at which the answer is there."""
        while True:
            for path in ("/readyz", "/healthz"):
                asked_s = time.monotonic()
                answer = await client.get(path)
                took_s = time.monotonic() - asked_s
                if path == "/readyz":
                    self.ready.append((time.monotonic(), answer.status_code == 200))
                    self.last = answer.text
                elif answer.status_code != 200 or took_s > 2.0:
                    self.told.wrong.append(f"{path}: {answer.status_code} after {took_s:.1f} s")
            await asyncio.sleep(0.1)

    async def _hand_in(self, client: httpx2.AsyncClient) -> None:
        """A claim, and the next: each again with its key until it is taken."""
        while not self._stop.is_set():
            self._keys += 1
            key, number = f"away-{self._keys}", f"{self._keys:020d}"
            paper = re.sub(rb"\d{20}", number.encode(), (INVOICE / "e-invoice.xml").read_bytes())
            while not await self._submit(client, key, paper):
                await asyncio.sleep(0.5)
            await asyncio.sleep(0.2)

    async def _submit(self, client: httpx2.AsyncClient, key: str, paper: bytes) -> bool:
        files = {"files": ("e-invoice.xml", paper, "application/xml")}
        asked_s = time.monotonic()
        answer = await client.post(
            "/api/claims", data={"category": "travel"}, files=files,
            headers={"Idempotency-Key": key},
        )  # fmt: skip
        took_s = time.monotonic() - asked_s
        body: dict[str, Any] = answer.json()
        self.told.answers[f"{answer.status_code}{body.get('code', '') and ' ' + body['code']}"] += 1
        if answer.status_code in (200, 201, 202):
            self.taken[body["id"]] = time.monotonic()
            return True
        if answer.status_code != 503:
            self.told.wrong.append(f"{answer.status_code} after {took_s:.1f} s: {answer.text}")
        return False

    async def _back(self, cut_s: float, back_s: float) -> None:
        """Until it is ready and takes claims again."""
        deadline_s = time.monotonic() + BACK_S_MAX
        while time.monotonic() < deadline_s:
            red = [at_s for at_s, ready in self.ready if not ready and at_s > cut_s]
            green = [at_s for at_s, ready in self.ready if ready and at_s > back_s]
            taken = [at_s for at_s in self.taken.values() if at_s > back_s]
            if red and green and taken:
                self.told.red_s = min(red) - cut_s
                self.told.green_s = min(green) - back_s
                self.told.taken_s = min(taken) - back_s
                # Green while it was away would have been a lie.
                lied = [at_s for at_s, ready in self.ready if ready and min(red) < at_s < back_s]
                self.told.wrong += [f"{len(lied)} times ready without a database"] if lied else []
                return
            await asyncio.sleep(0.1)
        self.told.wrong.append(f"it did not come back by itself: {self.last}")

    async def _settled(self, back_s: float) -> None:
        """Until the machine is done with all; then what the tables say, read past the desk."""
        deadline_s = time.monotonic() + SETTLE_S_MAX
        found: dict[str, str] = {}
        while time.monotonic() < deadline_s:
            found = dict(await asyncio.to_thread(self._rows, "SELECT id, status FROM claims"))
            if "received" not in found.values():
                self.told.settled_s = time.monotonic() - back_s
                break
            await asyncio.sleep(0.5)
        decided = Counter(
            row[0]
            for row in await asyncio.to_thread(
                self._rows, "SELECT subject FROM audit_entries WHERE action = 'claim.decided'"
            )
        )
        told = self.told
        told.acknowledged = len(self.taken)
        told.lost = sum(id_ not in found or decided[id_] == 0 for id_ in self.taken)
        told.decided_twice = sum(count > 1 for count in decided.values())
        if len(found) != len(self.taken):
            told.wrong.append(f"{len(found)} claims of {len(self.taken)} acknowledged")

    def _rows(self, query: str) -> list[Any]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(query.encode()).fetchall()


async def hire(client: httpx2.AsyncClient, link: str) -> str:
    """A key for somebody who hands claims in."""
    made = {"token": link.rsplit("#", 1)[1], "login": "root", "password": PASSWORD, "name": "root"}
    csrf = (await client.post("/api/setup", json=made)).json()["csrf"]
    headers = {"X-CSRF-Token": csrf}

    async def sent(path: str, **body: Any) -> Any:
        answer = await client.post(path, json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        return answer.json()

    sales = (await sent("/api/departments", name="销售"))["id"]
    more = {"roles": ["submitter"], "department": sales, "password": PASSWORD}
    ann = (await sent("/api/users", login="ann", **more))["id"]
    scopes = ["claims:submit", "claims:read"]
    key = await sent("/api/keys", name="ann", scopes=scopes, user=ann)
    client.cookies.clear()
    return str(key["secret"])


def away(away_s: float) -> Away:
    """One whole trial on a server and a folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix="yuepi-away-"))
    try:
        with restartable() as server:
            url = fresh_database(server.url)
            data, variables = folder / "data", {"YUEPI_DATABASE_URL": url}
            with serving(data, workers=WORKERS, variables=variables) as served:
                told = asyncio.run(Trial(served, server, url, away_s).run())
                if served.stop() != 0:
                    told.wrong.append("the server did not end in order")
            log = served.stderr.read_text("utf-8", "replace")
            if "\nTraceback" in log:
                told.wrong.append(log[max(0, log.index("\nTraceback") - 300) :][:6_000])
            command = [*CLI, "audit", "verify", "--json", "--data", str(data)]
            verified = subprocess.run(
                command, check=False, capture_output=True, text=True, timeout=60,
                env=environment(**variables),
            )  # fmt: skip
            if verified.returncode != 0:
                told.wrong.append(verified.stdout + verified.stderr)
            return told
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.faults.database_away", description=__doc__)
    parser.add_argument("--away", type=float, default=60.0, help="seconds")
    told = away(parser.parse_args().away)
    print(AWAY_HEAD, told.line(), *told.wrong, sep="\n")
    return 0 if told.ok else 1


if __name__ == "__main__":
    sys.exit(main())
