"""Text that comes with a file and that no page shows, taken for screening only, within limits."""

from __future__ import annotations

from typing import Any, Final

CHARACTERS_MAX: Final = 40_000
"""Of all asides of a file together."""
ASIDE_CHARACTERS_MAX: Final = 8_000
ASIDES_MAX: Final = 400


class Asides:
    """What was taken so far: `{"where", "text", "page"}`, see `documents.instructions.Aside`."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self._left = CHARACTERS_MAX

    def add(self, where: str, text: str, page: int | None = None) -> None:
        """Take a text; blanks, and what is beyond the limits, are left."""
        lines = (" ".join(line.split()) for line in text.splitlines())
        kept = "\n".join(line for line in lines if line)[: min(ASIDE_CHARACTERS_MAX, self._left)]
        if not kept or len(self.taken) >= ASIDES_MAX:
            return
        self._left -= len(kept)
        whole = kept.encode("utf-8", "replace").decode("utf-8")
        self.taken.append({"where": where, "text": whole, "page": page})
