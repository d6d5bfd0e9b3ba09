"""Policies as JSON."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal

from yuepi.access.api.shapes import Shown
from yuepi.approvals import fact_labels as labels
from yuepi.approvals.expressions import FUNCTIONS
from yuepi.approvals.fact import VOCABULARY, Words
from yuepi.approvals.jdm import EFFECTS, OUTPUTS, REQUIRED_OUTPUTS
from yuepi.approvals.policy_rows import PolicyVersion, Shelf
from yuepi.approvals.policy_trial import Changed, Trial, Verdict
from yuepi.kit.money import money_text

StateName = Literal["draft", "proposed", "published", "retired"]
ActName = Literal["propose", "publish", "withdraw"]


class VersionShown(Shown):
    """A version. `possible`: what whoever asks may do with it now; `blocked`: that they may not
    publish it because they wrote (`author`) or proposed (`proposer`) it."""

    version: str
    number: int
    state: StateName
    note: str
    author: str
    based_on: str | None
    created_at: datetime
    proposed_by: str | None
    proposed_at: datetime | None
    proposal_note: str | None
    published_by: str | None
    published_at: datetime | None
    publish_note: str | None
    possible: list[ActName]
    blocked: Literal["author", "proposer"] | None


class PolicyShown(VersionShown):
    """A version with its decision tables (JDM)."""

    jdm: dict[str, Any]


class PublicationShown(Shown):
    """One time that a version was put in force."""

    turn: int
    version: str
    number: int
    note: str
    proposed_by: str | None
    published_by: str
    published_at: datetime


class PoliciesShown(Shown):
    """Versions; `published` is in force. `history`: what was published, the latest first."""

    versions: list[VersionShown]
    published: str
    history: list[PublicationShown]
    next: int | None


class WordShown(Shown):
    """A word and what it is called."""

    value: str
    zh: str
    en: str


class FactShown(Shown):
    """A fact. `scope`: of the whole claim, or of each document. `values`: all that it may be,
    where that is a list. `sample`: a condition on it."""

    name: str
    scope: Literal["claim", "documents"]
    type: Literal["number", "text", "choice"]
    zh: str
    en: str
    values: list[WordShown]
    sample: str


class OutputShown(Shown):
    """What a row gives."""

    name: str
    zh: str
    en: str
    required: bool
    sample: str


class VocabularyShown(Shown):
    """What policies may speak of."""

    facts: list[FactShown]
    effects: list[WordShown]
    outputs: list[OutputShown]
    refer_to: list[WordShown]
    functions: list[str]


class FaultShown(Shown):
    """A mistake. `table`, `column`: ids in the policy; `row`: its `_id`; `row_at`: from 0."""

    table: str | None
    row: str | None
    row_at: int | None
    column: str | None
    code: str
    message_zh: str
    message_en: str


class CheckedShown(Shown):
    """Whether the policy works; `version`: what it would be called."""

    ok: bool
    version: str | None
    errors: list[FaultShown]


class CellChangeShown(Shown):
    """A cell that is another one."""

    column: str
    before: str
    after: str


class RowChangeShown(Shown):
    """A row that differs; places count from 0."""

    row: str
    change: Literal["added", "removed", "changed", "moved"]
    at_before: int | None
    at_after: int | None
    cells: list[CellChangeShown]


class TableChangeShown(Shown):
    """A table that differs."""

    table: str
    name: str
    change: Literal["added", "removed", "changed"]
    columns_added: list[str]
    columns_removed: list[str]
    rows: list[RowChangeShown]


class DiffShown(Shown):
    """What differs in `b` from `a`."""

    a: str
    b: str
    tables: list[TableChangeShown]


class TrialReasonShown(Shown):
    """A reason: the row that fired."""

    code: str
    effect: str
    message_zh: str
    message_en: str
    row: str


class PolicyVerdictShown(Shown):
    """A decision; `applied`: whether the machine let the claim pass."""

    outcome: Literal["approve", "refer", "suggest_reject"]
    applied: Literal["approved", "waiting"]
    refer_to: str | None
    reasons: list[TrialReasonShown]


class ChangedShown(Shown):
    """A decision that would be another. `policy`: the version that it was made by."""

    claim: str
    category: str
    submitter: str
    total: str | None
    created_at: datetime
    policy: str
    what: Literal["outcome", "handling", "reasons"]
    before: PolicyVerdictShown
    after: PolicyVerdictShown


class MoveShown(Shown):
    """So many decisions went from one outcome to another (or stayed)."""

    before: str
    after: str
    count: int


class NotTriedShown(Shown):
    """A claim that was not judged again. `why`: awaits_answer (a person's, which must stay
    blind), reading_gone, reading_changed, inputs_unreadable, time_up."""

    claim: str
    why: str


class TrialShown(Shown):
    """What a policy would change. `complete`: false where time was up first."""

    version: str
    tried: int
    changed: list[ChangedShown]
    moves: list[MoveShown]
    not_tried: list[NotTriedShown]
    complete: bool


def version_shown(version: PolicyVersion) -> dict[str, Any]:
    """A version as JSON."""
    return {name: _plain(value) for name, value in asdict(version).items()}


def shelf_shown(shelf: Shelf) -> dict[str, Any]:
    """All versions as JSON."""
    return {
        "versions": [version_shown(each) for each in shelf.versions],
        "published": shelf.published,
        "history": [
            {name: _plain(value) for name, value in asdict(each).items()} for each in shelf.history
        ],
        "next": shelf.next,
    }


def vocabulary_shown() -> dict[str, Any]:
    """What policies may speak of, as JSON."""
    return {
        "facts": [
            _fact(name, scope, words)
            for scope, vocabulary in VOCABULARY.items()
            for name, words in vocabulary.items()
        ],
        "effects": [_word(name, *labels.EFFECTS[name]) for name in EFFECTS],
        "outputs": [
            {
                "name": name,
                "zh": labels.OUTPUTS[name][0],
                "en": labels.OUTPUTS[name][1],
                "required": name in REQUIRED_OUTPUTS,
                "sample": labels.OUTPUT_SAMPLES[name],
            }
            for name in OUTPUTS
        ],
        "refer_to": [_word(name, *label) for name, label in labels.REFER_TO.items()],
        "functions": list(FUNCTIONS),
    }


def trial_shown(trial: Trial, version: str) -> dict[str, Any]:
    """What a policy would change, as JSON."""
    return {
        "version": version,
        "tried": trial.tried,
        "changed": [_changed(each) for each in trial.changed],
        "moves": [
            {"before": before, "after": after, "count": count}
            for before, after, count in trial.moves
        ],
        "not_tried": [{"claim": claim, "why": why} for claim, why in trial.not_tried],
        "complete": trial.complete,
    }


def _changed(changed: Changed) -> dict[str, Any]:
    claim = changed.claim
    return {
        "claim": claim.id,
        "category": claim.category,
        "submitter": claim.submitter_id,
        "total": None if claim.total is None else money_text(claim.total),
        "created_at": claim.created_at.isoformat(),
        "policy": changed.policy,
        "what": changed.what,
        "before": _verdict(changed.before),
        "after": _verdict(changed.after),
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    names = TrialReasonShown.model_fields
    return {
        "outcome": verdict.outcome,
        "applied": verdict.applied,
        "refer_to": verdict.refer_to,
        "reasons": [{name: getattr(each, name) for name in names} for each in verdict.reasons],
    }


def _fact(name: str, scope: str, words: Words) -> dict[str, Any]:
    chinese, english = labels.FACTS[name]
    values = words if isinstance(words, tuple) else ()
    kind = words if isinstance(words, str) else "choice"
    sample = labels.SAMPLES.get(name) or (f'"{values[0]}"' if values else labels.BY_TYPE[kind])
    return {
        "name": name,
        "scope": scope,
        "type": kind,
        "zh": chinese,
        "en": english,
        "values": [_word(value, *labels.VALUES.get(value, (value, value))) for value in values],
        "sample": sample,
    }


def _word(value: str, chinese: str, english: str) -> dict[str, str]:
    return {"value": value, "zh": chinese, "en": english}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
