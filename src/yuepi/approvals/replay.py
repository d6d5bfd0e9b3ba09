"""A decision made again from what was kept: does the same come out, bit for bit?

Three questions, each answered apart: would the program of today decide the same on the same
readings, history, company and policy; is what it rested on still what was kept; and, where asked,
what would the present policy say, and what does the present reader see in the originals.
Nothing is changed by asking.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, zip_longest
from typing import Any, Final

from yuepi.approvals.claim_events import Trail
from yuepi.approvals.claim_rows import AttachmentRow, NotFound
from yuepi.approvals.correction_proof import damaged, recorded
from yuepi.approvals.decision import Decision
from yuepi.approvals.judge import Given, Judged, digest, judge
from yuepi.approvals.policy import Policy, load_policy
from yuepi.approvals.store import attachments as attachment_rows
from yuepi.approvals.store import corrections as correction_rows
from yuepi.approvals.store.decisions import DecisionRow, find_decision
from yuepi.documents.kept_reading import Reader, ReadFile, files_of, unreadable
from yuepi.documents.masking import masked_fields, masked_value
from yuepi.documents.reading import FileReading, Reading
from yuepi.kit.blobs import Blobs
from yuepi.kit.database import Database
from yuepi.kit.errors import UnreadableFile

DIFFERENCES_MAX: Final = 200
"""So many are told of each comparison."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that is not the same. at: its place, such as `decision.reasons.0.code`; before:
    as it was kept, after: as it is now, both as JSON, None where there is nothing."""

    at: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class PresentPolicy:
    """What the present policy makes of the same inputs."""

    version: str
    decision: Decision
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Replayed:
    """A decision beside itself made again.

    damage: what is no longer as the decision names it (its inputs, a reading), or the record (a
    correction by a person), in words. present:
    None where the policy is still the same. reread: how readings differ from the kept ones, None
    where that was not asked for.
    """

    claim_id: str
    round: int
    policy: str
    reader: str
    before: Decision
    after: Decision
    differences: tuple[Difference, ...]
    damage: tuple[str, ...]
    present: PresentPolicy | None
    reread: tuple[Difference, ...] | None

    @property
    def same(self) -> bool:
        """Whether the decision came out as it was kept, from what was kept."""
        return not self.differences and not self.damage


class Replays:
    """Makes decisions again. present: the policy of today; reader: None where originals cannot be
    read again. trail: the record, which people's corrections are held against."""

    def __init__(
        self,
        database: Database,
        blobs: Blobs,
        *,
        present: Policy,
        reader: Reader | None = None,
        trail: Trail | None = None,
    ) -> None:
        self._trail = trail
        self._database = database
        self._blobs = blobs
        self._present = present
        self._reader = reader

    async def replay(
        self, claim_id: str, in_round: int | None = None, *, reread: bool = False
    ) -> Replayed:
        """The decision of that round, None: the latest, made again.

        reread: also read the originals with the present reader. Raises `NotFound` where nothing
        was decided, `BlobMissing` where the policy or an original is gone, `Unavailable`.
        """
        async with self._database.reading() as transaction:
            row = await find_decision(transaction, claim_id, in_round)
            if row is None:
                raise NotFound(f"decision on {claim_id[:80]!r}")
            attachments = await attachment_rows.attachments_of(transaction, claim_id)
            stored = await attachment_rows.readings_of(transaction, claim_id)
            corrections = await correction_rows.of_claim(transaction, claim_id)
        texts = {each.attachment_id: each.files for each in stored if each.reader == row.reader}
        damage = [*_damage(row, texts)]
        if self._trail is not None:
            damage += damaged(corrections, await recorded(self._trail, claim_id))
        given = Given.of_written(
            row.inputs,
            {each.id: files_of(texts[each.id]) for each in attachments if each.id in texts},
        )
        policy = await self._policy(row.policy)
        judged = await asyncio.to_thread(judge, given, policy)
        return Replayed(
            claim_id=claim_id,
            round=row.round,
            policy=row.policy,
            reader=row.reader,
            before=Decision.model_validate_json(row.decision),
            after=judged.decision,
            differences=_compared(_kept(row), _made(judged)),
            damage=tuple(damage),
            present=await self._by_present(given, row),
            reread=await self._read_again(attachments, given) if reread else None,
        )

    async def _policy(self, version: str) -> Policy:
        """The policy of that version, by the hash that the version is."""
        if version == self._present.version:
            return self._present
        data = await self._blobs.get(version.removeprefix("sha256:"))
        return await asyncio.to_thread(load_policy, data.decode("utf-8", "surrogatepass"))

    async def _by_present(self, given: Given, row: DecisionRow) -> PresentPolicy | None:
        if row.policy == self._present.version:
            return None
        judged = await asyncio.to_thread(judge, given, self._present)
        differences = _compared(_kept(row), _made(judged))
        return PresentPolicy(self._present.version, judged.decision, differences)

    async def _read_again(
        self, attachments: Sequence[AttachmentRow], given: Given
    ) -> tuple[Difference, ...] | None:
        if self._reader is None:
            return None
        found: list[Difference] = []
        for attachment in attachments:
            kept = given.readings.get(attachment.id)
            if kept is None:
                continue
            data = await self._blobs.get(attachment.sha256)
            now = await _read(self._reader, attachment, data)
            before, after = _shown(kept), _shown(now.files)
            found += (
                replace(each, at=f"{attachment.name}: {each.at}")
                for each in _compared(before, after)
            )
        return tuple(found[:DIFFERENCES_MAX])


async def _read(reader: Reader, attachment: AttachmentRow, data: bytes) -> ReadFile:
    try:
        return await reader.read(attachment.name, data)
    except UnreadableFile as error:
        return ReadFile((unreadable(attachment.name, attachment.sha256, error),))


def _damage(row: DecisionRow, texts: Mapping[str, str]) -> Iterator[str]:
    """What is no longer what the decision says it rested on."""
    if digest(row.inputs) != row.inputs_sha256:
        yield "the kept inputs are not the ones whose hash the decision names"
    inputs = json.loads(row.inputs)
    if inputs["policy"] != row.policy:
        yield "the inputs name another policy than the decision"
    for attachment_id, expected in inputs["readings"].items():
        text = texts.get(attachment_id)
        if text is None:
            yield f"the reading of {attachment_id} is gone"
        elif digest(text) != expected:
            yield f"the reading of {attachment_id} has been changed"


def _kept(row: DecisionRow) -> dict[str, Any]:
    return {
        "decision": json.loads(row.decision),
        "facts": json.loads(row.facts),
        "applied": row.applied,
        "stage": row.stage,
    }


def _made(judged: Judged) -> dict[str, Any]:
    return {
        "decision": json.loads(judged.decision.model_dump_json()),
        "facts": json.loads(judged.facts_text),
        "applied": judged.applied,
        "stage": judged.stage,
    }


def _shown(files: Sequence[FileReading]) -> list[dict[str, Any]]:
    """What of a reading matters: kinds, and the fields' values and statuses."""
    return [
        {
            "error": None if file.error is None else file.error.code,
            "readings": [_fields(reading) for reading in file.readings],
        }
        for file in files
    ]


def _fields(reading: Reading) -> dict[str, Any]:
    personal = masked_fields(reading.kind, reading.fields)
    fields = {
        name: {
            "value": _Personal(name, field.value)
            if name in personal and field.value is not None
            else field.value,
            "status": field.status,
        }
        for name, field in reading.fields.items()
    }
    return {"kind": reading.kind, "fields": fields}


@dataclass(frozen=True, slots=True)
class _Personal:
    """A value that is compared whole and told in part."""

    name: str
    whole: str

    def __str__(self) -> str:
        return masked_value(self.name, self.whole)


def _compared(before: object, after: object) -> tuple[Difference, ...]:
    return tuple(islice(_differences("", before, after), DIFFERENCES_MAX))


_GONE: Final = object()


def _differences(at: str, before: Any, after: Any) -> Iterator[Difference]:
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys((*before, *after)):
            inner = f"{at}.{name}" if at else str(name)
            yield from _differences(inner, before.get(name, _GONE), after.get(name, _GONE))
    elif isinstance(before, list) and isinstance(after, list):
        for place, (one, other) in enumerate(zip_longest(before, after, fillvalue=_GONE)):
            yield from _differences(f"{at}.{place}" if at else str(place), one, other)
    elif type(before) is not type(after) or before != after:
        yield Difference(at, _text(before), _text(after))


def _text(value: object) -> str | None:
    if value is _GONE:
        return None
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
