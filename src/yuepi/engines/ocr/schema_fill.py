"""An answer in the shape of a JSON Schema, from what pages say. Pure.

A property is matched by its name, title and description, in Chinese or English, to a field, to a
yes/no question or to the table. What cannot be told is "无法确定" in a text, null where null is
allowed, left out where it is not required, and otherwise refused: never an invented 0 or false.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from yuepi.engines.contract import ChatRefused
from yuepi.engines.ocr import wording
from yuepi.engines.ocr.answer import (
    YES_NO,
    Setting,
    answer_data,
    answer_text,
    reply,
    transcription,
)
from yuepi.engines.ocr.facts import amount_of, look_up
from yuepi.engines.ocr.fields import known_field
from yuepi.engines.ocr.page import Page, plain
from yuepi.engines.ocr.question import Ask, Question, Transcribe, parse_question
from yuepi.engines.ocr.schema_limits import Left, fits, too_large, words
from yuepi.engines.ocr.schema_words import (
    ANSWER_NAMES,
    NO_WORDS,
    TEXT_NAMES,
    UNKNOWN_WORDS,
    YES_WORDS,
    column_in,
    field_of,
    is_one_of,
    is_per_picture,
    suits,
    typed,
    types_of,
)
from yuepi.engines.ocr.tables import Grid, tables_of
from yuepi.kit.json_schema import Judge, UnusableSchema
from yuepi.kit.money import parse_amount

DEPTH_MAX: Final = 24


class _UntoldError(Exception):
    """This place cannot be filled from the page."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the schema: its path, the name of the property, the keys asked for beside it."""

    path: str
    name: str = ""
    among: frozenset[str] = frozenset()
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Filler:
    """One schema being filled."""

    root: Mapping[str, Any]
    question: Question
    pages: Mapping[int, Page]
    today: date
    left: Left = field(default_factory=Left)

    def fill(self) -> Any:
        """The JSON value. Raises `ChatRefused` schema_not_satisfiable."""
        try:
            value = self._fill(self.root, _Place("$"))
        except _UntoldError as untold:
            raise _refused(str(untold) or "$") from None
        try:
            wrong = Judge(self.root).first_wrong(value)
        except UnusableSchema:
            raise too_large() from None
        if wrong is not None:
            raise _refused(wrong.path)
        return value

    # --- structure -----------------------------------------------------------------------------

    def _fill(self, schema: Any, place: _Place) -> Any:
        if place.depth > DEPTH_MAX:
            raise _refused(place.path)
        self.left.take(places=1)
        if not isinstance(schema, Mapping):
            schema = {}
        schema = self._resolved(schema, place)
        if "const" in schema:
            return schema["const"]
        for key in ("anyOf", "oneOf"):
            if key in schema:
                return self._first_of(schema[key], schema, place)
        types = types_of(schema)
        if "object" in types and ("properties" in schema or types == {"object"}):
            return self._object(schema, place)
        if "array" in types and ("items" in schema or types == {"array"}):
            return self._array(schema, place)
        return self._scalar(schema, types, place)

    def _resolved(self, schema: Mapping[str, Any], place: _Place) -> Mapping[str, Any]:
        """Local references and allOf laid into one schema."""
        for _ in range(DEPTH_MAX):
            parts = list(schema.get("allOf", ()))
            if "$ref" in schema:
                parts.insert(0, self._target(str(schema["$ref"]), place))
            if not parts:
                return schema
            own = {k: v for k, v in schema.items() if k not in ("allOf", "$ref")}
            merged: dict[str, Any] = {}
            for part in (*parts, own):
                if not isinstance(part, Mapping):
                    continue
                laid = len(merged.get("properties", ())) + len(merged.get("required", ()))
                self.left.take(parts=1 + laid)
                properties = {**merged.get("properties", {}), **part.get("properties", {})}
                required = [*merged.get("required", ()), *part.get("required", ())]
                merged |= dict(part)
                if properties:
                    merged["properties"] = properties
                if required:
                    merged["required"] = required
            schema = merged
        raise _refused(place.path)

    def _target(self, ref: str, place: _Place) -> Any:
        if ref != "#" and not ref.startswith("#/"):
            raise _refused(place.path)
        target: Any = self.root
        for step in ref[2:].split("/") if len(ref) > 1 else ():
            name = step.replace("~1", "/").replace("~0", "~")
            if not isinstance(target, Mapping) or name not in target:
                raise _refused(place.path)
            target = target[name]
        return target

    def _first_of(self, options: Sequence[Any], schema: Mapping[str, Any], place: _Place) -> Any:
        """The first alternative that can be told; null only where no other can."""
        about = {k: v for k, v in schema.items() if k in ("title", "description")}
        deeper = replace(place, depth=place.depth + 1)
        nullable = False
        for option in options:
            whole = {**about, **option} if isinstance(option, Mapping) else option
            if isinstance(whole, Mapping) and types_of(whole) == {"null"}:
                nullable = True
                continue
            try:
                return self._fill(whole, deeper)
            except _UntoldError:
                continue
        if nullable:
            return None
        return self._untold_text(schema, options, place)

    def _untold_text(self, schema: Mapping[str, Any], options: Sequence[Any], place: _Place) -> str:
        texts = [o for o in options if isinstance(o, Mapping) and "string" in types_of(o)]
        for option in texts or [schema]:
            return self._cannot_tell(option, place)
        raise _UntoldError(place.path)

    def _object(self, schema: Mapping[str, Any], place: _Place) -> dict[str, Any]:
        properties: Mapping[str, Any] = schema.get("properties", {})
        required = frozenset(schema.get("required", ()))
        if not properties:
            return self._free_object()
        among = frozenset(f.key for name in properties if (f := known_field(name)) is not None)
        found: dict[str, Any] = {}
        for name, part in properties.items():
            at = _Place(f"{place.path}.{name}", name, among, place.depth + 1)
            try:
                found[name] = self._fill(part, at)
            except _UntoldError:
                self._keep_untold(found, part, at, name in required)
        return found

    def _free_object(self) -> dict[str, Any]:
        return answer_data(self.question, self.pages, self.today)

    def _keep_untold(self, found: dict[str, Any], part: Any, place: _Place, required: bool) -> None:
        schema = self._resolved(part, place) if isinstance(part, Mapping) else {}
        if "null" in types_of(schema):
            found[place.name] = None
            return
        try:
            found[place.name] = self._cannot_tell(schema, place)
        except _UntoldError:
            if required:
                raise _refused(place.path) from None

    def _cannot_tell(self, schema: Mapping[str, Any], place: _Place) -> str:
        """`无法确定` where the schema lets a text say so."""
        if "enum" in schema:
            word = next((w for w in schema["enum"] if is_one_of(w, UNKNOWN_WORDS)), None)
            if word is None:
                raise _UntoldError(place.path)
            return str(word)
        text = wording.CANNOT_TELL[self.question.language]
        if "string" in types_of(schema) and fits(schema, text) and "format" not in schema:
            return text
        raise _UntoldError(place.path)

    def _array(self, schema: Mapping[str, Any], place: _Place) -> list[Any]:
        items = schema.get("items", {})
        items = self._resolved(items, place) if isinstance(items, Mapping) else {}
        deeper = replace(place, depth=place.depth + 1)
        if "object" in types_of(items) and "properties" in items:
            if is_per_picture(items["properties"], len(self.pages)):
                return [
                    replace(self, pages={number: page})._fill(items, deeper)
                    for number, page in self.pages.items()
                ]
            return self._rows(items, deeper)
        names = (place.name, *words(schema))
        wants_text = any(is_one_of(name, TEXT_NAMES) for name in names) or self._only_transcribes()
        if "string" in types_of(items) and wants_text:
            return [line for page in self.pages.values() for line in transcription(page)]
        raise _UntoldError(place.path)

    def _only_transcribes(self) -> bool:
        return self.question.asks == (Transcribe(),)

    def _rows(self, items: Mapping[str, Any], place: _Place) -> list[Any]:
        """The rows of the one itemised table, each as an object."""
        grids = [grid for page in self.pages.values() for grid in tables_of(page) if grid.head]
        if len(grids) != 1 or grids[0].loose:
            raise _UntoldError(place.path)
        return [
            self._row(items, grids[0], at, replace(place, path=f"{place.path}[{at}]"))
            for at in range(len(grids[0].rows))
        ]

    def _row(self, items: Mapping[str, Any], grid: Grid, at: int, place: _Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        self.left.take(parts=len(items["properties"]))
        required = frozenset(items.get("required", ()))
        for name, part in items["properties"].items():
            here = replace(place, path=f"{place.path}.{name}", name=name)
            schema = self._resolved(part, here) if isinstance(part, Mapping) else {}
            column = column_in(name, schema, grid)
            cell = plain(grid.rows[at][column]) if column is not None else ""
            try:
                options = schema.get("anyOf", schema.get("oneOf", [schema]))
                found[name] = _cell(cell, [o for o in options if isinstance(o, Mapping)], here)
            except _UntoldError:
                if any("null" in types_of(o) for o in options if isinstance(o, Mapping)):
                    found[name] = None
                else:
                    self._keep_untold(found, schema, here, name in required)
        return found

    # --- single values -------------------------------------------------------------------------

    def _scalar(self, schema: Mapping[str, Any], types: set[str], place: _Place) -> Any:
        try:
            return self._told(schema, types, place)
        except _UntoldError:
            if types == {"null"}:
                return None
            raise

    def _told(self, schema: Mapping[str, Any], types: set[str], place: _Place) -> Any:
        for value in self._values(schema, types, place):
            if fits(schema, value):
                return value
        raise _UntoldError(place.path)

    def _values(self, schema: Mapping[str, Any], types: set[str], place: _Place) -> Iterator[Any]:
        """What could stand here, the best first."""
        names = [place.name, *words(schema)]
        if "enum" in schema or "boolean" in types:
            ask = self._yes_no(names, place, sure="boolean" in types and len(types) < 3)
            truth = self._truth(ask) if ask is not None else None
            if truth is not None:
                known = YES_WORDS if truth else NO_WORDS
                yield from (w for w in schema.get("enum", ()) if is_one_of(w, known))
                if "boolean" in types:
                    yield truth
        if types == {"boolean"}:
            return
        value = self._fact(names, types, place)
        if value is not None:
            yield from typed(value, types, schema)
        if "string" in types and "enum" not in schema:
            yield from self._texts(names)

    def _texts(self, names: Sequence[str]) -> Iterator[str]:
        if any(is_one_of(name, TEXT_NAMES) for name in names) and (
            self._only_transcribes() or not is_one_of(names[0], frozenset({"content", "内容"}))
        ):
            yield "\n".join(line for page in self.pages.values() for line in transcription(page))
        elif any(is_one_of(name, ANSWER_NAMES) for name in names):
            yield answer_text(self.question, self.pages, self.today)

    def _fact(
        self, names: Sequence[str], types: set[str], place: _Place
    ) -> Decimal | date | str | None:
        """What all pages together say of the field: one value, or None."""
        meant = field_of(names)
        if meant is None:
            return None
        facts = []
        for page in self.pages.values():
            fact = look_up(page, meant, place.among - {meant.key})
            if meant.kind == "any" and types <= {"number", "integer", "null"}:
                fact = amount_of(page, meant)
            facts.append(fact)
        if any(fact.value is None and fact.why != "missing" for fact in facts):
            return None
        values = {fact.value for fact in facts if fact.value is not None}
        return values.pop() if len(values) == 1 else None

    def _yes_no(self, names: Sequence[str], place: _Place, *, sure: bool) -> Ask | None:
        """The yes/no question that a property stands for: its own words', else the question's."""
        for name in names[1:]:
            if len(name) > 4:
                own = parse_question(name, self.today).asks
                if len(own) == 1 and isinstance(own[0], YES_NO):
                    return own[0]
        asked = [ask for ask in self.question.asks if isinstance(ask, YES_NO)]
        said = " ".join(names)
        if len(asked) == 1 and sure and (suits(asked[0], said) or self._is_only_boolean()):
            return asked[0]
        kinds = [ask for ask in asked if suits(ask, said)]
        if len(kinds) == 1:
            return kinds[0]
        is_answer = any(is_one_of(name, ANSWER_NAMES) for name in names)
        return asked[0] if len(asked) == 1 and is_answer else None

    def _is_only_boolean(self) -> bool:
        properties = self.root.get("properties", {})
        self.left.take(parts=len(properties))
        return (
            sum("boolean" in types_of(p) for p in properties.values() if isinstance(p, dict)) == 1
        )

    def _truth(self, ask: Ask) -> bool | None:
        setting = Setting(self.question.language, self.today)
        found = {reply(ask, page, setting).truth for page in self.pages.values()}
        return found.pop() if len(found) == 1 else None


def fill_schema(
    schema: Mapping[str, Any], question: Question, pages: Mapping[int, Page], today: date
) -> Any:
    """The answer as the schema wants it. Raises `ChatRefused` schema_not_satisfiable."""
    return Filler(schema, question, pages, today).fill()


def schema_of_keys(keys: Sequence[str]) -> dict[str, Any]:
    """The loose schema of a JSON example with these keys: texts or yes/no, nothing refused."""
    return {
        "type": "object",
        "properties": {key: {"type": ["string", "boolean"]} for key in keys},
        "required": list(keys),
    }


def _refused(path: str) -> ChatRefused:
    return ChatRefused(
        f"the picture does not tell what the schema requires at {path}",
        remedy='allow null there ("type": ["number", "null"]) or leave it out of "required"',
        code="schema_not_satisfiable",
        param="response_format",
    )


def _cell(cell: str, options: Sequence[Mapping[str, Any]], place: _Place) -> Any:
    if cell:
        for option in options:
            types = types_of(option)
            value: Decimal | str | None = cell
            if not types & {"string"}:
                value = parse_amount(cell)
            for made in typed(value, types, option) if value is not None else ():
                if fits(option, made):
                    return made
    raise _UntoldError(place.path)
