"""The parts of the documentation that are made from the code: options, kinds, fields.

    python scripts/docs.py

Writes what stands between `<!-- made by scripts/docs.py: NAME -->` and `<!-- end -->` anew.
tests/house/test_tour.py fails while a part is not what this makes.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import click

from yuepi.app.cli import commands
from yuepi.app.words import field_words
from yuepi.approvals.vouchers import voucher
from yuepi.documents.kinds import known_kinds

REPOSITORY = Path(__file__).resolve().parent.parent
WIDTH = 96
PART = re.compile(r"(<!-- made by scripts/docs\.py: (?P<name>\w+) -->\n).*?(<!-- end -->)", re.S)


def options() -> str:
    """The help of `yuepi` and of each command, the commands of groups included."""
    top = click.Context(
        commands, info_name="yuepi", terminal_width=WIDTH, **commands.context_settings
    )
    return "\n".join(_help(commands, top))


def _help(command: click.Command, context: click.Context) -> Iterator[str]:
    yield f"## {context.command_path}\n\n```text\n{command.get_help(context).rstrip()}\n```\n"
    if isinstance(command, click.Group):
        for name, below in sorted(command.commands.items()):
            inner = click.Context(below, info_name=name, parent=context, terminal_width=WIDTH)
            yield from _help(below, inner)


def kinds() -> str:
    """Every kind: what it is, whether a claim can be settled on it, what approval needs."""
    return _table(
        ("kind", "what it is", "发票", "confirmed for approval", "fields"),
        (
            (
                f"`{kind.name}`",
                f"{kind.title_zh} · {kind.title_en}",
                "yes" if voucher(kind.name).is_invoice else "no",
                " ".join(voucher(kind.name).decisive) or "–",
                " ".join(f"{name}*" if name in kind.masked else name for name in kind.fields),
            )
            for kind in known_kinds()
        ),
    )


def fields() -> str:
    """Every field of any kind with what people call it."""
    names = dict.fromkeys(name for kind in known_kinds() for name in kind.fields)
    called = ((name, field_words(name)) for name in names)
    return _table(
        ("field", "中文", "English"), ((f"`{name}`", word.zh, word.en) for name, word in called)
    )


def _table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


PARTS: Mapping[str, Callable[[], str]] = {"options": options, "kinds": kinds, "fields": fields}
PAGES = ("docs/commands.md", "docs/kinds.md")


def made_anew(text: str) -> str:
    """A page with each of its made parts as the code says now."""
    return PART.sub(lambda found: f"{found[1]}\n{PARTS[found['name']]()}\n{found[3]}", text)


def main() -> int:
    """Write all pages."""
    for page in PAGES:
        path = REPOSITORY / page
        path.write_text(made_anew(path.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
