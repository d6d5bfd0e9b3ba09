"""Versions as ETags: whoever changes something says which version of it they saw.

Written strong (`"3"`); read strong or weak (`W/"3"`), since proxies that compress make them weak.
"""

from __future__ import annotations

import re
from typing import Final

from yuepi.kit.errors import BadUsage, YuepiError

_TAG: Final = re.compile(r'(?:W/)?"([0-9]{1,9})"')


class PreconditionRequired(YuepiError):
    """A change that does not say which version it stands on."""

    code = "precondition_required"
    http_status = 428

    def __init__(self) -> None:
        super().__init__(
            "this change must say which version it stands on",
            remedy='send If-Match with the ETag that you were given, such as If-Match: "3"',
        )


def etag_of(version: int) -> str:
    """The ETag of a version."""
    return f'"{version}"'


def version_in(if_match: str | None) -> int:
    """The version that a change stands on.

    Raises `PreconditionRequired` where none is named, `BadUsage` (`bad_if_match`) for what is no
    ETag of ours.
    """
    if if_match is None:
        raise PreconditionRequired
    found = _TAG.fullmatch(if_match.strip())
    if found is None:
        raise BadUsage(
            "If-Match is no ETag of this desk",
            remedy='send it as it was given, such as If-Match: "3"',
            code="bad_if_match",
        )
    return int(found[1])
