"""`yuepi reviews`: the review pool of a running server, in a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yuepi.app.api_client import Api, place
from yuepi.app.commands.claims import claim_line, correction_line, decision_lines, moment
from yuepi.app.server import Server, change, present
from yuepi.app.speaking import Speaker
from yuepi.app.visible import visible, visible_line
from yuepi.app.words import Words
from yuepi.kit.errors import BadUsage


@dataclass(frozen=True, slots=True)
class Place:
    """Which paper: of which attachment (None: the only one), which file and paper in it."""

    attachment: str | None
    file_at: int
    reading_at: int


def list_reviews(server: Server, *, purpose: str | None, mine: bool, limit: int) -> int:
    """The queue, one review a line."""
    speaker = server.speaker

    async def tell(api: Api) -> Any:
        wanted = "true" if mine else None
        return (await api.get(place("reviews"), purpose=purpose, mine=wanted, limit=limit)).body

    page = server.run(tell)
    if speaker.as_json:
        speaker.give(page)
        return 0
    if not page["reviews"]:
        speaker.note(speaker.said(Words("没有待审核的", "Nothing waits for review")))
    for review in page["reviews"]:
        speaker.say(visible_line(_line(review, speaker)))
    return 0


def take_review(server: Server, review_id: str | None) -> int:
    """Hold a review and show it; without an id the first free one."""
    speaker = server.speaker

    async def tell(api: Api) -> Any:
        wanted = review_id or await _first_free(api)
        await change(api, ("reviews", wanted), "take", None, None)
        return (await present(api, "reviews", wanted)).body

    view = server.run(tell)
    if speaker.as_json:
        speaker.give(view)
        return 0
    speaker.say(visible_line(_line(view["review"], speaker)))
    speaker.say(visible_line(claim_line(view["claim"], speaker)))
    for line in _papers(view):
        speaker.say(visible(line))
    return 0


def renew_review(server: Server, review_id: str) -> int:
    """Hold a review for longer, and tell for how long."""
    speaker = server.speaker

    async def tell(api: Api) -> Any:
        return (await change(api, ("reviews", review_id), "renew", None, None)).body

    lease = server.run(tell)
    if speaker.as_json:
        speaker.give(lease)
    else:
        seconds = lease["lasts_s"]
        speaker.say(speaker.said(Words(f"还可处理 {seconds} 秒", f"Yours for {seconds} s")))
    return 0


def hand_back_review(server: Server, review_id: str) -> int:
    """Let go of a review."""
    speaker = server.speaker

    async def tell(api: Api) -> None:
        await change(api, ("reviews", review_id), "hand-back", None, None)

    server.run(tell)
    if speaker.as_json:
        speaker.give({"review": review_id, "held": False})
    else:
        speaker.say(speaker.said(Words("已交回", "Handed back")))
    return 0


def show_advice(server: Server, review_id: str) -> int:
    """What the machine made of the claim, under which stage and policy."""
    speaker = server.speaker

    async def tell(api: Api) -> Any:
        return (await change(api, ("reviews", review_id), "advice", None, None)).body

    advice = server.run(tell)
    if speaker.as_json:
        speaker.give(advice)
        return 0
    for line in decision_lines(advice["decision"], speaker):
        speaker.say(visible(line))
    for name in ("refer_to", "stage", "policy"):
        speaker.say(visible_line(f"  {name}: {advice[name] or '-'}"))
    return 0


def act(server: Server, review_id: str, verb: str, body: Mapping[str, Any]) -> int:
    """Decide, or ask the submitter, on the claim as it stands now."""
    speaker = server.speaker

    async def tell(api: Api) -> Any:
        etag = (await present(api, "reviews", review_id)).etag
        return (await change(api, ("reviews", review_id), verb, body, etag)).body

    told = server.run(tell)
    if speaker.as_json:
        speaker.give(told)
    elif told.get("final") is False:
        first = Words("已同意，还需另一人同意", "Approved; another person must approve, too")
        speaker.say(speaker.said(first))
    else:
        speaker.say(speaker.said(Words("已完成", "Done")))
    return 0


def correct(server: Server, review_id: str, fields: Sequence[str], where: Place) -> int:
    """Say what a paper shows."""
    speaker = server.speaker

    async def tell(api: Api) -> Any:
        view = await present(api, "reviews", review_id)
        attachment = where.attachment or _only(view.body["attachments"])
        corrections = [_correction(each, attachment, where) for each in fields]
        body = {"corrections": corrections}
        return (await change(api, ("reviews", review_id), "corrections", body, view.etag)).body

    told = server.run(tell)
    if speaker.as_json:
        speaker.give(told)
        return 0
    for each in told["corrections"]:
        speaker.say(visible_line(correction_line(each)))
    return 0


async def _first_free(api: Api) -> str:
    page = (await api.get(place("reviews"), limit=50)).body
    free = next((each["id"] for each in page["reviews"] if each["holder"] is None), None)
    if free is None:
        raise BadUsage(
            "there is no review that is free", remedy="try again later", code="nothing_waits"
        )
    return str(free)


def _only(attachments: Sequence[Mapping[str, Any]]) -> str:
    if len(attachments) != 1:
        ids = ", ".join(f"{each['id']} ({each['name']})" for each in attachments)
        raise BadUsage(
            f"the claim has {len(attachments)} files: {ids}"[:500],
            remedy="say which with --attachment",
            code="which_attachment",
        )
    return str(attachments[0]["id"])


def _correction(text: str, attachment: str, where: Place) -> dict[str, Any]:
    """`FIELD=VALUE`; `FIELD` alone confirms, `FIELD=` says that there is nothing."""
    field, equals, value = text.partition("=")
    return {
        "attachment": attachment,
        "file_at": where.file_at,
        "reading_at": where.reading_at,
        "field": field.strip(),
        "value": value.strip() or None,
        "confirmed": not equals,
    }


def _line(review: Mapping[str, Any], speaker: Speaker) -> str:
    """A review on one line."""
    held = Words("处理中", "held") if review["holder"] else Words("空闲", "free")
    late = speaker.said(Words("已逾期", "overdue")) if review["overdue"] else ""
    parts = [
        review["id"],
        review["purpose"],
        moment(review["created_at"]),
        speaker.said(held),
        review["category"],
        review["total"] or "-",
        late,
    ]
    return "  ".join(part for part in parts if part)


def _papers(view: Mapping[str, Any]) -> list[str]:
    """The files of a review's claim and what was read on them, line by line."""
    names = {each["id"]: each["name"] for each in view["attachments"]}
    lines = []
    for reading in view["readings"]:
        attachment = reading["attachment"]
        lines.append(f"  {names.get(attachment, '?')}  {attachment}")
        for file_at, file in enumerate(reading["files"]):
            for at, paper in enumerate(file["readings"]):
                lines.append(f"    {file_at}/{at}  {paper['kind']}")
                lines += [
                    f"      {name}: {field['value'] or '-'}  ({field['status']})"
                    for name, field in paper["fields"].items()
                ]
    lines += [f"  {each['verdict']}: {each['reason']}" for each in view["earlier"]]
    return lines
