"""A served desk with people and claims in it, for tests in a browser and for screenshots.

People: root (admin), ann and ben (submitters of sales), rui and ren (reviewers there), sue (their
supervisor), aud (auditor). All have the same password.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from tests.resources.serving import Served, serving

PASSWORD = "eleven quiet herons at dusk"
DEMO = Path(__file__).resolve().parents[2] / "src" / "yuepi" / "app" / "demo" / "claims"
PEOPLE = {
    "ann": ("安然", "submitter"),
    "ben": ("本杰明", "submitter"),
    "rui": ("芮明", "reviewer"),
    "ren": ("任远", "reviewer"),
    "sue": ("苏菲", "supervisor"),
    "aud": ("审计员", "auditor"),
}
SETTLED_S_MAX = 180.0


@dataclass
class Account:
    """Somebody signed in, without a browser."""

    login: str
    client: httpx2.Client
    csrf: str

    def sent(self, method: str, path: str, *, etag: str | None = None, **more: Any) -> Any:
        headers = {"X-CSRF-Token": self.csrf, **({"If-Match": etag} if etag else {})}
        answer = self.client.request(method, path, headers=headers, **more)
        assert answer.status_code < 400, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def submit(self, *files: Path, category: str = "travel", note: str = "") -> str:
        """Hand in a claim; its id."""
        parts = [("files", (file.name, file.read_bytes())) for file in files]
        fields = {"category": category, "note": note}
        return str(self.sent("POST", "/api/claims", files=parts, data=fields)["id"])

    def settled(self, claim: str) -> dict[str, Any]:
        """The claim, once the machine is through with it."""
        deadline_s = time.monotonic() + SETTLED_S_MAX
        while time.monotonic() < deadline_s:
            shown: dict[str, Any] = self.sent("GET", f"/api/claims/{claim}")
            if shown["claim"]["status"] != "received":
                return shown
            time.sleep(0.3)
        raise AssertionError(f"{claim} is still received")


@dataclass
class WebDesk:
    """The server and whoever is signed in to it."""

    served: Served
    accounts: dict[str, Account] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.served.url

    def account(self, login: str) -> Account:
        """Somebody, signed in once."""
        if login not in self.accounts:
            client = httpx2.Client(base_url=self.url, timeout=60)
            body = {"login": login, "password": PASSWORD}
            told = client.post("/api/session", json=body)
            assert told.status_code == 201, told.text
            self.accounts[login] = Account(login, client, told.json()["csrf"])
        return self.accounts[login]


@contextmanager
def web_desk(data: Path, *, settings: Sequence[str] = (), workers: int = 1) -> Iterator[WebDesk]:
    """A desk with its people. settings: lines of `yuepi.toml`."""
    data.mkdir(parents=True, exist_ok=True)
    if settings:
        (data / "yuepi.toml").write_text("\n".join(settings) + "\n", encoding="utf-8")
    with serving(data, workers=workers) as served:
        desk = WebDesk(served)
        client = httpx2.Client(base_url=served.url, timeout=60)
        token = str(served.told["setup"]).rsplit("#", 1)[1]
        body = {"token": token, "login": "root", "password": PASSWORD, "name": "管理员"}
        told = client.post("/api/setup", json=body)
        assert told.status_code == 201, told.text
        root = desk.accounts["root"] = Account("root", client, told.json()["csrf"])
        sales = root.sent("POST", "/api/departments", json={"name": "销售部"})["id"]
        for login, (name, role) in PEOPLE.items():
            person = {"login": login, "name": name, "roles": [role], "department": sales}
            root.sent("POST", "/api/users", json=person | {"password": PASSWORD})
        yield desk
        for account in desk.accounts.values():
            account.client.close()
