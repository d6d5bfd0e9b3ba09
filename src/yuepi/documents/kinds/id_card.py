"""居民身份证: the resident identity card, its front, its back, or both on one page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from yuepi.documents.checksums import id_card_valid
from yuepi.documents.fields import Candidate, Draft
from yuepi.documents.identity_supports import born, sex_of
from yuepi.documents.kinds.kind import Kind
from yuepi.documents.layout.dates import printed_dates
from yuepi.documents.layout.label_values import Labelled, labelled
from yuepi.documents.layout.text import squeeze
from yuepi.documents.layout.view import View
from yuepi.documents.reading import Finding
from yuepi.kit.boxes import Box, around

_FRONT: Final = ("name", "sex", "ethnicity", "birth", "address", "id_number")
_BACK: Final = ("authority", "valid_from", "valid_to")
_LABELS: Final = {
    "id_number": r"公\s*民\s*身\s*份\s*号\s*码|身\s*份\s*证\s*号\s*码",
    "name": r"姓\s*名",
    "sex": r"性\s*别",
    "ethnicity": r"民\s*族",
    "birth": r"出\s*生(?!\s*地)",
    "address": r"住\s*址",
    "authority": r"签\s*发\s*机\s*关",
    "valid": r"有\s*效\s*期\s*限",
}
_TITLE: Final = re.compile(r"居民身份证|中华人民共和国")
_NOT_A_CARD: Final = re.compile(r"发票|价税|营业执照|合同|登记表|申请表|护照|联系电话|复印件用途")
_LINES_MAX: Final = 34
_CHARACTERS_MAX: Final = 420
_NUMBER: Final = re.compile(r"(?<![0-9A-Za-z])[0-9OoIlDQ]{17}[0-9XxOo×](?![0-9A-Za-z])")
_NAME: Final = re.compile(r"[\u3400-\u9fff]{1,10}(?:·[\u3400-\u9fff]{1,10}){0,3}")
_LOOKALIKES: Final = str.maketrans("OoQDIl", "000011")
_DAYS: Final = r"(?P<{0}>(?:19|20)\d\d\D?[01]\d\D?[0-3]\d)"
_TERM: Final = re.compile(
    _DAYS.format("a") + r"[-—–~至一]{1,3}(?:" + _DAYS.format("b") + "|(?P<ever>长期))"
)
_PEOPLES: Final = frozenset(
    [
        "汉",
        "蒙古",
        "回",
        "藏",
        "维吾尔",
        "苗",
        "彝",
        "壮",
        "布依",
        "朝鲜",
        "满",
        "侗",
        "瑶",
        "白",
        "土家",
        "哈尼",
        "哈萨克",
        "傣",
        "黎",
        "傈僳",
        "佤",
        "畲",
        "高山",
        "拉祜",
        "水",
        "东乡",
        "纳西",
        "景颇",
        "柯尔克孜",
        "土",
        "达斡尔",
        "仫佬",
        "羌",
        "布朗",
        "撒拉",
        "毛南",
        "仡佬",
        "锡伯",
        "阿昌",
        "普米",
        "塔吉克",
        "怒",
        "乌孜别克",
        "俄罗斯",
        "鄂温克",
        "德昂",
        "保安",
        "裕固",
        "京",
        "塔塔尔",
        "独龙",
        "鄂伦春",
        "赫哲",
        "门巴",
        "珞巴",
        "基诺",
    ]
)
"""The 56 peoples as cards name them (GB/T 3304)."""
FOREVER: Final = "长期"


def _likeness(view: View) -> float:
    text = view.squeezed
    if len(view.lines) > _LINES_MAX or len(text) > _CHARACTERS_MAX or _NOT_A_CARD.search(text):
        return 0.0
    front, back = _sides(text)
    if front >= 4 and ("公民身份" in text or _NUMBER.search(text)):
        return min(0.98, 0.7 + 0.05 * front)
    return 0.93 if back == 2 and (_TITLE.search(text) or _TERM.search(text)) else 0.0


def _sides(text: str) -> tuple[int, int]:
    """How many labels of the front and of the back are there."""
    seen = {name for name, pattern in _LABELS.items() if re.search(pattern, text)}
    return len(seen & {*_FRONT}), len(seen & {"authority", "valid"})


def _read(view: View) -> Draft:
    front, back = _parts(view)
    candidates = [*_front(front), *_back(back)]
    seen_front, seen_back = _sides(view.squeezed)
    absent = () if seen_front >= 2 else _FRONT
    if seen_back == 0:
        absent = (*absent, *_BACK)
    number = next((each for each in candidates if each.name == "id_number"), None)
    if number is not None and id_card_valid(number.value):
        candidates += _told_by(number, candidates)
    findings = () if number is None else tuple(_doubts(number.value, candidates))
    return Draft(tuple(candidates), findings=findings, absent=absent)


def _parts(view: View) -> tuple[View, View]:
    """The lines of the front and of the back, where the two stand apart on one page."""
    front = [hit.box() for hit in view.search("|".join(_LABELS[name] for name in _FRONT))]
    back = [hit.box() for hit in view.search("|".join((_LABELS["authority"], _LABELS["valid"])))]
    if not front or not back:
        return view, view
    one, other = around(front), around(back)
    for axis in (1, 0):
        ahead, behind = (one, other) if one[axis] < other[axis] else (other, one)
        if ahead[axis + 2] > behind[axis] + 0.02:
            continue
        # The title of the back stands above its labels, the values right of the front's.
        border = _border(view, ahead, behind, axis)
        first = Box(0, 0, 1, border) if axis else Box(0, 0, border, 1)
        second = Box(0, border, 1, 1) if axis else Box(border, 0, 1, 1)
        parts = [view.part(*first), view.part(*second)]
        return (parts[0], parts[1]) if ahead is one else (parts[1], parts[0])
    return view, view


def _border(view: View, ahead: Box, behind: Box, axis: int) -> float:
    """The widest white between two groups of labels, across the axis."""
    spans = sorted(
        (line.box[axis], line.box[axis + 2])
        for line in view.lines
        if line.box[axis] <= behind[axis] + 0.01
    )
    best, border, reach = 0.0, (ahead[axis + 2] + behind[axis]) / 2, ahead[axis + 2]
    for start, end in spans:
        if start - reach > best:
            best, border = start - reach, (start + reach) / 2
        reach = max(reach, end)
    return border


# --- the front -----------------------------------------------------------------------------------


def _front(view: View) -> Iterator[Candidate]:
    found = labelled(view, _LABELS, frozenset({"address"}))
    if (name := found.get("name")) and (match := _NAME.fullmatch(squeeze(name.text))):
        yield view.candidate("name", match[0], name.box, name.text)
    yield from _sex_and_people(view, found)
    yield from _birth(view, found)
    if (address := found.get("address")) and len(squeeze(address.text)) >= 5:
        yield view.candidate("address", squeeze(address.text), address.box, address.text)
    yield from _number(view)


def _sex_and_people(view: View, found: dict[str, Labelled]) -> Iterator[Candidate]:
    if (sex := found.get("sex")) and (match := re.match(r"\s*([男女])", sex.text)):
        yield view.candidate("sex", match[1], sex.box, match[1])
    people = found.get("ethnicity")
    if people is None:
        return
    told = squeeze(people.text).removesuffix("族")
    if told in _PEOPLES:
        yield view.candidate("ethnicity", told, people.box, told)


def _birth(view: View, found: dict[str, Labelled]) -> Iterator[Candidate]:
    birth = found.get("birth")
    if birth is None:
        return
    days = printed_dates(re.sub(r"\s", "", birth.text), None)
    if len(days) == 1:
        yield view.candidate("birth", days[0].value, birth.box, birth.text)


def _number(view: View) -> Iterator[Candidate]:
    """The number as printed; a letter in it is a digit only where the check then holds."""
    seen: set[str] = set()
    for row in view.rows:
        plain = re.sub(r"[ \t]", "", row.text)
        after = re.split(f"(?:{_LABELS['id_number']})", plain)[-1].strip(":：")
        for match in _NUMBER.finditer(after):
            read = match[0].upper().replace("×", "X")
            value = read if re.fullmatch(r"\d{17}[\dX]", read) else read.translate(_LOOKALIKES)
            if value in seen or (value != read and not id_card_valid(value)):
                continue
            seen.add(value)
            lines = [line for line in row.lines if re.search(r"\d{6}", line.text)]
            box = around(line.box for line in lines) if lines else row.box
            yield view.candidate("id_number", value, box, match[0])


def _told_by(number: Candidate, candidates: list[Candidate]) -> Iterator[Candidate]:
    """What a number with the right check tells beside the print: birth and sex."""
    for name, value in (("birth", born(number.value)), ("sex", sex_of(number.value))):
        if all(each.value != value for each in candidates if each.name == name):
            yield Candidate(name, value, number.evidence)


def _doubts(number: str, candidates: list[Candidate]) -> Iterator[Finding]:
    if not id_card_valid(number):
        yield Finding(
            code="id_checksum_wrong",
            severity="warning",
            message=f"The check character of the ID number {number} is wrong",
            message_zh=f"身份证号码 {number} 的校验位不正确",
            fields=("id_number",),
        )
        return
    for name, told, code, en, zh in (
        ("birth", born(number), "id_birth_differs", "date of birth", "出生日期"),
        ("sex", sex_of(number), "id_sex_differs", "sex", "性别"),
    ):
        printed = {each.value for each in candidates if each.name == name} - {told}
        for value in sorted(printed):
            yield Finding(
                code=code,
                severity="warning",
                message=f"The {en} is printed as {value}, the ID number says {told}",
                message_zh=f"票面{zh}为 {value}，身份证号码中为 {told}",
                fields=(name, "id_number"),
            )


# --- the back ------------------------------------------------------------------------------------


def _back(view: View) -> Iterator[Candidate]:
    found = labelled(view, _LABELS)
    authority = found.get("authority")
    if authority is not None and re.search(r"[\u4e00-\u9fff]{4}", authority.text):
        yield view.candidate("authority", squeeze(authority.text), authority.box, authority.text)
    for row in view.rows:
        text = re.sub(r"\s", "", row.text)
        match = _TERM.search(text)
        if match is None:
            continue
        days = [printed_dates(_dashed(match[name]), None) for name in "ab" if match[name]]
        if not all(days):
            return
        yield view.candidate("valid_from", days[0][0].value, row.box, match["a"])
        end = FOREVER if match["ever"] else days[1][0].value
        yield view.candidate("valid_to", end, row.box, match["ever"] or match["b"])
        return


def _dashed(day: str) -> str:
    digits = re.sub(r"\D", "", day)
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}"


KIND = Kind(
    name="id_card",
    title_zh="居民身份证",
    title_en="Identity card",
    fields=(*_FRONT, *_BACK),
    decisive=("name", "id_number"),
    is_invoice=False,
    likeness=_likeness,
    read=_read,
    masked=("id_number", "birth", "address"),
    labels={
        "name": ("姓名", "Name"),
        "sex": ("性别", "Sex"),
        "ethnicity": ("民族", "Ethnicity"),
        "birth": ("出生日期", "Date of birth"),
        "id_number": ("公民身份号码", "ID number"),
        "authority": ("签发机关", "Issuing authority"),
        "valid_from": ("有效期起", "Valid from"),
        "valid_to": ("有效期至", "Valid to"),
    },
    meanings={
        "ethnicity": "the people (民族) as printed, without 族",
        "valid_to": "an ISO date, or 长期",
        "authority": "the police authority (签发机关) on the back",
    },
)
