"""What holds for a contract as a whole: its amount said twice, who signed, what is missing. Pure.

A contract's amount may stand in figures on one page and in words on another, so these checks come
after its pages were joined.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from yuepi.documents.checksums import tax_id_valid
from yuepi.documents.fields import Candidate
from yuepi.documents.layout.contract_amounts import words_value
from yuepi.documents.reading import Field, Finding, Reading, Source
from yuepi.kit.money import parse_amount

AMOUNT_DIFFERS = "contract_amount_differs"
CODE_WRONG = "contract_party_code_wrong"
UNSIGNED = "contract_unsigned"


def supports(by_name: Mapping[str, list[Candidate]]) -> list[tuple[str, Source]]:
    """What one wrong digit would break: figures that say what the words say, credit codes whose
    check character is right."""
    values = {name: _only(candidates) for name, candidates in by_name.items()}
    found: list[tuple[str, Source]] = []
    if same_amount(values.get("amount"), values.get("amount_words")):
        found += [("amount", "words"), ("amount_words", "words")]
    codes = {name: values.get(name) for name in ("party_a_id", "party_b_id")}
    right = {name: code for name, code in codes.items() if code and tax_id_valid(code)}
    if len(right) == len(set(right.values())):
        found += [(name, "checksum") for name in right]
    return found


def _only(candidates: list[Candidate]) -> str | None:
    """The value of a field where all its candidates agree."""
    values = {each.value for each in candidates}
    return values.pop() if len(values) == 1 else None


def same_amount(figures: str | None, words: str | None) -> bool:
    """Whether figures and words are both there and say the same."""
    value, said = _both(figures, words)
    return value is not None and value == said


def finish(reading: Reading) -> Reading:
    """The joined reading with its findings; its amounts support each other where they agree."""
    fields = dict(reading.fields)
    known = {
        name: field.value
        for name, field in reading.without_said().fields.items()
        if field.status in ("single", "confirmed")
    }
    if same_amount(known.get("amount"), known.get("amount_words")):
        for name in ("amount", "amount_words"):
            fields[name] = _supported(fields[name])
    findings = dict.fromkeys((*reading.findings, *_findings(reading)))
    return reading.model_copy(update={"fields": fields, "findings": tuple(findings)})


def _supported(field: Field) -> Field:
    """A value that the other writing of it supports; one in conflict stays in conflict."""
    if field.status != "single" or "words" in field.sources or "model" in field.sources:
        return field
    firm = field.model_copy(update={"sources": (*field.sources, "words")})
    return firm.model_copy(update={"status": "confirmed", "confidence": 0.995})


def _findings(reading: Reading) -> Iterator[Finding]:
    figures, words = reading.value("amount"), reading.value("amount_words")
    value, said = _both(figures, words)
    if value is not None and said is not None and value != said:
        yield Finding(
            code=AMOUNT_DIFFERS,
            severity="error",
            message=f"The amount in figures ({figures}) differs from the amount in words ({words})",
            message_zh=f"合同金额小写（{figures}）与大写（{words}）不一致",
            fields=("amount", "amount_words"),
        )
    for name, side_zh, side_en in (
        ("party_a_id", "甲方", "first"),
        ("party_b_id", "乙方", "second"),
    ):
        code = reading.value(name)
        if code and not tax_id_valid(code):
            yield Finding(
                code=CODE_WRONG,
                severity="warning",
                message=f"The check character of the {side_en} party's credit code is wrong",
                message_zh=f"{side_zh}统一社会信用代码的校验位不符",
                fields=(name,),
            )
    yield from _unsigned(reading)


def _unsigned(reading: Reading) -> Iterator[Finding]:
    missing = tuple(name for name in ("signed_a", "signed_b") if reading.value(name) == "no")
    if missing:
        yield Finding(
            code=UNSIGNED,
            severity="warning",
            message="Neither a seal nor a signature was seen where a party signs",
            message_zh="签署处未见盖章或签名",
            fields=missing,
        )


def _both(figures: str | None, words: str | None) -> tuple[Decimal | None, Decimal | None]:
    value = parse_amount(figures) if figures else None
    return value, words_value(words) if words else None
