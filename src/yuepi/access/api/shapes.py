"""The shapes that JSON has in all rooms' routes.

Bodies know all their fields: one that is not known is refused. Amounts are decimal strings, moments
ISO in UTC, days `YYYY-MM-DD`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Binary = Annotated[str, Field(json_schema_extra={"format": "binary"})]


class Body(BaseModel):
    """What somebody sends: exactly these fields."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Shown(BaseModel):
    """What is answered."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def json_of(model: BaseModel) -> dict[str, Any]:
    """The model as plain JSON values."""
    told: dict[str, Any] = model.model_dump(mode="json")
    return told


def jsons_of(models: Sequence[BaseModel]) -> list[dict[str, Any]]:
    """The same of several."""
    return [json_of(each) for each in models]


def form_schema(model: type[BaseModel], *, json_too: type[BaseModel] | None = None) -> Any:
    """`openapi_extra` of a route that reads a form by itself."""
    content: dict[str, Mapping[str, Any]] = {
        "multipart/form-data": {"schema": model.model_json_schema()}
    }
    if json_too is not None:
        content["application/json"] = {"schema": json_too.model_json_schema()}
    return {"requestBody": {"required": True, "content": content}}
