"""Every page of every room, in both languages, on a desk and a phone, light and dark: nothing that
breaks WCAG A or AA, no sideways scrolling, nothing in the console (so nothing that the content
policy refused). The second language and the dark are the same pages: there only what other words
and other colours can break is looked at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.resources.browser import DESK, LACKS, PHONE, REPOSITORY, Language, Visit, visit
from tests.resources.web_desk import DEMO, PASSWORD, WebDesk

pytestmark = [pytest.mark.real, pytest.mark.skipif(bool(LACKS), reason=LACKS)]

EVERY_ROLE = ["submitter", "reviewer", "supervisor", "admin", "auditor"]
ROUTERS = "web/src/app/router.ts", "web/src/rooms/*/index.ts"
ELSEWHERE = {"/stages", "/webhooks"}
"""Addresses that lead on to another page."""
COLOURED = ("color-contrast", "link-in-text-block")
"""What colours can break, by axe's names."""
WORDED = (
    *COLOURED, "aria-command-name", "aria-dialog-name", "aria-input-field-name",
    "aria-meter-name", "aria-progressbar-name", "aria-toggle-field-name", "aria-tooltip-name",
    "aria-treeitem-name", "button-name", "document-title", "frame-title", "html-has-lang",
    "html-lang-valid", "image-alt", "input-button-name", "input-image-alt", "label", "link-name",
    "role-img-alt", "scrollable-region-focusable", "select-name", "summary-name", "svg-img-alt",
    "target-size", "valid-lang",
)  # fmt: skip
"""What words can break: names that are missing, and how wide they are."""


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


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_page_breaks_the_rules(
    desk: WebDesk, browser: Browser, known: Known, language: Language
) -> None:
    wrong: list[str] = []
    rules = () if language == "zh" else WORDED
    with visit(browser, desk.url, language=language) as came:
        came.page.goto(f"{desk.url}/sign-in")
        wrong += _wrong_at(came, "/sign-in", rules)
        came.sign_in("all")
        for address in [each for places in known.places().values() for each in places]:
            if address != "/sign-in":
                came.page.goto(desk.url + address)
                wrong += _wrong_at(came, address, rules)
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)


DRAWN = """async () => {
  await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn, 50)))
  await Promise.allSettled(document.getAnimations().map((each) => each.finished))
}"""
"""Colours change by transitions, and a busy machine is late with those."""


def _wrong_at(came: Visit, address: str, rules: Sequence[str]) -> list[str]:
    """What is wrong with one page: at a desk, on a phone, and there in the dark."""
    page, wrong = came.page, []

    def look(how: str, rules: Sequence[str] = rules) -> None:
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        found = (
            came.violations(*rules) + came.complaints + (["scrolls sideways"] if wide > 0 else [])
        )
        wrong.extend(f"{address} {how}: {each}" for each in found)
        came.complaints.clear()

    page.locator("h1").first.wait_for()
    page.wait_for_function("document.querySelector('[aria-busy=true], .el-skeleton') === null")
    if address.startswith("/review/"):
        page.locator("button.approve:enabled").wait_for()
    look("desk")
    page.set_viewport_size(PHONE)
    look("phone")
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    page.locator("html.dark").wait_for(state="attached")
    page.evaluate(DRAWN)
    look("dark", COLOURED)
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.set_viewport_size(DESK)
    return wrong
