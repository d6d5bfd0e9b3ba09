"""What was said in a call, as it is kept where policy wants it kept (sealed by the call log)."""

from __future__ import annotations

import msgspec

from yuepi.engines.contract import Chat, Picture


def call_content(chat: Chat, answer: str) -> bytes:
    """JSON: `{"messages": [{"role", "parts": [text | {"picture": sha256}]}], "answer": text}`.

    Pictures by their hash: the originals are kept elsewhere.
    """
    messages = [
        {
            "role": message.role,
            "parts": [
                {"picture": part.sha256} if isinstance(part, Picture) else _whole(part)
                for part in message.parts
            ],
        }
        for message in chat.messages
    ]
    return msgspec.json.encode({"messages": messages, "answer": _whole(answer)})


def _whole(text: str) -> str:
    """Halves of broken surrogate pairs become the replacement character."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
