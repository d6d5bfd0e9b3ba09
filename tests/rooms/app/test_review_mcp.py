"""What tools tell an assistant of personal data: no more than pages show people."""

from __future__ import annotations

from pathlib import Path

from tests.resources.shelf_reader import PlainReader
from tests.rooms.app.test_mcp import FILLER, given, talking, told
from yuepi.app.catch_up import catch_up
from yuepi.app.library import Library
from yuepi.app.speaking import Speaker
from yuepi.app.wiring import Wiring
from yuepi.library.actor import OPERATOR

ID_NUMBER = "11010519491231002X"


def test_an_assistant_reads_personal_numbers_in_part(tmp_path: Path) -> None:
    async def tell(library: Library, folder: str, letter: str, secret: str) -> None:
        text = f"Party B\nidentity card {ID_NUMBER}\ncontract HT-2025-0601\n{FILLER}"
        added = await library.shelf.add(OPERATOR, folder, "party.txt", text.encode())
        reader = PlainReader()
        speaker = Speaker("en", as_json=True)
        await catch_up(library, 60, speaker, Wiring(shelf_reader=lambda _: reader))
        document = added.document.id
        async with talking(library, OPERATOR, writes=False) as client:
            read = await given(client, "read_document", document=document, boxes=True)
            found = await given(client, "search_documents", question="HT-2025-0601")
            (whole,) = (await client.read_resource(f"yuepi://documents/{document}")).contents
        assert "HT-2025-0601" in read["pages"][0]["text"]
        assert len(read["pages"][0]["runs"]) == 11
        assert found["hits"]
        assert ID_NUMBER not in f"{read}{found}{whole.text}"

    told(tmp_path / "data", tell)
