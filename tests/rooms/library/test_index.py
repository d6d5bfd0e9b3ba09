"""The index itself, in a folder: what is put comes back, within reach alone, and only once."""

from __future__ import annotations

import asyncio
import dataclasses
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.resources.made_shelf import (
    DIMENSIONS,
    made_document,
    made_pieces_of,
    vector_of,
)
from yuepi.kit.errors import BadUsage
from yuepi.library.chunk import Chunk
from yuepi.library.document import Document
from yuepi.library.index import generation as generation_module
from yuepi.library.index import generations
from yuepi.library.index.contract import WITHIN_MAX, IndexBroken, Within
from yuepi.library.index.filters import condition_of, quoted
from yuepi.library.index.lance import LanceIndex
from yuepi.library.index.opening import open_index
from yuepi.library.index.passage import passage_of, stand_of
from yuepi.library.scope import EVERYTHING, Scope

ALL = Within(EVERYTHING)
Story = Callable[[LanceIndex], Awaitable[None]]


def tell(place: Path, story: Story, embedder: str = "made") -> None:
    async def told() -> None:
        index = open_index(place, embedder=embedder, dimensions=DIMENSIONS)
        try:
            await story(index)
        finally:
            await index.close()

    asyncio.run(told())


async def put(index: LanceIndex, document: Document) -> list[Chunk]:
    chunks = made_pieces_of(document)
    await index.put(document, chunks)
    await index.put_vectors(document, {c.id: vector_of(passage_of(c)) for c in chunks})
    return chunks


async def documents_by_words(index: LanceIndex, text: str, within: Within = ALL) -> set[str]:
    return {found.document_id for found in await index.by_words(text, within, 100)}


async def documents_by_meaning(index: LanceIndex, within: Within = ALL) -> set[str]:
    return {found.document_id for found in await index.by_meaning(vector_of("x"), within, 100)}


def test_nothing_is_found_where_there_is_nothing(tmp_path: Path) -> None:
    async def story(index: LanceIndex) -> None:
        assert await index.by_words("付款", ALL, 10) == []
        assert await index.by_meaning(vector_of("x"), ALL, 10) == []
        assert await index.chunks(["ver.00000"]) == {}
        assert await index.of_document("doc") == []
        size = await index.size()
        assert (size.chunks, size.vectors) == (0, 0)

    tell(tmp_path / "index", story)


def test_pieces_come_back_as_they_were_put(tmp_path: Path) -> None:
    async def story(index: LanceIndex) -> None:
        chunks = await put(index, made_document(1))
        other = await put(index, made_document(2))
        assert await index.of_document("doc_000001") == chunks
        on_first = [chunk for chunk in chunks if chunk.page == 1]
        assert await index.of_document("doc_000001", [1]) == on_first
        assert await index.of_document("doc_000001", [99]) == []
        assert await index.chunks([chunks[0].id, other[1].id, "nothing"]) == {
            chunks[0].id: chunks[0],
            other[1].id: other[1],
        }
        best = (await index.by_words("doc_000001 v1 piece2", ALL, 10))[0]
        assert (best.chunk_id, best.document_id) == (chunks[2].id, "doc_000001")
        near = (await index.by_meaning(vector_of(passage_of(other[1])), ALL, 10))[0]
        assert near.chunk_id == other[1].id
        assert near.score == pytest.approx(1.0)
        assert set(await index.vectors_of("doc_000001")) == {chunk.id for chunk in chunks}
        assert (tmp_path / "index").stat().st_mode & 0o777 == 0o700

    tell(tmp_path / "index", story)


def test_putting_again_doubles_nothing_and_a_new_version_replaces_the_old(tmp_path: Path) -> None:
    async def story(index: LanceIndex) -> None:
        first = await put(index, made_document(1))
        assert await put(index, made_document(1)) == first
        assert (await index.size()).chunks == (await index.size()).vectors == len(first)
        second = made_document(1, version_id="ver_000001_2", number=2, version=2)
        chunks = made_pieces_of(second)
        await index.put(second, chunks)
        assert await index.of_document("doc_000001") == chunks
        assert await index.vectors_of("doc_000001") == {}
        assert await index.without_vectors(second) == chunks
        await index.put(second, [])
        assert (await index.size()).chunks == 0

    tell(tmp_path / "index", story)


def test_a_vector_belongs_to_its_text(tmp_path: Path) -> None:
    """With more parts read, the same place of the same version has another text."""

    async def story(index: LanceIndex) -> None:
        document = made_document(1)
        chunks = await put(index, document)
        changed = [dataclasses.replace(chunks[0], text="other"), *chunks[1:]]
        await index.put(document, changed)
        assert await index.without_vectors(document) == changed[:1]
        assert set(await index.vectors_of(document.id)) == {chunk.id for chunk in chunks[1:]}

    tell(tmp_path / "index", story)


def test_what_changed_while_an_embedder_was_out_of_use_is_seen(tmp_path: Path) -> None:
    """Its vectors are another table, which nobody followed the shelf with meanwhile."""

    async def story(index: LanceIndex) -> None:
        first, second, third = (made_document(number) for number in range(1, 4))
        for document in (first, second, third):
            await put(index, document)
        other = open_index(tmp_path / "index", embedder="another", dimensions=8)
        assert await other.by_meaning([1.0] + [0.0] * 7, ALL, 5) == []
        # As many pieces of another version; the same ones, in another's hands.
        newer = made_document(1, version_id="ver_000001_2", number=2, version=2)
        moved = made_document(2, owner_id="usr_2")
        for document in (newer, moved):
            await other.put(document, made_pieces_of(document))
        await other.close()
        standing = await index.standing()
        assert [standing[each.id].stand for each in (newer, moved)] == ["", ""]
        assert standing[third.id].stand == stand_of(third)
        # So both are put once more.
        for document in (newer, moved):
            await index.put(document, made_pieces_of(document))
        standing = await index.standing()
        assert (standing[newer.id].stand, standing[newer.id].vectors) == (stand_of(newer), 0)
        assert standing[moved.id].stand == stand_of(moved)
        assert standing[moved.id].vectors == standing[moved.id].chunks

    tell(tmp_path / "index", story)


def test_a_search_is_narrowed_to_what_somebody_may_see(tmp_path: Path) -> None:
    async def story(index: LanceIndex) -> None:
        await put(index, made_document(1, owner_id="ann", department_id="d1"))
        await put(index, made_document(2, owner_id="ben", department_id="d2"))
        await put(index, made_document(3, owner_id="ann", department_id=None))
        for within, wanted in [
            (Within(Scope("ann", frozenset())), {1, 3}),
            (Within(Scope("cleo", frozenset({"d2"}))), {2}),
            (Within(Scope("ben", frozenset({"d1"}))), {1, 2}),
            (Within(Scope("nobody", frozenset())), set()),
            (Within(Scope("nobody", None)), {1, 2, 3}),
            (Within(EVERYTHING, frozenset({"doc_000002"})), {2}),
            (Within(Scope("ann", frozenset()), frozenset({"doc_000002", "doc_000001"})), {1}),
            (Within(EVERYTHING, frozenset()), set()),
        ]:
            documents = {f"doc_{number:06d}" for number in wanted}
            assert await documents_by_words(index, "付款", within) == documents
            assert await documents_by_meaning(index, within) == documents
        # What goes to others goes at once, vectors too.
        await index.put(
            moved := made_document(1, owner_id="ben", department_id=None, version=2), []
        )
        await put(index, made_document(1, owner_id="ann", department_id="d1"))
        await index.put(moved, made_pieces_of(moved))
        only_ann = Within(Scope("ann", frozenset({"d1"})))
        assert await documents_by_words(index, "付款", only_ann) == {"doc_000003"}
        assert await documents_by_meaning(index, only_ann) == {"doc_000003"}

    tell(tmp_path / "index", story)


HOSTILE = [
    "x' OR true --",
    "'",
    "''",
    "a\\' OR 'a'='a",
    "d1') OR (true",
    "x\x00",
    '"',
    "`",
    "%",
    "名",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_widens_a_search(tmp_path: Path, name: str) -> None:
    async def story(index: LanceIndex) -> None:
        await put(index, made_document(1, owner_id="ann", department_id="d1"))
        await put(index, made_document(2, owner_id=name, department_id=name))
        for scope in (Scope(name, frozenset()), Scope("nobody", frozenset({name}))):
            assert await documents_by_words(index, "付款", Within(scope)) == {"doc_000002"}
        within = Within(EVERYTHING, frozenset({name}))
        assert await documents_by_words(index, "付款", within) == set()
        await index.remove([name])
        assert await index.chunks([name]) == {}
        assert await index.of_document(name) == []
        assert (await index.standing()).keys() == {"doc_000001", "doc_000002"}

    tell(tmp_path / "index", story)


@given(st.text())
def test_a_quoted_text_ends_where_it_ends(text: str) -> None:
    literal = quoted(text)
    assert literal[0] == literal[-1] == "'"
    assert literal[1:-1].replace("''", "").count("'") == 0
    assert literal[1:-1].replace("''", "'") == text


def test_too_many_documents_are_refused() -> None:
    many = frozenset(f"doc_{number}" for number in range(WITHIN_MAX + 1))
    with pytest.raises(BadUsage) as caught:
        condition_of(Within(EVERYTHING, many))
    assert caught.value.code == "too_many_documents"


def test_what_was_removed_is_found_no_more(tmp_path: Path) -> None:
    async def story(index: LanceIndex) -> None:
        await put(index, made_document(1))
        await put(index, made_document(2))
        await index.remove(["doc_000001", "doc_000009"])
        assert await documents_by_words(index, "付款") == {"doc_000002"}
        assert await documents_by_meaning(index) == {"doc_000002"}
        assert set(await index.standing()) == {"doc_000002"}

    tell(tmp_path / "index", story)


def test_tidying_changes_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generation_module, "VECTOR_ROWS_MIN", 300)

    async def story(index: LanceIndex) -> None:
        for start in range(0, 100, 10):
            documents = [made_document(number) for number in range(start, start + 10)]
            await index.put_many([(document, made_pieces_of(document)) for document in documents])
            rows = [
                (document, chunk, vector_of(passage_of(chunk)))
                for document in documents
                for chunk in made_pieces_of(document)
            ]
            await index.put_vectors_many(rows)
        await index.remove(["doc_000050"])
        words = await index.by_words("doc_000042 piece1", ALL, 50)
        near = await index.by_meaning(vector_of("question"), ALL, 50)
        assert await index.unindexed() > 0
        await index.tidy()
        assert await index.unindexed() == 0
        assert [r.chunk_id for r in await index.by_meaning(vector_of("question"), ALL, 50)] == [
            r.chunk_id for r in near
        ]
        again = await index.by_words("doc_000042 piece1", ALL, 50)
        assert again[0].chunk_id == words[0].chunk_id
        # And what comes after is found beside it.
        await put(index, made_document(200))
        assert (await index.by_words("doc_000200", ALL, 5))[0].document_id == "doc_000200"
        target = made_pieces_of(made_document(200))[0]
        near = await index.by_meaning(vector_of(passage_of(target)), ALL, 5)
        assert near[0].chunk_id == target.id

    tell(tmp_path / "index", story)


def test_a_new_generation_is_used_only_when_it_is_whole(tmp_path: Path) -> None:
    place = tmp_path / "index"

    async def story(index: LanceIndex) -> None:
        await put(index, made_document(1))
        await put(index, made_document(2))
        new = await index.begin()
        await index.fill(new, [(made_document(1), made_pieces_of(made_document(1)))])
        reader = open_index(place, embedder="made", dimensions=DIMENSIONS)
        assert set(await index.standing()) == set(await reader.standing())
        assert len(await reader.standing()) == 2
        # A crash here leaves it as it is, and the next one begins anew.
        again = await index.begin()
        assert again.number == new.number + 1
        await index.fill(again, [(made_document(1), made_pieces_of(made_document(1)))])
        await index.switch(again)
        await reader.close()
        for each in (index, reader):
            standing = await each.standing()
            assert set(standing) == {"doc_000001"}
            assert standing["doc_000001"].vectors == standing["doc_000001"].chunks
        await reader.close()

    tell(place, story)


def test_a_writer_that_still_has_the_old_generation_writes_into_the_new_one(
    tmp_path: Path,
) -> None:
    place = tmp_path / "index"

    async def story(index: LanceIndex) -> None:
        await put(index, made_document(1))
        other = open_index(place, embedder="made", dimensions=DIMENSIONS)
        new = await other.begin()
        await other.switch(new)
        await put(index, made_document(2))
        assert set(await other.standing()) == {"doc_000002"}
        await other.close()

    tell(place, story)


def test_what_is_left_over_is_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(index: LanceIndex) -> None:
        await put(index, made_document(1))
        await index.switch(await index.begin())
        await index.begin()
        await put(index, made_document(2))
        names = {file.name for file in (tmp_path / "index").iterdir()}
        await index.tidy()
        assert {file.name for file in (tmp_path / "index").iterdir()} == names
        monkeypatch.setattr(generations, "RETIRED_S", -1.0)
        monkeypatch.setattr(generations, "UNFINISHED_S", -1.0)
        await index.tidy()
        numbers = {file.name.split("_")[1].split(".")[0] for file in (tmp_path / "index").iterdir()}
        assert numbers == {"g2"}
        assert await documents_by_words(index, "付款") == {"doc_000002"}

    tell(tmp_path / "index", story)


def test_vectors_of_two_embedders_never_meet(tmp_path: Path) -> None:
    place = tmp_path / "index"

    async def first(index: LanceIndex) -> None:
        await put(index, made_document(1))

    async def second(index: LanceIndex) -> None:
        assert await index.by_meaning(vector_of("x"), ALL, 10) == []
        assert len(await index.without_vectors(made_document(1))) == (await index.size()).chunks
        with pytest.raises(BadUsage):
            await index.by_meaning([1.0, 0.0], ALL, 10)

    tell(place, first)
    tell(place, second, embedder="another")


def test_a_folder_that_is_deleted_while_it_is_used_is_made_again(tmp_path: Path) -> None:
    place = tmp_path / "index"

    async def story(index: LanceIndex) -> None:
        await put(index, made_document(1))
        shutil.rmtree(place)
        assert await documents_by_words(index, "付款") == set()
        await put(index, made_document(2))
        assert await documents_by_words(index, "付款") == {"doc_000002"}
        shutil.rmtree(place)
        await put(index, made_document(3))
        assert await documents_by_meaning(index) == {"doc_000003"}

    tell(place, story)


@pytest.mark.parametrize("damage", [b"", b"junk" * 20])
def test_damage_is_told_and_a_new_generation_mends_it(tmp_path: Path, damage: bytes) -> None:
    place = tmp_path / "index"
    document = made_document(1)

    async def story(index: LanceIndex) -> None:
        await put(index, document)
        await index.close()
        for file in place.rglob("data/*.lance"):
            file.write_bytes(damage)
        with pytest.raises(IndexBroken) as caught:
            await index.chunks([made_pieces_of(document)[0].id])
        assert caught.value.code == "index_broken"
        assert "rebuild" in caught.value.remedy
        new = await index.begin()
        await index.fill(new, [(document, made_pieces_of(document))])
        await index.switch(new)
        assert await index.of_document(document.id) == made_pieces_of(document)
        assert await documents_by_words(index, "付款") == {document.id}

    tell(place, story)


def test_other_kinds_of_place_are_refused() -> None:
    with pytest.raises(BadUsage):
        open_index("gs://bucket/index")
