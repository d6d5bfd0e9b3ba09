"""`POST /api/extract`: a document and a JSON Schema of one's own in, what the document says out.

Nothing of it is kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from yuepi.access.principal import Principal
from yuepi.app.extracting import Extractor
from yuepi.app.uploads import Form, UploadLimits, Uploads
from yuepi.documents.accept import FILE_BYTES_MAX
from yuepi.documents.extraction import Extraction, read_wanted

Gate = Callable[[Request], Awaitable[Principal]]
Binary = Annotated[str, Field(json_schema_extra={"format": "binary"})]

LIMITS = UploadLimits(files_max=1, bytes_max=FILE_BYTES_MAX, fields_max=2, person_at_once_max=4)


class ExtractForm(BaseModel):
    """The form of an extraction: one file, and the JSON Schema of what to look for in it. reveal:
    `true` gives personal data whole."""

    model_config = ConfigDict(extra="forbid")

    file: Binary
    wanted: Annotated[str, Field(alias="schema", description="JSON Schema, draft 2020-12")]
    reveal: Literal["true", "false"] = "false"


class ExtractedFiles(BaseModel):
    """What was found, for each file of an archive."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    files: list[Extraction]


def extract_router(gate: Gate, extractor: Extractor) -> APIRouter:
    """The route, for whoever passes the gate."""
    router = APIRouter(
        prefix="/api/extract",
        tags=["extract"],
        generate_unique_id_function=lambda route: route.name,
    )
    forms = Uploads(LIMITS, file_field="file")
    who_asks = Depends(gate)
    described = {"multipart/form-data": {"schema": ExtractForm.model_json_schema()}}

    @router.post(
        "",
        response_model=ExtractedFiles,
        openapi_extra={"requestBody": {"required": True, "content": described}},
    )
    async def extract_document(request: Request, who: Principal = who_asks) -> Response:
        """Look in one document for what a JSON Schema asks for; nothing of it is kept."""
        async with forms(request, who.id) as form:
            _check_fields(form)
            schema = form.fields["schema"].encode()
            wanted, known = await asyncio.to_thread(read_wanted, schema)
            reveal = form.fields.get("reveal") == "true"
            async with form.loaded() as files:
                name, data = files[0]
                found = await extractor(name, data, wanted, known, reveal=reveal)
        told = ExtractedFiles(files=found)
        return JSONResponse(told.model_dump(mode="json"))

    return router


def _check_fields(form: Form) -> None:
    """Raises `RequestValidationError` naming what is missing, unknown or wrong."""
    wrong = [("extra_forbidden", name) for name in form.fields if name not in ("schema", "reveal")]
    if "schema" not in form.fields:
        wrong.append(("missing", "schema"))
    if form.fields.get("reveal", "true") not in ("true", "false"):
        wrong.append(("literal_error", "reveal"))
    if not form.files:
        wrong.append(("missing", "file"))
    if wrong:
        raise RequestValidationError(
            [
                {"type": code, "loc": ("body", name), "msg": code.replace("_", " ")}
                for code, name in wrong
            ]
        )
