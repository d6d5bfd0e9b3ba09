"""Several rankings as one, and the lines and words that are marked."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from yuepi.kit.boxes import Box
from yuepi.library.chunk import Chunk, chunk_id
from yuepi.library.fusion import Fused, Ranking, fused
from yuepi.library.marks import narrowed
from yuepi.library.ranking import covered, placed_inside, reranked
from yuepi.library.showing import Piece, grouped
from yuepi.library.similar import middle_of

KEYS = st.lists(st.integers(0, 30), max_size=20, unique=True)


@given(KEYS, KEYS, KEYS)
def test_fusion(words: list[int], meaning: list[int], exact: list[int]) -> None:
    rankings = [Ranking("words", words), Ranking("meaning", meaning), Ranking("exact", exact)]
    order = fused(rankings)
    assert {each.key for each in order} == {*words, *meaning, *exact}
    assert len(order) == len({each.key for each in order})
    scores = [each.score for each in order]
    assert scores == sorted(scores, reverse=True)
    for each in order:
        ways = {ranking.way for ranking in rankings if each.key in ranking.keys}
        assert set(each.ways) == ways
    # What all lists have first is first.
    if words and words[:1] == meaning[:1] == exact[:1]:
        assert order[0].key == words[0]


@given(KEYS)
def test_one_list_keeps_its_order(keys: list[int]) -> None:
    assert [each.key for each in fused([Ranking("words", keys)])] == keys


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 50)), unique=True), st.integers(1, 20))
def test_grouping_keeps_order_and_limits(pairs: list[tuple[int, int]], hits_max: int) -> None:
    pieces = [Fused(Piece(str(a), "v", str(b)), 1.0, ()) for a, b in pairs]
    kept = grouped(pieces, hits_max)
    assert len(kept) <= hits_max
    assert [each for each in pieces if each in kept] == kept
    for document in {each.key.document_id for each in kept}:
        assert sum(each.key.document_id == document for each in kept) <= 3


def piece_of(lines: list[str], sort: str = "table") -> Chunk:
    starts = tuple(sum(len(line) + 1 for line in lines[:at]) for at in range(len(lines)))
    boxes = tuple(Box(0.1, at / 50, 0.9, (at + 1) / 50) for at in range(len(lines)))
    whole = Box(0.1, 0.0, 0.9, len(lines) / 50)
    text = "\n".join(lines)
    place = ("v.0", "d", "v", 0, sort, 1, whole)
    return Chunk(*place, text, "", boxes, starts)  # type: ignore[arg-type]


def test_the_lines_that_hold_the_words() -> None:
    chunk = piece_of(
        ["甲方 甲字公司", "违约金 0.05%", "ＴＯＴＡＬ 1,234.50", "Late payments are fined"]
    )
    found = narrowed(chunk, ["违约", "约金", "违约金"])
    assert (found.text, found.box.y0, found.box.y1) == ("违约金 0.05%", 0.02, 0.04)
    assert [mark.text for mark in found.marks] == ["违约金"]
    assert [mark.text for mark in narrowed(chunk, ["1234.50"]).marks] == ["1,234.50"]
    assert [mark.text for mark in narrowed(chunk, ["total"]).marks] == ["ＴＯＴＡＬ"]
    assert [mark.text for mark in narrowed(chunk, ["payment"]).marks] == ["payments"]
    assert [mark.text for mark in narrowed(chunk, [], ["甲方甲字"]).marks] == ["甲方 甲字"]
    assert narrowed(chunk, ["nothing"]).box == chunk.box


def test_a_row_of_a_table_is_shown_whole() -> None:
    cells = ["代码\t", "原因\n", "E37\t", "打印头未就位\n", "E38\t", "纸已用完"]
    starts = tuple(len("".join(cells[:at])) for at in range(len(cells)))
    boxes = tuple(
        Box(at % 2 / 2, at // 2 / 10, at % 2 / 2 + 0.4, 0.1 + at // 2 / 10) for at in range(6)
    )
    whole = Box(0.0, 0.0, 0.9, 0.3)
    chunk = Chunk("v.0", "d", "v", 0, "table", 1, whole, "".join(cells), "", boxes, starts)
    found = narrowed(chunk, ["e37"])
    assert found.text == "E37\t打印头未就位"
    assert found.box == Box(0.0, 0.1, 0.9, 0.2)
    assert [mark.text for mark in found.marks] == ["E37"]


def test_running_text_stays_whole() -> None:
    chunk = piece_of(["one", "two", "the penalty", "is small", "five", "six"], "text")
    found = narrowed(chunk, ["penalty"])
    assert (found.text, found.box) == (chunk.text, chunk.box)
    assert [mark.text for mark in found.marks] == ["penalty"]


def test_words_that_hardly_fit_are_no_guide() -> None:
    chunk = piece_of(["The canteen accepts cards only", "违约金 0.05%"], "text")
    assert covered(["canteen", "cards"], chunk) == 1.0
    assert covered(["card", "accepted"], chunk) == 1.0
    assert covered(["违约", "cash"], chunk) == 0.5
    assert covered(["cash", "lunch"], chunk) == 0.0
    assert covered([], chunk) == 0.0


@given(KEYS, st.dictionaries(st.integers(0, 30), st.floats(0, 1), max_size=20))
def test_documents_keep_their_places(keys: list[int], worth: dict[int, float]) -> None:
    pieces = [Piece(f"d{key % 5}", f"v{key % 5}", chunk_id(f"v{key % 5}", key)) for key in keys]
    order = fused([Ranking("words", pieces)])
    inside = {piece: worth.get(key, 0.0) for piece, key in zip(pieces, keys, strict=True)}
    told = placed_inside(order, inside)
    assert [each.key.document_id for each in told] == [each.key.document_id for each in order]
    assert [each.score for each in told] == [each.score for each in order]
    assert {each.key for each in told} == set(pieces)
    for name in {piece.document_id for piece in pieces}:
        mine = [each.key for each in told if each.key.document_id == name]
        heads = [piece.chunk_id.endswith(".00000") for piece in mine]
        assert heads == sorted(heads)
        bodies = [inside[piece] for piece, head in zip(mine, heads, strict=True) if not head]
        assert bodies == sorted(bodies, reverse=True)


@given(
    st.lists(st.text(max_size=30), min_size=1, max_size=12),
    st.lists(st.text(max_size=8), max_size=8),
    st.lists(st.text(max_size=8), max_size=3),
)
def test_marks_lie_in_the_piece(lines: list[str], terms: list[str], phrases: list[str]) -> None:
    chunk = piece_of([line.replace("\n", " ") for line in lines])
    found = narrowed(chunk, terms, phrases)
    assert found.text == chunk.text or found.text in chunk.text
    for box in (found.box, *(mark.box for mark in found.marks)):
        assert chunk.box.x0 <= box.x0 <= box.x1 <= chunk.box.x1 + 1e-9
        assert chunk.box.y0 <= box.y0 <= box.y1 <= chunk.box.y1 + 1e-9


@given(st.lists(st.lists(st.floats(-1, 1), min_size=3, max_size=3), max_size=5))
def test_the_middle_has_length_one_or_none(vectors: list[list[float]]) -> None:
    middle = middle_of(vectors)
    length = sum(each * each for each in middle)
    assert not middle or length < 1e-17 or abs(length - 1) < 1e-6


async def _wrong(question: str, texts: object) -> list[float]:
    return [1.0]


def test_a_model_that_gives_too_few_scores_changes_nothing() -> None:
    chunk = piece_of(["a"])
    pieces = [Fused(Piece("d", "v", "v.0"), 2.0, ()), Fused(Piece("e", "v", "v.0"), 1.0, ())]
    assert asyncio.run(reranked(_wrong, "a", pieces, {"v.0": chunk})) == pieces
