"""The small pieces that a grammar of JSON is put together from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from yuepi.engines.openvino_genai.ebnf import (
    EMPTY,
    NEVER,
    Node,
    Text,
    maybe,
    row,
    times,
)
from yuepi.engines.openvino_genai.grammar_numbers import (
    FRACTION_DIGITS_MAX,
    integers,
    numbers,
)
from yuepi.engines.openvino_genai.schema_words import decimal_of, limit_named, refused


def number(schema: Mapping[str, Any], where: str, *, whole: bool) -> Node:
    """A number, or a `whole` one, within the limits that the schema sets."""
    low = limit_named(schema, "minimum", "exclusiveMinimum", where, max)
    high = limit_named(schema, "maximum", "exclusiveMaximum", where, min)
    digits = 0 if whole else FRACTION_DIGITS_MAX
    step = schema.get("multipleOf")
    if step is not None:
        # Tenths, hundredths, ... are a count of digits; other steps no grammar can see.
        power = decimal_of(step, "multipleOf", where)
        exponent = -int(power.normalize().adjusted())
        if power != Decimal(1).scaleb(-exponent) or exponent < 0:
            raise refused(f"'multipleOf' {step} is not supported (1, 0.1, 0.01, ... are)", where)
        digits = min(digits, exponent)
    return integers(low, high) if digits == 0 else numbers(low, high, digits)


def quoted(node: Node) -> Node:
    """The node between quotation marks."""
    return row(Text('"'), node, Text('"'))


def pair(name: str, node: Node) -> Node:
    """A property of this name."""
    return row(Text(json.dumps(name, ensure_ascii=False) + ":"), node)


def braced(left: str, node: Node, right: str) -> Node:
    """The node between two signs."""
    return row(Text(left), node, Text(right))


def separated(item: Node, least: int, most: int | None) -> Node:
    """From `least` to `most` items with commas between."""
    if most is not None and most < least:
        return NEVER
    if most == 0:
        return EMPTY
    fewer = max(0, least - 1)
    some = row(item, times(row(Text(","), item), fewer, None if most is None else most - 1))
    return some if least else maybe(some)
