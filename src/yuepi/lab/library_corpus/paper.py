"""A paper before it is drawn: its blocks, and what can be asked about them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final, Literal

Language = Literal["zh", "en"]
BlockSort = Literal["title", "heading", "text", "line", "table", "turn"]
AskSort = Literal["exact", "ordinary", "paraphrase"]
Mark = tuple[str, ...]
"""What a question names to tell one paper from all others: `("lease", "星途", "2025")`."""

TITLE: Final = "title"


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a paper. key: by which an answer names it. rows: of a table, its head first."""

    sort: BlockSort
    text: str = ""
    key: str = ""
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody may ask about a paper.

    answer: the text that stands in the block `at`. mark: the question is good only where no other
    paper has this mark. wordings: ways to say it, one is taken. other: whether the question is in
    the other language than the paper.
    """

    sort: AskSort
    mark: Mark
    at: str
    answer: str
    wordings: tuple[str, ...]
    other: bool = False


@dataclass(slots=True)
class Paper:
    """One paper. name: of its file. scan: whether it is a picture without a text layer. day,
    amount: its own date and total, for questions that filter; amount_at: the block and the text
    where the total stands. partner: the short name of the other party."""

    kind: str
    language: Language
    name: str
    folder: str
    blocks: list[Block] = field(default_factory=list)
    asks: list[Ask] = field(default_factory=list)
    marks: set[Mark] = field(default_factory=set)
    scan: bool = False
    day: date | None = None
    amount: Decimal | None = None
    amount_at: tuple[str, str] = ("", "")
    partner: str = ""

    @property
    def zh(self) -> bool:
        return self.language == "zh"

    def title(self, text: str) -> None:
        """The title, centred."""
        self.blocks.append(Block("title", text, TITLE))

    def heading(self, text: str) -> None:
        """A heading within the paper."""
        self.blocks.append(Block("heading", text))

    def text(self, text: str, key: str = "") -> None:
        """A paragraph."""
        self.blocks.append(Block("text", text, key))

    def line(self, text: str, key: str = "") -> None:
        """A line of the head or the end: not indented."""
        self.blocks.append(Block("line", text, key))

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]], key: str = "") -> None:
        """A ruled table."""
        self.blocks.append(Block("table", "", key, (tuple(head), *map(tuple, rows))))

    def turn(self) -> None:
        """Go on with a new page."""
        self.blocks.append(Block("turn"))

    def ask(self, sort: AskSort, mark: Mark, at: str, answer: str, *wordings: str) -> None:
        """Note a question; the mark is noted too."""
        self.marks.add(mark)
        self.asks.append(Ask(sort, mark, at, answer, wordings))

    def either(self, zh: str, en: str) -> str:
        """The text in the paper's language."""
        return zh if self.zh else en

    def written(self) -> str:
        """Everything that stands in it, a block a line."""
        parts = [each.text for each in self.blocks]
        parts += [" ".join(row) for each in self.blocks for row in each.rows]
        return "\n".join(filter(None, parts))


def dice_for(*parts: object) -> random.Random:
    """Dice that fall the same for the same words in every process."""
    return random.Random(" ".join(map(str, parts)))  # noqa: S311 - nothing here is a secret
