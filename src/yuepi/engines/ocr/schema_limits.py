"""How much of an answer's schema is filled, and what is judged on the way: bounded, and pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from yuepi.engines.contract import ChatRefused
from yuepi.kit.json_schema import Judge, UnusableSchema

PLACES_MAX: Final = 2_000
"""Values of one answer; a few lines of references can ask for billions."""
PARTS_MAX: Final = 50_000
"""Schemas and properties laid together, and cells of tables, for one answer."""
_WORDS_CHARS_MAX: Final = 500
_FIT_STEPS_MAX: Final = 10_000


@dataclass(slots=True)
class Left:
    """What one answer may still take."""

    places: int = PLACES_MAX
    parts: int = PARTS_MAX

    def take(self, *, places: int = 0, parts: int = 0) -> None:
        """Raises `ChatRefused` when it is used up."""
        self.places -= places
        self.parts -= parts
        if self.places < 0 or self.parts < 0:
            raise too_large()


def words(schema: Mapping[str, Any]) -> tuple[str, str]:
    """Title and description, as far as anybody reads them for a field's name."""
    title, description = str(schema.get("title", "")), str(schema.get("description", ""))
    return title[:_WORDS_CHARS_MAX], description[:_WORDS_CHARS_MAX]


def fits(schema: Mapping[str, Any], value: Any) -> bool:
    """Whether a single value satisfies a schema, references and allOf aside."""
    bare = {k: v for k, v in schema.items() if k not in ("$ref", "allOf")}
    try:
        return Judge(bare).first_wrong(value, steps_max=_FIT_STEPS_MAX) is None
    except UnusableSchema:
        return False


def too_large() -> ChatRefused:
    """The refusal of a schema that asks for more than one answer may hold."""
    return ChatRefused(
        f"the JSON schema asks for too much: more than {PLACES_MAX} values, or to follow it takes"
        " too many steps",
        remedy="ask for fewer fields, or with fewer references, in one question",
        code="schema_not_satisfiable",
        param="response_format",
    )
