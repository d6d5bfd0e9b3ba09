"""Contracts and agreements, Chinese and English, over as many pages as they have.

They settle no claim; what is read is what somebody who signs or files one asks for first, and the
clauses to look at. Nothing here says whether a contract is good.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from yuepi.documents.clauses import no_seal_clause, read_clauses
from yuepi.documents.contents import Clause
from yuepi.documents.contract_checks import finish
from yuepi.documents.fields import Candidate, Draft
from yuepi.documents.kinds.kind import Kind
from yuepi.documents.layout.amounts import narrow
from yuepi.documents.layout.contract_amounts import read_amounts
from yuepi.documents.layout.contract_head import (
    read_dates,
    read_number,
    read_places,
    read_signing_dates,
    read_term,
    read_title,
    title_row,
)
from yuepi.documents.layout.contract_parties import labelled_parties, read_parties
from yuepi.documents.layout.contract_signing import SigningPlace, signing_places
from yuepi.documents.layout.prose import Prose, prose_of
from yuepi.documents.layout.view import View

_LIKELY: Final = 0.5
_HEAD_SHARE: Final = 0.3
"""Of a first page, where a bare `Date:` is that of the contract."""
_WORDS: Final = (
    r"本(?:合同|协议)|this(?:agreement|contract)",
    r"甲方|乙方|partya|partyb|thepart(?:ies|y)\b|bothparties|双方",
    r"协商一致|平等自愿|达成如下|订立本|签订本|enterinto|enteredinto|agreeasfollows|whereas",
    r"违约责任|违约金|breach|default|liquidateddamages",
    r"争议|仲裁|dispute|arbitration|governinglaw",
    r"第[一二三四五六七八九十]{1,3}条|[一二三四五六]、(?:合同|项目|服务|付款|双方)|article[ivx\d]|^\d\.\d",
    r"生效|一式[一二两三四五六]份|comeintoforce|effectivedate|counterparts|inwitnesswhereof",
    r"民法典|合同法|contractlaw|lawsof",
    r"hereinafter|hereto|hereof|以下(?:简称|称)",
)
_NO_CONTRACT: Final = re.compile(
    r"发票代码|发票号码|电子发票|价税合计|购买方名称|交易单号|商户单号|收银|找零|invoicenumber|boardingpass",
    re.IGNORECASE,
)
_BETWEEN: Final = re.compile(r"(?i)\bbetween\b.{3,600}?\band\b", re.DOTALL)


def _likeness(view: View) -> float:
    """A heading that says contract, parties that are named as such, and the words of clauses: two
    of the three. English ones in plain words have hardly any of the last."""
    text = re.sub(r"\s", "", narrow(view.text)).lower()
    if _NO_CONTRACT.search(text):
        return 0.0
    words = sum(1 for pattern in _WORDS if re.search(pattern, text))
    title = title_row(view) is not None
    parties = {party.slot for party in labelled_parties(view)} >= {"a", "b"}
    parties = parties or (title and _BETWEEN.search(view.text) is not None)
    if not (title or parties) or (words < 2 and not (title and parties)):
        return 0.0
    score = 0.3 * title + 0.3 * parties + 0.07 * min(words, 6)
    return min(score, 0.97)


def _read(view: View) -> Draft:
    prose = prose_of(view)
    places = signing_places(view)
    return Draft(
        tuple(_fields(view, prose, places)),
        clauses=(*read_clauses(prose), *_unsealed(view, places)),
    )


def _fields(view: View, prose: Prose, places: list[SigningPlace]) -> Iterator[Candidate]:
    # A page that goes on has headings of its own (annexes), which are no title of the whole.
    begins = _likeness(view) >= _LIKELY
    if begins:
        yield from read_title(view)
        yield from read_number(view)
    yield from read_parties(view, prose)
    yield from read_amounts(view, prose)
    dates = tuple(read_dates(view, prose))
    if not dates and begins:
        head = view.part(y1=view.box.y0 + _HEAD_SHARE * view.box.height)
        dates = tuple(read_signing_dates(head))
    yield from dates or (read_signing_dates(view) if places else ())
    yield from read_places(view)
    yield from read_term(view, prose)
    for place in places:
        name = f"signed_{place.slot}"
        # Seen or not seen is a judgement on a drawing: never certain.
        yield view.candidate(name, place.signed, place.room, place.text, firm=False)


def _unsealed(view: View, places: Iterable[SigningPlace]) -> Iterator[Clause]:
    for place in places:
        if place.signed == "no":
            yield no_seal_clause(view.page, place.text, place.label)


KIND = Kind(
    name="contract",
    title_zh="合同",
    title_en="Contract",
    fields=(
        "title",
        "number",
        "party_a",
        "party_a_id",
        "party_b",
        "party_b_id",
        "party_c",
        "party_d",
        "amount",
        "amount_words",
        "currency",
        "date",
        "signed_at",
        "place",
        "term_start",
        "term_end",
        "signed_a",
        "signed_b",
    ),
    decisive=("party_a", "party_b", "date"),
    is_invoice=False,
    likeness=_likeness,
    read=_read,
    labels={
        "title": ("合同名称", "Title"),
        "party_a": ("甲方", "First party"),
        "party_a_id": ("甲方信用代码", "First party's credit code"),
        "party_b": ("乙方", "Second party"),
        "party_b_id": ("乙方信用代码", "Second party's credit code"),
        "party_c": ("丙方", "Third party"),
        "party_d": ("丁方", "Fourth party"),
        "amount": ("合同金额", "Contract amount"),
        "amount_words": ("合同金额（大写）", "Contract amount in words"),
        "date": ("签订日期", "Date of signing"),
        "signed_at": ("签订地点", "Signed at"),
        "place": ("项目或履行地点", "Place of the work or delivery"),
        "term_start": ("期限起", "Term starts"),
        "term_end": ("期限止", "Term ends"),
        "signed_a": ("甲方签章", "Signed by the first party"),
        "signed_b": ("乙方签章", "Signed by the second party"),
    },
    meanings={
        "party_a": "the party named 甲方, or the first named party",
        "party_b": "the party named 乙方, or the second named party",
        "amount": "the whole price of the contract in figures, not an instalment",
        "amount_words": "the whole price written out in words, as printed",
        "place": "where the work is done or the goods are delivered",
        "signed_a": "yes, no or unknown: a seal or signature of the first party is seen",
        "signed_b": "yes, no or unknown: a seal or signature of the second party is seen",
    },
    pages="many",
    finish=finish,
)
