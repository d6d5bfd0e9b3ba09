"""What somebody hands in, and whether it can become a claim. Pure but for hashing.

Files are judged by their content. One that cannot be read refuses the claim as a whole, and every
file's problem is told at once: half a claim would be decided on half of the evidence.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from typing import Final

from yuepi.approvals.claim_rows import BadClaim
from yuepi.approvals.facts import UNSPECIFIED
from yuepi.approvals.said import Said
from yuepi.documents.accept import Original, accept, shown_name
from yuepi.kit.errors import UnreadableFile
from yuepi.kit.idempotency import fingerprint

CATEGORY_CHARACTERS_MAX: Final = 64
DAYS_OFF_MAX: Final = 1
"""A claim is judged for the day it is handed in; at midnight that may be the one beside it."""
DAYS_BACK_MAX: Final = 3_660
"""A program that brings older claims along may go back so far."""

_CATEGORY: Final = re.compile(r"[^\W_](?:[\w .&/+-]{0,62}[\w.&/+-])?")


@dataclass(frozen=True, slots=True)
class ClaimLimits:
    """How much one claim may hold. bytes_max: of all its files together."""

    files_max: int = 20
    bytes_max: int = 200 * 2**20
    note_characters_max: int = 4_000


@dataclass(frozen=True, slots=True)
class File:
    """A file as it was sent: the name it was given, which is only shown, and its bytes."""

    name: str
    data: bytes = field(repr=False)

    @property
    def shown(self) -> str:
        """The name as it is kept."""
        return shown_name(self.name)


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file that was uploaded before (`approvals.uploads`), by its id."""

    id: str


@dataclass(frozen=True, slots=True)
class Submission:
    """A claim as handed in. on: the day it is judged for, None: today where the company works.

    for_user: whose claim it is, by login or id, where a program hands in for people. said: what
    the submitter says of doubtful fields of uploads.
    """

    files: tuple[File | Uploaded, ...]
    category: str = UNSPECIFIED
    note: str = ""
    on: date | None = None
    for_user: str | None = None
    said: tuple[Said, ...] = ()

    @property
    def uploads(self) -> list[str]:
        """The ids of the uploads among its files, in their order."""
        return [each.id for each in self.files if isinstance(each, Uploaded)]

    @property
    def fingerprint(self) -> str:
        """The hash of all of it: whether two submissions ask for the same."""
        return fingerprint(
            {
                "category": self.category,
                "note": self.note,
                "on": None if self.on is None else self.on.isoformat(),
                "for_user": self.for_user,
                "files": [_asked(each) for each in self.files],
                **({"said": [asdict(each) for each in self.said]} if self.said else {}),
            }
        )


def _asked(file: File | Uploaded) -> list[str]:
    if isinstance(file, Uploaded):
        return [file.id]
    return [file.shown, hashlib.sha256(file.data).hexdigest()]


Problems = list[dict[str, str]]


def accepted(
    submission: Submission, limits: ClaimLimits, today: date, *, any_day: bool
) -> tuple[Original, ...]:
    """The originals of a submission that can become a claim; raises `BadClaim` with all problems.

    Its uploads must have been brought (`approvals.uploads`): only files are looked at.
    any_day: whether it may be judged for another day than today.
    """
    problems: Problems = []
    if _CATEGORY.fullmatch(submission.category) is None:
        problems.append(
            _problem(
                "category",
                "bad_category",
                f"{submission.category[:80]!r} cannot be a category",
                f"letters, digits, spaces and . & / + - are allowed, {CATEGORY_CHARACTERS_MAX} at "
                "most",
            )
        )
    problems += note_problems(submission.note, limits)
    problems += _day_problems(submission.on, today, any_day=any_day)
    files = [each for each in submission.files if isinstance(each, File)]
    originals, unreadable = accepted_files(files, limits)
    problems += unreadable
    if not files:
        problems.append(
            _problem("files", "no_files", "there is no file", "attach one invoice at least")
        )
    refuse_if(problems)
    return originals


def accepted_files(
    files: Sequence[File], limits: ClaimLimits, there: tuple[int, int] = (0, 0)
) -> tuple[tuple[Original, ...], Problems]:
    """The files as originals, and what is wrong with the others.

    there: how many files the claim holds already, and their bytes.
    """
    count, size = there[0] + len(files), there[1] + sum(len(each.data) for each in files)
    too_much = size_problems(count, size, limits)
    if too_much:
        return (), too_much
    originals: list[Original] = []
    problems: Problems = []
    for each in files:
        try:
            originals.append(accept(each.name, each.data))
        except UnreadableFile as error:
            problems.append(_problem(each.shown, error.code, error.message, error.remedy))
    return tuple(originals), problems


def size_problems(count: int, size: int, limits: ClaimLimits) -> Problems:
    """What is wrong with so many files of so many bytes, if anything."""
    if count > limits.files_max:
        said = f"{count} files, at most {limits.files_max} are taken"
        return [_problem("files", "too_many_files", said, "split the claim")]
    if size > limits.bytes_max:
        said = f"{size / 2**20:.0f} MB in all, the limit is {limits.bytes_max / 2**20:.0f} MB"
        return [_problem("files", "too_large", said, "split the claim, or send smaller files")]
    return []


def note_problems(note: str, limits: ClaimLimits) -> Problems:
    """What is wrong with a note or an answer, if anything."""
    if len(note) > limits.note_characters_max:
        said = f"the text has {len(note)} characters"
        return [
            _problem("note", "note_too_long", said, f"{limits.note_characters_max} are the most")
        ]
    return []


def plain_text(text: str) -> str:
    """Text as it can be stored and shown anywhere: no control characters but line ends and tabs."""
    clean = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    return "".join(c if c.isprintable() or c in "\n\t" else "�" for c in clean)


def refuse_if(problems: Problems) -> None:
    """Raises `BadClaim` where there are problems: it has the first one's code and tells all."""
    if not problems:
        return
    first = problems[0]
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    raise BadClaim(
        first["message"] + more,
        remedy=first["remedy"],
        code=first["code"],
        problems=tuple(problems),
    )


def _day_problems(on: date | None, today: date, *, any_day: bool) -> Problems:
    back = DAYS_BACK_MAX if any_day else DAYS_OFF_MAX
    earliest, latest = today - timedelta(days=back), today + timedelta(days=DAYS_OFF_MAX)
    if on is None or earliest <= on <= latest:
        return []
    # Who chooses the day could choose one on which an old invoice was still young.
    return [
        _problem(
            "on",
            "bad_day",
            f"a claim cannot be judged for {on.isoformat()}",
            f"leave the day out, or give one from {earliest.isoformat()} to {latest.isoformat()}",
        )
    ]


def _problem(name: str, code: str, message: str, remedy: str) -> dict[str, str]:
    return {"name": name, "code": code, "message": message, "remedy": remedy}
