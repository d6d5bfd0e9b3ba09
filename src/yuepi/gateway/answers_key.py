"""Names for questions: two questions have the same name only if the same answer serves both.

Anything that could change an answer is in the name; when in doubt it is in, since a wrong miss
costs a call and a wrong hit a wrong decision. So the order inside a schema counts (decoding follows
it), and so do fields of content parts that only an upstream understands (`max_pixels`).
"""

from __future__ import annotations

import hashlib

import msgspec

from yuepi.engines.contract import Chat, Picture

#: Top-level fields that never change an answer: how it is sent, who asks, notes.
_IDLE_FIELDS = frozenset(
    {
        "model",  # the alias; what is behind it is named by the model's version
        "messages",  # by what they hold, below
        "stream",
        "stream_options",
        "user",
        "metadata",
        "store",
        "safety_identifier",
        "prompt_cache_key",
    }
)
#: How a picture's data URI begins in messages as the door writes them: without white space, so
#: that no text can look like it (a quote inside a string has a backslash before it).
_PICTURE_START = b'"url":"data:'
_BASE64_MARK = b";base64,"


def question_sha256(chat: Chat) -> bytes:
    """SHA-256 of all that is asked: messages, pictures in place, sampling, shape, extra fields.

    Pictures count by their own SHA-256; neither their bytes nor their base64 are hashed here.
    """
    pieces: list[bytes] = []
    add = pieces.append
    for message in chat.messages:
        add(b"message %s %d" % (message.role.encode(), len(message.parts)))
        for part in message.parts:
            if isinstance(part, Picture):
                add(f"picture {part.sha256} {part.media_type} {part.detail}".encode())
            else:
                add(b"text " + part.encode("utf-8", "surrogatepass"))
    add(b"sampling " + msgspec.json.encode(chat.sampling))
    if chat.shape is not None:
        add(b"shape " + msgspec.json.encode((chat.shape.name, chat.shape.schema)))
    if chat.received is not None:
        for name in sorted(chat.received):
            if name not in _IDLE_FIELDS:
                raw = chat.received[name]
                add(b"field " + name.encode("utf-8", "surrogatepass") + b" " + _compact(raw))
        if "messages" in chat.received:
            add(b"frame " + _without_payloads(chat.received["messages"], len(chat.pictures)))
    return hashlib.sha256(framed(pieces)).digest()


def answer_key(tenant: str, model_version: str, prompt_version: str, question: bytes) -> str:
    """The name of an answer in the cache, as hexadecimal SHA-256."""
    words = (tenant, model_version, prompt_version)
    pieces = [word.encode("utf-8", "surrogatepass") for word in words]
    return hashlib.sha256(framed([b"answer 1", *pieces, question])).hexdigest()


def framed(pieces: list[bytes]) -> bytes:
    """Pieces with their lengths, so that no two lists of pieces look alike."""
    return b"".join(b"%d:%b," % (len(piece), piece) for piece in pieces)


def _compact(raw: bytes) -> bytes:
    """JSON without white space, in its own order; anything else as it is."""
    try:
        return msgspec.json.format(raw, indent=-1)
    except msgspec.DecodeError:
        return raw


def _without_payloads(raw: bytes, pictures: int) -> bytes:
    """Raw messages without the base64 of their pictures: those are named by their SHA-256.

    Half a megabyte would cost a millisecond to hash; finding its end costs nothing. Where there
    are not exactly as many data URIs as pictures, nothing is left out.
    """
    kept: list[bytes] = []
    at = 0
    for _ in range(pictures):
        start = raw.find(_PICTURE_START, at)
        end = raw.find(b'"', start + len(_PICTURE_START))
        mark = raw.find(_BASE64_MARK, start, end)
        if start < 0 or mark < 0:
            return raw
        kept.append(raw[at : mark + len(_BASE64_MARK)])
        at = end
    if raw.find(_PICTURE_START, at) >= 0:
        return raw
    kept.append(raw[at:])
    return b"".join(kept)
