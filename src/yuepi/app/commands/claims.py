"""`yuepi claims`: claims of a running server, in a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from yuepi.app.api_client import Api, Asked, place
from yuepi.app.server import Server, change, new_key, present
from yuepi.app.speaking import Speaker
from yuepi.app.visible import visible, visible_line
from yuepi.app.words import Words
from yuepi.kit.clock import CHINA
from yuepi.kit.errors import BadUsage

STATUSES: Final[Mapping[str, Words]] = {
    "received": Words("处理中", "being read"),
    "waiting": Words("待审核", "waits for review"),
    "asked": Words("待补充", "waits for your answer"),
    "approved": Words("已通过", "approved"),
    "rejected": Words("已驳回", "rejected"),
    "appealed": Words("申诉中", "appealed"),
    "cancelled": Words("已撤回", "withdrawn"),
    "quarantined": Words("已隔离", "in quarantine"),
}
ACTIONS: Final[Mapping[str, Words]] = {
    "claim.submitted": Words("提交", "handed in"),
    "claim.read": Words("已读取", "read"),
    "claim.decided": Words("机器给出意见", "judged by the machine"),
    "claim.quarantined": Words("隔离", "put in quarantine"),
    "claim.released": Words("解除隔离", "released"),
    "claim.cancelled": Words("撤回", "withdrawn"),
    "claim.asked": Words("提问", "asked about"),
    "claim.answered": Words("答复", "answered"),
    "claim.approved": Words("通过", "approved"),
    "claim.rejected": Words("驳回", "rejected"),
    "claim.appealed": Words("申诉", "appealed"),
    "claim.overridden": Words("改判", "overridden"),
    "claim.reopened": Words("重新审核", "opened again"),
}
_BY: Final[Mapping[str, Words]] = {
    "machine": Words("机器", "the machine"),
    "submitter": Words("提交人", "the submitter"),
    "person": Words("审核人", "a person"),
    "service": Words("程序", "a service"),
}


def list_claims(
    server: Server, *, status: str | None, category: str | None, mine: bool, limit: int
) -> int:
    """The newest claims, one a line."""
    speaker = server.speaker

    async def tell(api: Api) -> Any:
        path = place("claims")
        wanted = "true" if mine else None
        answer = await api.get(path, status=status, category=category, mine=wanted, limit=limit)
        return answer.body

    page = server.run(tell)
    if speaker.as_json:
        speaker.give(page)
        return 0
    if not page["claims"]:
        speaker.note(speaker.said(Words("没有报销单", "No claims")))
    for claim in page["claims"]:
        speaker.say(visible_line(claim_line(claim, speaker)))
    if page["next"] is not None:
        speaker.note(
            speaker.said(Words("还有更早的：加大 --limit", "There are earlier ones: raise --limit"))
        )
    return 0


def show_claim(server: Server, claim_id: str, folder: Path | None) -> int:
    """One claim with all that belongs to it; `folder`: where its originals are saved."""

    async def tell(api: Api) -> Any:
        whole = (await present(api, "claims", claim_id)).body
        if folder is not None:
            await _save(api, whole["attachments"], folder)
        return whole

    whole = server.run(tell)
    speaker = server.speaker
    if speaker.as_json:
        speaker.give(whole)
        return 0
    speaker.say(visible_line(claim_line(whole["claim"], speaker)))
    for line in _lines(whole, speaker):
        speaker.say(visible(line))
    return 0


def show_events(server: Server, claim_id: str, *, follow: bool) -> int:
    """What happened; with `follow` as it happens, one JSON value a line where JSON is asked."""
    speaker = server.speaker

    async def tell(api: Api) -> None:
        path = place("claims", claim_id, "events")
        if follow:
            async for event in api.events(path):
                _tell_event(event.data, speaker)
            return
        events = (await api.get(path)).body
        if speaker.as_json:
            speaker.give(events)
        else:
            for event in events["events"]:
                _tell_event(event, speaker)

    server.run(tell)
    return 0


def change_claim(server: Server, claim_id: str, verb: str, body: Any) -> int:
    """Withdraw, appeal, release or override a claim as it stands now."""

    async def tell(api: Api) -> Any:
        etag = (await present(api, "claims", claim_id)).etag
        return (await change(api, ("claims", claim_id), verb, body, etag)).body

    return _told(server, server.run(tell))


def answer_claim(server: Server, claim_id: str, text: str, files: Sequence[Path]) -> int:
    """Answer the question that the claim stands with."""

    async def tell(api: Api) -> Any:
        etag = (await present(api, "claims", claim_id)).etag
        path = place("claims", claim_id, "answer")
        asked = Asked("POST", path, etag=etag, key=new_key(), body={"text": text})
        if files:
            fields = {"text": text}
            asked = Asked(
                "POST", path, etag=etag, key=new_key(), fields=fields, files=files, upload=True
            )
        return (await api.ask(asked)).body

    return _told(server, server.run(tell))


def _told(server: Server, claim: Mapping[str, Any]) -> int:
    if server.speaker.as_json:
        server.speaker.give(claim)
    else:
        server.speaker.say(visible_line(claim_line(claim, server.speaker)))
    return 0


async def _save(api: Api, attachments: Sequence[Mapping[str, Any]], folder: Path) -> None:
    """The originals as files of their own names, none written over."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, attachment in enumerate(attachments, 1):
        # A name from a stranger: nothing of it may lead elsewhere.
        name = Path(str(attachment["name"]).replace("\\", "/")).name.lstrip(".")
        path = folder / f"{number:02d}-{name or 'file'}"
        try:
            with path.open("xb") as file:
                await api.file(attachment["href"], file.write)
        except OSError as error:
            raise BadUsage(
                f"{path} cannot be written: {error.strerror}",
                remedy="name an empty folder that you may write",
                code="cannot_save",
            ) from error


# --- lines ---------------------------------------------------------------------------------------


def claim_line(claim: Mapping[str, Any], speaker: Speaker) -> str:
    """A claim on one line."""
    status = STATUSES.get(claim["status"])
    parts = [
        claim["id"],
        moment(claim["created_at"]),
        speaker.said(status) if status else claim["status"],
        claim["category"],
        claim["total"] or "-",
    ]
    return "  ".join(parts)


def event_line(event: Mapping[str, Any], speaker: Speaker) -> str:
    """An event on one line."""
    action, by = ACTIONS.get(event["action"]), _BY.get(event["by"])
    detail = event["detail"]
    told = detail.get("outcome") or detail.get("question") or detail.get("reason") or ""
    parts = [
        moment(event["at"]),
        speaker.said(action) if action else event["action"],
        speaker.said(by) if by else event["by"],
        str(told),
    ]
    return "  ".join(part for part in parts if part)


def moment(text: str) -> str:
    """A moment, in China's time, to the minute."""
    return f"{datetime.fromisoformat(text).astimezone(CHINA):%Y-%m-%d %H:%M}"


def _tell_event(event: Mapping[str, Any], speaker: Speaker) -> None:
    if speaker.as_json:
        speaker.give(event)
    else:
        speaker.say(visible_line(event_line(event, speaker)))


def _lines(whole: Mapping[str, Any], speaker: Speaker) -> list[str]:
    """What there is to a claim, line by line."""
    claim = whole["claim"]
    lines = [f"  {each['name']}  {each['bytes']} B  {each['id']}" for each in whole["attachments"]]
    lines += [
        f"    {name}: {field['value'] or '-'}  ({field['status']})"
        for reading in whole["readings"]
        for file in reading["files"]
        for paper in file["readings"]
        for name, field in paper["fields"].items()
    ]
    lines += [f"    ✎ {correction_line(each)}" for each in whole["corrections"]]
    decision = (whole["decision"] or {}).get("decision") or {}
    lines += decision_lines(decision, speaker)
    for review in whole["reviews"]:
        if review["verdict"]:
            lines.append(f"  {review['purpose']}: {review['verdict']}  {review['reason']}")
    if claim["question"]:
        lines.append(f"  ? {claim['question']}")
    return lines


def decision_lines(decision: Mapping[str, Any], speaker: Speaker) -> list[str]:
    """What the machine made of a claim and why; nothing for an empty decision."""
    if not decision:
        return []
    message = "message_zh" if speaker.language == "zh" else "message_en"
    return [
        f"  {speaker.said(Words('机器意见', 'The machine'))}: {decision['outcome']}",
        *(f"    - {reason[message]}" for reason in decision.get("reasons", ())),
    ]


def correction_line(correction: Mapping[str, Any]) -> str:
    """What a person said of one field: `was → is`, or the value alone where it stands as read."""
    value = correction["value"] or "-"
    if correction["confirmed"]:
        return f"{correction['field']}: {value}"
    return f"{correction['field']}: {correction['was'] or '-'} → {value}"
