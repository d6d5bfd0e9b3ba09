"""Printed formulas as LaTeX, as far as their lines tell. Pure; None wherever they do not.

Text keeps no heights: `x2` may be x squared, and a root's bar may reach anywhere. What could be two
formulas is none. Raised small lines are exponents; two lines over and under a drawn bar, a
fraction.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from yuepi.documents.layout.amounts import narrow
from yuepi.documents.layout.view import Row, View
from yuepi.kit.boxes import Box, around
from yuepi.sight.sighting import Line

_SUPER: Final = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹ⁿ⁻⁺", "0123456789n-+", strict=True))
_SUB: Final = dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True))
_SIGNS: Final = {
    "×": r"\times", "÷": r"\div", "±": r"\pm", "≤": r"\le", "≥": r"\ge", "≠": r"\ne",
    "≈": r"\approx",
    "π": r"\pi", "∞": r"\infty", "α": r"\alpha", "β": r"\beta", "γ": r"\gamma", "θ": r"\theta",
    "λ": r"\lambda", "μ": r"\mu", "ω": r"\omega", "Δ": r"\Delta", "∈": r"\in", "∪": r"\cup",
    "∩": r"\cap", "∠": r"\angle", "△": r"\triangle", "⊥": r"\perp", "°": r"^{\circ}", "·": r"\cdot",
    "−": "-", "⩽": r"\le", "⩾": r"\ge", "≦": r"\le", "≧": r"\ge",
}  # fmt: skip
_FUNCTIONS: Final = ("arcsin", "arccos", "arctan", "sin", "cos", "tan", "log", "lim", "ln", "lg")
_TOKEN: Final = re.compile(
    rf"\s*(?:(?P<function>{'|'.join(_FUNCTIONS)})(?![a-z])|(?P<number>\d+(?:\.\d+)?)"
    rf"|(?P<letter>[A-Za-z](?![A-Za-z]{{2}}))"
    rf"|(?P<power>[{''.join(_SUPER)}]+)|(?P<index>[{''.join(_SUB)}]+)"
    rf"|(?P<sign>[{''.join(_SIGNS)}])|(?P<plain>[-+=<>/()\[\]|,!'*^])|(?P<root>√))"
)
_RELATION: Final = re.compile(r"[=<>≤≥≠≈⩽⩾≦≧]")
_OPERATOR: Final = re.compile(rf"[-+=<>/×÷±≤≥≠≈√^∈∪∩⩽⩾≦≧{''.join(_SUPER)}]")
_RUN: Final = re.compile(
    rf"[0-9A-Za-z\s+\-=<>/()\[\]|,.!'*^√{''.join(_SIGNS)}{''.join(_SUPER)}{''.join(_SUB)}]+"
)
_WORD: Final = re.compile(r"[A-Za-z]{2,}")
_RAISED: Final = 0.15
_SMALL: Final = 0.8
_FRACTION_WIDTH_MAX: Final = 0.25


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula and where it stands."""

    latex: str
    text: str
    box: Box


def formula_in(view: View, rows: Sequence[Row]) -> Formula | None:
    """The one formula of some rows; None where there is none, several, or any doubt about it."""
    lines = _about(view, rows)
    fractions = list(_fractions(view, lines))
    taken = {id(line) for _, parts in fractions for line in parts}
    found: list[Formula] = []
    for row in rows:
        kept = [line for line in row.lines if id(line) not in taken]
        inside = [f for f, _ in fractions if row.box.y0 <= f.box.centre[1] <= row.box.y1 and kept]
        if kept:
            found += _formulas(row, kept, inside)
    placed = {id(f) for formula in found for f, _ in fractions if formula.box.shared(f.box) > 0}
    if (
        len(found) != 1
        or not found[0].latex
        or len(placed) != len(fractions)
        or _stacked(lines, taken)
    ):
        return None
    return found[0]


def _about(view: View, rows: Sequence[Row]) -> list[Line]:
    """The lines of the rows, and those so close that they may be the halves of a fraction."""
    block = around(row.box for row in rows)
    near = view.line_height
    return [
        line
        for line in view.lines
        if block.y0 - near < line.box.centre[1] < block.y1 + near
        and line.box.x0 < block.x1 + near
        and line.box.x1 > block.x0 - near
    ]


def _fractions(view: View, lines: Sequence[Line]) -> Iterator[tuple[Formula, tuple[Line, Line]]]:
    for rule in view.rules:
        bar = rule.box
        if rule.upright or bar.width > _FRACTION_WIDTH_MAX:
            continue
        upper = [line for line in lines if _against(line.box, bar, above=True)]
        lower = [line for line in lines if _against(line.box, bar, above=False)]
        if len(upper) == len(lower) == 1:
            parts = [latex(line.text) for line in (upper[0], lower[0])]
            if None not in parts:
                box = around((upper[0].box, lower[0].box))
                text = f"{upper[0].text}/{lower[0].text}"
                yield (
                    Formula(rf"\frac{{{parts[0]}}}{{{parts[1]}}}", text, box),
                    (upper[0], lower[0]),
                )


def _against(box: Box, bar: Box, *, above: bool) -> bool:
    """Whether a line lies right over or under the bar, within its ends."""
    gap = bar.y0 - box.y1 if above else box.y0 - bar.y1
    within = bar.x0 - box.height <= box.x0 and box.x1 <= bar.x1 + box.height
    return within and -0.4 * box.height < gap < 0.6 * box.height


def _stacked(lines: Sequence[Line], taken: set[int]) -> bool:
    """Whether short runs of figures stand over one another with no bar to be seen."""
    short = [line for line in lines if id(line) not in taken and len(line.text.strip()) <= 4]
    figures = [line for line in short if re.fullmatch(r"[\dA-Za-z+\-]+", line.text.strip())]
    return any(
        min(a.box.x1, b.box.x1) - max(a.box.x0, b.box.x0) > 0.5 * min(a.box.width, b.box.width)
        and 0 < b.box.centre[1] - a.box.centre[1] < 2.2 * a.box.height
        for a in figures
        for b in figures
        if a is not b
    )


def _formulas(row: Row, lines: Sequence[Line], fractions: Sequence[Formula]) -> list[Formula]:
    """The runs of a row that are formulas, with its fractions and exponents in their places."""
    height = max(line.box.height for line in lines)
    pieces: list[tuple[Box, str]] = []
    for line in lines:
        base = pieces[-1][0] if pieces else None
        text = narrow(line.text)
        if base is not None and _is_raised(line.box, base, height):
            text = "^{" + text.strip() + "}" if text.strip().isalnum() else "§"
        pieces.append((line.box, text))
    # A letter that stands nowhere else marks the place of each fraction.
    marks = {chr(0xE000 + number): each for number, each in enumerate(fractions)}
    pieces += [(each.box, mark) for mark, each in marks.items()]
    pieces.sort(key=lambda each: each[0].x0)
    text = _WORD.sub(_kept, " ".join(piece for _, piece in pieces).replace(" ^{", "^{"))
    found = []
    for run in re.findall(rf"(?:{_RUN.pattern[:-2]}{{}}{''.join(marks)}]+)", text):
        whole = run.strip(" ,.")
        if _tells(whole, bool(set(whole) & set(marks))):
            made = _assembled(whole, marks)
            found.append(Formula(made or "", whole, row.box))
    return found


def _kept(word: re.Match[str]) -> str:
    """Words are no part of a formula; the names of functions are."""
    return word.group() if word.group() in _FUNCTIONS else "§"


def _is_raised(box: Box, base: Box, height: float) -> bool:
    near = box.x0 - base.x1 < 0.6 * height
    return (
        near and box.height < _SMALL * height and base.centre[1] - box.centre[1] > _RAISED * height
    )


def _tells(run: str, fraction: bool) -> bool:
    """Whether a run is more than a number or a range of them: an operator with sides, and a
    letter or a relation."""
    return bool(
        (_OPERATOR.search(run) or fraction)
        and (_RELATION.search(run) or re.search(r"[A-Za-zπ]", run) or fraction)
        and len(re.findall(r"[0-9A-Za-zπ\ue000-\uf8ff]", run)) >= 2
    )


def _assembled(run: str, marks: dict[str, Formula]) -> str | None:
    parts = re.split(rf"([{''.join(marks)}])", run) if marks else [run]
    made = []
    for part in parts:
        if part in marks:
            made.append(marks[part].latex)
        elif part.strip():
            piece = latex(part)
            if piece is None:
                return None
            made.append(piece)
    return " ".join(made)


def latex(text: str) -> str | None:
    """The formula that the text wholly is; None where a part of it could be read in two ways."""
    text = narrow(text).strip()
    raised = re.compile(r"\^\{([0-9A-Za-z]{1,3})\}")
    out: list[str] = []
    before = ""
    place = 0
    while place < len(text):
        if match := raised.match(text, place):
            out.append("^{" + match[1] + "}")
            place, before = match.end(), "power"
            continue
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            return None
        kind, printed = match.lastgroup, match[match.lastgroup]
        if kind == "number" and before in ("letter", "close", "power", "number"):
            return None
        if kind == "root" and (scope := _root(text, match.end())) is not None:
            out.append(scope[0])
            place, before = scope[1], "close"
            continue
        made = _token(kind, printed)
        if made is None:
            return None
        out.append(made)
        place, before = match.end(), "close" if printed in ")]" else kind
    return _joined(out) if out and _balanced(text) else None


def _token(kind: str, printed: str) -> str | None:
    if kind == "function":
        return "\\" + printed if printed != "lg" else r"\lg"
    if kind == "power":
        return "^{" + "".join(_SUPER[each] for each in printed) + "}"
    if kind == "index":
        return "_{" + "".join(_SUB[each] for each in printed) + "}"
    if kind == "sign":
        return _SIGNS[printed]
    if kind == "root" or printed == "^":
        return None
    return r"\cdot" if printed == "*" else printed


def _root(text: str, start: int) -> tuple[str, int] | None:
    """What stands under a root and where it ends: brackets, or all up to a relation or the end
    where that is one number or letter."""
    if match := re.compile(r"\s*\(([^()]+)\)").match(text, start):
        inner = latex(match[1])
        return (rf"\sqrt{{{inner}}}", match.end()) if inner else None
    match = re.compile(r"\s*(\d+|[A-Za-z])\s*(?=$|[=<>≤≥≠≈,)\]])").match(text, start)
    return (rf"\sqrt{{{match[1]}}}", match.end()) if match else None


def _joined(parts: Sequence[str]) -> str:
    text = ""
    for part in parts:
        glue = text and re.search(r"\\[A-Za-z]+$", text) and re.match(r"[A-Za-z0-9]", part)
        text += (" " if glue else "") + part
    return re.sub(
        r"(?<=[^\s{(\[])(?=\\(?:times|div|pm|le|ge|ne|approx|in|cup|cap|cdot)\b)", " ", text
    )


def _balanced(text: str) -> bool:
    """Whether brackets are closed and no operator lacks a side: else a part of it was lost."""
    closed = all(text.count(a) == text.count(b) for a, b in ("()", "[]"))
    lost = r"[-+=×÷/<>≤≥]\s*$|^\s*[-+=×÷/<>≤≥]|[-+×÷/]\s*[=<>≤≥×÷/+]|[=≤≥]\s*[=+×÷/<>≤≥]"
    return closed and not re.search(lost, text)
