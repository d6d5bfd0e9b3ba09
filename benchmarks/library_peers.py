"""What the library's search is compared with: SQLite's FTS5, and tantivy if it is installed.

Both get the same pieces as our index, with the same words around them, so they profit from its
cutting; what differs is how they find. tantivy is put beside the project by hand: `pip install
tantivy`; its Chinese is cut by the same `rjieba`, as its users do.
"""

from __future__ import annotations

import re
import sqlite3
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any, Protocol

import rjieba

from yuepi.library.chunk import Chunk

ROWS = 20
_HAN = re.compile(r"[\u4e00-\u9fff]+")


class Peer(Protocol):
    """One way to find pieces by their words."""

    name: str

    def find(self, question: str) -> list[Chunk]:
        """The pieces that fit best, best first."""


def peers_of(chunks: Sequence[Chunk]) -> list[Peer]:
    """All that are there, filled with the pieces."""
    found: list[Peer] = [Fts5(chunks, "unicode61"), Fts5(chunks, "trigram")]
    if find_spec("tantivy") is None:
        print("tantivy is not installed beside the project: left out (pip install tantivy)")
        return found
    return [*found, Tantivy(chunks)]


class Fts5:
    """SQLite's full text search, as it comes: bm25, one of its tokenizers."""

    def __init__(self, chunks: Sequence[Chunk], tokenizer: str) -> None:
        self.name = f"SQLite FTS5 {tokenizer}"
        self._trigram = tokenizer == "trigram"
        self._chunks = list(chunks)
        self._rows = sqlite3.connect(":memory:")
        self._rows.execute(f"CREATE VIRTUAL TABLE pieces USING fts5(text, tokenize='{tokenizer}')")
        self._rows.executemany(
            "INSERT INTO pieces(rowid, text) VALUES (?, ?)",
            ((at, f"{each.context}\n{each.text}") for at, each in enumerate(chunks)),
        )

    def find(self, question: str) -> list[Chunk]:
        terms = " OR ".join(f'"{term}"' for term in self._terms(question))
        if not terms:
            return []
        rows = self._rows.execute(
            "SELECT rowid FROM pieces WHERE pieces MATCH ? ORDER BY rank LIMIT ?", (terms, ROWS)
        )
        return [self._chunks[at] for (at,) in rows]

    def _terms(self, question: str) -> list[str]:
        words = re.findall(r"[^\W_]+", question.lower())
        if not self._trigram:
            return words
        return [
            word[at : at + 3]
            for word in words
            if len(word) >= 3
            for at in (range(len(word) - 2) if _HAN.search(word) else (0,))
        ]


class Tantivy:
    """tantivy: bm25 over words, English to its stems."""

    name = "tantivy"

    def __init__(self, chunks: Sequence[Chunk]) -> None:
        import tantivy

        self._chunks = list(chunks)
        schema = tantivy.SchemaBuilder()
        schema.add_unsigned_field("at", stored=True)
        schema.add_text_field("text", tokenizer_name="en_stem")
        self._folder = tempfile.TemporaryDirectory()
        self._index: Any = tantivy.Index(schema.build(), path=self._folder.name)
        writer = self._index.writer(50_000_000, 1)
        for at, each in enumerate(chunks):
            text = f"{each.context}\n{each.text}"
            writer.add_document(tantivy.Document(at=at, text=_spaced(text)))
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()

    def find(self, question: str) -> list[Chunk]:
        words = re.findall(r"[^\W_]+", _spaced(question).lower())
        query = self._index.parse_query(" ".join(words), ["text"]) if words else None
        if query is None:
            return []
        searcher = self._index.searcher()
        hits = searcher.search(query, ROWS).hits
        return [self._chunks[searcher.doc(at)["at"][0]] for _, at in hits]


def _spaced(text: str) -> str:
    """Chinese with spaces between its words."""
    return _HAN.sub(lambda run: f" {' '.join(rjieba.cut(run.group()))} ", text)
