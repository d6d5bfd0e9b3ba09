"""What `yuepi eval` measures: reading with an engine, and questions to it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Final

from yuepi.app.commands.ask import read_picture
from yuepi.app.compose import Composition, compose_bare, picture_limits
from yuepi.app.model_reading import model_reader, model_terms
from yuepi.documents.read import Desk
from yuepi.documents.readers.model import ModelReader
from yuepi.documents.reading import FileReading
from yuepi.engines.contract import Call, Chat, Message, Sampling
from yuepi.kit.errors import BadUsage
from yuepi.kit.settings import Settings, load_settings

EMBEDDED: Final = "yuepi"
"""The route that answers where nobody names another."""
ANSWER_TOKENS_MAX: Final = 256
_ASKED_FOR: Final = "Answer with the value alone, as it is printed: "


class Measured:
    """An engine that is measured. Its models are loaded before the first document."""

    def __init__(self, settings: Settings, engine: str | None, runner: asyncio.Runner) -> None:
        self._settings = settings
        self._alias = engine or EMBEDDED
        self._runner = runner
        self._stack = AsyncExitStack()
        self._composition: Composition | None = None
        self._model: ModelReader | None = None
        if engine is not None:
            composition = runner.run(self._composed())
            # The embedded one looks up what stands on a page: it is what reads anyway.
            if composition.gateway.abilities(engine).converses:
                self._model = model_reader(composition, model_terms(settings.reading, engine))
        self._desk = Desk()
        self._desk.warm()

    def read(self, path: Path) -> Sequence[FileReading]:
        """What stands in a file, the engine asked where it is a named one."""
        files = self._desk.read([path], keep_pages=self._model is not None)
        if self._model is not None:
            files = [self._runner.run(self._model.read(file)) for file in files]
        return [each.reading for each in files]

    def ask(self, path: Path, question: str) -> str:
        """The answer to a question about a picture. Raises `YuepiError`."""
        picture = read_picture(path, picture_limits(self._settings))
        chat = Chat(
            messages=(Message("user", (picture, _ASKED_FOR + question)),),
            sampling=Sampling(max_tokens=ANSWER_TOKENS_MAX, temperature=0),
            incremental=False,
            call=Call(id=f"eval-{secrets.token_hex(8)}"),
        )
        return self._runner.run(self._answer(chat))

    def close(self) -> None:
        """Let go of the models."""
        self._runner.run(self._stack.aclose())

    async def _answer(self, chat: Chat) -> str:
        composition = await self._composed()
        return (await composition.gateway.ask(self._alias, chat)).text

    async def _composed(self) -> Composition:
        if self._composition is None:
            bare = compose_bare(self._settings, self._alias)
            self._composition = await self._stack.enter_async_context(bare)
        return self._composition


@contextmanager
def open_engine(engine: str | None, data: Path) -> Iterator[Measured]:
    """The engine of that name, open; the embedded one where none is named.

    Raises `BadUsage` for a name that the settings in `data` do not know.
    """
    settings = load_settings(data)
    if engine is not None and engine not in {*settings.routes, *settings.models}:
        known = ", ".join(dict.fromkeys([*settings.routes, *settings.models]))
        raise BadUsage(
            f"there is no model {engine[:128]!r}",
            remedy=f"choose one of: {known}",
            code="model_not_found",
        )
    with asyncio.Runner() as runner:
        measured = Measured(settings, engine, runner)
        try:
            yield measured
        finally:
            measured.close()
