"""The header by which an edit says what it stands on."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header

IfMatch = Annotated[str | None, Header(alias="If-Match", max_length=64)]
