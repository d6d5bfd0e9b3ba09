"""From turns to tokens: the checkpoint's own chat template, pictures expanded, positions in 3-D."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yuepi.engines.contract import Message

# Makes the numbers of pictures unguessable, so that nobody can build two that collide.
_SALT = secrets.token_bytes(16)


@dataclass(frozen=True, slots=True)
class Span:
    """Where one picture stands in the prompt: tokens `start` to `end`; grid before merging."""

    start: int
    end: int
    grid: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Prompt:
    """One question in tokens.

    `ids` (tokens,); `identity` (tokens,): the same, but each token of a picture has that picture's
    negative number; `positions` (3, tokens): time, row, column for the rotary embedding; generated
    tokens go on from `position_next`.
    """

    ids: NDArray[np.int64]
    identity: NDArray[np.int64]
    positions: NDArray[np.int64]
    position_next: int
    spans: tuple[Span, ...]

    def __len__(self) -> int:
        return len(self.ids)


def rendered(messages: Sequence[Message], tokenizer: Any) -> str:
    """The turns as the checkpoint's template writes them, one image token a picture, and the
    beginning of the assistant's turn.

    What looks like a token with a meaning in somebody's text is taken apart by a space: a document
    must not be able to end its turn and speak as the system.
    """
    meaningful = [str(token) for token in tokenizer.get_added_vocab()]

    def plain(text: str) -> str:
        for token in meaningful:
            if token in text:
                text = text.replace(token, f"{token[0]} {token[1:]}")
        return text

    turns = []
    for message in messages:
        content: str | list[dict[str, str]] = plain(message.text)
        if message.pictures:
            content = list(_parts(message, plain))
        turns.append({"role": message.role, "content": content})
    return str(tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True))


def _parts(message: Message, plain: Any) -> Iterator[dict[str, str]]:
    before_text = False
    for part in message.parts:
        if isinstance(part, str):
            yield {"type": "text", "text": ("\n" if before_text else "") + plain(part)}
        else:
            yield {"type": "image"}
        before_text = isinstance(part, str)


def picture_number(sha256: str, grid: tuple[int, int], how: str) -> int:
    """The negative number that tokens of a picture go by: other bytes, grid or treatment, other
    number."""
    name = f"{sha256} {grid[0]} {grid[1]} {how}".encode()
    digest = hashlib.blake2b(name, digest_size=8, key=_SALT).digest()
    return -1 - (int.from_bytes(digest, "big") >> 1)


def expand(
    ids: Sequence[int],
    pictures: Sequence[tuple[int, tuple[int, int]]],
    *,
    image_token_id: int,
    merge: int,
) -> Prompt:
    """The prompt with every image token repeated for its picture's merged patches.

    `pictures`: number and grid of each, in order. Positions follow the model's `get_rope_index`:
    a picture's tokens share one time and count rows and columns from there; what follows goes on
    from the larger side. Raises `ValueError` if image tokens and pictures differ in number.
    """
    if sum(number == image_token_id for number in ids) != len(pictures):
        raise ValueError("the chat template did not place one image token a picture")
    given = iter(pictures)
    all_ids: list[int] = []
    identity: list[int] = []
    positions: list[NDArray[np.int64]] = []
    spans: list[Span] = []
    position = 0
    for number in ids:
        if number != image_token_id:
            all_ids.append(number)
            identity.append(number)
            positions.append(np.full((3, 1), position, dtype=np.int64))
            position += 1
            continue
        own, grid = next(given)
        rows, columns = grid[0] // merge, grid[1] // merge
        spans.append(Span(len(all_ids), len(all_ids) + rows * columns, grid))
        all_ids += [image_token_id] * (rows * columns)
        identity += [own] * (rows * columns)
        row, column = np.divmod(np.arange(rows * columns, dtype=np.int64), columns)
        positions.append(position + np.stack([np.zeros_like(row), row, column]))
        position += max(rows, columns)
    return Prompt(
        ids=np.asarray(all_ids, dtype=np.int64),
        identity=np.asarray(identity, dtype=np.int64),
        positions=np.concatenate(positions, axis=1),
        position_next=position,
        spans=tuple(spans),
    )
