"""`yuepi ask`: one question about pictures, to a model of this machine or to a running server."""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

from yuepi.app.compose import compose_bare, picture_limits
from yuepi.app.speaking import Speaker
from yuepi.app.visible import visible, visible_line
from yuepi.app.wiring import user_text
from yuepi.engines.contract import (
    Call,
    Chat,
    ChatRefused,
    Delta,
    EngineFailure,
    Finish,
    JsonShape,
    Message,
    ModelEntry,
    Part,
    Picture,
    Sampling,
    Usage,
)
from yuepi.gateway.answer_end import check_length, no_end
from yuepi.gateway.answer_schema import read_schema
from yuepi.gateway.picture_intake import READABLE, PictureLimits, check_picture
from yuepi.kit.errors import BadUsage
from yuepi.kit.settings import Settings, load_settings

KEY_VARIABLE: Final = "YUEPI_KEY"
Cached = Literal["off", "miss", "hit", "joined"]


@dataclass(frozen=True)
class Asked:
    """What the command line says; the last of `words` is the question, the others are pictures."""

    words: Sequence[str]
    data: Path
    model: str
    stream: bool
    json_schema: Path | None
    max_tokens: int | None
    url: str | None
    key: str | None


@dataclass(frozen=True)
class Answered:
    """A whole answer, and how long it took in seconds."""

    text: str
    finish: Finish
    usage: Usage | None
    call: Call
    first_s: float
    total_s: float


def run(asked: Asked, speaker: Speaker) -> int:
    """Ask and print; 0 for a whole answer, 1 for one that was cut off."""
    # The folder may be that of the place one happens to stand in.
    settings = load_settings(asked.data, only_own=asked.url is None)
    chat = _chat(asked, settings)
    answered = asyncio.run(_answer(asked, chat, settings, speaker))
    if speaker.as_json:
        speaker.give(_told(asked, answered))
    elif asked.stream:
        speaker.say("")
    else:
        speaker.say(answered.text)
    return 0 if answered.finish == "stop" else 1


def _chat(asked: Asked, settings: Settings) -> Chat:
    *pictures, question = asked.words
    if not question.strip():
        raise BadUsage("the question is empty", remedy='ask: yuepi ask IMAGE… "question"')
    if not pictures and Path(question).is_file():
        raise BadUsage(
            f"there is no question after the picture {visible_line(question)}",
            remedy='the last argument is the question: yuepi ask IMAGE… "question"',
        )
    limits = picture_limits(settings)
    parts: list[Part] = [read_picture(Path(each), limits) for each in pictures]
    shape = None
    if asked.json_schema is not None:
        shape = JsonShape(read_schema(user_text(asked.json_schema).encode()) or None)
    return Chat(
        messages=(Message("user", (*parts, question)),),
        sampling=Sampling(max_tokens=asked.max_tokens, temperature=0),
        shape=shape,
        incremental=asked.stream,
        call=Call(id=f"ask-{secrets.token_hex(8)}"),
    )


def read_picture(path: Path, limits: PictureLimits) -> Picture:
    """A picture from its file; raises `BadUsage` or `ChatRefused` that names it."""
    name = visible_line(str(path))
    try:
        with path.open("rb") as file:
            data = file.read(limits.image_bytes_max + 1)
    except (OSError, ValueError) as error:
        raise BadUsage(
            f"{name}: cannot be opened",
            remedy='name pictures first, the question last: yuepi ask IMAGE… "question"',
            code="missing_file",
        ) from error
    try:
        return check_picture(data, "auto", limits, name)
    except ChatRefused as error:
        remedy = error.remedy
        if error.code == "invalid_image":
            remedy = f"name an intact {READABLE} file; `yuepi read` takes other documents too"
        raise ChatRefused(f"{name}: {error.message}", remedy=remedy, code=error.code) from error


async def _answer(asked: Asked, chat: Chat, settings: Settings, speaker: Speaker) -> Answered:
    """The answer, shown word by word where that was asked for."""
    texts: list[str] = []
    finish: Finish | None = None
    usage: Usage | None = None
    characters = 0
    began = time.monotonic()
    first_s: float | None = None
    async with _stream(asked, chat, settings) as deltas, aclosing(deltas):
        async for delta in deltas:
            finish = delta.finish or finish
            usage = delta.usage or usage
            if not delta.text:
                continue
            if first_s is None:
                first_s = time.monotonic() - began
            texts.append(delta.text)
            characters += len(delta.text)
            check_length(characters)
            if asked.stream and not speaker.as_json:
                sys.stdout.write(visible(delta.text))
                sys.stdout.flush()
    if finish is None:
        raise no_end()
    total_s = time.monotonic() - began
    return Answered("".join(texts), finish, usage, chat.call, first_s or total_s, total_s)


def _stream(
    asked: Asked, chat: Chat, settings: Settings
) -> AbstractAsyncContextManager[AsyncGenerator[Delta, None]]:
    return _there(asked, chat, asked.url) if asked.url else _here(asked, chat, settings)


@asynccontextmanager
async def _here(
    asked: Asked, chat: Chat, settings: Settings
) -> AsyncGenerator[AsyncGenerator[Delta, None], None]:
    async with compose_bare(settings, asked.model) as composition:
        yield composition.gateway.stream(asked.model, chat)


@asynccontextmanager
async def _there(
    asked: Asked, chat: Chat, url: str
) -> AsyncGenerator[AsyncGenerator[Delta, None], None]:
    """A running server, ours or any other that speaks the language."""
    from yuepi.engines.openai_compatible import connect
    from yuepi.engines.openai_compatible.failures import KeyRefused

    base = url.rstrip("/")
    options: dict[str, object] = {
        "model": asked.model,
        "images_max": 256,
        "json_schema": True,
        "read_timeout_s": 600.0,
    }
    before = os.environ.get(KEY_VARIABLE)
    if asked.key:
        # Keys stand in variables, never in options, which errors may show. It is lent: whoever
        # comes after in this process, and every child, must not act with it.
        os.environ[KEY_VARIABLE] = asked.key
        options["key_env"] = KEY_VARIABLE
    api = base if base.endswith("/v1") else f"{base}/v1"
    engine = connect(api, ModelEntry(url, "openai_compatible", options, asked.data), _heard)
    try:
        yield engine.stream(chat)
    except KeyRefused as error:
        remedy = f"give a key of that server with --key or in {KEY_VARIABLE}"
        raise EngineFailure(error.message, remedy=remedy, retryable=False) from error
    finally:
        await engine.close()
        if before is not None:
            os.environ[KEY_VARIABLE] = before
        elif asked.key:
            os.environ.pop(KEY_VARIABLE, None)


def _heard(headers: Mapping[str, str], chat: Chat) -> None:
    """What a server of ours tells in its headers; others tell nothing."""
    chat.call.deployment = headers.get("x-yuepi-route", "")
    cached = headers.get("x-yuepi-cache", "")
    chat.call.cache = next((known for known in get_args(Cached) if known == cached), "off")


def _told(asked: Asked, answered: Answered) -> dict[str, object]:
    usage, call = answered.usage, answered.call
    return {
        "answer": answered.text,
        "finish": answered.finish,
        "model": asked.model,
        "deployment": call.deployment or None,
        "model_version": call.model_version or None,
        "prompt_version": call.prompt_version or None,
        # Another server's cache is its own affair.
        "cache": call.cache if call.deployment else None,
        "usage": None
        if usage is None
        else {
            "prompt_tokens": usage.prompt_tokens,
            "completion_tokens": usage.completion_tokens,
            "cached_tokens": usage.cached_tokens,
            "estimated": usage.estimated,
        },
        "first_token_s": round(answered.first_s, 3),
        "total_s": round(answered.total_s, 3),
    }
