"""Pictures of a screen: which program, what it shows, what goes wrong in it. By visible signs only.

A screen of a payment is a kind of its own, and an invoice shown on a screen is read as the invoice
that it is (`screen_parts`), though never as an original.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from yuepi.documents.fields import Candidate, Draft
from yuepi.documents.kinds.kind import Kind
from yuepi.documents.layout.screen_marks import Screen, Sign, screen_on
from yuepi.documents.layout.view import View

_TITLE_TOP: Final = 0.16


def _likeness(view: View) -> float:
    return screen_on(view).likeness


def _read(view: View) -> Draft:
    screen = screen_on(view)
    return Draft(
        (
            *_application(view, screen),
            *_title(view, screen),
            *_seen(view, "time", screen.clock),
            *_errors(view, screen),
        )
    )


def _application(view: View, screen: Screen) -> Iterator[Candidate]:
    """The program's printed name, else what kind of program its signs are of."""
    if screen.program is not None:
        yield from _seen(view, "application", screen.program)
    elif screen.kinds:
        sign = screen.signs[0]
        yield view.candidate("application", screen.kinds[0], sign.box, sign.text, firm=False)


def _title(view: View, screen: Screen) -> Iterator[Candidate]:
    """The name of what is shown: in the title bar, the subject, or a phone's upper middle."""
    if screen.shown is not None:
        yield from _seen(view, "title", screen.shown)
        return
    if "phone" not in {sign.what for sign in screen.signs}:
        return
    bar = screen.clock.box if screen.clock else view.box
    middle = (view.box.x0 + view.box.x1) / 2
    for line in view.lines:
        below = line.box.y0 > bar.y1 - 0.5 * line.box.height
        within = line.box.centre[1] < view.box.y0 + _TITLE_TOP * view.box.height
        central = abs(line.box.centre[0] - middle) < 0.12 and line.box.width < 0.6
        if below and within and central and re.search(r"[^\W\d_]{2}", line.text):
            text = line.text.strip()
            yield view.candidate("title", text, line.box, text, firm=False)
            return


def _seen(view: View, name: str, sign: Sign | None) -> Iterator[Candidate]:
    if sign is not None:
        yield view.candidate(name, sign.text, sign.box, sign.text)


def _errors(view: View, screen: Screen) -> Iterator[Candidate]:
    """The messages as they stand there, one after the other."""
    if screen.errors:
        text = "\n".join(sign.text for sign in screen.errors)
        yield view.candidate("error_text", text, screen.errors[0].box, text)


KIND = Kind(
    name="screenshot",
    title_zh="屏幕截图",
    title_en="Screenshot",
    fields=("application", "title", "error_text", "time"),
    decisive=(),
    is_invoice=False,
    likeness=_likeness,
    read=_read,
    labels={
        "title": ("标题", "Title"),
        "application": ("应用程序", "Application"),
        "error_text": ("报错信息", "Error shown"),
    },
    meanings={
        "application": "the program's name as printed, else browser, chat, mail client, "
        "spreadsheet, terminal, phone or error dialog",
        "time": "of the status bar, as printed",
    },
)
