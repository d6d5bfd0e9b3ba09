"""营业执照: the licence that every Chinese business hangs out; what it says is public."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from yuepi.documents.checksums import tax_id_valid
from yuepi.documents.fields import Candidate, Draft
from yuepi.documents.kinds.kind import Kind
from yuepi.documents.layout.dates import printed_dates
from yuepi.documents.layout.label_values import Labelled, labelled
from yuepi.documents.layout.text import squeeze
from yuepi.documents.layout.view import View
from yuepi.documents.reading import Evidence, Finding
from yuepi.kit.money import money_text, parse_amount

_LABELS: Final = {
    "credit_code": r"统\s*一\s*社\s*会\s*信\s*用\s*代\s*码|(?<!书)注\s*册\s*号",
    # Labels are set wide, and one of their two characters may be lost.
    "name": r"(?:企\s*业|公\s*司)?名\s*称|名(?=\t)|称(?=\s)",
    "type": r"(?:主\s*体|公\s*司)?类\s*型|组\s*成\s*形\s*式|类(?=\t)|型(?=\s)",
    "legal_person": r"法\s*定\s*代\s*表\s*人|负\s*责\s*人|经\s*营\s*者|投\s*资\s*人"
    r"|执\s*行\s*事\s*务\s*合\s*伙\s*人",
    "capital": r"注\s*册\s*资\s*(?:本|金)|出\s*资\s*额",
    "established": r"成\s*立\s*日\s*期|注\s*册\s*日\s*期",
    "term": r"营\s*业\s*期\s*限|经\s*营\s*期\s*限|合\s*伙\s*期\s*限",
    "address": r"住\s*所|住(?=\t)|所(?=\s)|(?:主\s*要\s*)?[营经]\s*[业营]\s*场\s*所",
    "scope": r"经\s*营\s*范\s*围",
    "registrar": r"登\s*记\s*机\s*关",
}
_RUNNING: Final = frozenset({"name", "address", "scope", "term"})
_TITLE: Final = re.compile(r"营业执照(?:[（(]?[正副]本[）)]?.{0,8})?")
_NOT_A_LICENCE: Final = re.compile(r"发票代码|发票号码|价税合计|甲方|乙方|身份号码")
_CODE: Final = re.compile(r"(?<![0-9A-Z])[0-9A-Z]{18}(?![0-9A-Z])")
_LOOKALIKES: Final = str.maketrans("OIZS", "0125")
"""Letters that a credit code never holds (GB 32100: no I, O, S, V, Z)."""
_DAY: Final = re.compile(r"(?:19|20)\d\d\s*年\s*\d{1,2}\s*月\s*\d{1,2}\s*日?")
_FOREVER: Final = re.compile(r"长期|无固定期限|永久|不约定期限")
_LINK: Final = re.compile(r"https?://[^\s<>\"]{4,200}")
_LINK_SHOWN_MAX: Final = 120
_UNITS: Final = {"万": Decimal(10_000), "亿": Decimal(100_000_000), "": Decimal(1)}
_FIGURES: Final = re.compile(r"(?P<v>\d[\d,]*(?:\.\d{1,6})?)\s*(?P<u>[万亿]?)元?")
_FOREIGN: Final = re.compile(r"美元|港元|港币|欧元|日元|英镑|USD|EUR|HKD")


def _likeness(view: View) -> float:
    text = view.squeezed
    if _NOT_A_LICENCE.search(text):
        return 0.0
    titled = any(_TITLE.fullmatch(squeeze(line.text)) for line in view.lines)
    labels = sum(1 for pattern in _LABELS.values() if re.search(pattern, text))
    if labels < 5 or not (titled or ("营业执照" in text and labels >= 6)):
        return 0.0
    return min(0.97, 0.6 + 0.05 * labels)


def _read(view: View) -> Draft:
    found = labelled(view, _LABELS, _RUNNING)
    candidates = [
        *_code(view, found),
        *(
            view.candidate(name, _unspaced(found[name].text), found[name].box, found[name].text)
            for name in ("name", "type", "legal_person", "address", "scope")
            if name in found and len(squeeze(found[name].text)) >= 2
        ),
        *_capital(view, found),
        *_days(view, found),
        *_coded(view),
    ]
    return Draft(tuple(candidates), findings=(*_doubts(candidates), *_links(view)))


def _unspaced(text: str) -> str:
    """As printed, without the spaces between characters and the full stop, which is often lost."""
    return re.sub(r"(?:[。．.]|(?<=[）)])[oO0])$", "", re.sub(r"\s", "", text))


def _code(view: View, found: dict[str, Labelled]) -> Iterator[Candidate]:
    """The credit code behind its label, or under it; a code with a right check anywhere."""
    texts = [(each.text, each.box) for name, each in found.items() if name == "credit_code"]
    texts += [(line.text, line.box) for line in view.lines]
    plausible: list[tuple[str, str, Labelled]] = []
    for text, box in texts:
        plain = re.sub(r"[\s:：]", "", text).upper()
        for match in _CODE.finditer(plain):
            read = match[0]
            for value in dict.fromkeys((read, read.translate(_LOOKALIKES))):
                if tax_id_valid(value):
                    yield view.candidate("credit_code", value, box, text)
                    return
            if sum(sign.isdigit() for sign in read) >= 8:
                plausible.append((read, text, Labelled(box, ((text, box),))))
    for read, text, place in plausible[:1]:
        yield view.candidate("credit_code", read, place.box, text)


def _capital(view: View, found: dict[str, Labelled]) -> Iterator[Candidate]:
    """The capital in yuan as a decimal string; as printed where it is in another currency."""
    capital = found.get("capital")
    if capital is None:
        return
    text = squeeze(capital.text)
    if _FOREIGN.search(text):
        yield view.candidate("capital", text, capital.box, capital.text)
        return
    match = _FIGURES.search(text)
    if match is not None:
        amount = Decimal(match["v"].replace(",", "")) * _UNITS[match["u"]]
    else:
        words = re.sub(r"^人民币|[（(].*|元?人民币$", "", text)
        words = words if re.search(r"[元圆整]$", words) else f"{words}元"
        told = parse_amount(words if words.endswith("整") else f"{words}整")
        if told is None:
            return
        amount = told
    if amount == amount.quantize(Decimal("0.01")):
        yield view.candidate("capital", money_text(amount), capital.box, capital.text)


def _days(view: View, found: dict[str, Labelled]) -> Iterator[Candidate]:
    established, term = found.get("established"), found.get("term")
    if established is not None:
        days = printed_dates(squeeze(established.text), None)
        if len(days) == 1:
            value = days[0].value
            yield view.candidate("established", value, established.box, established.text)
    if term is not None:
        text = squeeze(term.text)
        days = [day for each in _DAY.findall(text) for day in printed_dates(each, None)]
        ends = [day.value for day in days] + (["长期"] if _FOREVER.search(text) else [])
        if ends and (ends[-1] == "长期" or len(ends) == 2) and len(ends) <= 2:
            yield view.candidate("term", "/".join(ends), term.box, term.text)


def _coded(view: View) -> Iterator[Candidate]:
    """The credit code that a QR code of the licence spells out."""
    for code in view.codes:
        for match in _CODE.finditer(code.text):
            if tax_id_valid(match[0]):
                seen = Evidence(page=view.page, box=code.box, source="codes", text=match[0])
                yield Candidate("credit_code", match[0], seen)
                return


def _doubts(candidates: list[Candidate]) -> Iterator[Finding]:
    for each in candidates:
        if each.name == "credit_code" and not tax_id_valid(each.value):
            yield Finding(
                code="bad_credit_code",
                severity="warning",
                message=f"The check character of the credit code {each.value} is wrong",
                message_zh=f"统一社会信用代码 {each.value} 的校验位不正确",
                fields=("credit_code",),
            )


def _links(view: View) -> Iterator[Finding]:
    """Where the licence's QR code leads; it is told, never followed."""
    for code in view.codes:
        match = _LINK.search(code.text)
        if match is not None:
            link = match[0][:_LINK_SHOWN_MAX]
            yield Finding(
                code="qr_link",
                severity="info",
                message=f"The QR code leads to {link} (not opened)",
                message_zh=f"二维码指向 {link}（未打开）",
            )


KIND = Kind(
    name="business_licence",
    title_zh="营业执照",
    title_en="Business licence",
    fields=(
        "credit_code", "name", "type", "legal_person", "capital", "established", "term",
        "address", "scope",
    ),
    decisive=("credit_code", "name"),
    is_invoice=False,
    likeness=_likeness,
    read=_read,
    labels={
        "credit_code": ("统一社会信用代码", "Credit code"),
        "name": ("名称", "Name"),
        "type": ("类型", "Type"),
        "address": ("住所", "Address"),
        "legal_person": ("法定代表人", "Legal representative"),
        "capital": ("注册资本", "Registered capital"),
        "established": ("成立日期", "Date of establishment"),
        "term": ("营业期限", "Term of operation"),
        "scope": ("经营范围", "Business scope"),
    },
    meanings={
        "capital": "in yuan, as a decimal string",
        "term": "FROM/TO in ISO dates; 长期 for no end",
    },
)  # fmt: skip
