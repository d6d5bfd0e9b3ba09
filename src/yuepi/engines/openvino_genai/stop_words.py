"""Stop strings, looked for in the text as it streams.

openvino-genai's own `stop_strings` break its VLMPipeline (2026.4.1: "Cannot remove more embeds
than has been generated", and the pipeline with it).
"""

from __future__ import annotations

from collections.abc import Sequence

STOPS_MAX = 16
STOP_CHARS_MAX = 512


class StopWords:
    """Lets text through until one of the stop strings is complete; holds back what may be one."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = tuple(stop for stop in stops if stop)
        self._held = ""
        self.met = False

    def through(self, text: str) -> str:
        """What of the text so far may be shown now."""
        if self.met or not self._stops:
            return "" if self.met else text
        self._held += text
        found = [place for stop in self._stops if (place := self._held.find(stop)) >= 0]
        if found:
            self.met = True
            shown, self._held = self._held[: min(found)], ""
            return shown
        kept = max(self._beginning(stop) for stop in self._stops)
        shown, self._held = self._held[: len(self._held) - kept], self._held[-kept:] if kept else ""
        return shown

    def rest(self) -> str:
        """What was held back when the answer ended without a stop string."""
        held, self._held = self._held, ""
        return held

    def _beginning(self, stop: str) -> int:
        """How many of the last characters could be the beginning of `stop`."""
        longest = min(len(stop) - 1, len(self._held))
        return next((size for size in range(longest, 0, -1) if self._held.endswith(stop[:size])), 0)
