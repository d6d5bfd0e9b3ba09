"""What submitters say themselves of fields that were read with doubt. Pure.

It is a hint for whoever reviews and never evidence: where it says something else than what was
read a person decides, where it repeats what was read nothing changes.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from typing import Any, Final

from yuepi.approvals.decision import Reason
from yuepi.approvals.fact import Proof
from yuepi.documents.kinds import known_kinds
from yuepi.documents.masking import masked, masked_fields, masked_value
from yuepi.documents.reading import FileReading, Reading
from yuepi.kit.money import parse_amount

SAID_MAX: Final = 50
VALUE_CHARACTERS_MAX: Final = 200
PLACE_MAX: Final = 10_000

_AMOUNTS: Final = frozenset({"amount", "tax", "total", "subtotal"})

Files = Mapping[str, Sequence[FileReading]]
"""What was read, by attachment id."""


@dataclass(frozen=True, slots=True)
class Said:
    """One field of one paper as the submitter says it is.

    of: the upload that it is about; in a stored claim, the attachment that it became. file_at: the
    file's place in it, reading_at: the paper's place in the file, both from 0.
    """

    of: str
    file_at: int
    reading_at: int
    field: str
    value: str

    @property
    def place(self) -> tuple[str, int, int, str]:
        """Where it belongs."""
        return self.of, self.file_at, self.reading_at, self.field


def said_problems(said: Sequence[Said], uploads: Iterable[str]) -> list[dict[str, str]]:
    """What is wrong with what somebody says, if anything; uploads: those of the claim."""
    if len(said) > SAID_MAX:
        return [_problem("too_much_said", f"{len(said)} fields", f"{SAID_MAX} are the most")]
    known = frozenset(uploads)
    places: set[tuple[str, int, int, str]] = set()
    problems = []
    for each in said:
        wrong = _wrong(each, known)
        if wrong is None and each.place in places:
            wrong = _problem("repeated_field", f"{each.field} comes twice", "send it once")
        if wrong is not None:
            problems.append(wrong)
        places.add(each.place)
    return problems


def _wrong(said: Said, uploads: frozenset[str]) -> dict[str, str] | None:
    name, value = said.field[:64], said.value
    if not any(said.field in kind.fields for kind in known_kinds()):
        return _problem("unknown_field", f"no paper has a field {name!r}", "leave it out")
    if said.of not in uploads:
        message = f"{said.of[:80]!r} is not an upload of this claim"
        return _problem("unknown_upload", message, "name one of its uploads")
    if not (0 <= said.file_at <= PLACE_MAX and 0 <= said.reading_at <= PLACE_MAX):
        return _problem("bad_place", f"{name}: there is no such paper", "take it from the reading")
    if not value.strip() or len(value) > VALUE_CHARACTERS_MAX or not value.isprintable():
        expected = f"send 1 to {VALUE_CHARACTERS_MAX} printable characters"
        return _problem("bad_value", f"{name} cannot have that value", expected)
    return None


def said_text(said: Sequence[Said], attachments: Mapping[str, str]) -> str | None:
    """As a claim keeps it; attachments: their ids by the uploads that they were."""
    kept = [asdict(replace(each, of=attachments[each.of])) for each in said]
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":")) if kept else None


def said_of(text: str | None) -> tuple[Said, ...]:
    """What a claim keeps."""
    return () if text is None else tuple(Said(**each) for each in json.loads(text))


def said_detail(text: str | None) -> list[dict[str, str]]:
    """As the record holds it: the fields, and hashes that their places are part of."""
    return [
        {
            "field": each.field,
            "sha256": sha256(json.dumps(asdict(each), sort_keys=True).encode("ascii")).hexdigest(),
        }
        for each in said_of(text)
    ]


def told_otherwise(files: Files, said: Sequence[Said]) -> Reason | None:
    """Why a person must decide: the submitter says something else than what was read.

    None where they only repeat it. What they say of a paper that was not read is something else.
    """
    others = [each for each in said if _differs(_reading(files, each), each)]
    if not others:
        return None
    fields = list(dict.fromkeys(each.field for each in others))
    return Reason(
        code="submitter_says_otherwise",
        effect="refer",
        message_zh=f"提交人的说法与识别结果不同，由人工决定：{'、'.join(fields)}",
        message_en=f"The submitter says otherwise than what was read: {', '.join(fields)}",
        row="stage/submitter_says_otherwise",
        evidence=tuple(proof for each in others for proof in _proofs(files, each)),
    )


def _differs(reading: Reading | None, said: Said) -> bool:
    # A model's word that the submitter repeats is no second opinion.
    read = None if reading is None else reading.without_said().value(said.field)
    if reading is None or read is None:
        return True
    if masked_fields(reading.kind, [said.field]) and said.value == masked_value(said.field, read):
        # What was shown in part was sent back as it was shown.
        return False
    if said.field in _AMOUNTS:
        ours, theirs = parse_amount(read), parse_amount(said.value)
        if ours is not None and theirs is not None:
            return ours != theirs
    return _plain(read) != _plain(said.value)


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def _proofs(files: Files, said: Said) -> list[Proof]:
    """Where the field was read, with what was read there."""
    reading = _reading(files, said)
    if reading is None:
        return []
    file = files[said.of][said.file_at]
    field = masked(reading).fields.get(said.field)
    seen = field.evidence[0] if field is not None and field.evidence else None
    return [
        Proof(
            file=file.file,
            page=reading.page if seen is None else seen.page,
            box=reading.box if seen is None else seen.box,
            field=said.field,
            value="" if field is None else field.value or "",
        )
    ]


def _reading(files: Files, said: Said) -> Reading | None:
    there = files.get(said.of, ())
    if said.file_at >= len(there) or said.reading_at >= len(there[said.file_at].readings):
        return None
    return there[said.file_at].readings[said.reading_at]


def _problem(code: str, message: str, remedy: str) -> dict[str, str]:
    return {"name": "said", "code": code, "message": message, "remedy": remedy}


def said_shown(said: Iterable[Said]) -> list[dict[str, Any]]:
    """What a claim keeps, as it is told: by attachment."""
    return [
        {
            "attachment": each.of,
            "file_at": each.file_at,
            "reading_at": each.reading_at,
            "field": each.field,
            "value": each.value,
        }
        for each in said
    ]
