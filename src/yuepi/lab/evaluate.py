"""How well documents of a folder are read: the published measures, and ours beside them.

The folder holds `manifest.jsonl`: a JSON object a line with `file`, `kind` and `truth` (field →
value, money without separators, dates ISO; a field left out is unknown). `documents` lists several
documents of one photo, each with its truth. `text` is all that is printed, for the characters;
`qa` in the truth are questions with their answers.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from yuepi.documents.kinds import kind_named, known_kinds, other
from yuepi.documents.reading import FileReading, Reading
from yuepi.kit.boxes import Box
from yuepi.kit.errors import BadUsage, YuepiError
from yuepi.lab.scoring import Characters, Score, answers, best_reading

MANIFEST: Final = "manifest.jsonl"
MANIFEST_BYTES_MAX: Final = 64 * 2**20
CASES_MAX: Final = 20_000

PUBLISHED: Final = {
    "characters_f1": 0.892,
    "answers_right": 0.826,
    "seconds_per_document": 9.8,
    "peak_memory_gb": 10.3,
}
"""What the articles report of the system they describe: Qwen3-VL on their own documents and
machine. Figures of other documents and machines are beside ours, not against them."""
_KINDS: Final = {"invoice_foreign": "invoice"}
_RENAMED: Final = {"issuer": "seller_name", "invoice_number": "number", "vat": "seller_tax_id"}


@dataclass(frozen=True, slots=True)
class Truth:
    """What one document says. kind: None where the set names none that is known here."""

    kind: str | None
    fields: dict[str, str]
    place: Box | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One file of a set. text: all that is printed on it, None where the set does not say;
    negative: it is no document that is known here."""

    name: str
    path: Path
    documents: tuple[Truth, ...]
    text: str | None = None
    questions: tuple[tuple[str, str], ...] = ()
    negative: bool = False


@dataclass
class Report:
    """What came of a set. basis: what the characters were counted on, the whole text of a page or
    the values of its fields."""

    files: int = 0
    failed: list[str] = field(default_factory=list)
    score: Score = field(default_factory=Score)
    by_kind: dict[str, Score] = field(default_factory=dict)
    characters: Characters = field(default_factory=Characters)
    basis: str = "values"
    asked: int = 0
    answered: int = 0
    wrong_kind: list[str] = field(default_factory=list)
    seconds: float = 0.0
    memory_gb: float = 0.0

    @property
    def answers_right(self) -> float | None:
        """Questions and fields answered rightly, as a share of all; None where there are none."""
        all_ = self.asked + self.score.counts["fields"]
        return (self.answered + self.score.counts["right"]) / all_ if all_ else None

    def figures(self) -> dict[str, float | None]:
        """Our figure for each of the published measures."""
        return {
            "characters_f1": self.characters.f1,
            "answers_right": self.answers_right,
            "seconds_per_document": self.seconds / self.files if self.files else None,
            "peak_memory_gb": self.memory_gb,
        }


Read = Callable[[Path], Sequence[FileReading]]
Ask = Callable[[Path, str], str]
"""The answer of the engine to a question about a picture; raises `YuepiError`."""
Progress = Callable[[int, int, str], None]


def read_set(folder: Path, limit: int | None = None) -> list[Case]:
    """The cases of a folder, in the manifest's order. Raises `BadUsage` naming what is wrong."""
    manifest = folder / MANIFEST
    try:
        if manifest.stat().st_size > MANIFEST_BYTES_MAX:
            raise _bad(f"{manifest} has over {MANIFEST_BYTES_MAX // 2**20} MB")
        lines = manifest.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise _bad(f"{manifest} cannot be read ({type(error).__name__})") from error
    cases: list[Case] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        if len(cases) >= CASES_MAX:
            raise _bad(f"{manifest} names more than {CASES_MAX} files")
        cases.append(_case(folder, line, number))
        if limit is not None and len(cases) >= limit:
            break
    if not cases:
        raise _bad(f"{manifest} names no files")
    return cases


def _case(folder: Path, line: str, number: int) -> Case:
    try:
        entry = json.loads(line)
        name, truth = str(entry["file"]), entry.get("truth") or {}
        several = entry.get("documents") or truth.get("documents")
        documents = tuple(
            _truth(entry, each.get("truth", each), each) for each in several or [entry]
        )
        asked = tuple((str(each["q"]), str(each["a"])) for each in truth.get("qa", ()))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _bad(f"{folder / MANIFEST}: line {number} is no case ({error})") from error
    path = folder / name
    # Links are the folder's owner's own; a name in a manifest is anybody's.
    if Path(name).is_absolute() or ".." in Path(name).parts:
        raise _bad(f"{folder / MANIFEST}: line {number} leads out of the folder")
    text = entry.get("text")
    return Case(
        name=name,
        path=path,
        documents=documents,
        text=text if isinstance(text, str) else None,
        questions=asked,
        negative=entry.get("kind") in ("negative", "other"),
    )


def _truth(entry: dict[str, Any], told: dict[str, Any], each: dict[str, Any]) -> Truth:
    fields = told if told is not entry else entry.get("truth") or {}
    known = {kind.name: kind for kind in known_kinds() if kind != other.KIND}
    named = (each.get("kind"), fields.get("doc_type"), fields.get("kind"), entry.get("kind"))
    names = (_KINDS.get(name, name) for name in named if isinstance(name, str))
    kind = next((name for name in names if name in known), None)
    values = {_RENAMED.get(name, name): value for name, value in fields.items()}
    box = each.get("box")
    return Truth(
        kind=kind,
        fields={
            name: value
            for name, value in values.items()
            if isinstance(value, str) and kind is not None and name in known[kind].fields
        },
        place=Box(*box) if isinstance(box, list) and len(box) == 4 else None,
    )


def evaluate(
    cases: Sequence[Case], read: Read, ask: Ask | None = None, progress: Progress | None = None
) -> Report:
    """Read every case and compare. A file that cannot be read counts as missing throughout."""
    report = Report()
    whole_texts = any(case.text is not None for case in cases)
    report.basis = "text" if whole_texts else "values"
    for at, case in enumerate(cases):
        began = time.perf_counter()
        readings: list[Reading] = []
        try:
            for file in read(case.path):
                readings += file.readings
                if file.error is not None:
                    report.failed.append(f"{case.name}: {file.error.code}")
        except YuepiError as error:
            report.failed.append(f"{case.name}: {error.code}")
        report.files += 1
        _compare(report, case, readings, whole_texts=whole_texts)
        if ask is not None:
            _ask_all(report, case, ask)
        report.seconds += time.perf_counter() - began
        if progress is not None:
            progress(at + 1, len(cases), case.name)
    report.memory_gb = peak_memory_gb()
    return report


def _compare(report: Report, case: Case, readings: Sequence[Reading], *, whole_texts: bool) -> None:
    if case.text is not None:
        report.characters.add("\n".join(each.text for each in readings), case.text)
    report.wrong_kind += wrongly_vouchers(case, readings)
    if case.negative:
        return
    for truth in case.documents:
        if truth.kind is None or not truth.fields:
            continue
        reading = best_reading(readings, truth.fields, truth.kind, truth.place)
        if reading is None:
            report.wrong_kind.append(f"{case.name}: no {truth.kind}")
        report.score.add(case.name, reading, truth.fields)
        report.by_kind.setdefault(truth.kind, Score()).add(case.name, reading, truth.fields)
        if not whole_texts:
            for name, wanted in truth.fields.items():
                if reading is None or name in reading.fields:
                    report.characters.add((reading and reading.value(name)) or "", wanted)


def wrongly_vouchers(case: Case, readings: Sequence[Reading]) -> list[str]:
    """What was called a voucher (发票, 小票) and is none: that is what a claim would pay for.

    A screen may show an invoice, so a screenshot is not judged.
    """
    kinds = {truth.kind for truth in case.documents}
    if "screenshot" in kinds or any(kind is not None and _is_voucher(kind) for kind in kinds):
        return []
    return [f"{case.name}: {each.kind}" for each in readings if _is_voucher(each.kind)]


def _is_voucher(kind: str) -> bool:
    return kind_named(kind).is_invoice or kind == "receipt"


def _ask_all(report: Report, case: Case, ask: Ask) -> None:
    for question, wanted in case.questions:
        report.asked += 1
        try:
            report.answered += answers(ask(case.path, question), wanted)
        except YuepiError as error:
            report.failed.append(f"{case.name}: {error.code}")


def peak_memory_gb() -> float:
    """The most memory that this process and the largest of its children have held, in 10^9 bytes.

    A model that another server runs is not in it.
    """
    unit = 1 if sys.platform == "darwin" else 1024
    held = sum(
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return held * unit / 1e9


def _bad(why: str) -> BadUsage:
    return BadUsage(
        why,
        remedy=f"name a folder with {MANIFEST}: a JSON object a line with file, kind and truth",
        code="bad_set",
    )
