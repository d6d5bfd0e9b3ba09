"""How many tokens a call took, where the backend does not say.

A rule of thumb, not a tokenizer: four bytes of UTF-8 a token, which is about four letters of
English or one and a third characters of Chinese. Pictures as Qwen3-VL counts them, one token for
each 32 x 32 pixels (patches of 16, merged two by two), with a ceiling that stands for the engines'
own limits. Meant for budgets and costs, rather a little too high than too low.
"""

from __future__ import annotations

from yuepi.engines.contract import Chat, Picture, Usage

_BYTES_A_TOKEN = 4
_TOKENS_A_MESSAGE = 4
_PIXELS_A_TOKEN = 32 * 32
_PICTURE_TOKENS_MIN = 4
_PICTURE_TOKENS_MAX = {"low": 256, "auto": 1280, "high": 4096}


def estimated_usage(chat: Chat, answer_bytes: int) -> Usage:
    """Tokens of a question and of an answer of so many bytes of UTF-8, marked as estimated."""
    tokens = 0
    for message in chat.messages:
        tokens += _TOKENS_A_MESSAGE
        for part in message.parts:
            if isinstance(part, Picture):
                tokens += _picture_tokens(part)
            else:
                tokens += text_tokens(part)
    return Usage(tokens, _tokens(answer_bytes), estimated=True)


def text_tokens(text: str) -> int:
    """Tokens of a text, estimated; 0 only for an empty one."""
    return _tokens(len(text.encode("utf-8", "surrogatepass")))


def _tokens(text_bytes: int) -> int:
    return -(-text_bytes // _BYTES_A_TOKEN)


def _picture_tokens(picture: Picture) -> int:
    tokens = -(-picture.width_px * picture.height_px // _PIXELS_A_TOKEN)
    return min(max(tokens, _PICTURE_TOKENS_MIN), _PICTURE_TOKENS_MAX[picture.detail])
