"""From candidates to fields: which value stands, and how sure one can be. Pure.

A value is confirmed only by evidence that is independent of one recogniser's error: two sources
of different nature that agree, original data, or a check that a single wrong digit would break
(the amount in words, amount + tax = total, a check character). The recogniser's own score is no
evidence: it reads "6%" as "696" at 1.0.

A model copies from the recognised text that it is given. So what it says never confirms anything
and takes part in no check: it can fill a field that was missing, and it can contradict. Only one
that was asked without that text, and whose independence was measured, counts as a second source.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from yuepi.documents.barcodes import supports as barcode_supports
from yuepi.documents.checksums import tax_id_valid
from yuepi.documents.contract_checks import supports as contract_supports
from yuepi.documents.fields import Candidate
from yuepi.documents.identity_supports import supports as identity_supports
from yuepi.documents.layout.text import squeeze
from yuepi.documents.reading import Evidence, Field, Source, Status
from yuepi.documents.sum_supports import supports as fare_supports
from yuepi.kit.money import parse_amount
from yuepi.sight.sighting import Tier

PRECEDENCE: tuple[Source, ...] = ("native", "codes", "layout", "model")
"""Whose value is shown where sources differ (DOMAIN: original data, text layer, QR, OCR, model)."""

_CONFIDENCE: dict[tuple[Status, Tier], float] = {
    ("confirmed", "clean"): 0.999, ("confirmed", "scan"): 0.999,
    ("confirmed", "photo"): 0.998, ("confirmed", "poor"): 0.995,
    ("single", "clean"): 0.98, ("single", "scan"): 0.97,
    ("single", "photo"): 0.95, ("single", "poor"): 0.80,
}  # fmt: skip
"""Shares of right values by status and quality, rounded down from docs/measurements.md."""

_CONFLICT_CONFIDENCE = 0.5
_SAID_CONFIDENCE = 0.7
"""Of a value that only a model took for the field. Not measured: no weights were run."""
_RATES = tuple(map(Decimal, ("1", "1.5", "3", "5", "6", "9", "10", "11", "13", "16", "17")))
"""Rates of Chinese VAT in per cent, those before 2019 included."""
_RATE_TOLERANCE = Decimal("0.01")
_MONEY = ("amount", "tax", "total", "subtotal")


Confidence = Callable[[str, Status, Sequence[Source], Tier], float]
"""How often a field of that name, status, sources and page quality is right, 0..1."""


def usual_confidence(name: str, status: Status, sources: Sequence[Source], tier: Tier) -> float:
    """The share of right values by status and quality, whatever the field."""
    if status == "missing":
        return 0.0
    if status == "conflict":
        return _CONFLICT_CONFIDENCE
    known = _CONFIDENCE[status, tier]
    return min(known, _SAID_CONFIDENCE) if tuple(sources) == ("model",) else known


def agree(
    names: Iterable[str],
    candidates: Iterable[Candidate],
    *,
    quality: Tier,
    code_amounts: Iterable[Evidence] = (),
    confidence: Confidence = usual_confidence,
    independent: bool = False,
) -> dict[str, Field]:
    """One field for each of the names.

    code_amounts: amounts in QR codes that, by the kind of invoice, may be the amount before tax or
    the total (sources disagree for kinds 04 and 10): each supports whichever it equals, and that
    field's sources then name it. independent: the model was asked without the recognised text, and
    it was measured that it errs on its own: what it read counts as a second source.
    """
    by_name: dict[str, list[Candidate]] = {}
    said: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        heap = said if candidate.source == "model" else by_name
        heap.setdefault(candidate.name, []).append(candidate)
    names = tuple(names)
    for code_amount in code_amounts:
        _place_code_amount(by_name, code_amount, taxed="amount" in names)
    supports = _supports(by_name)
    if quality == "poor":
        # Several wrong characters at once pass a check character one time in 31.
        supports = {
            name: tuple(source for source in found if source != "checksum")
            for name, found in supports.items()
        }
    return {
        name: _settle(
            _Seen(name, by_name.get(name, []), said.get(name, []), supports.get(name, ())),
            partial(confidence, name),
            quality,
            independent=independent,
        )
        for name in names
    }


@dataclass(frozen=True, slots=True)
class _Seen:
    """All that is known of one field: what was read, what a model said, which checks hold."""

    name: str
    read: list[Candidate]
    said: list[Candidate]
    supports: tuple[Source, ...]


def _place_code_amount(
    by_name: dict[str, list[Candidate]], code_amount: Evidence, *, taxed: bool
) -> None:
    """Add the code's amount to the field it equals, the amount before tax first."""
    for name in ("amount", "total"):
        if any(each.value == code_amount.text for each in by_name.get(name, [])):
            # Where the amount before tax was not read, an equal total may be that very amount.
            if name == "amount" or not taxed or "amount" in by_name:
                by_name[name].append(Candidate(name, code_amount.text, code_amount))
            return


def _settle(
    seen: _Seen,
    confidence: Callable[[Status, Sequence[Source], Tier], float],
    quality: Tier,
    *,
    independent: bool,
) -> Field:
    candidates = seen.read + seen.said
    if not candidates:
        return Field(value=None, status="missing", confidence=confidence("missing", (), quality))
    best = min(candidates, key=lambda each: PRECEDENCE.index(each.source))
    same = [each for each in candidates if same_value(seen.name, each.value, best.value)]
    others = tuple(dict.fromkeys(each.value for each in candidates if each not in same))
    sources: tuple[Source, ...] = tuple(dict.fromkeys(each.source for each in same))
    status: Status = "conflict" if others else "single"
    if not others:
        counted = same if independent else [each for each in same if each.source != "model"]
        # What only a model says was never checked: words in 元 tell nothing of its currency.
        held = seen.supports if seen.read else ()
        status = "confirmed" if _is_confirmed(counted, held) else "single"
        sources = (*sources, *(each for each in held if each not in sources))
    return Field(
        value=best.value,
        status=status,
        confidence=confidence(status, sources, quality),
        sources=sources,
        evidence=tuple(each.evidence for each in same),
        others=others,
    )


def _is_confirmed(same: list[Candidate], supports: tuple[Source, ...]) -> bool:
    firm = [each for each in same if each.firm]
    if not firm:
        return False
    if len({each.source for each in same}) >= 2 or supports:
        return True
    return any(each.source == "native" for each in firm)


def same_value(name: str, one: str, other: str) -> bool:
    """Whether two values of a field mean the same: names without brackets' width and spaces."""
    if one == other:
        return True
    if name in _MONEY:
        return False
    return squeeze(one).casefold() == squeeze(other).casefold()


def _supports(by_name: Mapping[str, list[Candidate]]) -> dict[str, tuple[Source, ...]]:
    """Checks that stand on the page itself and that one wrong digit would break."""
    found: dict[str, list[Source]] = {}
    for rule in (
        _by_words,
        _by_sum,
        _by_check_character,
        identity_supports,
        contract_supports,
        fare_supports,
        barcode_supports,
    ):
        for name, source in rule(by_name):
            found.setdefault(name, []).append(source)
    return {name: tuple(dict.fromkeys(sources)) for name, sources in found.items()}


_Found = list[tuple[str, Source]]
_Rule = Callable[[Mapping[str, list[Candidate]]], _Found]


def _only(by_name: Mapping[str, list[Candidate]], name: str) -> Decimal | None:
    """The amount of a field, where all its candidates agree."""
    values = {each.value for each in by_name.get(name, [])}
    return parse_amount(values.pop()) if len(values) == 1 else None


def _by_words(by_name: Mapping[str, list[Candidate]]) -> _Found:
    total, words = _only(by_name, "total"), _only(by_name, "total_cn")
    if total is None or words is None or total != words:
        return []
    # Words that end in 元 or 圆, 角, 分 are an amount of yuan: they support the currency too.
    return [("total", "words"), ("total_cn", "words"), ("currency", "words")]


def _by_sum(by_name: Mapping[str, list[Candidate]]) -> _Found:
    """amount + tax = total, each seen at a place of its own and none of them nothing.

    The tax is the smaller part, so the two cannot have been taken for one another. A recogniser
    that takes every 1 for a 3 keeps many sums right, so the total must be known otherwise, or the
    tax must be the amount times a rate of Chinese VAT.
    """
    total, tax = _only(by_name, "total"), _only(by_name, "tax")
    for name in ("amount", "subtotal"):
        amount = _only(by_name, name)
        if amount is None or tax is None or total is None or not tax or not amount:
            continue
        parts = (name, "tax", "total")
        if not (_total_stands(by_name) or (name == "amount" and _is_legal_rate(tax, amount))):
            continue
        if abs(tax) < abs(amount) and amount + tax == total and _apart(by_name, parts):
            return [(part, "arithmetic") for part in parts]
    return []


def _total_stands(by_name: Mapping[str, list[Candidate]]) -> bool:
    sources = {each.source for each in by_name.get("total", [])}
    return bool(sources & {"native", "codes"}) or bool(_by_words(by_name))


def _is_legal_rate(tax: Decimal, amount: Decimal) -> bool:
    return any(abs(amount * rate / 100 - tax) <= _RATE_TOLERANCE for rate in _RATES)


def _apart(by_name: Mapping[str, list[Candidate]], names: tuple[str, ...]) -> bool:
    boxes = [by_name[name][0].evidence.box for name in names]
    return len(set(boxes)) == len(boxes)


def _by_check_character(by_name: Mapping[str, list[Candidate]]) -> _Found:
    """Tax numbers with a right check character; one that stands for both parties was misplaced."""
    found: dict[str, str] = {}
    for name in ("buyer_tax_id", "seller_tax_id"):
        values = {each.value for each in by_name.get(name, [])}
        if len(values) == 1 and _is_tax_id(value := values.pop()):
            found[name] = value
    if len(found) != len(set(found.values())):
        return []
    return [(name, "checksum") for name in found]


def _is_tax_id(value: str) -> bool:
    """A right check character, and the shape that all such numbers have: who registered it, what
    it is, and six digits of region."""
    return bool(re.fullmatch(r"[1-9ANY][1-9A][1-8]\d{5}.{10}", value)) and tax_id_valid(value)
