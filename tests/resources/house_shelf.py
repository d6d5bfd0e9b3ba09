"""Documents for the routes' matrix: for each owner a top folder of their department with one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.resources.shelf_reader import PlainReader
from yuepi.access.principal import Principal
from yuepi.app.library import Library
from yuepi.kit.clock import utc_now
from yuepi.kit.settings import Settings, load_settings
from yuepi.library.actor import OPERATOR, actor_of
from yuepi.library.query import Query
from yuepi.library.reading import ShelfReader
from yuepi.library.scope import scope_of

TEXT = "\n".join(f"A letter about the matter, paragraph {at}: as agreed." for at in range(9))


def house_settings(folder: Path) -> Settings:
    """Settings under which webhooks may call this machine, and search is by words."""
    settings = load_settings(folder, {})
    webhooks = settings.webhooks.model_copy(update={"allow_loopback": True})
    library = settings.library.model_copy(update={"embedder": ""})
    return replace(settings, webhooks=webhooks, library=library)


@dataclass(frozen=True)
class Shelved:
    """A document that was read, and its folder."""

    folder: str
    document: str


async def shelved(library: Library, owner: Principal) -> Shelved:
    """A document of that owner, seen by their department, read with a picture of its page."""
    actor = actor_of(Principal(owner.id, "", frozenset({"submitter"}), owner.department))
    folder = await library.folders.create(OPERATOR, None, f"of {owner.id}", owner.department)
    text = f"{TEXT}\n{owner.id}"
    added = await library.shelf.add(actor, folder.id, "letter.txt", text.encode())
    reader = ShelfReader(library.database, library.blobs, PlainReader(pictures=True), utc_now)
    while await reader.read_next():
        pass
    return Shelved(folder.id, added.document.id)


async def shelved_again(library: Library, kept: Shelved) -> str:
    """The document's id, out of the trash where a route put it."""
    await library.shelf.restore(OPERATOR, kept.document)
    return kept.document


async def saved_again(library: Library, owner: Principal) -> str:
    """The id of a search that the owner has just saved, their only one."""
    scope = scope_of(owner)
    saved = await library.saved.create(scope, "letters", Query(text="letter"), alerts=False)
    for old in (await library.saved.list(scope))[:-1]:
        await library.saved.delete(scope, old.id)
    return saved.id


async def ask_with_ids(ask: Callable[..., Awaitable[Any]], kept: Shelved, theirs: str) -> None:
    """Each field of a body that names a folder or document, with what is out of reach in it.

    ask: by the name of who asks, method, path, wanted status. kept: out of reach of the submitter
    of another department. theirs: that department.
    """
    who, place = "submitter other", "/api/library"
    new = {"name": "inside", "parent": kept.folder}
    await ask(who, "POST", f"{place}/folders", 404, json=new)
    elsewhere = {"name": "theirs", "department": theirs}
    await ask(who, "POST", f"{place}/folders", 404, json=elsewhere)
    own = await ask(who, "POST", f"{place}/folders/own", 200)
    stamp = {"If-Match": f'"{own["version"]}"'}
    moved = {"parent": kept.folder}
    await ask(who, "PATCH", f"{place}/folders/{own['id']}", 404, json=moved, headers=stamp)
    form = {"file": ("mine.txt", TEXT.encode())}
    await ask(who, "POST", f"{place}/documents", 404, files=form, data={"folder": kept.folder})
    added = await ask(
        who, "POST", f"{place}/documents", 201, files=form, data={"folder": own["id"]}
    )
    mine = added["added"][0]["document"]
    stamp = {"If-Match": f'"{mine["version"]}"'}
    away = {"folder": kept.folder}
    await ask(who, "PATCH", f"{place}/documents/{mine['id']}", 404, json=away, headers=stamp)
    question = {"question": "which letter?", "stream": False}
    within = {"documents": [kept.document]}
    await ask(who, "POST", f"{place}/ask", 404, json=question | within)
    for query in (within, {"folders": [kept.folder]}):
        found = await ask(who, "POST", f"{place}/search", 200, json={"query": query})
        assert (found["hits"], found["documents"], found["facets"]) == ([], 0, [])
        await ask(who, "POST", f"{place}/searches", 201, json={"name": "theirs", "query": query})
    inside = {"question": "letter", "folder": kept.folder}
    found = await ask(who, "POST", f"{place}/search", 200, json=inside)
    assert (found["hits"], found["documents"], found["facets"]) == ([], 0, [])
    assert [chip["label_en"] for chip in found["chips"]] == [f"Folder: {kept.folder}"]
    await ask(who, "POST", f"{place}/alerts/read", 204, json=within)
