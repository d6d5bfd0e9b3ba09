"""`/api/library`: folders and documents over HTTP."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import update

from tests.resources.api_desk import Knocker, problem
from tests.resources.databases import migrated_sqlite, story_at
from tests.resources.shelf_api import ADMIN, ANN, AUDITOR, BEN, BOSS, ShelfApi
from tests.resources.shelf_desk import picture
from tests.rooms.library.test_bulk import zipped
from yuepi.access.principal import Principal
from yuepi.documents.kept_pages import PagePicture, keep_pages
from yuepi.library.store.tables import DOCUMENTS, PARTS

Tell = Callable[[ShelfApi, Knocker], Awaitable[None]]
FOLDERS = "/api/library/folders"
DOCUMENTS_AT = "/api/library/documents"


@pytest.fixture
def api(tmp_path: Path) -> Callable[[Tell], None]:
    run = story_at(
        migrated_sqlite(tmp_path / "yuepi.db"), lambda db: ShelfApi(db, tmp_path / "blobs")
    )

    def told(tell: Tell) -> None:
        async def story(desk: ShelfApi) -> None:
            async with desk.knocking() as client:
                await tell(desk, client)

        run(story)

    return told


async def own(client: Knocker, who: Principal = ANN) -> str:
    return str((await client.post(who, f"{FOLDERS}/own", status=200)).json()["id"])


async def upload(
    client: Knocker, who: Principal, folder: str, *files: tuple[str, bytes], **more: Any
) -> Any:
    data = {"folder": folder, **more.pop("data", {})}
    parts = [("file", (name, content, "application/octet-stream")) for name, content in files]
    return await client.post(who, DOCUMENTS_AT, data=data, files=parts, **more)


async def one(client: Knocker, who: Principal = ANN, mark: int = 0) -> dict[str, Any]:
    answer = await upload(client, who, await own(client, who), ("a.jpg", picture(mark)))
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()["added"][0]["document"]
    return told


def test_folders_are_made_changed_and_deleted(api: Callable[[Tell], None]) -> None:
    async def tell(desk: ShelfApi, client: Knocker) -> None:
        made = await client.post(
            BOSS, FOLDERS, json={"name": "合同", "department": "sales"}, key="k", status=201
        )
        again = await client.post(
            BOSS, FOLDERS, json={"name": "合同", "department": "sales"}, key="k", status=201
        )
        folder = made.json()
        assert again.json() == folder
        assert made.headers["etag"] == '"1"'
        assert made.headers["location"] == f"{FOLDERS}/{folder['id']}"
        assert folder["path"] == ["合同"]
        assert folder["may_manage"]
        problem(
            await client.post(BOSS, FOLDERS, json={"name": "合同", "department": "sales"}),
            409,
            "name_taken",
        )
        problem(
            await client.post(ANN, FOLDERS, json={"name": "x", "department": "sales"}),
            403,
            "not_yours",
        )
        problem(await client.post(ANN, FOLDERS, json={"name": "x/y"}), 422, "bad_name")
        problem(await client.post(AUDITOR, FOLDERS, json={"name": "x"}), 403, "missing_right")
        seen = (await client.get(ANN, FOLDERS, status=200)).json()["folders"]
        assert [(e["name"], e["may_add"], e["may_manage"]) for e in seen] == [("合同", True, False)]
        assert (await client.get(BEN, FOLDERS, status=200)).json() == {"folders": []}
        place = f"{FOLDERS}/{folder['id']}"
        body = {"name": "合同 2026"}
        problem(await client.ask(BOSS, "PATCH", place, json=body), 428, "precondition_required")
        changed = await client.ask(BOSS, "PATCH", place, json=body, etag=1, status=200)
        assert (changed.json()["name"], changed.headers["etag"]) == ("合同 2026", '"2"')
        stale = problem(await client.ask(BOSS, "PATCH", place, json=body, etag=1), 409, "stale")
        assert stale["current"]["name"] == "合同 2026"
        problem(await client.ask(BEN, "PATCH", place, json=body, etag=2), 404, "not_found")
        await client.ask(BOSS, "DELETE", place, etag=2, status=204)

    api(tell)


def test_an_upload_tells_of_each_file(api: Callable[[Tell], None]) -> None:
    async def tell(desk: ShelfApi, client: Knocker) -> None:
        folder = await own(client)
        files = (
            ("a.jpg", picture(1)),
            ("bad.exe", b"MZ"),
            ("in.zip", zipped(("z.jpg", picture(2)))),
        )
        paths = ["2024/a.jpg", "2024/bad.exe", "in.zip"]
        answer = await upload(
            client, ANN, folder, *files, data={"path": paths, "tags": ["红", "x"]}, key="k1"
        )
        assert answer.status_code == 201, answer.text
        told = answer.json()
        assert [(e["outcome"], e["document"]["path"][1:]) for e in told["added"]] == [
            ("new", ["2024"]),
            ("new", ["in"]),
        ]
        first = told["added"][0]["document"]
        assert first["tags"] == ["红", "x"]
        assert (first["state"], first["may_write"], first["thumb"]) == ("waiting", True, None)
        assert [(e["name"], e["code"]) for e in told["refused"]] == [
            ("2024/bad.exe", "unsupported_type")
        ]
        again = await upload(
            client, ANN, folder, *files, data={"path": paths, "tags": ["红", "x"]}, key="k1"
        )
        assert again.json() == told
        other = await upload(client, ANN, folder, files[0], key="k1")
        problem(other, 409, "idempotency_mismatch")
        same = await upload(client, ANN, folder, files[0], data={"path": paths[:1]})
        assert same.json()["added"][0]["outcome"] == "same"
        # Nothing could be added: that is no success.
        refused = problem(
            await upload(client, ANN, folder, files[1], ("e.jpg", b"")), 422, "unsupported_type"
        )
        assert [e["code"] for e in refused["problems"]] == ["unsupported_type", "empty_file"]
        problem(await upload(client, ANN, folder), 415, "unsupported_media_type")
        problem(
            await upload(client, ANN, folder, *files, data={"path": paths[:2]}), 422, "bad_paths"
        )
        problem(await upload(client, BEN, folder, files[0]), 404, "not_found")
        problem(await upload(client, AUDITOR, folder, files[0]), 403, "missing_right")
        long = await upload(client, ANN, folder, files[0], data={"path": "d/" * 3000})
        problem(long, 413, "too_large")
        twice = await upload(client, ANN, folder, files[0], data={"folder": [folder, folder]})
        problem(twice, 422, "repeated_field")
        nine = [(f"{n}.jpg", picture(n)) for n in range(9)]
        problem(await upload(client, ANN, folder, *nine), 413, "too_many_files")

    api(tell)


def test_a_document_is_listed_looked_at_changed_and_thrown_away(
    api: Callable[[Tell], None],
) -> None:
    async def tell(desk: ShelfApi, client: Knocker) -> None:
        made = await one(client)
        place = f"{DOCUMENTS_AT}/{made['id']}"
        listed = (await client.get(ANN, DOCUMENTS_AT, status=200)).json()
        assert [each["id"] for each in listed["documents"]] == [made["id"]]
        assert listed["next"] is None
        found = await client.get(ANN, place, status=200)
        assert found.headers["etag"] == '"1"'
        assert found.json() == made
        body = {"name": "b.jpg", "tags": ["t"], "title": "标题"}
        problem(await client.ask(ANN, "PATCH", place, json=body), 428, "precondition_required")
        changed = await client.ask(ANN, "PATCH", place, json=body, etag=1, status=200)
        assert (changed.json()["name"], changed.json()["title"]) == ("b.jpg", "标题")
        problem(await client.ask(ANN, "PATCH", place, json=body, etag=1), 409, "stale")
        problem(await client.ask(ANN, "PATCH", place, json={"x": 1}, etag=2), 422, "invalid")
        tags = (await client.get(ANN, f"{DOCUMENTS_AT}/tags", status=200)).json()
        assert tags == {"tags": [{"tag": "t", "documents": 1}]}
        for who, status in ((BEN, 404), (BOSS, 404)):
            for method, path in (
                ("GET", ""),
                ("DELETE", ""),
                ("POST", "/restore"),
                ("GET", "/versions"),
                ("GET", "/original"),
                ("GET", "/pages"),
                ("GET", "/pages/0/1"),
                ("GET", "/reading"),
                ("GET", "/text/0/1"),
            ):
                assert (await client.ask(who, method, place + path)).status_code == status
        await client.ask(ANN, "DELETE", place, status=204)
        assert (await client.get(ANN, DOCUMENTS_AT)).json()["documents"] == []
        trash = (await client.get(ANN, DOCUMENTS_AT, params={"trashed": True})).json()
        assert trash["documents"][0]["trashed_at"] is not None
        assert (await client.get(ANN, place, status=200)).json()["thumb"] is None
        back = await client.post(ANN, f"{place}/restore", status=200)
        assert back.json()["trashed_at"] is None
        await client.ask(ANN, "DELETE", place, status=204)
        problem(await client.ask(ANN, "DELETE", f"{place}?forever=1"), 409, "not_read_yet")
        await desk.was_read(made["id"])
        await client.ask(ANN, "DELETE", f"{place}?forever=1", status=204)
        problem(await client.get(ANN, place), 404, "not_found")

    api(tell)


def test_a_voucher_stays(api: Callable[[Tell], None]) -> None:
    async def tell(desk: ShelfApi, client: Knocker) -> None:
        made = await one(client)
        await desk.was_read(
            made["id"], kind="digital_invoice", locked_until="2057-01-01",
            amount_hundredths=628_005, currency="CNY", day="2026-01-02",
        )  # fmt: skip
        place = f"{DOCUMENTS_AT}/{made['id']}"
        told = problem(await client.ask(ANN, "DELETE", place), 409, "retained")
        assert "2057-01-01" in told["detail"]
        shown = (await client.get(ANN, place)).json()
        assert (shown["amount"], shown["currency"], shown["day"]) == (
            "6280.05",
            "CNY",
            "2026-01-02",
        )
        assert shown["locked_until"] == "2057-01-01"
        assert "发票" in shown["kind_label"]
        english = (await client.get(ANN, place, params={"language": "en"})).json()
        assert english["kind_label"].isascii()

    api(tell)


def test_versions_and_originals(api: Callable[[Tell], None]) -> None:
    async def tell(desk: ShelfApi, client: Knocker) -> None:
        made = await one(client)
        place = f"{DOCUMENTS_AT}/{made['id']}"
        file = ("file", ("名字.jpg", picture(7), "image/jpeg"))
        added = await client.post(ANN, f"{place}/versions", files=[file], key="v", status=201)
        assert (added.json()["outcome"], added.json()["document"]["number"]) == ("version", 2)
        again = await client.post(ANN, f"{place}/versions", files=[file], key="v", status=201)
        assert again.json() == added.json()
        two = await client.post(ANN, f"{place}/versions", files=[file, file])
        problem(two, 422, "not_one_file")
        versions = (await client.get(ANN, f"{place}/versions", status=200)).json()["versions"]
        assert [(e["number"], e["name"]) for e in versions] == [(2, "名字.jpg"), (1, "a.jpg")]
        first = await client.get(ANN, versions[1]["href"], status=200)
        assert first.content == picture(0)
        assert first.headers["content-disposition"].startswith("attachment")
        assert first.headers["x-content-type-options"] == "nosniff"
        assert (await client.get(ANN, f"{place}/original")).content == picture(7)
        problem(await client.get(ANN, f"{place}/original?number=9"), 404, "not_found")

    api(tell)


def test_pages_and_small_pictures(api: Callable[[Tell], None]) -> None:
    async def tell(desk: ShelfApi, client: Knocker) -> None:
        made = await one(client)
        out = io.BytesIO()
        Image.new("RGB", (1000, 1400), (10, 200, 30)).save(out, "JPEG")
        kept = await keep_pages(desk.blobs, [PagePicture(0, 1, 1000, 1400, out.getvalue())])
        async with desk.database.writing() as transaction:
            await transaction.execute(update(PARTS).values(pages=kept, state="done"))
            await transaction.execute(update(DOCUMENTS).values(state="done"))
        place = f"{DOCUMENTS_AT}/{made['id']}"
        pages = (await client.get(ANN, f"{place}/pages", status=200)).json()
        assert [(e["page"], e["width"]) for e in pages] == [(1, 1000)]
        whole = await client.get(ANN, pages[0]["href"], status=200)
        assert whole.content == out.getvalue()
        assert "immutable" in whole.headers["cache-control"]
        thumb = (await client.get(ANN, place)).json()["thumb"]
        small = await client.get(ANN, thumb, status=200)
        assert small.headers["content-type"] == "image/jpeg"
        assert "immutable" in small.headers["cache-control"]
        assert max(Image.open(io.BytesIO(small.content)).size) <= 320
        assert (await client.get(ANN, f"{place}/pages/0/2")).status_code == 404
        assert (await client.get(BEN, thumb)).status_code == 404
        assert (await client.get(ANN, f"{place}/reading", status=200)).json()["files"] == []
        text = (await client.get(ANN, f"{place}/text/0/1", status=200)).json()
        assert text == {"runs": [], "withheld": False}

    api(tell)


def test_progress_once_and_as_it_goes_on(api: Callable[[Tell], None]) -> None:
    async def tell(desk: ShelfApi, client: Knocker) -> None:
        made = await one(client)
        await one(client, BEN, 5)
        told = (await client.get(ANN, "/api/library/progress", status=200)).json()
        assert (told["waiting"], told["done"]) == (1, 0)
        assert [each["id"] for each in told["documents"]] == [made["id"]]

        async def end() -> None:
            await asyncio.sleep(0.2)
            await desk.was_read(made["id"])
            await asyncio.sleep(0.4)
            desk.feeds.close()

        ending = asyncio.create_task(end())
        answer = await client.get(
            ANN, "/api/library/progress", headers={"accept": "text/event-stream"}, status=200
        )
        await ending
        lines = [line for line in answer.text.splitlines() if line.startswith("data: ")]
        states = [
            (each["waiting"], each["done"]) for each in map(json.loads, (x[6:] for x in lines))
        ]
        assert states == [(1, 0), (0, 1)]

    api(tell)


def test_nobody_asks_unseen(api: Callable[[Tell], None]) -> None:
    async def tell(desk: ShelfApi, client: Knocker) -> None:
        for path in (FOLDERS, DOCUMENTS_AT, "/api/library/progress", f"{DOCUMENTS_AT}/x"):
            problem(await client.get(None, path), 401, "not_signed_in")
        made = await one(client)
        assert (await client.get(ADMIN, f"{DOCUMENTS_AT}/{made['id']}")).status_code == 200
        seen = (await client.get(AUDITOR, f"{DOCUMENTS_AT}/{made['id']}", status=200)).json()
        assert not seen["may_write"]
        for answer in (
            await client.get(ANN, f"{DOCUMENTS_AT}?after=x"),
            await client.get(ANN, f"{DOCUMENTS_AT}?order=x"),
            await client.get(ANN, f"{DOCUMENTS_AT}?limit=0"),
        ):
            assert answer.status_code in (400, 422)

    api(tell)
