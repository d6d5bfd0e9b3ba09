"""A grammar as a small tree, and as the EBNF text that xgrammar (inside openvino-genai) takes.

Building a tree first lets us find out what could never end (a schema that requires itself) and
leave out what is impossible, before a model is bound to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Text:
    """Exactly this text."""

    value: str


@dataclass(frozen=True, slots=True)
class Chars:
    """One character of a class, written as EBNF writes it: `[0-9]`."""

    spec: str


@dataclass(frozen=True, slots=True)
class Rule:
    """Whatever the rule of this name says."""

    name: str


@dataclass(frozen=True, slots=True)
class Row:
    """One after the other; empty: nothing at all."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """One of them; empty: impossible."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Times:
    """`node`, from `least` to `most` times (None: without end)."""

    node: Node
    least: int
    most: int | None


Node: TypeAlias = Text | Chars | Rule | Row | Either | Times

EMPTY = Row(())
NEVER = Either(())


def row(*nodes: Node) -> Node:
    """The nodes one after the other; impossible if one of them is."""
    flat: list[Node] = []
    for node in nodes:
        if node == NEVER:
            return NEVER
        flat.extend(node.nodes if isinstance(node, Row) else (node,))
    return flat[0] if len(flat) == 1 else Row(tuple(flat))


def either(*nodes: Node) -> Node:
    """One of the nodes, the impossible and the repeated ones left out."""
    flat: dict[Node, None] = {}
    for node in nodes:
        flat.update(dict.fromkeys(node.nodes if isinstance(node, Either) else (node,)))
    return next(iter(flat)) if len(flat) == 1 else Either(tuple(flat))


def times(node: Node, least: int, most: int | None) -> Node:
    """A node repeated; impossible where fewer are allowed than wanted."""
    if most is not None and most < least:
        return NEVER
    if node == NEVER:
        return EMPTY if least == 0 else NEVER
    if most == 0:
        return EMPTY
    return node if least == most == 1 else Times(node, least, most)


def maybe(node: Node) -> Node:
    """The node or nothing."""
    return times(node, 0, 1)


def length_of(node: Node) -> int:
    """How many characters the node is as EBNF text."""
    return len(_text(node))


def written(rules: Mapping[str, Node], root: str) -> str | None:
    """The grammar as EBNF text with `root` first, or None if it allows no text at all."""
    finite = _finite_rules(rules)
    if root not in finite:
        return None
    lines: list[str] = []
    waiting, seen = [root], {root}
    while waiting:
        name = waiting.pop()
        node = _pruned(rules[name], finite)
        lines.append(f"{name} ::= {_text(node)}")
        for other in sorted(_rules_in(node) - seen, reverse=True):
            seen.add(other)
            waiting.append(other)
    return "\n".join(lines) + "\n"


def _finite_rules(rules: Mapping[str, Node]) -> set[str]:
    """The rules that can come to an end; the others demand themselves for ever."""
    finite: set[str] = set()
    users: dict[str, list[str]] = {}
    for name, node in rules.items():
        for other in _rules_in(node):
            users.setdefault(other, []).append(name)
    # Looked at again only when something it uses came to an end: chains of rules are long.
    waiting = list(rules)
    while waiting:
        name = waiting.pop()
        if name not in finite and _ends(rules[name], finite):
            finite.add(name)
            waiting += users.get(name, ())
    return finite


def _ends(node: Node, finite: set[str]) -> bool:
    match node:
        case Text() | Chars():
            return True
        case Rule(name):
            return name in finite
        case Row(nodes):
            return all(_ends(each, finite) for each in nodes)
        case Either(nodes):
            return any(_ends(each, finite) for each in nodes)
        case Times(inner, least, _):
            return least == 0 or _ends(inner, finite)


def _pruned(node: Node, finite: set[str]) -> Node:
    """The node without what never ends."""
    match node:
        case Rule(name):
            return node if name in finite else NEVER
        case Row(nodes):
            return row(*(_pruned(each, finite) for each in nodes))
        case Either(nodes):
            return either(*(_pruned(each, finite) for each in nodes))
        case Times(inner, least, most):
            return times(_pruned(inner, finite), least, most)
        case _:
            return node


def _rules_in(node: Node) -> set[str]:
    match node:
        case Rule(name):
            return {name}
        case Row(nodes) | Either(nodes):
            return {name for each in nodes for name in _rules_in(each)}
        case Times(inner, _, _):
            return _rules_in(inner)
        case _:
            return set()


def _text(node: Node) -> str:
    match node:
        case Text(value):
            return quoted(value)
        case Chars(spec):
            return spec
        case Rule(name):
            return name
        case Row(nodes):
            return " ".join(_text(each) for each in nodes) or '""'
        case Either(nodes):
            return "(" + " | ".join(_text(each) for each in nodes) + ")"
        case Times(inner, least, most):
            operand = _text(inner)
            if not isinstance(inner, (Chars, Rule, Either)):
                operand = f"({operand})"
            return operand + _count(least, most)


def _count(least: int, most: int | None) -> str:
    if most is None:
        return {0: "*", 1: "+"}.get(least, f"{{{least},}}")
    if (least, most) == (0, 1):
        return "?"
    return f"{{{least}}}" if least == most else f"{{{least},{most}}}"


def quoted(value: str) -> str:
    """A text as EBNF writes it, between double quotes.

    xgrammar prints a grammar and reads it again before it compiles it, and its own printing of
    "é" before "a" is `\\xe9a`, which reads as one character: so such a character ends its literal.
    """
    pieces, held = [], ""
    for char in value:
        held += _escaped(char, '"\\')
        if not _plain(char):
            pieces.append(held)
            held = ""
    if held or not pieces:
        pieces.append(held)
    return " ".join(f'"{piece}"' for piece in pieces)


def char_class(pieces: Iterable[str], *, none_of: bool = False) -> str:
    """`[...]` of pieces as `in_class` or `in_range` give them, or `[^...]`.

    In an order that keeps characters that xgrammar prints as `\\xe9` away from hexadecimal digits.
    """
    ordered = sorted(
        dict.fromkeys(pieces), key=lambda piece: "\\u" in piece or not _plain(piece[-1])
    )
    return f"[{'^' if none_of else ''}{''.join(ordered)}]"


def in_class(char: str) -> str:
    """A character as it stands inside `[...]`."""
    return _escaped(char, "]\\^-[")


def in_range(low: str, high: str) -> str:
    """All characters between two, as they stand inside `[...]`."""
    return f"{in_class(low)}-{in_class(high)}"


def _plain(char: str) -> bool:
    return " " <= char <= "~"


def _escaped(char: str, special: str) -> str:
    if char in special:
        return "\\" + char
    return char if _plain(char) or ord(char) > 0x9F else f"\\u{ord(char):04x}"
