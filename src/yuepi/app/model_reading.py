"""Reading with a vision model, put together: for workers by the settings, for commands by name."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

from yuepi.app.compose import Composition, compose, compose_bare
from yuepi.app.worker_reader import DeskReader
from yuepi.documents.kept_reading import Reader, ReadFile
from yuepi.documents.readers.model import ModelReader, ModelTerms
from yuepi.kit.settings import Settings, load_settings
from yuepi.kit.settings_tables import ReadingSettings

if TYPE_CHECKING:
    from yuepi.documents.read import FileRead, Progress

ROUTE_CHARACTERS_SHOWN: Final = 40
"""Of its name in the reader's version, which is short."""


def model_terms(reading: ReadingSettings, name: str) -> ModelTerms:
    """How the model of that name is asked."""
    return ModelTerms(
        route=name,
        when=reading.when,
        family=reading.family,
        pages_max=reading.pages_max,
        documents_max=reading.documents_max,
        visual_tokens_max=reading.visual_tokens_max,
        tokens_max=reading.tokens_max,
        seconds_max=reading.seconds_max,
        show_text=reading.show_text,
        independent=reading.independent,
    )


def model_reader(composition: Composition, terms: ModelTerms) -> ModelReader:
    """The reader that asks that route. Raises `BadUsage` where it is no vision model."""
    return ModelReader(composition.gateway, composition.prompts, terms)


def model_label(composition: Composition, reader: ModelReader, route: str) -> str:
    """What tells readings with this model from others: the route, and a digest of the prompts, the
    terms and the versions of all models behind it."""
    named = composition.settings.routes.get(route)
    behind = [route] if named is None else [t.name for t in named.models] + list(named.fallback)
    versions = [f"{d.name} {d.model_version}" for d in composition.deployments if d.name in behind]
    known = "\n".join([reader.version, *sorted(versions)])
    digest = hashlib.sha256(known.encode()).hexdigest()[:12]
    return f"model:{route[:ROUTE_CHARACTERS_SHOWN]}@{digest}"


class AskingReader:
    """Reads attachments as the desk does, then asks a model. The thread that looks is free for
    other files while a model answers."""

    def __init__(self, desk: DeskReader, model: ModelReader, label: str) -> None:
        self._desk = desk
        self._model = model
        self._version = f"{desk.version} {label}"

    @property
    def version(self) -> str:
        """That of the desk, and what is known of the model."""
        return self._version

    async def read(self, name: str, data: bytes) -> ReadFile:
        """What stands in the file, archives by member. Raises `UnreadableFile`."""
        files = await self._desk.look(name, data)
        asked = [await self._model.read(file) for file in files]
        return await self._desk.kept(asked)


async def open_asking(settings: Settings, reader: Reader, stack: AsyncExitStack) -> Reader:
    """A desk's reader with the model of the settings beside it, the gateway closed with the stack.

    Readers that do not look first are given back as they are. Raises what `compose` raises.
    """
    if not isinstance(reader, DeskReader):
        return reader
    composition = await stack.enter_async_context(compose(settings))
    name = settings.reading.model
    asking = model_reader(composition, model_terms(settings.reading, name))
    return AskingReader(reader, asking, model_label(composition, asking, name))


def read_asking(
    paths: Sequence[Path], names: Sequence[str], progress: Progress | None, model: str, data: Path
) -> list[FileRead]:
    """Read with the models of this machine and one of the settings in the folder `data`.

    Raises `UnknownModel`, and `BadUsage` for one that is no vision model, before anything is read.
    """
    return asyncio.run(_read_asking(paths, names, progress, model, data))


async def _read_asking(
    paths: Sequence[Path], names: Sequence[str], progress: Progress | None, model: str, data: Path
) -> list[FileRead]:
    from yuepi.documents.read import Desk

    # The folder may be that of the place one happens to stand in.
    settings = load_settings(data, only_own=True)
    async with compose_bare(settings, model) as composition:
        reader = model_reader(composition, model_terms(settings.reading, model))
        files = await asyncio.to_thread(
            lambda: Desk().read(paths, names, keep_pages=True, progress=None)
        )
        done: list[FileRead] = []
        for file in files:
            done.append(await reader.read(file))
            if progress is not None:
                progress(len(done), len(files), file.reading.file)
        return done
