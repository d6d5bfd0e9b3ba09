"""Where the parties of a contract sign, and whether a seal or a signature is seen there. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from yuepi.documents.layout.amounts import narrow
from yuepi.documents.layout.contract_head import is_title
from yuepi.documents.layout.view import Row, View
from yuepi.kit.boxes import Box

_MARK: Final = (
    r"盖\s*章|签\s*字|签\s*章|公\s*章|签\s*名|(?i:\bchop\b|\bseal\b|\bsignature\b|\bsigned?\b)"
)
_PARTY: Final = re.compile(
    r"(?:(?<=\t)|^)\s*(?P<who>[甲乙]\s*方|(?:采购|委托|发包|出租|转让|买|需|供|卖|受托|承包|承租"
    r"|受让|服务)[方人]"
    r"|出卖人|买受人|借款人|贷款人|用人单位|劳动者"
    r"|(?i:(?:for\s+and\s+on\s+behalf\s+of\s+)?(?:the\s+)?(?:party\s+[AB]\b|employer|buyer"
    r"|purchaser"
    r"|seller|supplier|client|customer|contractor|service\s+provider|consultant|landlord|lessor"
    r"|tenant|lessee|licensor|licensee|developer|owner|borrower|lender|company|employee)))"
    r"[^\S\t]*(?:(?P<more>[(（][^)）\t]{1,30}[)）])?[^\S\t]*(?:" + _MARK + r")?[^\S\t]*[:：]"
    r"|[(（][^)）\t]{0,12}(?:" + _MARK + r")[^)）\t]{0,12}[)）])[^\S\t]*(?P<v>[^\t]*)"
)
_SIGN_WORD: Final = re.compile(_MARK)
_BELOW: Final = re.compile(
    r"法定代表人|授权代表|委托代理人|代表人|负责人|签\s*字|签\s*署?\s*日期|日\s*期|盖\s*章"
    r"|(?i:\bby\b\s*:|\bname\b\s*:|\btitle\b\s*:|\bdate\b\s*:|authori[sz]ed|representative"
    r"|signature)"
)
_SIGNED_TEXT: Final = re.compile(r"/s/\s*\S")
_REACH: Final = 0.2
"""Of the page's height: how far below its label a party signs at most."""
_ABOVE: Final = 0.03
_COLUMNS_APART: Final = 0.25


@dataclass(frozen=True, slots=True)
class SigningPlace:
    """Where one party signs: its label, the room for its seal, and what is seen in it."""

    slot: str
    label: Box
    text: str
    room: Box
    signed: Literal["yes", "no", "unknown"]


def signing_places(view: View) -> list[SigningPlace]:
    """The places for the seals or signatures of the first two parties; none where the page has
    no such block. `unknown` wherever nothing was looked at: plain text, pictures without colour."""
    labels = _labels(view)
    places: list[SigningPlace] = []
    for label in labels:
        room = _room(view, label.box, [each.box for each in labels if each is not label])
        seen = _seen(view, room)
        if seen == "no" and not label.sure:
            seen = "unknown"
        places.append(SigningPlace(label.slot, label.box, label.text, room, seen))
    return places


@dataclass(frozen=True, slots=True)
class _Label:
    """What stands where a party signs; `sure` unless a seal hides the label itself."""

    slot: str
    box: Box
    text: str
    sure: bool = True


def _labels(view: View) -> list[_Label]:
    """The labels of the last pair that asks for a seal or has lines for signing below it."""
    found: list[tuple[int, Row, re.Match[str]]] = []
    for number, row in enumerate(view.rows):
        for match in _PARTY.finditer(narrow(row.text)):
            if _asks(view, number, match):
                found.append((number, row, match))
    if len(found) == 1 and _SIGN_WORD.search(found[0][2].group()):
        return _with_hidden(view, *found[0])
    pair = found[-2:]
    if len(pair) < 2 or _who(pair[0][2]) == _who(pair[1][2]):
        return []
    if _is_second(pair[0][2]):
        pair.reverse()
    return [_label(slot, row, match) for slot, (_, row, match) in zip("ab", pair, strict=True)]


def _label(slot: str, row: Row, match: re.Match[str]) -> _Label:
    return _Label(slot, row.part(*match.span("who")), row.text[slice(*match.span())].strip())


def _with_hidden(view: View, number: int, row: Row, match: re.Match[str]) -> list[_Label]:
    """The one label that was read, and the other one, which a seal hides, in the column beside."""
    slot, other = ("b", "a") if _is_second(match) else ("a", "b")
    known = _label(slot, row, match)
    for below in view.rows[number + 1 : number + 5]:
        for line in below.lines:
            apart = abs(line.box.x0 - known.box.x0) > _COLUMNS_APART
            if apart and (line.box.x0 < known.box.x0) == (other == "a"):
                left, width = line.box.x0, known.box.width
                box = Box(left, known.box.y0, left + width, known.box.y1)
                return sorted(
                    [known, _Label(other, box, line.text, sure=False)], key=lambda each: each.slot
                )
    return [known]


def _is_second(match: re.Match[str]) -> bool:
    return _who(match).startswith(("乙", "partyb"))


def _who(match: re.Match[str]) -> str:
    return re.sub(r"\s|^(?:for and on behalf of )?the ", "", match["who"].lower())


def _asks(view: View, number: int, match: re.Match[str]) -> bool:
    if _SIGN_WORD.search(match.group()):
        return True
    below = view.rows[number + 1 : number + 6]
    said = [row for row in below if _BELOW.search(narrow(row.text))]
    # Before the clauses stand the parties with their representatives, too: there a title is near.
    return len(said) >= 2 and not any(is_title(row.text.strip()) for row in view.rows[:number])


def _room(view: View, label: Box, boxes: list[Box]) -> Box:
    beside = [box for box in boxes if abs(box.centre[1] - label.centre[1]) < 2 * view.line_height]
    right = min((box.x0 for box in beside if box.x0 > label.x0), default=view.box.x1)
    left = label.x0 - 0.05 if any(box.x0 < label.x0 for box in beside) else view.box.x0
    below = [box.y0 for box in boxes if box.y0 > label.y1 and box not in beside]
    bottom = min([label.y1 + _REACH, view.box.y1, *below])
    return Box(left, label.y0 - _ABOVE, right, bottom)


def _seen(view: View, room: Box) -> Literal["yes", "no", "unknown"]:
    if any(room.holds(seal.box.centre) for seal in view.seals or ()):
        return "yes"
    if any(room.holds(box.centre) for box in view.strokes):
        return "yes"
    lines = [line for line in view.lines if room.holds(line.box.centre)]
    if any(line.by_hand or _SIGNED_TEXT.search(line.text) for line in lines):
        return "yes"
    # Without colour a seal cannot be told from print; without a picture nothing can.
    return "unknown" if view.seals is None else "no"
