"""Personal data over HTTP: in part on every way, whole for a reason, and never stored in part."""

from __future__ import annotations

import json
from typing import Any

from tests.resources.api_desk import ADMIN, ApiDesk, Knocker, problem
from tests.resources.claims import ANN, AUDITOR, REVIEWER, STRANGER, SUPERVISOR, file, paper
from tests.rooms.approvals.api.conftest import Story

ID = "990101199003070015"
OTHER_ID = "990101199003070023"
HOME = "杭州市西湖区文一西路969号3幢2单元1504室"
PERSON = {"name": "欧阳思远", "birth": "1990-03-07", "address": HOME, "id_number": ID}
SECRETS = (ID, ID[3:14], "1990-03-07", HOME[6:], HOME)


def card(**more: Any) -> bytes:
    return paper("id_card", **{**PERSON, **more})


def unseen(text: str) -> None:
    for secret in SECRETS:
        assert secret not in text, secret


async def taken(door: Knocker) -> tuple[str, int]:
    first = (await door.get(REVIEWER, "/api/reviews", status=200)).json()["reviews"][0]
    lease = await door.post(REVIEWER, f"/api/reviews/{first['id']}/take", status=200)
    return first["id"], lease.json()["version"]


def test_it_is_shown_in_part_on_every_way(api: Story) -> None:
    async def tell(desk: ApiDesk) -> None:
        async with desk.knocking() as door:
            claim = await desk.settled(card(conflict=["address"]))
            review, _ = await taken(door)
            for who in (ANN, REVIEWER, SUPERVISOR, AUDITOR, ADMIN):
                answer = await door.get(who, f"/api/claims/{claim.id}", status=200)
                unseen(answer.text)
                fields = answer.json()["readings"][0]["files"][0]["readings"][0]["fields"]
                assert fields["id_number"]["value"] == "990***********0015"
                assert fields["name"]["value"] == PERSON["name"]
            for path in ("", "/advice"):
                method = "POST" if path else "GET"
                answer = await door.ask(
                    REVIEWER, method, f"/api/reviews/{review}{path}", status=200
                )
                unseen(answer.text)
            unseen((await door.get(ANN, f"/api/claims/{claim.id}/events", status=200)).text)
            entries = await desk.trail.entries(rows_max=200)
            unseen(json.dumps([dict(each.detail) for each in entries], ensure_ascii=False))
            kept = await desk.claims.papers(AUDITOR, claim.id)
            assert ID in kept.readings[0].files
            assert kept.decision is not None
            unseen(kept.decision.decision + kept.decision.facts)

    api(tell)


def test_whoever_reviews_sees_it_whole_for_a_reason_and_it_is_recorded(api: Story) -> None:
    async def tell(desk: ApiDesk) -> None:
        async with desk.knocking() as door:
            claim = await desk.settled(card())
            view = (await door.get(REVIEWER, f"/api/claims/{claim.id}")).json()
            attachment = view["attachments"][0]["id"]
            place = f"/api/claims/{claim.id}/files/{attachment}/reveal"
            why = {"reason": "核对身份证号码"}
            for who, status, code in (
                (None, 401, "not_signed_in"),
                (ANN, 403, "missing_right"),
                (ADMIN, 403, "missing_right"),
                (AUDITOR, 403, "missing_right"),
                (STRANGER, 404, "not_found"),
            ):
                problem(await door.post(who, place, json=why), status, code)
            for reason in ("", " ", "x"):
                problem(
                    await door.post(REVIEWER, place, json={"reason": reason}),
                    422,
                    "reason_required",
                )
            problem(await door.post(REVIEWER, place, json={}), 422, "invalid")
            none = place.replace(attachment, "att_none")
            problem(await door.post(REVIEWER, none, json=why), 404, "not_found")
            assert "claim.revealed" not in await _actions(desk, claim.id)
            for _ in range(2):
                answer = await door.post(REVIEWER, place, json=why, key="again", status=200)
                assert answer.headers["cache-control"] == "no-store"
                fields = answer.json()["files"][0]["readings"][0]["fields"]
                assert {name: fields[name]["value"] for name in PERSON} == PERSON
            entries = [
                each
                for each in await desk.trail.entries(subject=claim.id, rows_max=200)
                if each.action == "claim.revealed"
            ]
            assert [each.actor for each in entries] == [REVIEWER.id] * 2
            assert {"attachment": attachment, "reason": why["reason"]}.items() <= dict(
                entries[0].detail
            ).items()
            assert {"id_number", "birth", "address"} <= set(entries[0].detail["fields"])

    api(tell)


async def _actions(desk: ApiDesk, claim: str) -> list[str]:
    return [each.action for each in await desk.trail.entries(subject=claim, rows_max=200)]


def test_nobody_reveals_their_own_claim(api: Story) -> None:
    async def tell(desk: ApiDesk) -> None:
        async with desk.knocking() as door:
            claim = await desk.settled(card(), by=REVIEWER)
            view = (await door.get(REVIEWER, f"/api/claims/{claim.id}")).json()
            place = f"/api/claims/{claim.id}/files/{view['attachments'][0]['id']}/reveal"
            problem(await door.post(REVIEWER, place, json={"reason": "mine"}), 403, "own_claim")

    api(tell)


def test_what_is_shown_in_part_never_becomes_the_truth(api: Story) -> None:
    async def tell(desk: ApiDesk) -> None:
        async with desk.knocking() as door:
            claim = await desk.settled(card())
            review, version = await taken(door)
            place = f"/api/reviews/{review}"
            view = (await door.get(REVIEWER, place)).json()
            attachment = view["attachments"][0]["id"]
            shown = view["readings"][0]["files"][0]["readings"][0]["fields"]

            def sent(field: str, **more: Any) -> dict[str, Any]:
                return {"corrections": [{"attachment": attachment, "field": field, **more}]}

            for field, value in (
                ("id_number", shown["id_number"]["value"]),
                ("id_number", "99010119900307****"),
                ("address", shown["address"]["value"]),
                ("address", "杭州市西湖区＊＊＊"),
                ("birth", shown["birth"]["value"]),
            ):
                answer = await door.post(
                    REVIEWER, f"{place}/corrections", json=sent(field, value=value), etag=version
                )
                problem(answer, 422, "masked_value")
            wrong = sent("id_number", value=ID[:-1] + "6")
            answer = await door.post(REVIEWER, f"{place}/corrections", json=wrong, etag=version)
            problem(answer, 422, "impossible_value")
            # What is shown may be confirmed as it is shown: the whole value stands.
            body = sent("id_number", value=shown["id_number"]["value"], confirmed=True)
            made = await door.post(
                REVIEWER, f"{place}/corrections", json=body, etag=version, status=200
            )
            unseen(made.text)
            version = made.json()["version"]
            body = sent("id_number", value=OTHER_ID)
            made = await door.post(
                REVIEWER, f"{place}/corrections", json=body, etag=version, status=200
            )
            assert OTHER_ID not in made.text
            unseen(made.text)
            (told,) = made.json()["corrections"]
            assert (told["was"], told["value"]) == ("990***********0015", "990***********0023")
            for path in (place, f"/api/claims/{claim.id}"):
                answer = await door.get(REVIEWER, path, status=200)
                unseen(answer.text)
                assert OTHER_ID not in answer.text
            whole = await door.post(
                REVIEWER,
                f"/api/claims/{claim.id}/files/{attachment}/reveal",
                json={"reason": "核对更正"},
                status=200,
            )
            fields = whole.json()["files"][0]["readings"][0]["fields"]
            assert fields["id_number"]["value"] == OTHER_ID
            assert [each["value"] for each in whole.json()["corrections"]] == [ID, OTHER_ID]

    api(tell)


def test_a_corrected_kind_shows_no_more(api: Story) -> None:
    """A receipt's address is nobody's secret, a card's is, whatever somebody calls it."""

    async def tell(desk: ApiDesk) -> None:
        async with desk.knocking() as door:
            await desk.settled(card())
            review, version = await taken(door)
            place = f"/api/reviews/{review}"
            attachment = (await door.get(REVIEWER, place)).json()["attachments"][0]["id"]
            for kind in ("receipt", "other", "business_licence"):
                change = {"attachment": attachment, "field": "kind", "value": kind}
                made = await door.post(
                    REVIEWER,
                    f"{place}/corrections",
                    json={"corrections": [change]},
                    etag=version,
                    status=200,
                )
                version = made.json()["version"]
                unseen((await door.get(REVIEWER, place, status=200)).text)

    api(tell)


def test_uploads_and_what_submitters_say_are_shown_in_part(api: Story) -> None:
    async def tell(desk: ApiDesk) -> None:
        from yuepi.approvals.upload_reading import UploadReader
        from yuepi.documents.turns import ClaimsFirst

        async with desk.knocking() as door:
            shelf = desk.claims.uploads
            upload, _ = await shelf.take(ANN, file(card()), None)
            reader = UploadReader(desk.database, desk.blobs, ClaimsFirst(desk.reader), desk.clock)
            assert await reader.read_next()
            for path in ("", f"/{upload.row.id}"):
                answer = await door.get(ANN, f"/api/uploads{path}", status=200)
                unseen(answer.text)
                assert "990***********0015" in answer.text

    api(tell)


def test_invoices_are_shown_as_they_are(api: Story) -> None:
    async def tell(desk: ApiDesk) -> None:
        async with desk.knocking() as door:
            claim = await desk.settled(paper(number="26332000000012345601", total="12.00"))
            shown = (await door.get(ANN, f"/api/claims/{claim.id}", status=200)).json()
            fields = shown["readings"][0]["files"][0]["readings"][0]["fields"]
            assert fields["number"]["value"] == "26332000000012345601"

    api(tell)
