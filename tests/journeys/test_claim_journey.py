"""A claim's whole way on the real thing: `yuepi serve` with its worker and the embedded reader.

Photo and electronic original come from the packaged demo. People sign in as a browser would; the
rest goes through the command line. At the end the record is proved.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.resources.serving import CLI, Served, environment, serving

pytestmark = pytest.mark.slow

DEMO = Path(__file__).resolve().parents[2] / "src" / "yuepi" / "app" / "demo" / "claims"
PASSWORD = "eleven quiet herons at dusk"
SUBMITS = ["claims:submit", "claims:read"]
REVIEWS = ["claims:read", "reviews:decide"]


@dataclass
class Person:
    """Somebody with a key; `yuepi` runs a command as them."""

    url: str
    key: str

    def yuepi(self, *words: object, code: int = 0) -> Any:
        command = [*CLI, *map(str, words), "--json"]
        more = {"YUEPI_URL": self.url, "YUEPI_KEY": self.key}
        done = subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            timeout=90,
            env=environment(**more),
        )
        assert done.returncode == code, f"{words}: {done.stdout} {done.stderr}"
        return json.loads(done.stdout)


class Browser:
    """The first administrator, by the one-time link; cookies and the proof against forgery."""

    def __init__(self, served: Served) -> None:
        self.url = served.url
        self.client = httpx2.Client(base_url=served.url, timeout=30)
        token = str(served.told["setup"]).rsplit("#", 1)[1]
        body = {"token": token, "login": "root", "password": PASSWORD, "name": "管理员"}
        self.csrf = self.sent("POST", "/api/setup", 201, body)["csrf"]
        # Good once.
        self.sent("POST", "/api/setup", None, body | {"login": "second"})

    def sent(self, method: str, path: str, status: int | None, body: Any = None) -> Any:
        headers = {"X-CSRF-Token": getattr(self, "csrf", "")}
        answer = self.client.request(method, path, json=body, headers=headers)
        if status is None:
            assert answer.status_code >= 400, answer.text
        else:
            assert answer.status_code == status, f"{path}: {answer.text}"
        return answer.json()

    def hired(self, login: str, department: str, role: str, scopes: list[str]) -> Person:
        """A new account with a key."""
        user = {"login": login, "roles": [role], "department": department, "password": PASSWORD}
        made = self.sent("POST", "/api/users", 201, user)
        key = {"name": login, "scopes": scopes, "user": made["id"]}
        return Person(self.url, self.sent("POST", "/api/keys", 201, key)["secret"])


def test_a_claim_is_read_reviewed_appealed_and_proved(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with serving(data, workers=1) as served:
        browser = Browser(served)
        sales = browser.sent("POST", "/api/departments", 201, {"name": "销售"})["id"]
        lab = browser.sent("POST", "/api/departments", 201, {"name": "研发"})["id"]
        ann = browser.hired("ann", sales, "submitter", SUBMITS)
        rui = browser.hired("rui", sales, "reviewer", REVIEWS)
        ren = browser.hired("ren", sales, "reviewer", REVIEWS)
        zoe = browser.hired("zoe", lab, "reviewer", REVIEWS)

        files = [DEMO / "small" / "e-invoice.pdf", DEMO / "travel" / "photo-1.jpg"]
        # Without evidence the machine only advises: a person decides, whatever it thinks.
        words = ["submit", *files, "--category", "travel", "--once", "journey"]
        claim = ann.yuepi(*words, "--wait", code=1)["claim"]
        assert claim["status"] == "waiting", claim
        again = ann.yuepi(*words)
        assert (again["new"], again["claim"]["id"]) == (False, claim["id"])

        assert zoe.yuepi("reviews", "list")["reviews"] == []
        assert zoe.yuepi("claims", "show", claim["id"], code=1)["error"]["code"] == "not_found"
        view = rui.yuepi("reviews", "take")
        assert view["review"]["claim"] == claim["id"]
        papers = {
            reading["attachment"]: file["readings"]
            for reading in view["readings"]
            for file in reading["files"]
        }
        assert len(papers) == 2
        assert all(papers.values()), "the reader found a paper on both files"
        photo = next(each["id"] for each in view["attachments"] if each["name"] == "photo-1.jpg")
        seen = papers[photo][0]["fields"]["total"]["value"]
        review = view["review"]["id"]
        correct = ["reviews", "correct", review, "--attachment", photo]
        told = rui.yuepi(*correct, f"total={seen}", "seller_name=上海样本酒店有限公司")
        assert {each["field"] for each in told["corrections"]} == {"total", "seller_name"}
        impossible = rui.yuepi(*correct, "total=twelve", code=1)
        assert impossible["error"]["code"] == "impossible_value"
        rui.yuepi("reviews", "decide", review, "reject", "--reason", "缺少行程单")

        shown = ann.yuepi("claims", "show", claim["id"])
        assert (shown["claim"]["status"], shown["claim"]["possible"]) == ("rejected", ["appeal"])
        assert shown["reviews"][-1]["reason"] == "缺少行程单"
        ann.yuepi("claims", "appeal", claim["id"], "--reason", "已补充")
        # Who decided before is not asked again.
        assert rui.yuepi("reviews", "list")["reviews"] == []
        appeal = ren.yuepi("reviews", "take")["review"]
        assert appeal["purpose"] == "appeal"
        done = ren.yuepi("reviews", "decide", appeal["id"], "approve", "--reason", "同意")
        assert done["final"] is True
        assert ann.yuepi("claims", "show", claim["id"])["claim"]["status"] == "approved"
        actions = [each["action"] for each in ann.yuepi("claims", "events", claim["id"])["events"]]
        wanted = ["claim.submitted", "claim.rejected", "claim.appealed", "claim.approved"]
        assert [each for each in actions if each in wanted] == wanted
        record = browser.sent("GET", "/api/audit?limit=200", 200)["entries"]
        assert {"user.created", "claim.submitted", "review.corrected"} <= {
            each["action"] for each in record
        }
        assert served.stop() == 0
    errors = served.stderr.read_text()
    assert "Traceback" not in errors, errors
    verified = subprocess.run(
        [*CLI, "audit", "verify", "--json", "--data", str(data)],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env=environment(),
    )
    assert verified.returncode == 0, verified.stdout + verified.stderr
