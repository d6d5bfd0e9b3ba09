"""Uploads over HTTP: one by one, read meanwhile, handed in with a claim, shown page by page."""

from __future__ import annotations

import json
from typing import Any

from tests.resources.api_desk import ApiDesk, Knocker, problem
from tests.resources.claims import ANN, AUDITOR, BOB, REVIEWER, STRANGER, file, paper
from tests.rooms.approvals.api.conftest import Story
from yuepi.access.principal import Principal
from yuepi.approvals.upload_reading import UploadReader
from yuepi.documents.turns import ClaimsFirst


async def uploaded(api: Knocker, who: Principal = ANN, data: bytes | None = None) -> Any:
    sent = {"file": ("发票.png", data or paper(pages=1))}
    return (await api.post(who, "/api/uploads", files=sent, status=201)).json()


async def read_all(desk: ApiDesk) -> None:
    reader = UploadReader(desk.database, desk.blobs, ClaimsFirst(desk.reader), desk.clock)
    while await reader.read_next():
        pass


def test_from_upload_to_review(api: Story) -> None:
    async def tell(desk: ApiDesk) -> None:
        async with desk.knocking() as door:
            sent = {"file": ("发票.png", paper(pages=1))}
            answer = await door.post(ANN, "/api/uploads", files=sent, key="k", status=201)
            one = answer.json()
            place = f"/api/uploads/{one['id']}"
            assert answer.headers["location"] == place
            assert (one["name"], one["media"], one["seen"]) == ("发票.png", "png", None)
            assert (one["reading"], one["pages"]) == ({"state": "waiting", "files": []}, [])
            again = await door.post(ANN, "/api/uploads", files=sent, key="k", status=200)
            assert again.json()["id"] == one["id"]
            await read_all(desk)
            read = (await door.get(ANN, place, status=200)).json()
            assert read["reading"]["state"] == "done"
            assert read["reading"]["files"][0]["readings"][0]["fields"]["total"]["value"]
            (page,) = read["pages"]
            assert page["href"].startswith(f"{place}/pages/0/1?v=")
            await _picture(door, ANN, page["href"])
            assert (await door.get(ANN, "/api/uploads")).json() == {"uploads": [read]}

            said = [{"upload": one["id"], "field": "total", "value": "301.00"}]
            parts: list[Any] = [
                ("upload", (None, one["id"])),
                ("files", ("小票.png", paper())),
                ("said", (None, json.dumps(said))),
                ("category", (None, "office")),
            ]
            answer = await door.post(ANN, "/api/claims", files=parts, status=201)
            claim = answer.json()
            problem(await door.get(ANN, place), 404, "not_found")
            problem(await door.get(ANN, page["href"]), 404, "not_found")
            await desk.run(await desk.claims.find(ANN, claim["id"]))
            whole = (await door.get(ANN, f"/api/claims/{claim['id']}", status=200)).json()
            first, second = whole["attachments"]
            assert [first["name"], second["name"]] == ["发票.png", "小票.png"]
            assert (first["sha256"], second["pages"]) == (one["sha256"], [])
            assert whole["said"] == [
                {
                    "attachment": first["id"],
                    "file_at": 0,
                    "reading_at": 0,
                    "field": "total",
                    "value": "301.00",
                }
            ]
            (shown,) = first["pages"]
            assert shown["href"].startswith(f"{first['href']}/pages/0/1?v=")
            assert (shown["width"], shown["height"]) == (40, 30)
            await _picture(door, REVIEWER, shown["href"])
            # Without a version it may be another one next time.
            answer = await door.get(ANN, shown["href"].partition("?")[0], status=200)
            assert answer.headers["cache-control"] == "private, no-cache"
            for who in (BOB, STRANGER):
                problem(await door.get(who, shown["href"]), 404, "not_found")
            (queued,) = (await door.get(REVIEWER, "/api/reviews", status=200)).json()["reviews"]
            answer = await door.get(REVIEWER, f"/api/reviews/{queued['id']}", status=200)
            view = answer.json()
            assert view["said"] == whole["said"]
            assert view["attachments"][0]["pages"] == first["pages"]

    api(tell)


async def _picture(door: Knocker, who: Principal, path: str) -> None:
    answer = await door.get(who, path, status=200)
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert answer.headers["vary"] == "Cookie, Authorization"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.content[:2] == b"\xff\xd8"


def test_anothers_upload_is_not_there(api: Story) -> None:
    async def tell(desk: ApiDesk) -> None:
        async with desk.knocking() as door:
            mine = await uploaded(door)
            place = f"/api/uploads/{mine['id']}"
            for path in (place, f"{place}/pages/0/1"):
                problem(await door.get(BOB, path), 404, "not_found")
            problem(await door.ask(BOB, "DELETE", place), 404, "not_found")
            data = {"upload": mine["id"]}
            answer = await door.post(BOB, "/api/claims", files={"files": file().data}, data=data)
            told = problem(answer, 422, "unknown_upload")
            assert [each["name"] for each in told["problems"]] == [mine["id"]]
            problem(await door.get(AUDITOR, place), 403, "missing_right")
            problem(await door.get(None, place), 401, "not_signed_in")
            await door.ask(ANN, "DELETE", place, status=204)
            problem(await door.get(ANN, place), 404, "not_found")

    api(tell)


def test_forms_that_are_refused(api: Story) -> None:
    async def tell(desk: ApiDesk) -> None:
        async with desk.knocking() as door:

            async def refused(path: str, status: int, code: str, *parts: Any) -> None:
                problem(await door.post(ANN, path, files=list(parts)), status, code)

            one = ("file", ("a.png", paper()))
            await refused("/api/uploads", 422, "unknown_field", ("files", ("a.png", paper())))
            await refused("/api/uploads", 413, "too_many_files", one, one)
            await refused("/api/uploads", 422, "invalid", one, ("upload", (None, "x")))
            await refused("/api/uploads", 422, "invalid", ("file", (None, "text")))
            await refused("/api/uploads", 422, "too_short", ("file", ("a.png", b"text")))
            mine = await uploaded(door)
            named = ("upload", (None, mine["id"]))
            await refused("/api/claims", 422, "repeated_upload", named, named)
            await refused("/api/claims", 413, "too_many_files", *[named] * 7)
            await refused("/api/claims", 422, "unknown_upload", ("upload", (None, "upl_%00\x01")))
            for said in ("{", '{"a":1}', '[{"upload":"x"}]', json.dumps([{}] * 51)):
                answer = await door.post(ANN, "/api/claims", files=[named, ("said", (None, said))])
                assert answer.status_code in (400, 422), answer.text
            long = [{"upload": mine["id"], "field": "total", "value": "票" * 201}]
            answer = await door.post(
                ANN, "/api/claims", files=[named, ("said", (None, json.dumps(long)))]
            )
            problem(answer, 422, "invalid")
            full = [
                {"upload": mine["id"], "reading_at": at, "field": "total", "value": "票" * 200}
                for at in range(50)
            ]
            parts = [named, ("said", (None, json.dumps(full)))]
            claim = (await door.post(ANN, "/api/claims", files=parts, status=201)).json()
            path = f"/api/claims/{claim['id']}/answer"
            answer = await door.post(ANN, path, files=[named], etag=1)
            problem(answer, 422, "invalid")

    api(tell)
