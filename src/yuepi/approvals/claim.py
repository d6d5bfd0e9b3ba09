"""What is handed in: the company, a claim's files, and the invoices settled before."""

from __future__ import annotations

import json
import tomllib
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_core import PydanticCustomError

from yuepi.documents.checksums import TAX_ID_LENGTH, id_card_valid, tax_id_valid
from yuepi.documents.plain import Plain
from yuepi.documents.reading import FileReading
from yuepi.kit.errors import BadUsage

COMPANY_TEXT_BYTES_MAX: Final = 64 * 1024
_REMEDY: Final = 'Write name = "…" and tax_id = "…" (and aliases = ["…"] if there are any).'


class Company(Plain):
    """Who claims are settled for: the buyer that invoices must name. `aliases` are former names."""

    name: str = Field(min_length=1, max_length=200)
    tax_id: str = Field(pattern=r"^[0-9A-Z]{15,20}$")
    aliases: tuple[str, ...] = ()

    @field_validator("tax_id")
    @classmethod
    def _check_character(cls, tax_id: str) -> str:
        """A mistyped number would refuse every genuine invoice as made out to another.

        Sole traders may use their identity card's number.
        """
        known = tax_id_valid(tax_id) or id_card_valid(tax_id)
        if len(tax_id) == TAX_ID_LENGTH and not known:
            raise PydanticCustomError(
                "check_character",
                "the check character of {tax_id} is wrong; expected is a 统一社会信用代码: "
                "18 digits and capital letters without I, O, S, V and Z, the last one the check",
                {"tax_id": tax_id},
            )
        return tax_id


class PastInvoice(Plain):
    """An invoice of an earlier claim, as far as it is known."""

    number: str | None = None
    code: str | None = None
    date: str | None = None
    time: str | None = None
    total: Decimal | None = None
    seller_tax_id: str | None = None
    seller_name: str | None = None
    sha256: str | None = None
    employee: str | None = None
    claim: str | None = None


class Claim(Plain):
    """One claim as handed in. `on` is the day it is judged for, in the company's zone."""

    files: tuple[FileReading, ...]
    on: date
    category: str | None = None
    employee: str | None = None


def parse_company(text: str, form: Literal["toml", "json"] = "toml") -> Company:
    """The company in a TOML or JSON text; raises BadUsage naming what is wrong."""
    if len(text.encode("utf-8", "replace")) > COMPANY_TEXT_BYTES_MAX:
        raise BadUsage("The company file is too large.", remedy=_REMEDY)
    try:
        data: Any = tomllib.loads(text) if form == "toml" else json.loads(text)
        return Company.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise BadUsage(f"Company file: {place}: {first['msg']}", remedy=_REMEDY) from error
    except (ValueError, RecursionError) as error:
        raise BadUsage(f"The company file is not valid {form.upper()}.", remedy=_REMEDY) from error
