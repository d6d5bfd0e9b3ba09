"""Which kind of document a view shows. A QR code that names its kind outweighs the words."""

from __future__ import annotations

from yuepi.documents.kinds import KINDS, kind_named
from yuepi.documents.kinds.kind import Kind
from yuepi.documents.layout.view import View

_LEAST = 0.5
_BY_CODE = 0.99


def classify(view: View, kind_in_code: str | None = None) -> tuple[Kind, float]:
    """The kind and how sure that is (0..1); `other` where nothing is likely enough."""
    likeliest = max(KINDS, key=lambda kind: kind.likeness(view))
    likeness = likeliest.likeness(view)
    if kind_in_code is not None and likeness < _BY_CODE:
        return kind_named(kind_in_code), _BY_CODE
    if likeness < _LEAST:
        return kind_named("other"), 1.0 - likeness
    return likeliest, likeness
