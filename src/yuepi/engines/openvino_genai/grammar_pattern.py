"""A schema's `pattern` (the common part of regular expressions) as a grammar of JSON characters.

Understood: literals, `.`, classes, `\\d \\w \\s` and their opposites outside classes, groups,
alternatives, `? * + {m,n}`, `^` and `$` at the ends. Everything else is refused by name: a
pattern taken for less than it says would let wrong answers through.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from yuepi.engines.openvino_genai.ebnf import (
    EMPTY,
    Chars,
    Node,
    Text,
    char_class,
    either,
    in_class,
    in_range,
    maybe,
    row,
    times,
)

REPEAT_MAX = 4096
COUNT_DIGITS_MAX = 8
# The time to compile grows with the square: 500 optional characters take two seconds.
PATTERN_CHARS_MAX = 512
GROUPS_MAX = 32
CLASSES = {"d": ("0-9",), "w": ("a-z", "A-Z", "0-9", "_"), "s": (" ",)}
PLAIN_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}
SHORT = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
ESCAPED = (in_range("\0", "\x1f"), '"', in_class("\\"))  # what JSON must not hold as it is


class UnknownPattern(Exception):
    """A part of a regular expression that we do not understand; the text names it."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a pattern: its grammar and how many characters it takes (None: any number)."""

    node: Node
    least: int
    most: int | None


def _none_of(pieces: Iterable[str]) -> Chars:
    """One character that stands for itself in a JSON string and is none of the pieces."""
    inner = char_class(pieces)[1:-1]
    return Chars(f"[^{''.join(ESCAPED)}{inner}]")


def json_char(char: str) -> Node:
    """One character as `json.dumps(..., ensure_ascii=False)` writes it inside a string."""
    if char in SHORT:
        return Text(SHORT[char])
    return Text(f"\\u{ord(char):04x}" if ord(char) < 0x20 else char)


def any_char(without: str = "") -> Node:
    """One character of a JSON string, except those of `without`."""
    others = [in_class(char) for char in without if char not in SHORT]
    plain = _none_of(others)
    escaped = "".join(
        "\\\\" if char == "\\" else written[1]
        for char, written in SHORT.items()
        if char not in without
    )
    # Control characters without a letter of their own; never \ud800, which no UTF-8 can hold.
    return either(
        plain,
        row(Text("\\"), Chars(f"[{escaped}]")),
        row(Text("\\u00"), Chars("[0-1]"), Chars("[0-9a-f]")),
    )


def text_other_than(names: Sequence[str]) -> Node:
    """The characters of a JSON string that is none of `names`."""
    heads = sorted({name[0] for name in names if name})
    other = row(any_char("".join(heads)), times(any_char(), 0, None))
    longer = [
        row(json_char(head), text_other_than([name[1:] for name in names if name[:1] == head]))
        for head in heads
    ]
    ways = either(other, *longer)
    return ways if "" in names else maybe(ways)


def pattern_grammar(pattern: str) -> Piece:
    """The characters between the quotes for a `pattern`; raises `UnknownPattern`.

    As JSON Schema says, a pattern may match anywhere unless it is anchored.
    """
    if len(pattern) > PATTERN_CHARS_MAX:
        raise UnknownPattern(f"more than {PATTERN_CHARS_MAX} characters")
    body, start, end = pattern, pattern.startswith("^"), False
    if start:
        body = body[1:]
    if body.endswith("$") and not _escaped_end(body):
        body, end = body[:-1], True
    reader = _Reader(body)
    piece = reader.alternatives()
    if reader.at < len(body):
        raise UnknownPattern(f"{body[reader.at]!r} at {reader.at}")
    if (start or end) and reader.top_level_alternatives:
        # "^a|b$" anchors each alternative at one end only.
        raise UnknownPattern("an anchor beside '|' outside a group")
    anything = times(any_char(), 0, None)
    return Piece(
        row(EMPTY if start else anything, piece.node, EMPTY if end else anything),
        piece.least,
        piece.most if start and end else None,
    )


def _escaped_end(body: str) -> bool:
    before = body[:-1]
    return (len(before) - len(before.rstrip("\\"))) % 2 == 1


class _Reader:
    """Reads one pattern from left to right."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0
        self.depth = 0
        self.top_level_alternatives = False

    def alternatives(self) -> Piece:
        found = [self._sequence()]
        while self._peek() == "|":
            self.top_level_alternatives |= self.depth == 0
            self.at += 1
            found.append(self._sequence())
        most = [piece.most for piece in found]
        return Piece(
            either(*(piece.node for piece in found)),
            min(piece.least for piece in found),
            None if None in most else max(each for each in most if each is not None),
        )

    def _sequence(self) -> Piece:
        nodes: list[Node] = []
        least, most = 0, 0
        endless = False
        while self._peek() not in ("", "|", ")"):
            piece = self._repeated(self._atom())
            nodes.append(piece.node)
            least += piece.least
            endless |= piece.most is None
            most += piece.most or 0
        return Piece(row(*nodes), least, None if endless else most)

    def _repeated(self, piece: Piece) -> Piece:
        sign = self._peek()
        if sign not in ("?", "*", "+", "{") or not sign:
            return piece
        self.at += 1
        low, high = {"?": (0, 1), "*": (0, None), "+": (1, None)}.get(sign) or self._braces()
        if self._peek() in ("+", "{", "*"):
            raise UnknownPattern("a repetition of a repetition")
        if self._peek() == "?":  # lazy: the same set of texts
            self.at += 1
        if high is not None and high < low:
            raise UnknownPattern(f"{{{low},{high}}}")
        most = None if high is None or piece.most is None else piece.most * high
        return Piece(times(piece.node, low, high), piece.least * low, most)

    def _braces(self) -> tuple[int, int | None]:
        end = self.pattern.find("}", self.at)
        low, comma, high = self.pattern[self.at : end].partition(",")
        counts = [low, high] if high else [low]
        if end < 0 or not all(each.isascii() and each.isdigit() for each in counts):
            raise UnknownPattern("'{'")
        if max(map(len, counts)) > COUNT_DIGITS_MAX:
            raise UnknownPattern(f"more than {REPEAT_MAX} repetitions")
        self.at = end + 1
        most = (int(high) if high else None) if comma else int(low)
        if int(low) > REPEAT_MAX or (most or 0) > REPEAT_MAX:
            raise UnknownPattern(f"more than {REPEAT_MAX} repetitions")
        return int(low), most

    def _atom(self) -> Piece:
        char = self.pattern[self.at]
        self.at += 1
        if char == "(":
            return self._group()
        if char == "[":
            return Piece(self._class(), 1, 1)
        if char == ".":
            return Piece(any_char("\n"), 1, 1)
        if char == "\\":
            return Piece(self._escape(), 1, 1)
        if char in "^$*+?{}":
            raise UnknownPattern(f"{char!r} at {self.at - 1}")
        return Piece(json_char(char), 1, 1)

    def _group(self) -> Piece:
        if self._peek() == "?":
            if self.pattern[self.at : self.at + 2] != "?:":
                raise UnknownPattern("'(?" + self.pattern[self.at + 1 : self.at + 2] + "'")
            self.at += 2
        self.depth += 1
        if self.depth > GROUPS_MAX:
            raise UnknownPattern(f"groups more than {GROUPS_MAX} deep")
        piece = self.alternatives()
        self.depth -= 1
        if self._peek() != ")":
            raise UnknownPattern("a group without end")
        self.at += 1
        return piece

    def _escape(self) -> Node:
        letter = self._peek()
        self.at += 1
        if letter in CLASSES and letter:
            return Chars(char_class(CLASSES[letter]))
        if letter in ("D", "W"):
            return _none_of(CLASSES[letter.lower()])
        if letter in PLAIN_ESCAPES and letter:
            return json_char(PLAIN_ESCAPES[letter])
        if not letter or letter.isalnum():
            raise UnknownPattern(f"'\\{letter}'")
        return json_char(letter)

    def _class(self) -> Node:
        refused = self._peek() == "^"
        self.at += refused
        plain: list[str] = []
        special: list[str] = []
        first = True
        while (char := self._peek()) != "]" or first:
            if not char:
                raise UnknownPattern("a class without end")
            first = False
            low, named = self._class_char()
            if named:
                plain += named
                continue
            if self._peek() == "-" and self.pattern[self.at + 1 : self.at + 2] not in ("]", ""):
                self.at += 1
                high, named = self._class_char()
                if named or ord(high) < ord(low) or (set(SHORT) & set(map(chr, _span(low, high)))):
                    raise UnknownPattern(f"the range {low}-{high}")
                plain.append(in_range(low, high))
            elif low in SHORT or ord(low) < 0x20:
                special.append(low)
            else:
                plain.append(in_class(low))
        self.at += 1
        if refused:
            return _none_of(plain)
        letters = [json_char(char) for char in special]
        return either(*([Chars(char_class(plain))] if plain else []), *letters)

    def _class_char(self) -> tuple[str, tuple[str, ...]]:
        """The next character of a class, or the spec of a class named by a letter."""
        char = self._peek()
        self.at += 1
        if char != "\\":
            if char == "[":
                raise UnknownPattern("'[' inside a class")
            return char, ()
        letter = self._peek()
        self.at += 1
        if letter in CLASSES and letter:
            return "", CLASSES[letter]
        if letter in PLAIN_ESCAPES and letter:
            return PLAIN_ESCAPES[letter], ()
        if not letter or letter.isalnum():
            raise UnknownPattern(f"'\\{letter}' inside a class")
        return letter, ()

    def _peek(self) -> str:
        return self.pattern[self.at : self.at + 1]


def _span(low: str, high: str) -> range:
    """The code points of a range that could need escaping (all of them are below 128)."""
    return range(min(ord(low), 128), min(ord(high), 127) + 1)
