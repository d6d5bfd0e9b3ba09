"""`yuepi eval calibrate`: how often fields are right, measured anew, and how well that holds."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from yuepi.app.speaking import Speaker
from yuepi.app.wiring import Wiring
from yuepi.app.words import Words
from yuepi.kit.errors import BadUsage

if TYPE_CHECKING:
    from yuepi.lab.calibrate import Case, Curve


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says.

    sets: folders with a manifest that the table is fitted to. generate: how many documents to
    draw for it, from `seed` on. labelled_from: a data folder whose reviewers' corrections count
    too. check: a folder that the table is only held against. out: where the table goes; curve:
    where the picture goes.
    """

    sets: tuple[Path, ...]
    generate: int
    seed: int
    labelled_from: Path | None
    check: Path | None
    out: Path | None
    curve: Path | None


def run(asked: Asked, speaker: Speaker, wiring: Wiring) -> int:
    """Fit, check, show, save. Raises `BadUsage` where there is too little to go by."""
    from yuepi.documents.calibration import save
    from yuepi.lab import calibrate
    from yuepi.lab.reliability import drawing

    if not asked.sets and not asked.generate and asked.labelled_from is None:
        raise BadUsage("nothing to measure by", remedy="name --set, --generate or --labelled-from")
    cases = list(_cases(asked, speaker, wiring))
    calibrate.check_enough(cases)
    made_from = _made_from(asked)
    table = calibrate.fit(cases, made_from)
    if asked.check is None:
        curves = calibrate.cross_checked(cases, made_from)
    else:
        curves = calibrate.checked(table, list(_of_set(asked.check, speaker, wiring)))
    if asked.out is not None:
        save(table, asked.out)
    if asked.curve is not None:
        _write(asked.curve, drawing(curves, made_from))
    _show(table.documents, len(cases), curves, speaker)
    return 0


def _made_from(asked: Asked) -> str:
    parts = [f"{folder.name}" for folder in asked.sets]
    if asked.generate:
        parts.append(f"{asked.generate} generated documents from seed {asked.seed}")
    if asked.labelled_from is not None:
        parts.append("reviewers' corrections")
    return ", ".join(parts)


def _cases(asked: Asked, speaker: Speaker, wiring: Wiring) -> Iterator[Case]:
    for folder in asked.sets:
        yield from _of_set(folder, speaker, wiring)
    if asked.generate:
        from yuepi.kit.clock import business_day, utc_now
        from yuepi.lab.samples import write_dataset

        with tempfile.TemporaryDirectory() as place:
            write_dataset(Path(place), asked.generate, asked.seed, business_day(utc_now()))
            yield from _of_set(Path(place), speaker, wiring)
    if asked.labelled_from is not None:
        yield from asyncio.run(_of_people(asked.labelled_from))


def _of_set(folder: Path, speaker: Speaker, wiring: Wiring) -> Iterator[Case]:
    """The cases of a folder of documents with their truth; a file that fails gives none."""
    from yuepi.lab.calibrate import labelled
    from yuepi.lab.evaluate import read_set
    from yuepi.lab.scoring import best_reading

    cases = read_set(folder)
    with speaker.progress(len(cases), Words("测量", "Measuring")) as progress:
        paths, names = [case.path for case in cases], [case.name for case in cases]
        files = wiring.read(paths, names, False, progress)
    for case, file in zip(cases, files, strict=True):
        for at, truth in enumerate(case.documents):
            readings = file.reading.readings
            kind = truth.kind or (readings[0].kind if readings else "")
            reading = best_reading(readings, truth.fields, kind, truth.place)
            if reading is not None:
                yield from labelled(f"{folder}/{case.name}/{at}", reading, truth.fields)


async def _of_people(data: Path) -> list[Case]:
    from yuepi.app.data_folder import database_of
    from yuepi.approvals.labels import labels
    from yuepi.kit.settings import load_settings
    from yuepi.lab.calibrate import case_of

    async with AsyncExitStack() as stack:
        database = await database_of(load_settings(data), stack)
        found = await labels(database)
    return [case_of(each.document, each.name, each.read, each.tier, each.truth) for each in found]


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadUsage(
            f"{path.name} cannot be written: {error.strerror}", remedy="name another place"
        ) from error


def _show(documents: int, cases: int, curves: Sequence[Curve], speaker: Speaker) -> None:
    if speaker.as_json:
        speaker.give(
            {
                "documents": documents,
                "fields": cases,
                "curves": [asdict(curve) for curve in curves],
            }
        )
        return
    words = Words(
        f"{documents} 份单据，{cases} 个有真值的字段",
        f"{documents} documents, {cases} fields with truth",
    )
    speaker.say(speaker.said(words))
    head = Words(
        "页面质量　字段　所称　实际　校准误差 [95% 区间]",
        "quality    fields  claimed  right   calibration error [95% interval]",
    )
    speaker.say(speaker.said(head))
    for curve in curves:
        speaker.say(
            f"{curve.name:<10} {curve.cases:>6}  {curve.claimed:7.3f}  {curve.right:6.3f}  "
            f"{curve.error:.3f} [{curve.low:.3f}, {curve.high:.3f}]"
        )
