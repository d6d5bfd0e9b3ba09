"""How a command talks: results on standard output, everything else on standard error."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from yuepi.app.visible import visible, visible_line
from yuepi.app.words import Language, Words
from yuepi.kit.errors import YuepiError

if TYPE_CHECKING:
    from rich.console import Console

_WIDTH_MIN: Final = 60
_WIDTH_OUTSIDE_TERMINAL: Final = 110
_UNSEEN: Final = re.compile(
    "[\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff]"
)


class Speaker:
    """The voice of one run: its language, and whether results are JSON alone."""

    def __init__(self, language: Language, *, as_json: bool = False) -> None:
        self.language = language
        self.as_json = as_json

    def said(self, words: Words) -> str:
        return words.said(self.language)

    def console(self, *, error: bool = False) -> Console:
        """A console for tables; colours only where a person watches."""
        from rich.console import Console

        stream = sys.stderr if error else sys.stdout
        width = None if stream.isatty() else _WIDTH_OUTSIDE_TERMINAL
        console = Console(file=stream, highlight=False, markup=False, emoji=False, width=width)
        if console.width < _WIDTH_MIN:
            console.width = _WIDTH_MIN
        return console

    def note(self, text: str) -> None:
        """One line for a person, on standard error."""
        sys.stderr.write(visible(text) + "\n")
        sys.stderr.flush()

    def say(self, text: str) -> None:
        """One line of the result, on standard output; nothing where the result is JSON."""
        if not self.as_json:
            sys.stdout.write(visible(text) + "\n")

    def give(self, value: object) -> None:
        """The result as JSON, on standard output."""
        sys.stdout.write(json_text(value) + "\n")

    def complain(self, error: YuepiError) -> None:
        """What failed and what to do about it; as a JSON problem too where JSON was asked for."""
        if self.as_json:
            problem = {"code": error.code, "message": error.message, "remedy": error.remedy}
            self.give({"error": problem})
        self.note(f"yuepi: {visible_line(error.message)}")
        if error.remedy:
            self.note(f"       {visible_line(error.remedy)}")

    @contextmanager
    def progress(
        self, files: int, title: Words | None = None
    ) -> Iterator[Callable[[int, int, str], None] | None]:
        """A bar on standard error while files are read; None where nobody watches a terminal."""
        if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
            yield None
            return
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[file]}", markup=False),
        )
        shown = self.said(title or Words("读取", "Reading"))
        with Progress(*columns, console=self.console(error=True), transient=True) as bar:
            task = bar.add_task(shown, total=files, file="")

            def advance(done: int, total: int, name: str) -> None:
                bar.update(task, completed=done, total=total, file=visible_line(name)[:48])

            yield advance


def json_text(value: object) -> str:
    """Readable JSON; unseen characters are escaped so that a terminal cannot be steered by it."""
    text = json.dumps(_plain(value), ensure_ascii=not _speaks_unicode(), indent=2)
    return _UNSEEN.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def _plain(value: Any) -> Any:
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(each) for each in value]
    if isinstance(value, Decimal):
        # Only sums are Decimals in our shapes; two decimals and 15 digits survive as a number.
        return int(value) if value == value.to_integral_value() else float(value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)


def _speaks_unicode() -> bool:
    encoding = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "")
    return encoding in ("utf8", "gb18030")
