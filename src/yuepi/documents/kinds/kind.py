"""What a document kind is: how to recognise it, which fields it has, how to read them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from yuepi.documents.fields import Draft
from yuepi.documents.layout.view import View
from yuepi.documents.reading import Reading


def _as_it_is(reading: Reading) -> Reading:
    return reading


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of document.

    likeness: how sure one can be that a view shows this kind, 0..1; the highest wins, and under
    0.5 it is `other`. read: what the view's text gives: candidates, items, contents.
    decisive: the fields an automatic approval needs confirmed. is_invoice: whether the paper is
    a voucher (发票) that a claim may be settled on. masked: the fields that hold personal data,
    shown in part only unless somebody asks with a reason. labels: what people call the fields
    that only this kind has, in Chinese and in English. meanings: for a model, what a field is
    where its name does not tell. pages: whether such a document goes on over the next pages of
    its file where those are no kind of their own. finish: what can only be told once its pages
    are joined (findings, fields that support each other); it takes nothing away.
    """

    name: str
    title_zh: str
    title_en: str
    fields: tuple[str, ...]
    decisive: tuple[str, ...]
    is_invoice: bool
    likeness: Callable[[View], float]
    read: Callable[[View], Draft]
    masked: tuple[str, ...] = ()
    labels: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    meanings: Mapping[str, str] = field(default_factory=dict)
    pages: Literal["one", "many"] = "one"
    finish: Callable[[Reading], Reading] = _as_it_is
