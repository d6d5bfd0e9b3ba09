"""Title, number, dates, place and term of a contract, wherever on its pages they stand. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from yuepi.documents.fields import Candidate
from yuepi.documents.layout.amounts import narrow
from yuepi.documents.layout.contract_dates import contract_dates
from yuepi.documents.layout.dates import Moment
from yuepi.documents.layout.prose import Prose
from yuepi.documents.layout.view import GAP, Row, View

_TITLE_ZH: Final = re.compile(
    r"^[《]?[\u4e00-\u9fffA-Za-z0-9（）()、·\-—]{0,30}(?:合\s*同|协\s*议"
    r"|契\s*约)\s*书?(?:[（(][^)）]{1,16}[)）])?[》]?$"
)
_TITLE_EN: Final = re.compile(
    r"^(?:[A-Z][\w'’&,\-]*|of|for|and|the|to|in|on|&|[-–—])"
    r"(?:\s+(?:[A-Z][\w'’&,\-()]*|of|for|and|the|to|in|on|by|with|&|[-–—]))*$"
)
_TITLE_ABOUT: Final = re.compile(
    r"^(?:[A-Z][\w'’&\-]*\s+){0,4}(?:Agreement|Contract|Lease|Deed)"
    r"(?::\s*|\s+(?:for|of|on)\s+)[^\d:;.。，]{3,60}$"
)
"""`Supply Agreement: fibre cables`, `Service Agreement for website redesign`."""
_TITLE_WORD: Final = re.compile(r"(?i)\b(?:agreement|contract|lease|deed)\b")
_GLUED: Final = re.compile(r"(?<=[A-Za-z])(?=(?:AGREEMENT|CONTRACT|Agreement|Contract)$)")
"""Recognition loses the space in widely set capitals."""
_NO_TITLE: Final = re.compile(
    r"(?i)^(?:party|part|article|section|clause|attachment|exhibit|annex|schedule|documents?"
    r"|this)\b"
    r"|编号|签字|盖章|代表|专用章|双方|本合同|本协议|签订|附件|根据|：|:|。|，$|validation|price"
    r"|term of|scope"
)
_NUMBER: Final = re.compile(
    r"(?:合\s*同\s*(?:编\s*号|号码?)|协\s*议\s*(?:编\s*号|号码?)|(?:^|\t|[(（])\s*编\s*号"
    r"|(?i:(?:contract|agreement)\s*(?:no\b\.?|number|ref(?:erence)?\b\.?|#)))"
    r"\s*[:：]?[^\S\t]*(?P<v>[A-Za-z0-9\u4e00-\u9fff][A-Za-z0-9\u4e00-\u9fff〔〕\[\]()（）\-_/.—]{2,39})"
)
_DATE_LABEL: Final = re.compile(
    r"签\s*[订署约]\s*(?:日\s*期|时\s*间)|订\s*立\s*(?:日\s*期|时\s*间)|(?:合同|协议)签订于"
    r"|(?i:\b(?:date\s+of\s+(?:signing|signature|execution|(?:this\s+)?(?:agreement|contract))"
    r"|sign(?:ing|ature|ed)\s+date|conclusion\s+da(?:te|y)|effective\s+date|contract\s+date"
    r"|date\s+signed|dated(?:\s+as\s+of)?|(?:is\s+)?(?:made|entered\s+into|executed)"
    r"(?:\s+and\s+entered\s+into)?\s+(?:as\s+of|on|this|effective)))"
)
_DATE_ALONE: Final = re.compile(r"(?:^|\t)\s*(?:日\s*期|(?i:date))\s*[:：]?[^\S\t]*(?P<v>[^\t]*)")
_SIGNED_AT: Final = re.compile(
    r"(?:(?:合同|协议)?\s*(?:签\s*[订署约]\s*地\s*点?|订\s*立\s*地\s*点?)"
    r"|(?i:\bplace\s+of\s+(?:signing|signature|execution)|\bconclusion\s+place|\bsigned\s+at"
    r"|\bsigning\s+place))\s*[:：][^\S\t]*(?P<v>[^\t。；;]{2,60})"
)
_PLACE: Final = re.compile(
    r"(?:(?:工程|项目|履行|交货|服务|施工|房屋坐落|租赁物?)\s*(?:地\s*点|地\s*址|坐落|所在地)"
    r"|(?i:\b(?:place|location|site|address)\s+of\s+(?:the\s+)?(?:project|works?|delivery"
    r"|performance|services?|premises)|\b(?:project|delivery|work)\s+(?:place|location|site)))"
    r"\s*[:：][^\S\t]*(?P<v>[^\t。；;]{2,80})"
)
_YEAR: Final = r"(?:\d{4}|[一二][〇零○一二三四五六七八九]{3})"
_DATE: Final = rf"[^。；;\n]{{0,6}}?{_YEAR}\s*(?:年|-|/|\.)[^。；;\n至到]{{2,14}}"
_TERM_ZH: Final = re.compile(
    rf"(?:自|从)(?P<a>{_DATE})\s*(?:起|开始)?[^。；;\n]{{0,6}}?(?:至|到)(?P<b>{_DATE})"
)
_TERM_EN: Final = re.compile(
    r"\b(?:from|commenc\w*(?:\s+on)?|begin\w*(?:\s+on)?|start\w*(?:\s+on)?"
    r"|effective(?:\s+from)?)\s+"
    r"(?:the\s+)?(?P<a>[^.;\n]{6,32}?)(?:\s*\([^)]{0,40}\))?,?\s+(?:and\s+)?(?:shall\s+)?(?:continu\w+\s+)?"
    r"(?:to|until|till|through|ending|expir\w+|terminat\w+|ends?)(?:\s+on)?\s+(?P<b>[^.;\n]{6,32})",
    re.IGNORECASE,
)
_TERM_WORD: Final = re.compile(
    r"期限|有效期|租期|工期|服务期|合作期|履行期|起止|(?i:\bterm\b|\bperiod\b|\bvalid"
    r"|\bduration\b|\bin\s+force\b)"
)
_TERM_START: Final = re.compile(
    r"(?:(?:合同|协议|租赁|服务|工程|项目)?(?:起始|开始|生效|开工)(?:日期?|时间)"
    r"|(?i:\b(?:commencement|start(?:ing)?)\s+da(?:te|y)))\s*[:：][^\S\t]*(?P<v>[^\t]{4,40})"
)
_TERM_END: Final = re.compile(
    r"(?:(?:合同|协议|租赁|服务|工程|项目)?(?:终止|截止|到期|届满|结束|竣工)(?:日期?|时间)"
    r"|(?i:\b(?:completion|expir(?:y|ation)|end(?:ing)?|termination)\s+da(?:te|y)))"
    r"\s*[:：][^\S\t]*(?P<v>[^\t]{4,40})"
)
_HEAD_ROWS: Final = 40
_HEAD_SHARE: Final = 0.6
_AFTER_LABEL: Final = 60


def title_row(view: View) -> tuple[Row, str] | None:
    """The heading that says it is a contract, among the first rows; the tallest where several."""
    found: list[tuple[Row, str]] = []
    bottom = view.box.y0 + _HEAD_SHARE * view.box.height
    rows = [row for row in view.rows[:_HEAD_ROWS] if row.box.y0 < bottom]
    for number, row in enumerate(rows):
        text = re.sub(r"(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])", "", narrow(row.text)).strip()
        if (
            text in ("合同", "协议", "合同书", "协议书")
            and number
            and _continues(rows[number - 1], row)
        ):
            text = rows[number - 1].text.strip() + text
        text = _GLUED.sub(" ", text)
        if is_title(text):
            found.append((row, text))
    if not found:
        return None
    return max(found, key=lambda each: round(each[0].box.height / view.line_height, 1))


def is_title(text: str) -> bool:
    """Whether a row is a contract's heading and not a sentence or a clause that names one."""
    if GAP in text or len(text) > 80:
        return False
    if _TITLE_ABOUT.match(text):
        return True
    if _NO_TITLE.search(text):
        return False
    if _TITLE_ZH.match(text):
        return len(text) <= 36
    return bool(_TITLE_WORD.search(text) and _TITLE_EN.match(text)) and len(text.split()) <= 12


def _continues(before: Row, row: Row) -> bool:
    return before.box.height > 0.8 * row.box.height and bool(
        re.fullmatch(r"[\u4e00-\u9fff（）()]{2,24}", before.text.strip())
    )


def read_title(view: View) -> Iterator[Candidate]:
    """The field `title`."""
    found = title_row(view)
    if found is not None:
        row, text = found
        yield view.candidate("title", text.strip("《》"), row.box, row.text)


def read_number(view: View) -> Iterator[Candidate]:
    """The field `number`, where it is filled in."""
    for row in view.rows[:_HEAD_ROWS]:
        match = _NUMBER.search(narrow(row.text))
        if match and re.search(r"\d", match["v"]):
            value = (
                match["v"].rstrip(".-—_/)）")
                if not re.search(r"[(（\[〔]", match["v"])
                else match["v"]
            )
            yield view.candidate("number", value, row.part(*match.span("v")), match["v"])
            return


def read_dates(view: View, prose: Prose) -> Iterator[Candidate]:
    """The field `date`: when it was signed, behind its label; else the dates where parties sign.

    Those differ where parties sign on different days: all are given, and a person decides.
    """
    text = prose.text
    found: dict[str, tuple[Moment, int]] = {}
    for label in _DATE_LABEL.finditer(text):
        start = label.end() if label.group()[-1] not in "sS" else label.start()
        for moment in contract_dates(text[start : start + _AFTER_LABEL])[:1]:
            if moment.start <= 24:
                found.setdefault(moment.value, (moment, start))
    for value, (moment, start) in found.items():
        span = (start + moment.start, start + moment.end)
        yield view.candidate("date", value, prose.box(*span), text[slice(*span)])


def read_signing_dates(view: View) -> Iterator[Candidate]:
    """Dates in rows of their own (`日期：`, `Date:`), as they stand below signatures."""
    seen: set[str] = set()
    for row in view.rows:
        for match in _DATE_ALONE.finditer(narrow(row.text)):
            for moment in contract_dates(match["v"])[:1]:
                if moment.value not in seen:
                    seen.add(moment.value)
                    span = (match.start("v") + moment.start, match.start("v") + moment.end)
                    yield view.candidate(
                        "date", moment.value, row.part(*span), row.text[slice(*span)]
                    )


def read_places(view: View) -> Iterator[Candidate]:
    """The fields `place` (of the work or the delivery) and `signed_at`."""
    for name, pattern in (("signed_at", _SIGNED_AT), ("place", _PLACE)):
        for row in view.rows:
            match = pattern.search(narrow(row.text))
            value = row.text[slice(*match.span("v"))].strip(" ,，.") if match else ""
            if match and re.search(r"[^\W\d_]{2}", value):
                yield view.candidate(name, value, row.part(*match.span("v")), match["v"].strip())
                break


def read_term(view: View, prose: Prose) -> Iterator[Candidate]:
    """The fields `term_start` and `term_end`: from one date to another, said to be its term."""
    text = prose.text
    for pattern in (_TERM_ZH, _TERM_EN):
        for match in pattern.finditer(text):
            before = text[max(0, match.start() - 80) : match.end() + 10]
            if not _TERM_WORD.search(before):
                continue
            ends = [moment for group in "ab" if (moment := _moment(match, group)) is not None]
            if len(ends) == 2:
                for name, moment in zip(("term_start", "term_end"), ends, strict=True):
                    box = prose.box(moment.start, moment.end)
                    shown = text[moment.start : moment.end]
                    yield view.candidate(name, moment.value, box, shown)
                return
    for name, pattern in (("term_start", _TERM_START), ("term_end", _TERM_END)):
        for row in view.rows:
            label = pattern.search(narrow(row.text))
            moments = contract_dates(label["v"]) if label else []
            if label and moments:
                span = (label.start("v") + moments[0].start, label.start("v") + moments[0].end)
                yield view.candidate(
                    name, moments[0].value, row.part(*span), row.text[slice(*span)]
                )
                break


def _moment(match: re.Match[str], group: str) -> Moment | None:
    found = contract_dates(match[group])
    if not found:
        return None
    start = match.start(group)
    return Moment(found[0].value, start + found[0].start, start + found[0].end)
