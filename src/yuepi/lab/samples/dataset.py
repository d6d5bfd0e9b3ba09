"""Many samples in a folder with their truth, for benchmarks: every kind, every form."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from yuepi.lab.samples.catalogue import make
from yuepi.lab.samples.collages import collage
from yuepi.lab.samples.damage import STRENGTHS, Strength, damage, photo, turn
from yuepi.lab.samples.demo import jpeg_file
from yuepi.lab.samples.originals import ofd, xml
from yuepi.lab.samples.sample import Sample, picture
from yuepi.lab.samples.wishes import dice_of

CLAIM_KINDS = (
    "vat_e_invoice", "vat_invoice", "vat_special_invoice", "digital_invoice", "taxi_invoice",
    "fixed_amount_invoice", "machine_invoice", "rail_e_ticket", "receipt", "invoice",
    "payment_screenshot", "menu", "notice", "business_card",
)  # fmt: skip
"""What comes in with claims; the order is part of what a seed stands for."""
_ELECTRONIC = {"vat_e_invoice", "digital_invoice", "rail_e_ticket", "invoice"}
_PAPERLESS = {"payment_screenshot"}
_WEIGHTS = {"vat_e_invoice": 5, "digital_invoice": 5, "taxi_invoice": 2, "receipt": 2}
_TICKETS = ("taxi_invoice", "fixed_amount_invoice", "receipt")
_CLEAN_DPI = 190
_TURNED_SHARE = 0.1
_COLLAGE_SHARE = 0.03


def write_dataset(
    folder: Path,
    count: int,
    seed: int,
    on: date,
    strengths: Sequence[Strength] = STRENGTHS,
    system_faces: bool = False,
    kinds: Sequence[str] = CLAIM_KINDS,
) -> Path:
    """Write `count` files and `manifest.jsonl` into `folder`; gives the manifest's path.

    A manifest line holds `file`, `kind`, `form` (pdf, xml, ofd, clean, scan, photo, collage),
    `strength`, `truth`, `items`, `text` (all that is printed); a collage holds `documents` instead,
    each with its `box`.
    The same arguments write the same files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    dice = dice_of("dataset", seed)
    turns = [kind for kind in kinds for _ in range(_WEIGHTS.get(kind, 1))]
    manifest = folder / "manifest.jsonl"
    with manifest.open("w", encoding="utf-8") as lines:
        for i in range(count):
            collaged = dice.random() < _COLLAGE_SHARE
            if collaged and set(_TICKETS) <= set(kinds):
                entry = _write_collage(folder, i, dice, on, strengths)
            else:
                # Every kind comes round in turn; its form is drawn.
                kind = turns[i % len(turns)]
                sample = make(kind, dice.randrange(10**9), on, system_faces=system_faces)
                entry = _write(folder, i, sample, dice, strengths)
            lines.write(json.dumps(entry, ensure_ascii=False) + "\n")
    return manifest


def _write(
    folder: Path, index: int, sample: Sample, dice: random.Random, strengths: Sequence[Strength]
) -> dict[str, Any]:
    form = dice.choice(_forms(sample, strengths))
    entry: dict[str, Any] = {
        "kind": sample.kind,
        "form": "photo" if form in strengths and form != "scan" else form,
        "strength": form if form in strengths else None,
        "truth": sample.truth,
        "items": sample.items,
        "text": "\n".join(each.text for each in sample.written),
    }
    seed = dice.randrange(10**9)
    if form in {"pdf", "xml", "ofd"}:
        data = {"pdf": lambda: sample.pdf, "xml": lambda: xml(sample), "ofd": lambda: ofd(sample)}
        name, content = f"{index:04d}-{sample.kind}.{form}", data[form]()
    elif form == "clean":
        name, content = f"{index:04d}-{sample.kind}-clean.png", _png(sample)
    else:
        name, content = f"{index:04d}-{sample.kind}-{form}.jpg", _shot(sample, seed, form, dice)
    (folder / name).write_bytes(content)
    return {"file": name, **entry}


def _forms(sample: Sample, strengths: Sequence[Strength]) -> list[Any]:
    pictures = ["clean"] if sample.kind in _PAPERLESS else ["clean", *strengths]
    if sample.kind not in _ELECTRONIC:
        return pictures
    forms = ["pdf", "pdf", *pictures]
    if sample.kind in {"vat_e_invoice", "digital_invoice"}:
        forms.append("ofd")
    # How an exempt line stands in the XML form is not settled: no truth to measure against.
    if sample.kind == "digital_invoice" and "***" not in sample.truth["tax"]:
        forms.append("xml")
    return forms


def _shot(sample: Sample, seed: int, strength: Strength, dice: random.Random) -> bytes:
    portrait_a4 = sample.height_mm > 250
    turned = dice.random() < _TURNED_SHARE
    if strength == "scan":
        scanned = damage(picture(sample, 200), seed, "scan")
        return jpeg_file(turn(scanned, 1 + seed % 3) if turned else scanned)
    side = 2200 if portrait_a4 else 1600
    return jpeg_file(photo(sample, seed, strength, side, turned))


def _png(sample: Sample) -> bytes:
    ok, data = cv2.imencode(".png", picture(sample, _CLEAN_DPI)[..., ::-1])
    if not ok:
        raise ValueError("the picture cannot be written as PNG")
    return np.asarray(data).tobytes()


def _write_collage(
    folder: Path, index: int, dice: random.Random, on: date, strengths: Sequence[Strength]
) -> dict[str, Any]:
    kind = dice.choice(_TICKETS)
    samples = [make(kind, dice.randrange(10**9), on) for _ in range(dice.randint(2, 8))]
    dpi = 150 if kind == "fixed_amount_invoice" else 190
    photographed: list[Strength] = [each for each in strengths if each != "scan"]
    strength: Strength = dice.choice(photographed or ["light"])
    columns = 2 if kind == "fixed_amount_invoice" else 4
    shot, boxes = collage(
        [picture(s, dpi) for s in samples], dice.randrange(10**9), strength, columns
    )
    name = f"{index:04d}-collage-{kind}.jpg"
    (folder / name).write_bytes(jpeg_file(shot))
    documents = [
        {"kind": each.kind, "truth": each.truth, "items": each.items, "box": list(box)}
        for each, box in zip(samples, boxes, strict=True)
    ]
    return {
        "file": name,
        "kind": kind,
        "form": "collage",
        "strength": strength,
        "documents": documents,
    }
