"""A claim's whole way on the real thing: `yuepi serve` with its worker and the embedded reader.

Photo and electronic original come from the packaged demo. People sign in as a browser would; the
rest goes through the command line.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from tests.resources.serving import CLI, environment
from tests.resources.web_desk import DEMO, PASSWORD, SETTLED_S_MAX, WebDesk

pytestmark = pytest.mark.slow

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
            timeout=SETTLED_S_MAX,
            env=environment(**more),
        )
        assert done.returncode == code, f"{words}: {done.stdout} {done.stderr}"
        return json.loads(done.stdout)


def with_key(desk: WebDesk, name: str, scopes: list[str]) -> Person:
    """Somebody of the desk, who has a key."""
    user = desk.account(name).sent("GET", "/api/session")["me"]["id"]
    key = {"name": desk.login(name), "scopes": scopes, "user": user}
    return Person(desk.url, desk.account("root").sent("POST", "/api/keys", json=key)["secret"])


def of_elsewhere(desk: WebDesk) -> Person:
    """A reviewer of another department."""
    root = desk.account("root")
    lab = root.sent("POST", "/api/departments", json={"name": "研发"})["id"]
    zoe = {"login": "zoe", "roles": ["reviewer"], "department": lab, "password": PASSWORD}
    root.sent("POST", "/api/users", json=zoe)
    return with_key(desk, "zoe", REVIEWS)


def test_a_link_for_the_first_administrator_is_good_once(desk: WebDesk) -> None:
    token = str(desk.served.told["setup"]).rsplit("#", 1)[1]
    body = {"token": token, "login": "second", "password": PASSWORD, "name": ""}
    with httpx2.Client(base_url=desk.url, timeout=30) as client:
        assert client.post("/api/setup", json=body).status_code >= 400


def test_a_claim_is_read_reviewed_appealed_and_proved(desk: WebDesk) -> None:
    """That the record is whole is looked at when the server has ended: `conftest.py`."""
    ann = with_key(desk, "ann", SUBMITS)
    rui = with_key(desk, "rui", REVIEWS)
    ren = with_key(desk, "ren", REVIEWS)
    zoe = of_elsewhere(desk)

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
    record = desk.account("root").sent("GET", "/api/audit?limit=200")["entries"]
    assert {"user.created", "claim.submitted", "review.corrected"} <= {
        each["action"] for each in record
    }
