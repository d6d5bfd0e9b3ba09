"""The kinds of documents as programs and the page are told of them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from yuepi.app.words import field_words
from yuepi.documents.kinds import known_kinds, package_of
from yuepi.documents.kinds.kind import Kind


class KindField(BaseModel):
    """A field of a kind and what people call it. masked: shown in part by default."""

    model_config = ConfigDict(frozen=True)

    name: str
    zh: str
    en: str
    decisive: bool
    masked: bool


class KindShown(BaseModel):
    """A kind. package: who brought it, None for our own."""

    model_config = ConfigDict(frozen=True)

    name: str
    title_zh: str
    title_en: str
    is_invoice: bool
    pages: Literal["one", "many"]
    package: str | None
    fields: list[KindField]


def kinds_shown() -> list[KindShown]:
    """All kinds. Raises `BadUsage` naming the package whose kind cannot be used."""
    return [_shown(kind) for kind in known_kinds()]


def _shown(kind: Kind) -> KindShown:
    return KindShown(
        name=kind.name,
        title_zh=kind.title_zh,
        title_en=kind.title_en,
        is_invoice=kind.is_invoice,
        pages=kind.pages,
        package=package_of(kind),
        fields=[_field(kind, name) for name in kind.fields],
    )


def _field(kind: Kind, name: str) -> KindField:
    words = field_words(name, kind.name)
    return KindField(
        name=name,
        zh=words.zh,
        en=words.en,
        decisive=name in kind.decisive,
        masked=name in kind.masked,
    )
