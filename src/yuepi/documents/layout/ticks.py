"""Check boxes as print: which of several options is ticked.

Recognisers read an empty box as a square or as the character 口, a ticked one as a tick, a crossed
or filled box, or the two together.
"""

from __future__ import annotations

import re
from typing import Final

_TICKED: Final = "☑☒√✓✔■▣◼●"
_EMPTY: Final = "□☐◻○〇▢"
_OPTION: Final = re.compile(
    rf"(?P<box>[\[［(（]\s?[xX√✓]?\s?[\])）］]|[{_TICKED}{_EMPTY}][{_TICKED}]?"
    rf"|口(?=[\u4e00-\u9fff]{{1,12}}))\s?(?P<text>[^{_TICKED}{_EMPTY}\[［口]{{0,40}})"
)


def options_ticked(text: str) -> str | None:
    """The ticked options of a text with check boxes, with `; ` between; "" where none is ticked.

    None where the text has no check boxes, or only one sign that may be something else, or where
    an option stands without its box: a tick may have hidden it, so nothing can be told.
    """
    options = list(_OPTION.finditer(text))
    marked = [option for option in options if _is_ticked(option["box"])]
    if not options or (len(options) < 2 and not marked):
        return None
    if not marked and _without_box(text, options):
        return None
    return "; ".join(option["text"].strip(" ;；,，、_") for option in marked)


def _is_ticked(box: str) -> bool:
    return any(sign in _TICKED for sign in box) or bool(re.search(r"[xX√✓]", box))


def _without_box(text: str, options: list[re.Match[str]]) -> bool:
    """Whether something that may be an option stands before the first box, or far behind one."""
    return bool(text[: options[0].start()].strip()) or any(
        len(option["text"].split()) > 1 for option in options
    )
