"""The report: one HTML page that needs nothing but itself, in Chinese and English.

It holds text from strangers. Everything is escaped, unseen characters are written out, and the
page forbids itself scripts, foreign resources and any style but its own.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any, Final

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from yuepi.app.report.album import Album
from yuepi.app.report.claim import ShownClaim
from yuepi.app.report.decisions import decision
from yuepi.app.report.documents import Spot, document
from yuepi.app.visible import visible
from yuepi.app.words import STATUSES, Language, Words
from yuepi.documents.reading import Status

DOCUMENTS_MAX: Final = 600

SAID: Final = {
    "title": Words("阅批审批报告", "Yuepi report"),
    "lead": Words(
        "点按图上的方框查看字段；点按编号回到图上的位置。",
        "Choose a box on a picture to see its field; choose a number to see its place.",
    ),
    "overview": Words("各报销单", "The claims"),
    "problems": Words("无法读取的文件", "Files that could not be read"),
    "refer_to": Words("复核人：", "Goes to:"),
    "reasons": Words("理由与证据", "Reasons and evidence"),
    "row": Words("规则", "Rule"),
    "policy": Words("规则版本", "Policy"),
    "judged_on": Words("审批日", "judged for"),
    "marks": Words("证据位置", "Places of the evidence"),
    "findings": Words("发现", "Findings"),
    "no_fields": Words("没有识别出字段。", "No fields were recognised."),
    "lines": Words("明细", "Line items"),
    "text": Words("识别出的全部文字", "All text that was read"),
    "legend": Words("图例", "How to read this"),
    "caution": Words(
        "票据真伪、作废与红冲未向税务机关查验。",
        "Authenticity, voiding and reversal were not verified with the tax bureau.",
    ),
}
_MEANINGS: Final[dict[Status, Words]] = {
    "confirmed": Words(
        "两个独立来源一致，或由原始数据、校验位、算术关系印证。实线框。",
        "Two independent sources agree, or original data, a check digit or arithmetic proves it. "
        "Solid box.",
    ),
    "single": Words("只有一个来源，需人看一眼。虚线框。", "One source only. Dashed box."),
    "conflict": Words("来源之间不一致，需人判断。点线框。", "Sources disagree. Dotted box."),
    "missing": Words("票面应有而未读到。", "Expected on this paper, but not read."),
}


def report_page(
    claims: Sequence[ShownClaim], language: Language, album: Album | None = None
) -> str:
    """The whole page. `language` is shown first; the reader can switch to the other."""
    kept = album or Album()
    style = _page_file("report.css")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    template = _environment().get_template("report.html.j2")
    return template.render(
        claims=[_claim(at, claim, kept, language) for at, claim in enumerate(claims, 1)],
        language=language,
        legend=[
            {"status": status, "status_words": words, "percent": None, "meaning": _MEANINGS[status]}
            for status, words in STATUSES.items()
        ],
        said=SAID,
        style=Markup(style),  # noqa: S704 - our own file, whose hash the page demands
        style_hash=f"sha256-{digest}",
    )


def _claim(number: int, claim: ShownClaim, album: Album, language: Language) -> dict[str, Any]:
    spots = [
        Spot(number, at, which)
        for at, file in enumerate(claim.files)
        for which in range(len(file.reading.readings))
    ]
    # Pages before crops: where the report reaches its limit, whole pictures matter more.
    documents = [document(claim.files, spot, album, language) for spot in spots[:DOCUMENTS_MAX]]
    return {
        "id": f"c{number}",
        "title": claim.title,
        "decision": decision(number, claim, album, language) if claim.decision else None,
        "judged_on": claim.judged_on.isoformat() if claim.judged_on else None,
        "problems": [file.reading.error for file in claim.files if file.reading.error],
        "documents": documents,
    }


@cache
def _environment() -> Environment:
    return Environment(
        loader=FunctionLoader(_page_file),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _page_file(name: str) -> str:
    return resources.files("yuepi.app.report.page").joinpath(name).read_text(encoding="utf-8")


def _shown(value: object) -> object:
    """What goes onto the page: text with its unseen characters written out."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
