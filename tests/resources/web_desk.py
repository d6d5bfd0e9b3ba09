"""A served desk with people and claims in it, for tests in a browser and for screenshots.

People: root (admin), ann and ben (submitters of sales), rui and ren (reviewers there), sue (their
supervisor), aud (auditor). All have the same password. One server can have many such departments,
whose people see nothing of each other's.
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
    """The server, one of its departments, and whoever is signed in. number: which department; the
    people of the first are called as above, of the second `ann2`."""

    served: Served
    accounts: dict[str, Account] = field(default_factory=dict)
    number: int = 1

    @property
    def url(self) -> str:
        return self.served.url

    def login(self, name: str) -> str:
        """What somebody of this department signs in as; `name` is one of PEOPLE, or any other."""
        return f"{name}{self.number}" if name in PEOPLE and self.number > 1 else name

    def account(self, name: str) -> Account:
        """Somebody, signed in once."""
        if name not in self.accounts:
            client = httpx2.Client(base_url=self.url, timeout=60)
            login = self.login(name)
            told = client.post("/api/session", json={"login": login, "password": PASSWORD})
            assert told.status_code == 201, told.text
            self.accounts[name] = Account(login, client, told.json()["csrf"])
        return self.accounts[name]

    def another(self, number: int) -> WebDesk:
        """Another department at the same server, with people of its own; root is the same."""
        desk = WebDesk(self.served, {"root": self.accounts["root"]}, number)
        desk.hire()
        return desk

    def hire(self) -> None:
        """Make the department and its people."""
        root = self.accounts["root"]
        sales = "销售部" if self.number == 1 else f"销售{self.number}部"
        department = root.sent("POST", "/api/departments", json={"name": sales})["id"]
        for name, (shown, role) in PEOPLE.items():
            person = {"login": self.login(name), "name": shown, "roles": [role]}
            more = {"department": department, "password": PASSWORD}
            root.sent("POST", "/api/users", json=person | more)

    def leave(self) -> None:
        """Hang up for all but root."""
        for name, account in self.accounts.items():
            if name != "root":
                account.client.close()


@contextmanager
def web_desk(data: Path, *, settings: Sequence[str] = (), workers: int = 1) -> Iterator[WebDesk]:
    """A desk with its people. settings: lines of `yuepi.toml`."""
    data.mkdir(parents=True, exist_ok=True)
    if settings:
        (data / "yuepi.toml").write_text("\n".join(settings) + "\n", encoding="utf-8")
    with (
        serving(data, workers=workers) as served,
        httpx2.Client(base_url=served.url, timeout=60) as client,
    ):
        token = str(served.told["setup"]).rsplit("#", 1)[1]
        body = {"token": token, "login": "root", "password": PASSWORD, "name": "管理员"}
        told = client.post("/api/setup", json=body)
        assert told.status_code == 201, told.text
        desk = WebDesk(served, {"root": Account("root", client, told.json()["csrf"])})
        desk.hire()
        yield desk
        desk.leave()
