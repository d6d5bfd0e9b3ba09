"""The form that all VAT invoices share: header, buyer, seller, lines, totals.

Paper and electronic invoices put the buyer above the lines and the seller below the totals; the
fully digital ones (数电票) put them side by side above the lines. Labels and order are those of
the printed forms (see DOMAIN facts in docs/kinds.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from yuepi.documents.fields import Candidate, Draft
from yuepi.documents.layout.item_table import read_items
from yuepi.documents.layout.text import digits, iso_date, money, plain, squeeze
from yuepi.documents.layout.vat_title import (
    find_title,
    printed_title,
    title_for,
)
from yuepi.documents.layout.view import Hit, Row, View
from yuepi.kit.boxes import around
from yuepi.kit.money import parse_amount
from yuepi.sight.sighting import Line

FIELDS = (
    "type", "title", "code", "number", "date", "check_code", "buyer_name", "buyer_tax_id",
    "seller_name", "seller_tax_id", "amount", "tax", "total", "total_cn", "currency",
)  # fmt: skip
DECISIVE = ("number", "date", "total", "buyer_tax_id")

_AMOUNT = r"-?\s?\d[\d,，\s]*[.．]\s?\d{2}(?!\d)"
_STARS = r"[*＊★☆✱]{2,}"
_WORDS = r"[零〇壹贰貳叁參肆伍陆陸柒捌玖拾佰仟万萬亿億圆圓元角分整正负]+"
_TAX_ID = re.compile(r"[0-9A-Z]{15,20}")
_LINES_HEAD = re.compile(
    r"(货\s*物\s*或\s*应\s*税|项\s*目\s*名\s*称|规\s*格\s*型\s*号|税率/征收率)"
)
_SUM_ROW = re.compile(r"(?<![税])合\s*计")
_TOTAL_ROW = re.compile(r"价\s*税\s*合\s*计|大\s*写|小\s*写")
_TAX_COLUMN = 0.87
"""Share of the form's width: amounts end at 0.8 of it, taxes at 0.97."""
_BROKEN_NAME_MIN = 12
_STRUCTURE = (
    "购买方",
    "销售方",
    "价税合计",
    "税率",
    "纳税人识别号",
    "密码区",
    "开票人",
    "校验码",
    "开票日期",
)


_PARTIES = (
    ("buyer", r"(?:购\s*买\s*方|购\s*方|买\s*方)"),
    ("seller", r"(?:销\s*售\s*方|销\s*方|卖\s*方)"),
)
_LABELLED_SUMS = (
    (
        "amount",
        rf"(?:合\s*计\s*金\s*额|金\s*额\s*合\s*计|不含税(?:金额|合计))[^:：\t\d]{{0,12}}[:：]\s*[¥￥]?\s*(?P<v>{_AMOUNT})",
    ),
    (
        "tax",
        rf"(?:合\s*计\s*税\s*额|税\s*额\s*合\s*计|税\s*额)(?:[(（][^)）\t]{{0,16}}[)）])?\s*[:：]\s*[¥￥]?\s*(?P<v>{_AMOUNT})",
    ),
)
"""Sums that say what they are; on the usual form their columns do."""
_TITLED_STRUCTURE_MIN = 0.4
_FILLED_IN = re.compile(
    r"(?:发票(?:代码|号码)|校验码|机器编号)[:：]?[\dOIl]{6,}|开票日期[:：]?20\d\d|№\d{8}"
)
"""What an invoice has of its own, and says so."""
_FILLED_BESIDE = re.compile(r"\d{8}|第[一二三四五六]联|(?:抵扣|发票|记账|存根)联")
"""The same in one row with its name."""
_IN_A_SENTENCE = re.compile(r"[，。；的须应供具按凭或及和并后]|[、：:,;].{0,80}[\u4e00-\u9fff]{2}")
"""A mark that stands there alone is a speck, or stands before a number."""
_PRINTED_BESIDE = re.compile(
    r"(?:发票)?(?:代码|号码)[:：]?|(?:开票日期|校验码|机器编号)[:：]?|第[一二三四五六]联[:：]?"
    r"|(?:抵扣|发票|记账|存根)联|(?:购买|销售)方(?:扣税|记账)凭证"
)
"""What a form prints in one row with its name."""
_BEFORE_NAME = r"(?:^|[^\u4e00-\u9fff])[\u4e00-\u9fff]{0,3}"
"""The province, and no label of a table: 发票类型 增值税专用发票."""


@dataclass(frozen=True, slots=True)
class Zones:
    """Where the parts of the form begin, as fractions of the page height."""

    lines_top: float
    sums_top: float
    totals_bottom: float


def structure_score(view: View) -> float:
    """How many of the form's fixed words are there, 0..1."""
    text = view.squeezed
    return sum(word in text for word in _STRUCTURE) / len(_STRUCTURE)


def is_titled(view: View, *names: str) -> bool:
    """Whether a form bears one of these names: with most of its fixed words, else by itself in a
    row and with something that is filled in. Contracts and rules of expenses only say which
    invoices they want; their lines may break anywhere, also right around a name."""
    text = view.squeezed
    if not any(name in text for name in names):
        return False
    if structure_score(view) >= _TITLED_STRUCTURE_MIN:
        return True
    filled_in = _FILLED_IN.search(text) is not None
    rows = [re.sub(r"\s", "", row.text) for row in view.rows]
    return any(
        (titled := re.search(_BEFORE_NAME + re.escape(name), row))
        and (filled_in or _FILLED_BESIDE.search(row))
        and not _is_sentence(row, titled.span())
        for row in rows
        for name in names
    )


def _is_sentence(row: str, name: tuple[int, int]) -> bool:
    """Whether more stands beside a name than what forms print there."""
    rest = f"{row[: name[0]]} {row[name[1] :]}"
    return _IN_A_SENTENCE.search(_PRINTED_BESIDE.sub(" ", rest)) is not None


def find_zones(view: View) -> Zones:
    """The borders between header, lines and totals; the usual fractions where words are missing."""
    top, bottom = view.box.y0, view.box.y1
    height = bottom - top
    head = view.first(_LINES_HEAD)
    total = view.first(_TOTAL_ROW)
    totals_bottom = total.row.box.y1 if total else top + 0.75 * height
    sums = [h for h in view.search(_SUM_ROW) if not _TOTAL_ROW.search(h.row.text)]
    sums_top = sums[-1].row.box.y0 if sums else totals_bottom - 0.12 * height
    lines_top = head.row.box.y0 if head else top + 0.4 * height
    return Zones(lines_top, sums_top, totals_bottom)


def read_header(view: View) -> Iterator[Candidate]:
    """Code, number, date and check code from the labelled header fields."""
    upper = view.part(y1=find_zones(view).lines_top)
    yield from _labelled_digits(
        upper, "code", r"发\s*票\s*代\s*码\s*[:：]?\s*(?P<v>[\dOIl ]{10,16})", (10, 12)
    )
    yield from _labelled_digits(
        upper, "number", r"发\s*票\s*号\s*码\s*[:：]?\s*(?P<v>[\dOIl ]{8,26})", (8, 20)
    )
    yield from _labelled_digits(
        upper, "check_code", r"校\s*验\s*码\s*[:：]?\s*(?P<v>[\dOIl ]{20,28})", (20,)
    )
    hit = upper.first(
        r"开\s*票\s*日\s*期\s*[:：]?\s*(?P<v>20.*)", r"^\D{0,4}(?P<v>20\d\d\s*年.*日)"
    )
    if hit and (day := _date_of(hit.text("v"))):
        yield view.candidate("date", day, hit.box("v"), hit.text("v"))


def _date_of(text: str) -> str | None:
    """A date whose 年月日 may be lost: 2019 05 08."""
    if day := iso_date(text):
        return day
    parts = re.match(r"\s*(20\d\d)\D{0,4}(\d{2})\D{0,4}(\d{2})(?!\d)", text)
    return iso_date("-".join(parts.groups())) if parts else None


def _labelled_digits(
    view: View, name: str, pattern: str, lengths: tuple[int, ...]
) -> Iterator[Candidate]:
    for hit in view.search(pattern):
        value = digits(hit.text("v"))
        if len(value) in lengths:
            yield view.candidate(name, value, hit.box("v"), hit.text("v"))
            return


def read_paper_header(view: View) -> Iterator[Candidate]:
    """Code and number of paper forms, printed large without labels: `1100… title № 1234…`."""
    upper = view.part(y1=find_zones(view).lines_top)
    codes = [
        h
        for h in upper.search(r"(?<![0-9A-Za-z:：])(?P<v>\d{12}|\d{10})(?![0-9A-Za-z])")
        if h.row.box.y0 < _header_limit(view)
    ]
    if codes and len({h.text("v") for h in codes}) == 1:
        yield view.candidate("code", codes[0].text("v"), codes[0].box("v"), codes[0].text("v"))
    numbers = list(upper.search(r"[N№][o0Oº°]?[.:：]?\s*(?P<v>\d{8})(?!\d)"))
    numbers += [
        h
        for h in upper.search(r"(?<![0-9A-Za-z])(?P<v>\d{8})(?![0-9A-Za-z])")
        if h.row.box.y0 < _header_limit(view)
    ]
    if numbers and len({h.text("v") for h in numbers}) == 1:
        yield view.candidate(
            "number", numbers[0].text("v"), numbers[0].box("v"), numbers[0].text("v")
        )


def _header_limit(view: View) -> float:
    """Large code and number stand above the date, the check code and the buyer block."""
    tops = [
        h.row.box.y0
        for h in view.search(r"开\s*票\s*日\s*期|校\s*验\s*码|机\s*器\s*编|名\s*称\s*[:：]")
    ]
    return min(tops, default=view.box.y0 + 0.3 * (view.box.y1 - view.box.y0))


def read_party(view: View, who: str) -> Iterator[Candidate]:
    """Name and tax number of the `buyer` or `seller` from the part of the page that is theirs."""
    name = view.first(
        r"名\s*称\s*[:：]\s*(?P<v>[^\t]{2,60})", r"(?:^|\t)\s*称\s*[:：]\s*(?P<v>[^\t]{2,60})"
    )
    if name:
        rest = _rest_of_name(view, name)
        box = around([name.box("v"), *(line.box for line in rest)])
        text = name.text("v") + "".join(line.text for line in rest)
        value = clean_name(text)
        if value and not re.match(r"(统一社会|纳税人|地址|开户)", value):
            yield view.candidate(f"{who}_name", value, box, text)
    for hit in view.search(r"识\s*别\s*号\s*[:：]?\s*(?P<v>[0-9A-Za-z][0-9A-Za-z ]{13,26})"):
        value = squeeze(hit.text("v")).upper()
        if _TAX_ID.fullmatch(value):
            yield view.candidate(f"{who}_tax_id", value, hit.box("v"), hit.text("v"))
            return


def labelled_parties(view: View) -> list[Candidate]:
    """Both parties where their labels say whose they are (购买方名称：), wherever they stand; none
    on the usual form, where the place says it."""
    found: list[Candidate] = []
    for who, words in _PARTIES:
        name = view.first(rf"{words}\s*(?:单位|企业)?名\s*称\s*[:：]\s*(?P<v>[^\t]{{2,60}})")
        if name and (value := clean_name(name.text("v"))):
            found.append(view.candidate(f"{who}_name", value, name.box("v"), name.text("v")))
        number = view.first(
            rf"{words}[^:：\t]{{0,24}}(?:识\s*别\s*号|信用代码)\s*[:：]\s*(?P<v>[0-9A-Za-z]{{15,20}})"
        )
        if number and _TAX_ID.fullmatch(value := number.text("v").upper()):
            found.append(view.candidate(f"{who}_tax_id", value, number.box("v"), number.text("v")))
    return found if any(each.name.endswith("_name") for each in found) else []


def _rest_of_name(view: View, name: Hit) -> list[Line]:
    """Where a long name is broken: the line below that starts under it and is words only."""
    box, length = name.box("v"), len(name.text("v").strip())
    if length < _BROKEN_NAME_MIN:
        return []
    character = box.width / length
    return [
        line
        for line in view.lines
        if line not in name.row.lines
        and abs(line.box.x0 - box.x0) < 2 * character
        and 0.3 * box.height < line.box.centre[1] - box.centre[1] < 1.6 * box.height
        and re.fullmatch(r"[一-鿿（）()A-Za-z ]{1,40}", line.text.strip())
    ][:1]


def clean_name(text: str) -> str:
    """A company's name without the joints of recognition; full-width brackets as printed in law."""
    name = plain(text.replace("\t", " "))
    if re.search(r"[一-鿿]", name):
        name = name.replace(" ", "").replace("(", "（").replace(")", "）")
    return name.strip("：:;；,，.|")


def read_totals(view: View) -> Iterator[Candidate]:
    """Amount and tax from the sum row, total in figures and in words from the row below."""
    zones = find_zones(view)
    lower = view.part(y0=zones.lines_top)
    yield from _sums(lower)
    words = lower.first(
        rf"大\s*写\s*[)）】]?\s*[⊗ⓧ®×Xx@○◎\W]?\s*(?P<v>{_WORDS})", rf"[⊗ⓧ]\s*(?P<v>{_WORDS})"
    )
    if (
        words
        and re.search("[元圆圓]", words.text("v"))
        and parse_amount(words.text("v")) is not None
    ):
        yield view.candidate("total_cn", words.text("v"), words.box("v"), words.text("v"))
    figure = lower.first(rf"小\s*写\s*[)）】]?\s*[¥￥Y羊]?\s*(?P<v>{_AMOUNT})")
    if figure is None and words:
        figure = _search_row(words.row, rf"[¥￥]\s*(?P<v>{_AMOUNT})")
    if figure and (value := money(figure.text("v"))):
        yield view.candidate("total", value, figure.box("v"), figure.text("v"))


def _search_row(row: Row, pattern: str) -> Hit | None:
    match = re.search(pattern, row.text)
    return Hit(row, match) if match else None


def _sums(lower: View) -> Iterator[Candidate]:
    labelled = [(name, hit) for name, label in _LABELLED_SUMS if (hit := lower.first(label))]
    for name, hit in labelled:
        if value := money(hit.text("v")):
            yield lower.candidate(name, value, hit.box("v"), hit.text("v"))
    row = None if labelled else _sum_row(lower)
    if row is None:
        return
    hits = [Hit(row, m) for m in re.finditer(rf"(?P<v>{_AMOUNT}|{_STARS})", row.text)]
    values = [_money_or_stars(h.text("v")) for h in hits]
    if not values or values[0] is None or values[0] == "***":
        return
    if len(values) == 1 and _in_last_column(hits[0], lower):
        return  # the tax; the amount before it was not recognised
    yield lower.candidate("amount", values[0], hits[0].box("v"), hits[0].text())
    if len(values) == 2 and values[1] is not None:
        yield lower.candidate("tax", values[1], hits[1].box("v"), hits[1].text())


def _in_last_column(hit: Hit, lower: View) -> bool:
    """Whether a value ends where the tax column does, at the right edge of the form."""
    form = around(line.box for line in lower.lines)
    return hit.box("v").x1 > form.x0 + _TAX_COLUMN * form.width


def _sum_row(lower: View) -> Row | None:
    """The row 合计; where the word is lost, the last row with ¥ above the total."""
    rows = [h.row for h in lower.search(_SUM_ROW) if not _TOTAL_ROW.search(h.row.text)]
    if rows:
        return rows[-1]
    total = next((row for row in lower.rows if _TOTAL_ROW.search(row.text)), None)
    if total is None:
        return None
    marked = [
        r
        for r in lower.rows
        if r.box.y1 < total.box.centre[1] and re.search(r"[¥￥]\s*-?\d", r.text)
    ]
    return marked[-1] if marked else None


def _money_or_stars(text: str) -> str | None:
    return "***" if re.fullmatch(_STARS, text.strip()) else money(text)


def read_title(view: View, type_name: str, code: Candidate | None) -> Iterator[Candidate]:
    """The type (fixed wording) and the title with its region, at the title's place.

    A seal often hides the title; then the code stands in for it.
    """
    if hit := find_title(view, type_name):
        yield view.candidate("type", type_name, hit.box(), hit.text())
        if title := printed_title(hit, type_name, code.value if code else None):
            yield view.candidate("title", title, hit.box(), hit.text())
    elif code:
        place = code.evidence
        yield view.candidate("type", type_name, place.box, place.text, firm=False)
        if title := title_for(code.value, type_name):
            yield view.candidate("title", title, place.box, place.text, firm=False)


def read_currency(view: View) -> Iterator[Candidate]:
    """CNY, seen as the mark before the sums."""
    if hit := view.first(r"(?P<mark>[¥￥])\s*-?\d"):
        yield view.candidate("currency", "CNY", hit.box("mark"), hit.text("mark"))


def read_classic(view: View, type_name: str, *, paper: bool) -> Draft:
    """The form with the buyer above and the seller below the lines."""
    zones = find_zones(view)
    header = list(read_header(view))
    if paper:
        have = {candidate.name for candidate in header}
        header += [c for c in read_paper_header(view) if c.name not in have]
    code = next((c for c in header if c.name == "code"), None)
    buyer = view.part(x1=_cipher_left(view), y1=zones.lines_top)
    seller = view.part(x1=_remark_left(view, zones), y0=zones.totals_bottom)
    candidates = (
        *read_title(view, type_name, code),
        *header,
        *(labelled_parties(view) or (*read_party(buyer, "buyer"), *read_party(seller, "seller"))),
        *read_totals(view),
        *read_currency(view),
    )
    return Draft(candidates, read_items(view.part(y0=zones.lines_top, y1=zones.sums_top)))


def _cipher_left(view: View) -> float:
    """The left edge of the cipher block (密码区), which the buyer must not run into."""
    label = next((n for n in view.lines if re.search(r"密\s*码|码\s*区", n.text)), None)
    return label.box.x0 if label else view.box.x0 + 0.58 * view.box.width


def _remark_left(view: View, zones: Zones) -> float:
    label = next(
        (
            n
            for n in view.lines
            if n.text.strip() in ("备", "备注", "注", "备 注") and n.box.y0 > zones.sums_top
        ),
        None,
    )
    return label.box.x0 if label else view.box.x0 + 0.58 * view.box.width
