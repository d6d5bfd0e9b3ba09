"""What people and departments are called, for who holds their ids."""

from __future__ import annotations

from tests.rooms.access.conftest import PeopleStory
from tests.rooms.access.people_desk import PASSWORD, PeopleDesk


def test_names_by_ids(people: PeopleStory) -> None:
    async def tell(desk: PeopleDesk) -> None:
        anna = await desk.person("Anna", "submitter")
        bob = await desk.person("Bob", "auditor")
        made = await desk.accounts.departments.create("销售部", by="system")
        browser = desk.browser()
        path = f"/api/names?id={anna.id}&id={bob.id}&id={made.id}&id=usr_gone&id={anna.id}"
        assert (await browser.ask("GET", path)).code == "not_signed_in"
        await browser.sign_in("anna", PASSWORD)
        told = (await browser.ask("GET", path)).json
        assert told == {"names": {anna.id: anna.name, bob.id: bob.name, made.id: "销售部"}}
        assert (await browser.ask("GET", "/api/names?id=usr_gone")).json == {"names": {}}
        many = "&".join(f"id=usr_{at}" for at in range(101))
        for query in ("", "id=", "id=a%20b", f"id={'a' * 65}", many):
            assert (await browser.ask("GET", f"/api/names?{query}")).status == 422
        _, secret = await desk.accounts.keyring.create("narrow", scopes=["models:ask"])
        key = {"authorization": f"Bearer {secret}"}
        answer = await desk.browser().ask("GET", path, headers=key)
        assert (answer.status, answer.code) == (403, "missing_right")

    people(tell)
