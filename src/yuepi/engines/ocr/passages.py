"""Looking for a passage, a stamp or a code on a page. Pure."""

from __future__ import annotations

import re
from typing import Final

from yuepi.engines.ocr.page import Page, Piece, squeeze

_SEAL: Final = re.compile(
    r"^(?:红色|任何)?(?:的)?(?:印章|盖章|章|红章|(?:an?\s+|any\s+)?(?:red\s+)?(?:seals?|stamps?))$",
    re.I,
)
SEAL_OF: Final = re.compile(r"(?:章|\bseal|\bstamp)$", re.IGNORECASE)
_TOP: Final = 0.3
"""Above it stands the tax office's own printed seal, which every invoice bears unstamped."""
_QR: Final = re.compile(r"^(?:二维码|条形码|条码|qr ?code|bar ?code|code)$", re.IGNORECASE)
_NEAR_LENGTH_MIN: Final = 4


def thing_seen(name: str, page: Page) -> str | None:
    """Seals and codes are seen, not read: yes, no, unknown; None for words."""
    if _SEAL.match(name):
        if page.seals is None:
            return "unknown"
        # Black stamps and faint ones are not found: none seen does not mean none there.
        is_invoice = re.search(r"发票|客票", page.text) is not None
        own = [seal for seal in page.seals if not is_invoice or seal.box.centre[1] > _TOP]
        return "yes" if own else "unknown"
    if _QR.match(name):
        return "yes" if page.codes else "unknown"
    return None


def pieces_with(page: Page, text: str) -> list[Piece]:
    """The pieces that hold the text, or the first piece of a row that holds it across pieces."""
    wanted = squeeze(text)
    if re.fullmatch(r"[a-zA-Z0-9 ]+", text.strip()):
        # A word is not found inside another: total is not in subtotal, 500 not in 1500.
        words = r"\s*".join(map(re.escape, text.split()))
        whole = re.compile(rf"(?<![A-Za-z0-9]){words}(?![A-Za-z0-9])", re.IGNORECASE)
        return [piece for piece in page.pieces if whole.search(piece.text)]
    hits = [piece for piece in page.pieces if wanted in squeeze(piece.text)]
    if hits:
        return hits
    return [row[0] for row in page.rows if wanted in squeeze("".join(piece.text for piece in row))]


def nearly(page: Page, text: str) -> str:
    """A run on the page that differs from the text in one sign: perhaps a misread one."""
    wanted = squeeze(text)
    if len(wanted) < _NEAR_LENGTH_MIN:
        return ""
    if re.fullmatch(r"[a-z]+", wanted):
        # Whole words only: blueberry is no misread beer.
        words = {
            word.casefold() for piece in page.pieces for word in re.findall(r"\w+", piece.text)
        }
        return next((word for word in sorted(words) if differ_by_one(word, wanted)), "")
    for row in page.rows:
        line = squeeze("".join(piece.text for piece in row))
        for start in range(len(line) - len(wanted) + 1):
            part = line[start : start + len(wanted)]
            if differ_by_one(part, wanted):
                return part
    return ""


def differ_by_one(one: str, other: str) -> bool:
    """Whether two texts of one length differ in one sign."""
    return len(one) == len(other) and sum(a != b for a, b in zip(one, other, strict=True)) == 1
