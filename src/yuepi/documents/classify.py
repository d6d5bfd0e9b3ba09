"""Which kind of document a view shows. A QR code that names its kind outweighs the words."""

from __future__ import annotations

from yuepi.documents.kinds import kind_named, known_kinds, other
from yuepi.documents.kinds.kind import Kind
from yuepi.documents.layout.view import View

_LEAST = 0.5
_BY_CODE = 0.99


def classify(view: View, kind_in_code: str | None = None) -> tuple[Kind, float]:
    """The kind and how sure that is (0..1); `other` where nothing is likely enough."""
    likely = [(kind.likeness(view), kind) for kind in known_kinds() if kind is not other.KIND]
    likeness, likeliest = max(likely, key=lambda each: each[0])
    if kind_in_code is not None and likeness < _BY_CODE:
        return kind_named(kind_in_code), _BY_CODE
    if likeness < _LEAST:
        return other.KIND, 1.0 - likeness
    return likeliest, likeness
