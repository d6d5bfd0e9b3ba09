"""A decision as the report shows it: the outcome, the answers, each reason with its evidence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from yuepi.app.report.album import Album, page_picture
from yuepi.app.report.claim import ShownClaim
from yuepi.app.report.documents import Spot
from yuepi.app.show import gravest_first
from yuepi.app.words import EFFECTS, OUTCOMES, Language, Words, field_words, role_words
from yuepi.approvals.decision import Decision, Reason
from yuepi.approvals.fact import Proof
from yuepi.documents.kinds import kind_named
from yuepi.documents.read import FileRead

CROPS_MAX: Final = 12
"""Pictures under one reason; more say the same."""
VALUE_CHARACTERS_MAX: Final = 120

_ICONS: Final = {"approve": "confirmed", "refer": "person", "suggest_reject": "conflict"}
_FACT_WORDS: Final = {
    "file": Words("文件", "File"),
    "kind": Words("票种", "Kind"),
    "original": Words("电子原件", "Electronic original"),
    "items": Words("品名", "Goods"),
}
_VALUE_WORDS: Final = {"yes": Words("是", "yes"), "no": Words("否", "no")}
_EFFECT_ICONS: Final = {
    "suggest_reject": "conflict",
    "refer": "person",
    "approve": "confirmed",
    "warn": "warning",
}


def decision(number: int, claim: ShownClaim, album: Album, language: Language) -> dict[str, Any]:
    """The decision of claim `number`, ready for the template."""
    judged = claim.decision
    if judged is None:
        raise ValueError("the claim has no decision")
    return {
        "outcome": judged.outcome,
        "icon": _ICONS[judged.outcome],
        "words": OUTCOMES[judged.outcome],
        "refer_to": role_words(judged.refer_to) if judged.refer_to else None,
        "total": f"¥{judged.total_amount:,.2f}",
        "answers": answers(judged),
        "reasons": [
            _reason(number, claim.files, each, album, language)
            for each in gravest_first(judged.reasons)
        ],
        "policy": judged.policy,
    }


def answers(judged: Decision) -> list[tuple[Words, Words, str]]:
    """The four answers as label, answer, and `heed` where it asks for attention."""
    yes, no = Words("是", "Yes"), Words("否", "No")
    total = f"¥{judged.total_amount:,.2f}"
    asked = (
        (Words("票据均有效", "All are valid invoices"), judged.is_valid_invoices, False),
        (Words("超出限额", "Exceeds a limit"), judged.exceeds_limit, True),
        (Words("连号", "Consecutive numbers"), judged.consecutive_numbers, True),
    )
    rows = [
        (label, yes if said else no, "heed" if said is bad else "") for label, said, bad in asked
    ]
    return [(Words("合计金额", "Total amount"), Words(total, total), ""), *rows]


def _reason(
    number: int, files: Sequence[FileRead], reason: Reason, album: Album, language: Language
) -> dict[str, Any]:
    places = reason.evidence[:CROPS_MAX]
    # A warning about a whole paper needs no picture of it: the paper itself follows below.
    pictured = [reason.effect != "warn" or not _is_whole(files, proof) for proof in places]
    crops = [
        _crop(number, files, proof, album if wanted else None, language)
        for proof, wanted in zip(places, pictured, strict=True)
    ]
    more = len(reason.evidence) - len(crops)
    return {
        "message": Words(reason.message_zh, reason.message_en),
        "effect": reason.effect,
        "effect_words": EFFECTS[reason.effect],
        "icon": _EFFECT_ICONS[reason.effect],
        "row": reason.row,
        "crops": crops,
        "more": Words(f"另有 {more} 处", f"and {more} more places") if more > 0 else None,
    }


def _crop(
    number: int, files: Sequence[FileRead], proof: Proof, album: Album | None, language: Language
) -> dict[str, Any]:
    at = next((i for i, file in enumerate(files) if file.reading.file == proof.file), None)
    shot = None
    if album and at is not None and proof.page is not None and proof.box is not None:
        shot = album.crop(page_picture(files, at, proof.page), proof.box)
    label = _FACT_WORDS.get(proof.field) or field_words(proof.field)
    value = _value(proof)
    where = Words(f"{proof.file} · 第 {proof.page} 页", f"{proof.file} · page {proof.page}")
    return {
        "src": shot.src if shot else None,
        "width": shot.width if shot else 0,
        "height": shot.height if shot else 0,
        "alt": f"{label.said(language)}: {value.said(language)}",
        "label": label,
        "value": value,
        "where": where if proof.page is not None else Words(proof.file, proof.file),
        "anchor": _anchor(number, files, at, proof),
    }


def _value(proof: Proof) -> Words:
    if proof.field == "kind":
        kind = kind_named(proof.value)
        return Words(kind.title_zh, kind.title_en)
    value = proof.value[:VALUE_CHARACTERS_MAX]
    return _VALUE_WORDS.get(value, Words(value, value))


def _is_whole(files: Sequence[FileRead], proof: Proof) -> bool:
    """Whether a proof points at a document as a whole and not at a place on it."""
    return any(
        file.reading.file == proof.file and reading.page == proof.page and reading.box == proof.box
        for file in files
        for reading in file.reading.readings
    )


def _anchor(number: int, files: Sequence[FileRead], at: int | None, proof: Proof) -> str:
    """The id of the document that a proof points into; the claim itself where there is none."""
    if at is None or not files[at].reading.readings:
        return f"c{number}"
    readings = files[at].reading.readings
    on_page = [i for i, each in enumerate(readings) if each.page == proof.page]
    holding = [
        i for i in on_page if proof.box is not None and readings[i].box.holds(proof.box.centre)
    ]
    return Spot(number, at, (holding or on_page or [0])[0]).id
