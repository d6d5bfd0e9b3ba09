"""What a document kind is: how to recognise it, which fields it has, how to read them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from yuepi.documents.fields import Draft
from yuepi.documents.layout.view import View


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of document.

    likeness: how sure one can be that a view shows this kind, 0..1; the highest wins, and under
    0.5 it is `other`. read: the candidates and items that the view's text gives.
    decisive: the fields an automatic approval needs confirmed. is_invoice: whether the paper is
    a voucher (发票) that a claim may be settled on.
    """

    name: str
    title_zh: str
    title_en: str
    fields: tuple[str, ...]
    decisive: tuple[str, ...]
    is_invoice: bool
    likeness: Callable[[View], float]
    read: Callable[[View], Draft]
