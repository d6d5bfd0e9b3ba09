"""The forms that claims and answers come in: as they are described, and as they are read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, RootModel, StringConstraints, field_validator
from pydantic_core import PydanticCustomError

from yuepi.access.api.requests import Form, checked_fields, read_body
from yuepi.access.api.shapes import Binary, Body, Id
from yuepi.approvals.facts import UNSPECIFIED
from yuepi.approvals.said import PLACE_MAX, SAID_MAX, VALUE_CHARACTERS_MAX, Said
from yuepi.approvals.submission import File, Submission, Uploaded
from yuepi.kit.clock import iso_day

SAID_EXAMPLE: Final = (
    '[{"upload": "upl_…", "file_at": 0, "reading_at": 0, "field": "total", "value": "12.00"}]'
)


class ClaimForm(BaseModel):
    """The form of a new claim. `upload`: ids of files that were uploaded before; they and `files`
    keep the order they come in. `said`: what the submitter says of doubtful fields of uploads, a
    JSON list. `submitter`: whose it is, by login or id, from a program's account alone."""

    model_config = ConfigDict(extra="forbid")

    files: list[Binary] = []
    upload: list[Id] = []
    category: str | None = None
    note: str | None = None
    on: Annotated[str | None, Field(description="YYYY-MM-DD")] = None
    said: Annotated[str | None, Field(examples=[SAID_EXAMPLE])] = None
    submitter: str | None = None


class AnswerForm(BaseModel):
    """The form of an answer with files; without any, JSON with `text` will do."""

    model_config = ConfigDict(extra="forbid")

    text: str | None = None
    files: list[Binary] = []


class UploadForm(BaseModel):
    """The form of an upload: one file."""

    model_config = ConfigDict(extra="forbid")

    file: Binary


class SaidBody(Body):
    """What a submitter says of one field of one paper in an upload."""

    upload: Id
    file_at: Annotated[int, Field(ge=0, le=PLACE_MAX)] = 0
    reading_at: Annotated[int, Field(ge=0, le=PLACE_MAX)] = 0
    field: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    value: Annotated[str, StringConstraints(min_length=1, max_length=VALUE_CHARACTERS_MAX)]


class _SaidList(RootModel[list[SaidBody]]):
    root: Annotated[list[SaidBody], Field(max_length=SAID_MAX)]


class _NewClaim(BaseModel):
    """The fields of a new claim's form; an empty one is one that was left out."""

    model_config = ConfigDict(extra="forbid")

    category: str = ""
    note: str = ""
    on: str = ""
    said: str = ""
    submitter: str = ""

    @field_validator("on")
    @classmethod
    def _a_day(cls, text: str) -> str:
        if text and iso_day(text) is None:
            raise PydanticCustomError("impossible_day", "a day is written YYYY-MM-DD, and exists")
        return text

    @property
    def day(self) -> date | None:
        """The day it is to be judged for."""
        return iso_day(self.on)


class _NewAnswer(BaseModel):
    """The fields of an answer's form."""

    model_config = ConfigDict(extra="forbid")

    text: str = ""


class _NoFields(BaseModel):
    model_config = ConfigDict(extra="forbid")


def new_claim_in(form: Form, files: Sequence[tuple[str, bytes]]) -> Submission:
    """The claim that a form hands in; files: name and bytes of those that were sent with it.

    Raises `RequestValidationError` naming the fields that are wrong.
    """
    fields = checked_fields(_NewClaim, form.fields)
    said = read_body(_SaidList, fields.said.encode()).root if fields.said else []
    sent = (File(name, data) for name, data in files)
    return Submission(
        files=tuple(next(sent) if each is None else Uploaded(each) for each in form.order),
        category=fields.category or UNSPECIFIED,
        note=fields.note,
        on=fields.day,
        for_user=fields.submitter or None,
        said=tuple(
            Said(each.upload, each.file_at, each.reading_at, each.field, each.value)
            for each in said
        ),
    )


def answer_in(form: Form) -> str:
    """The text of an answer's form; raises `RequestValidationError`."""
    # Files of an answer come with it.
    named = {"upload": ""} if any(each is not None for each in form.order) else {}
    return checked_fields(_NewAnswer, {**form.fields, **named}).text


def no_fields_in(form: Form) -> None:
    """Raises `RequestValidationError` for a form that brings more than a file."""
    checked_fields(_NoFields, form.fields)
