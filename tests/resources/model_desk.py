"""A receipt, and the reader `model` that asks a scripted server about it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import numpy as np

from tests.faults.asking import engine_for
from tests.faults.upstream import Step, Upstream
from tests.resources.page_evidence import page_with
from yuepi.documents.page_reading import PageEvidence, read_pages
from yuepi.documents.read import FileRead, PageView
from yuepi.documents.readers.model import ModelReader, ModelTerms
from yuepi.documents.reading import FileReading, Reading
from yuepi.gateway.deployment import Deployment
from yuepi.gateway.gateway import Gateway
from yuepi.gateway.prompts import load_prompts

RECEIPT = page_with(
    (0.30, 0.04, "SAMPLE CORNER CAFE"),
    (0.30, 0.08, "12 EXAMPLE ROAD, 50000 KUALA LUMPUR"),
    (0.10, 0.16, "Invoice No: A0012345"),
    (0.10, 0.20, "Date: 05/03/2018 12:40"),
    (0.10, 0.28, "KOPI O"),
    (0.60, 0.28, "2 x 2.50"),
    (0.80, 0.28, "5.00"),
    (0.10, 0.32, "NASI LEMAK"),
    (0.80, 0.32, "8.40"),
    (0.10, 0.40, "Total RM"),
    (0.80, 0.40, "13.40"),
    (0.10, 0.44, "CASH"),
    (0.80, 0.44, "20.00"),
    (0.10, 0.48, "CHANGE"),
    (0.80, 0.48, "6.60"),
    (0.30, 0.56, "THANK YOU, PLEASE COME AGAIN"),
)
FENCED = "Here you are:\n```json\n{}\n```\nNothing else could be read."


def file_of(*pages: PageEvidence) -> FileRead:
    """A file of these pages, their pictures white."""
    white = np.full((1200, 1860, 3), 255, np.uint8)
    reading = FileReading(
        file="a.jpg",
        sha256="ab" * 32,
        pages=len(pages),
        original=False,
        readings=read_pages(pages),
    )
    return FileRead(reading, tuple(PageView(page.number, white) for page in pages), pages)


def terms(**changes: Any) -> ModelTerms:
    return replace(ModelTerms("vl", seconds_max=2.0), **changes)


Use = Callable[[Upstream, ModelReader], Awaitable[None]]


def with_reader(use: Use, given: ModelTerms | None = None, **options: Any) -> None:
    """Runs `use` with a server and a reader that asks it."""

    async def story() -> None:
        async with Upstream() as up:
            engine = engine_for(up, **options)
            gateway = Gateway(deployments=[Deployment("vl", engine, "stub@1", tries_max=1)])
            try:
                await use(up, ModelReader(gateway, load_prompts(), given or terms()))
            finally:
                await gateway.close()

    asyncio.run(story())


def read_with(*steps: Step, given: ModelTerms | None = None, **options: Any) -> FileRead:
    """The receipt as it is read with a server that answers so."""
    found: list[FileRead] = []

    async def use(up: Upstream, reader: ModelReader) -> None:
        up.script = list(steps)
        found.append(await reader.read(file_of(RECEIPT)))

    with_reader(use, given, **options)
    return found[0]


def first(file: FileRead) -> Reading:
    return file.reading.readings[0]


def codes(reading: Reading) -> set[str]:
    return {finding.code for finding in reading.findings}


BEFORE = first(file_of(RECEIPT))


def says(**values: Any) -> str:
    return json.dumps({name: {"value": value} for name, value in values.items()})
