"""How alike two tables are: TEDS, the tree edit distance based similarity of PubTabNet.

1 - distance / nodes of the bigger tree, by Zhong, ShafieiBavani and Jimeno Yepes, "Image-based
table recognition: data, model, and evaluation" (ECCV 2020), section 4. A cell is renamed at the
cost of its texts' edit distance, as a share of the longer one, where both have the same spans;
everything else costs 1. Texts are compared in their compatibility forms, with white space made
single blanks, and without the marks for bold and slanted print.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

from apted import APTED, Config

_KNOWN: Final = ("table", "thead", "tbody", "tr", "td")
_PARTS: Final = ("thead", "tbody")


@dataclass
class Node:
    """An element of a table; text and spans are a cell's."""

    tag: str
    spans: tuple[int, int] = (1, 1)
    text: str = ""
    children: list[Node] = field(default_factory=list)

    @property
    def count(self) -> int:
        return 1 + sum(child.count for child in self.children)


def teds(found: str, wanted: str, *, parts: bool = True) -> float:
    """How alike two HTML tables are, 0..1. Without `parts` head and body are not told apart."""
    one, other = _tree(found, parts), _tree(wanted, parts)
    if not one.children or not other.children:
        return float(not one.children and not other.children)
    distance = APTED(one, other, _Costs()).compute_edit_distance()
    return 1.0 - float(distance) / max(one.count, other.count)


def cell_texts(html: str) -> list[str]:
    """The texts of a table's cells that are not empty."""
    rows = _tree(html, parts=False).children
    return [cell.text for row in rows for cell in row.children if cell.text]


class _Costs(Config):  # type: ignore[misc]
    def rename(self, node1: Node, node2: Node) -> float:
        if node1.tag != node2.tag or node1.spans != node2.spans:
            return 1.0
        if node1.tag != "td" or not (node1.text or node2.text):
            return 0.0
        return _distance(node1.text, node2.text) / max(len(node1.text), len(node2.text))

    def children(self, node: Node) -> list[Node]:
        return node.children


def _distance(one: str, other: str) -> int:
    """Levenshtein's."""
    before = list(range(len(other) + 1))
    for number, a in enumerate(one, 1):
        row = [number]
        for at, b in enumerate(other, 1):
            row.append(min(before[at] + 1, row[-1] + 1, before[at - 1] + (a != b)))
        before = row
    return before[-1]


class _Reader(HTMLParser):
    def __init__(self, parts: bool) -> None:
        super().__init__()
        self.root = Node("table")
        self._parts = parts
        self._part = self.root
        self._row: Node | None = None
        self._cell: Node | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in _PARTS and self._parts:
            self._part = Node(tag)
            self.root.children.append(self._part)
        elif tag == "tr":
            self._row = Node("tr")
            self._part.children.append(self._row)
        elif tag in ("td", "th") and self._row is not None:
            spans = int(given.get("rowspan") or 1), int(given.get("colspan") or 1)
            self._cell = Node("td", spans)
            self._row.children.append(self._cell)
        elif tag == "br" and self._cell is not None:
            self._cell.text += " "

    def handle_endtag(self, tag: str) -> None:
        if tag in _PARTS:
            self._part = self.root
        elif tag in ("td", "th") and self._cell is not None:
            text = unicodedata.normalize("NFKC", self._cell.text)
            self._cell.text = " ".join(text.split())
            self._cell = None

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.text += data


def _tree(html: str, parts: bool) -> Node:
    reader = _Reader(parts)
    reader.feed(html)
    reader.close()
    return reader.root
