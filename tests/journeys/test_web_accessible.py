"""Every page of every room, in Chinese at a desk by day and in English on a phone at night: nothing
that breaks WCAG A or AA, no sideways scrolling, nothing in the console (so nothing that the content
policy refused). Where YUEPI_FULL_SIZE=1, each language at each in both lights."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ViewportSize

from tests.resources.browser import (
    DESK,
    LACKS,
    PHONE,
    REPOSITORY,
    Language,
    Theme,
    Visit,
    visit,
)
from tests.resources.size import FULL
from tests.resources.web_desk import DEMO, PASSWORD, WebDesk

pytestmark = [pytest.mark.real, pytest.mark.skipif(bool(LACKS), reason=LACKS)]

EVERY_ROLE = ["submitter", "reviewer", "supervisor", "admin", "auditor"]
ROUTERS = "web/src/app/router.ts", "web/src/rooms/*/index.ts"
ELSEWHERE = {"/stages", "/webhooks"}
"""Addresses that lead on to another page."""
LANGUAGES: tuple[Language, ...] = ("zh", "en")
THEMES: tuple[Theme, ...] = ("light", "dark")
LOOKS = (
    list(product(LANGUAGES, (DESK, PHONE), THEMES))
    if FULL
    else [(LANGUAGES[0], DESK, THEMES[0]), (LANGUAGES[1], PHONE, THEMES[1])]
)


@dataclass(frozen=True)
class Known:
    """What addresses are about. own: a claim of whoever looks; other: one they can review."""

    own: str
    other: str
    review: str
    policy: str

    def places(self) -> dict[str, list[str]]:
        """Addresses to look at, for each of the router's paths."""
        return {
            "/": ["/"],
            "/sign-in": ["/sign-in"],
            "/account": ["/account"],
            "/claims": ["/claims", "/claims?status=approved"],
            "/claims/new": ["/claims/new"],
            "/claims/:id": [f"/claims/{self.own}", f"/claims/{self.other}", "/claims/clm_0"],
            "/review": ["/review"],
            "/review/:id": [f"/review/{self.review}"],
            "/documents": ["/documents"],
            "/documents/search": ["/documents/search?q=发票"],
            "/documents/saved": ["/documents/saved"],
            "/documents/trash": ["/documents/trash"],
            "/documents/ask": ["/documents/ask"],
            "/documents/:id": ["/documents/doc_0"],
            "/ask": ["/ask"],
            "/dashboard": ["/dashboard"],
            "/dashboard/stages": ["/dashboard/stages"],
            "/policies": ["/policies"],
            "/policies/:version": [f"/policies/{self.policy}"],
            "/policies/:version/edit": [f"/policies/{self.policy}/edit"],
            "/audit": ["/audit"],
            "/audit/check": ["/audit/check"],
            "/audit/about/:subject": [f"/audit/about/{self.own}"],
            "/people/:tab(departments|keys|webhooks)?": [
                "/people",
                "/people/departments",
                "/people/keys",
                "/people/webhooks",
            ],
            "/:rest(.*)*": ["/nowhere/at/all"],
        }


@pytest.fixture(scope="module")
def known(desk: WebDesk) -> Known:
    """Somebody who may open every page, and what there is to be seen."""
    root = desk.account("root")
    department = root.sent("GET", "/api/departments")["departments"][0]["id"]
    all_ = {"login": "all", "name": "万能", "roles": EVERY_ROLE, "department": department}
    root.sent("POST", "/api/users", json=all_ | {"password": PASSWORD})
    everyone = desk.account("all")
    own = everyone.submit(DEMO / "small" / "e-invoice.xml", category="交通", note="用车")
    dinner = DEMO / "doubtful" / "dinner.jpg"
    other = desk.account("ann").submit(dinner, category="餐饮", note="客户晚餐")
    everyone.settled(own)
    everyone.settled(other)
    reviews = everyone.sent("GET", "/api/reviews")["reviews"]
    review = next(each["id"] for each in reviews if each["claim"] == other)
    versions = everyone.sent("GET", "/api/policies")
    return Known(own, other, review, _first_version(versions))


def _first_version(told: dict[str, object]) -> str:
    lists = [each for each in told.values() if isinstance(each, list) and each]
    return str(lists[0][0]["version"])


def routed() -> Iterator[str]:
    """The paths that the page's router knows."""
    for pattern in ROUTERS:
        for file in sorted(Path(REPOSITORY).glob(pattern)):
            text = file.read_text(encoding="utf-8")
            yield from re.findall(r"(?:\{ | {4})path: '([^']+)'", text)


def test_every_page_of_the_router_is_looked_at(known: Known) -> None:
    assert set(routed()) - ELSEWHERE == set(known.places())


@pytest.mark.parametrize(("language", "size", "theme"), LOOKS)
def test_no_page_breaks_the_rules(
    desk: WebDesk,
    browser: Browser,
    known: Known,
    language: Language,
    size: ViewportSize,
    theme: Theme,
) -> None:
    wrong: list[str] = []
    with visit(browser, desk, language=language, theme=theme, size=size) as came:
        came.go("/sign-in")
        wrong += _wrong_at(came, "/sign-in")
        came.enter("all")
        for address in [each for places in known.places().values() for each in places]:
            if address != "/sign-in":
                came.go(address)
                wrong += _wrong_at(came, address)
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)


def _wrong_at(came: Visit, address: str) -> list[str]:
    """What is wrong with the page that is open."""
    if address.startswith("/review/"):
        came.page.locator("button.approve:enabled").wait_for()
    wide = came.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    found = came.violations() + came.complaints + (["scrolls sideways"] if wide > 0 else [])
    came.complaints.clear()
    return [f"{address}: {each}" for each in found]
