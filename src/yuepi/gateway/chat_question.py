"""From a request as it was read to the question an engine is asked: pictures in, schema judged."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping

from yuepi.engines.contract import Abilities, Call, Chat, ChatRefused, JsonShape, Message
from yuepi.gateway.answer_schema import Schemas
from yuepi.gateway.openai_request import ChatAsked, ShapeAsked
from yuepi.gateway.picture_intake import (
    PictureAsked,
    PictureLimits,
    PictureTaken,
    check_picture,
    take_pictures,
    web_url,
)

# Less than this is checked and hashed where it stands; a thread would cost more.
INLINE_PICTURE_BYTES_MAX = 2**20
CONVERSATION_CHARACTERS = 2048
# Of one request at once; the fetcher's own limit is for all requests together.
FETCHES_MAX = 4

Fetch = Callable[[str, str], Awaitable[bytes]]
"""`await fetch(url, param)`: the bytes of a picture; raises `ChatRefused` naming `param`."""


class Questions:
    """Makes questions. `fetch` is None where http(s) picture addresses are refused.

    `images_max` is a ceiling over what each model takes by itself.
    """

    def __init__(self, images_max: int, limits: PictureLimits, fetch: Fetch | None) -> None:
        self._images_max = images_max
        self._limits = limits
        self._fetch = fetch
        self._schemas = Schemas()

    async def make(self, asked: ChatAsked, abilities: Abilities, call: Call) -> Chat:
        """The question. Names the conversation where the caller did not. Raises `ChatRefused`."""
        taken = await self._take(asked.pictures, abilities) if asked.pictures else {}
        messages = asked.with_pictures(taken)
        if not call.conversation:
            call.conversation = first_words(messages)
        chat = Chat(
            messages=messages,
            sampling=asked.sampling,
            shape=await self._shape(asked.shape) if asked.shape is not None else None,
            incremental=asked.stream,
            received=asked.received,
            call=call,
        )
        if asked.as_sent and all(one.as_sent for one in taken.values()):
            return chat
        return chat.with_messages(messages)

    async def _shape(self, asked: ShapeAsked) -> JsonShape:
        if asked.schema is None:
            return JsonShape(name=asked.name)
        return JsonShape(schema=await self._schemas.read(asked.schema), name=asked.name)

    async def _take(
        self, asked: tuple[PictureAsked, ...], abilities: Abilities
    ) -> Mapping[tuple[int, int], PictureTaken]:
        images_max = min(self._images_max, abilities.images_max)
        if "image" not in abilities.modalities:
            images_max = 0
        if len(asked) > images_max:
            raise ChatRefused(
                f"the request has {len(asked)} pictures, this model takes {images_max}",
                remedy="send fewer pictures, or ask about them one after the other",
                code="too_many_images",
                param="messages",
            )
        sent = [one for one in asked if not one.is_web_url]
        if sum(len(one.url) for one in sent) * 3 // 4 <= INLINE_PICTURE_BYTES_MAX:
            found = take_pictures(sent, self._limits)
        else:
            found = await asyncio.to_thread(take_pictures, sent, self._limits)
        taken = {(one.message, one.part): got for one, got in zip(sent, found, strict=True)}
        if len(sent) < len(asked):
            elsewhere = [one for one in asked if one.is_web_url]
            fetched = await self._fetch_all(elsewhere)
            taken |= {
                (one.message, one.part): got for one, got in zip(elsewhere, fetched, strict=True)
            }
        return taken

    async def _fetch_all(self, asked: list[PictureAsked]) -> list[PictureTaken]:
        """All of them, or the first failure; the other fetches end with it."""
        places = asyncio.Semaphore(FETCHES_MAX)
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._fetched(one, places)) for one in asked]
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from failed
        return [task.result() for task in tasks]

    async def _fetched(self, asked: PictureAsked, places: asyncio.Semaphore) -> PictureTaken:
        if self._fetch is None:
            raise ChatRefused(
                "pictures are not fetched from http(s) addresses here",
                remedy="send the picture itself as data:image/...;base64,... or have the "
                "administrator allow picture_urls",
                code="invalid_image_url",
                param=asked.param,
            )
        async with places:
            data = await self._fetch(web_url(asked), asked.param)
        picture = await asyncio.to_thread(
            check_picture, data, asked.detail, self._limits, asked.param
        )
        return PictureTaken(picture, as_sent=False)


def first_words(messages: tuple[Message, ...]) -> str:
    """A name for a conversation that has none: what its first question was.

    Later turns of a chat send the first one again, so that all of them have the same name.
    """
    first = next((one for one in messages if one.role == "user"), messages[0])
    text = first.text[:CONVERSATION_CHARACTERS]
    digest = hashlib.blake2b(text.encode(), digest_size=12)
    for picture in first.pictures:
        digest.update(picture.sha256.encode())
    return "first-" + digest.hexdigest()
