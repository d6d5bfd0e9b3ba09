"""The parties of a contract: who they are, where they are named, and their credit codes. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from yuepi.documents.fields import Candidate
from yuepi.documents.layout.amounts import narrow
from yuepi.documents.layout.prose import Prose
from yuepi.documents.layout.view import Hit, Row, View

_BRACKETS: Final = r"(?:\s*[(（][^)）\n\t]{1,40}[)）])?"
_NAMED: Final = {"甲": "a", "乙": "b", "丙": "c", "丁": "d"}
_ROLES_ZH: Final = (
    "采购方|采购人|购买方|购货方|买受人|买方|需方|委托方|委托人|发包方|发包人|出租方|出租人|转让方"
    "|转让人|许可方|贷款人|出借人|用人单位|聘用单位|定作方|定作人|出卖人|卖方|供方|供货方|供应商"
    "|受托方|受托人|承包方|承包人|承租方|承租人|受让方|受让人|被许可方|借款人|劳动者|承揽方|承揽人"
    "|服务方|建设单位|施工单位|保证人|担保方|披露方|接收方|总包方|分包方|业主"
)
_ROLES_EN: Final = (
    "Employer|Buyer|Purchaser|Seller|Vendor|Supplier|Client|Customer|Contractor|Sub-?contractor"
    "|(?:Service )?Provider|Consultant|Landlord|Lessor|Tenant|Lessee|Licensor|Licensee|Developer"
    "|Owner"
    "|Borrower|Lender|Company|Employee|Disclosing Party|Receiving Party|Distributor|Agent"
    "|Guarantor|Manufacturer|Principal|Franchisor|Franchisee|First Party|Second Party"
)
_LABEL: Final = re.compile(
    rf"(?:(?<=\t)|^)\s*(?:\d{{1,2}}[.、]\s*)?(?P<role>(?P<named>[甲乙丙丁])\s*方|(?:{_ROLES_ZH})"
    rf"(?:\s*[(（](?P<aside>[甲乙丙丁])\s*方[)）])?"
    rf"|(?i:(?:the\s+)?(?:party\s+(?P<letter>[A-D]|one|two|I{{1,2}})|{_ROLES_EN})))"
    rf"(?P<more>{_BRACKETS})\s*(?P<colon>[:：])[^\S\t]*(?P<v>[^\t]*)"
)
_NAME_LABEL: Final = re.compile(
    r"(?:^|\t)\s*(?:(?:单位|企业|公司|法人)?名\s*称|(?:full\s+"
    r"|company\s+)?name)\s*[:：][^\S\t]*(?P<v>[^\t]{2,80})",
    re.IGNORECASE,
)
_SIGNING: Final = re.compile(
    r"盖\s*章|签\s*字|签\s*章|公\s*章|签\s*名|(?i:chop|seal|signature|signed|authori[sz]ed)"
)
_ASIDE: Final = re.compile(
    r"\s*[,，;；]?\s*[(（]?\s*(?:以下(?:简称|称)|下称|hereinafter|hereafter|[(（]).*$",
    re.IGNORECASE,
)
_BLANK: Final = re.compile(r"^[\s_＿\-—.…/]*$")
_CODE: Final = re.compile(
    r"(?:统一社会\s*信用代码|社会信用代码|信用代码|税\s*号|纳税人识别号"
    r"|(?i:unified\s+social\s+credit"
    r"\s+(?:code|identifier)|credit\s+code|tax\s+id))[^:：\t]{0,12}[:：]?[^\S\t]*(?P<v>[0-9A-Za-z "
    r"]{15,24})"
    r"(?![0-9A-Za-z])"
)
_ENTITY: Final = (
    r"(?P<{0}>[A-Z][^()（）“”\"\n;]{{1,90}}?)(?=\s*[(（“\"]|,\s+(?:an?|the|having|whose|with"
    r"|incorporated"
    r"|organi[sz]ed|located|of|represented|registered|duly)\b)"
)
_BETWEEN: Final = re.compile(
    r"\b(?:[Bb]y\s+and\s+[Bb]etween|[Bb]etween|BETWEEN)\b[\s:]*(?:\(?[1iA]\)\s*)?"
    + _ENTITY.format("a")
)
_QUOTED: Final = re.compile(
    r"[(（][^()（）]{0,60}[“\"'‘]([^”\"'’]{2,40})[”\"'’][^()（）]{0,40}[)）]"
)
_AND: Final = re.compile(
    r"(?<![A-Za-z])(?:and|AND)[\s:,]+(?:\(?[2iB]{1,2}\)\s*)?" + _ENTITY.format("b")
)
_BETWEEN_LENGTH_MAX: Final = 900


@dataclass(frozen=True, slots=True)
class Party:
    """One party as it is named: `slot` a, b, c or d; hit: its name, or its empty place."""

    slot: str
    role: str
    name: str
    box_row: int
    left: float
    hit: Hit


def labelled_parties(view: View) -> list[Party]:
    """The parties that stand behind labels (甲方：, 委托方（乙方）：, The Developer:), in order.

    The first place of each counts, and the places where they sign do not: what stands there may
    be a seal's text. 甲 and 乙 name their own slot; other roles take slots in order.
    """
    found: list[Party] = []
    for number, row in enumerate(view.rows):
        for match in _LABEL.finditer(narrow(row.text)):
            party = _party(view, number, row, match)
            if party is not None and not any(_same_party(party, each) for each in found):
                found.append(party)
    if any(each.slot for each in found):
        return [each for each in found if each.slot]
    slots = iter("abcd")
    return [replace(each, slot=slot) for each, slot in zip(found, slots, strict=False)]


def _party(view: View, number: int, row: Row, match: re.Match[str]) -> Party | None:
    if _SIGNING.search(match["more"] or "") or _SIGNING.match(match["v"]):
        return None
    hit = Hit(row, match)
    name = _tidy(_ASIDE.sub("", match["v"]))
    if _BLANK.match(name):
        below = _name_below(view, number, row.part(*match.span("role")).x0)
        if below is None:
            return None
        hit, name = below
    if not 2 <= len(name) <= 90 or re.search(r"[。；]", name):
        return None
    named = match["named"] or match["aside"]
    letter = (match["letter"] or "").lower()
    slot = _NAMED.get(
        named or "", {"one": "a", "two": "b", "i": "a", "ii": "b"}.get(letter, letter)
    )
    role = re.sub(r"(?i)^the\s+|\s", "", match["role"]).lower()
    return Party(slot, role, name, number, row.part(*match.span("role")).x0, hit)


def _tidy(name: str) -> str:
    """The name without signs around it; the dot of `Ltd.` belongs to it."""
    bare = name.strip(" \t,，。;；:：")
    return (
        bare
        if re.search(r"(?i)\b(?:ltd|inc|co|corp|llc|plc|s\.a|gmbh|bhd)\.$", bare)
        else bare.rstrip(".")
    )


def _same_party(one: Party, other: Party) -> bool:
    return one.slot == other.slot if one.slot or other.slot else one.role == other.role


def _name_below(view: View, number: int, left: float) -> tuple[Hit, str] | None:
    """The name under an empty label, behind a label of its own in the same column."""
    for row in view.rows[number + 1 : number + 3]:
        for match in _NAME_LABEL.finditer(narrow(row.text)):
            if abs(row.part(*match.span()).x0 - left) < 0.12 and not _BLANK.match(match["v"]):
                return Hit(row, match), match["v"].strip()
    return None


def read_parties(view: View, prose: Prose) -> Iterator[Candidate]:
    """The fields `party_a`, `party_b`, further ones, and the credit codes beside their names."""
    parties = labelled_parties(view)
    names = {each.slot: each for each in parties}
    for slot, party in names.items():
        text = party.hit.text("v")
        start = party.hit.match.start("v") + max(0, text.find(party.name))
        end = start + len(party.name)
        name = party.hit.row.text[start:end]
        yield view.candidate(f"party_{slot}", name, party.hit.row.part(start, end), name)
    if not names:
        yield from _between(view, prose)
    yield from _codes(view, parties)


def _between(view: View, prose: Prose) -> Iterator[Candidate]:
    """`between X, a company … and Y (the "Client")`, in the first sentences of the document."""
    first = _BETWEEN.search(prose.text)
    if first is None:
        return
    second = _AND.search(prose.text, first.end(), first.end() + _BETWEEN_LENGTH_MAX)
    if second is None:
        return
    for slot, match in (("a", first), ("b", second)):
        span = match.span(slot)
        name = _tidy(" ".join(match[slot].split()))
        if len(name) >= 3:
            yield view.candidate(f"party_{slot}", name, prose.box(*span), prose.text[slice(*span)])


def _codes(view: View, parties: list[Party]) -> Iterator[Candidate]:
    """Credit codes, each given to the party named last above it in its column."""
    taken: set[str] = set()
    for number, row in enumerate(view.rows):
        for match in _CODE.finditer(narrow(row.text)):
            value = re.sub(r"\s", "", match["v"]).upper()
            left = row.part(*match.span()).x0
            above = [
                each for each in parties if each.box_row <= number and abs(each.left - left) < 0.2
            ] or [each for each in parties if each.box_row <= number]
            if len(value) != 18 or not above:
                continue
            party = max(above, key=lambda each: (each.box_row, -abs(each.left - left)))
            if party.slot in taken or party.slot not in "ab":
                continue
            taken.add(party.slot)
            box = row.part(*match.span("v"))
            yield view.candidate(f"party_{party.slot}_id", value, box, match["v"].strip())
