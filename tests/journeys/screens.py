"""`python -m tests.journeys.screens`: a picture of every page, in both languages, at a desk and on
a phone, with claims of the demo in every state; into `build/screenshots/`."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page
from playwright.sync_api import TimeoutError as TookTooLong

from tests.resources.browser import DESK, LACKS, PHONE, REPOSITORY, Language, Theme, Visit, chromium
from tests.resources.browser import visit as visited
from tests.resources.page_ways import READ_MS_MAX, add_papers
from tests.resources.web_desk import DEMO, Account, WebDesk, web_desk
from yuepi.lab.library_corpus import make_corpus

INTO = REPOSITORY / "build" / "screenshots"
LANGUAGES: tuple[Language, ...] = ("zh", "en")
SIZES = {"desk": DESK, "phone": PHONE}
DINNER = DEMO / "doubtful" / "dinner.jpg"
TRAVEL = [DEMO / "travel" / f"photo-{at}.jpg" for at in (1, 2, 3)]
SMALL = [DEMO / "small" / name for name in ("e-invoice.pdf", "e-invoice.xml")]
FILE = {"zh": "文件", "en": "File"}
SHELF_SEED, SHELF_PAPERS = 4, 16
SHELVED_S_MAX = 180.0
SOUGHT = {"zh": "20万以上的合同怎么付款", "en": "payment in contracts over 200,000 yuan"}
QUESTIONS = {
    "zh": ("这张发票的销售方是谁？", "价税合计是多少？"),
    "en": ("What is the invoice number?", "What is the total?"),
}


@dataclass(frozen=True)
class Told:
    """Claims by what became of them, and the review to look at."""

    travel: str
    approved: str
    rejected: str
    appealed: str
    review: str
    policy: str
    document: str


def main() -> int:
    """Make them all; 0 when each page could be shown."""
    if LACKS:
        print(LACKS, file=sys.stderr)
        return 1
    INTO.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="yuepi-screens-") as folder,
        web_desk(Path(folder) / "data", workers=1) as desk,
        chromium() as browser,
    ):
        told = _happened(desk)
        for language in LANGUAGES:
            for size in SIZES:
                _shoot(browser, desk, told, language, size)
    print(f"{len(list(INTO.glob('*.png')))} pictures in {INTO.relative_to(REPOSITORY)}")
    return 0


# --- what happened at the desk -------------------------------------------------------------------


def _happened(desk: WebDesk) -> Told:
    ann, ben = desk.account("ann"), desk.account("ben")
    rui, ren = desk.account("rui"), desk.account("ren")
    claims = {
        "travel": ann.submit(*TRAVEL, category="交通", note="长沙客户拜访，租车与住宿"),
        "approved": ann.submit(*SMALL, category="交通", note="机场往返用车"),
        "rejected": ann.submit(DINNER, category="餐饮", note="与客户晚餐"),
        "appealed": ben.submit(
            DEMO / "doubtful" / "dinner-again.jpg", category="餐饮", note="部门聚餐"
        ),
        "menu": ben.submit(DEMO / "doubtful" / "menu.jpg", category="招待", note="招待用餐"),
    }
    for name, claim in claims.items():
        (ben if name in ("appealed", "menu") else ann).settled(claim)
    _decide(rui, claims["rejected"], "reject", "发票已超过报销期限，请补充说明。")
    _decide(rui, claims["appealed"], "reject", "这张发票已经报销过，请勿重复提交。")
    with suppress(AssertionError):
        _decide(ren, claims["approved"], "approve", "已核对纸质原件。")
    appeal = {"reason": "发票没有重复，请再核对号码。"}
    place = f"/api/claims/{claims['appealed']}"
    etag = ben.client.get(place).headers["etag"]
    ben.sent("POST", f"{place}/appeal", etag=etag, json=appeal)
    policy = desk.account("sue").sent("GET", "/api/policies")
    document = _shelve(ben)
    return Told(
        travel=claims["travel"],
        approved=claims["approved"],
        rejected=claims["rejected"],
        appealed=claims["appealed"],
        review=_review_of(ren, claims["travel"]),
        policy=_first_version(policy),
        document=document,
    )


def _shelve(owner: Account) -> str:
    """Put papers on somebody's shelf, until all are found; the id of a contract."""
    folder = owner.sent("POST", "/api/library/folders/own")["id"]
    corpus = make_corpus(SHELF_SEED, SHELF_PAPERS, 0, tuning=True)
    for _, drawn in corpus.drawn():
        files = [("file", (drawn.name, drawn.data))]
        owner.sent("POST", "/api/library/documents", files=files, data={"folder": folder})
    deadline_s = time.monotonic() + SHELVED_S_MAX
    while time.monotonic() < deadline_s:
        found = owner.sent("POST", "/api/library/search", json={"question": SOUGHT["zh"]})
        if found["index"] == "fresh" and not found["waiting"] and found["hits"]:
            return str(found["hits"][0]["document"])
        time.sleep(1)
    raise AssertionError("the papers are not found")


def _first_version(told: dict[str, Any]) -> str:
    lists = [each for each in told.values() if isinstance(each, list) and each]
    return str(lists[0][0]["version"])


def _review_of(reviewer: Account, claim: str) -> str:
    reviews = reviewer.sent("GET", "/api/reviews")["reviews"]
    return next(str(each["id"]) for each in reviews if each["claim"] == claim)


def _decide(reviewer: Account, claim: str, verdict: str, reason: str) -> None:
    review = _review_of(reviewer, claim)
    reviewer.sent("POST", f"/api/reviews/{review}/take")
    answer = reviewer.client.get(f"/api/reviews/{review}")
    body = {"verdict": verdict, "reason": reason}
    etag = answer.headers["etag"]
    reviewer.sent("POST", f"/api/reviews/{review}/decision", etag=etag, json=body)


# --- pictures ------------------------------------------------------------------------------------


def _shoot(browser: Browser, desk: WebDesk, told: Told, language: Language, size: str) -> None:
    def window(theme: Theme = "light") -> Any:
        viewport, touch = SIZES[size], size == "phone"
        return visited(browser, desk, language=language, theme=theme, size=viewport, touch=touch)

    def take(came: Visit, name: str) -> None:
        came.page.evaluate("document.fonts.ready")
        came.page.wait_for_timeout(250)
        came.page.screenshot(path=INTO / f"{name}-{language}-{size}.png")

    for login, pages in _places(told).items():
        with window() as came:
            if login == "ann":
                came.page.goto(f"{desk.url}/sign-in")
                came.page.locator("h1").wait_for()
                take(came, "sign-in")
            came.sign_in(login)
            for name, address in pages.items():
                came.page.goto(desk.url + address)
                _rested(came.page)
                take(came, name)
            for name, act in _acts(login, language).items():
                act(came)
                take(came, name)
    with window("dark") as came:
        came.sign_in("ren")
        came.page.goto(f"{desk.url}/review/{told.review}")
        _rested(came.page)
        take(came, "review-item-dark")


def _places(told: Told) -> dict[str, dict[str, str]]:
    return {
        "ann": {
            "account": "/account",
            "claims": "/claims",
            "claim-waiting": f"/claims/{told.travel}",
            "claim-approved": f"/claims/{told.approved}",
            "claim-rejected": f"/claims/{told.rejected}",
            "nowhere": "/nowhere/at/all",
        },
        "ben": {
            "claim-appealed": f"/claims/{told.appealed}",
            "documents": "/documents",
            "document": f"/documents/{told.document}",
        },
        "ren": {"home": "/", "review": "/review", "review-item": f"/review/{told.review}"},
        "sue": {
            "dashboard": "/dashboard",
            "stages": "/dashboard/stages",
            "policies": "/policies",
            "policy": f"/policies/{told.policy}",
            "policy-edit": f"/policies/{told.policy}/edit",
        },
        "aud": {
            "audit": "/audit",
            "audit-story": f"/audit/about/{told.rejected}",
            "audit-check": "/audit/check",
        },
        "root": {
            "people": "/people",
            "departments": "/people/departments",
            "keys": "/people/keys",
            "webhooks": "/people/webhooks",
        },
    }


def _acts(login: str, language: Language) -> dict[str, Callable[[Visit], None]]:
    """Pages that show more once somebody has done something."""
    if login == "ann":
        return {
            "submit": lambda came: _drafts(came, language),
            "ask": lambda came: _asks(came, language),
        }
    if login == "ben":
        return {"documents-search": lambda came: _searches(came, language)}
    return {"audit-verified": _verifies} if login == "aud" else {}


def _searches(came: Visit, language: Language) -> None:
    page = came.page
    page.goto(f"{came.url}/documents")
    _rested(page)
    page.keyboard.press("/")
    page.keyboard.type(SOUGHT[language])
    page.keyboard.press("Enter")
    page.locator("a[data-hit]").first.wait_for(timeout=READ_MS_MAX)
    _rested(page)
    page.wait_for_function("[...document.images].every((one) => one.complete)")


def _drafts(came: Visit, language: Language) -> None:
    page = came.page
    page.goto(f"{came.url}/claims/new")
    _rested(page)
    add_papers(page, DEMO / "travel" / "photo-2.jpg", *SMALL[:1], label=FILE[language])
    read = {"zh": "已读取", "en": "Read"}[language]
    cards = page.locator("article.card .state").get_by_text(read, exact=True)
    cards.nth(1).wait_for(timeout=READ_MS_MAX)


def _asks(came: Visit, language: Language) -> None:
    page = came.page
    page.goto(f"{came.url}/ask")
    _rested(page)
    page.locator("form.composer input[type=file]").first.set_input_files(str(DINNER))
    page.locator("form.composer img").first.wait_for()
    for at, question in enumerate(QUESTIONS[language]):
        page.locator("form.composer textarea").fill(question)
        page.keyboard.press("Enter")
        page.locator("article.turn .foot").nth(at).wait_for(timeout=READ_MS_MAX)


def _verifies(came: Visit) -> None:
    came.page.goto(f"{came.url}/audit/check")
    _rested(came.page)
    came.page.locator("header .el-button--primary, .el-button--primary").first.click()
    came.page.locator(".verdict").wait_for(timeout=READ_MS_MAX)


def _rested(page: Page) -> None:
    page.locator("h1").first.wait_for()
    with suppress(TookTooLong):
        page.wait_for_function(
            "document.querySelector('[aria-busy=true], .el-skeleton') === null", timeout=8_000
        )
    with suppress(TookTooLong):
        page.wait_for_load_state("networkidle", timeout=1_500)


if __name__ == "__main__":
    sys.exit(main())
