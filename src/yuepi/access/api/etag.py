"""Versions as ETags: whoever edits says which version they saw."""

from __future__ import annotations

import re
from typing import Annotated, Final

from fastapi import Header

from yuepi.kit.errors import YuepiError

IfMatch = Annotated[str | None, Header(alias="If-Match", max_length=64)]
_TAG: Final = re.compile(r'(?:W/)?"(\d{1,9})"')


class VersionNeeded(YuepiError):
    """An edit that does not say what it was made on."""

    code = "precondition_required"
    http_status = 428


def etag_of(version: int) -> str:
    """The ETag of a version."""
    return f'"{version}"'


def version_of(if_match: str | None) -> int:
    """The version an edit was made on. Raises `VersionNeeded` (428)."""
    found = _TAG.fullmatch(if_match.strip()) if if_match else None
    if found is None:
        raise VersionNeeded(
            "the request does not say which version it changes",
            remedy="send the ETag of what you saw as If-Match",
        )
    return int(found[1])
