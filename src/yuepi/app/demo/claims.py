"""The packaged demo claims: their files, the company, and the day they are judged for.

The invoices are drawn for one day, so the demo judges them as of that day: the outcome is the same
next year. `draw.py` makes `claims/` anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any, Final

from yuepi.app.words import Words
from yuepi.approvals.claim import Company
from yuepi.kit.errors import Unavailable

LIST_NAME: Final = "claims.json"


@dataclass(frozen=True)
class DemoClaim:
    """One claim: its folder's name, what it shows, and the outcome it is known to have."""

    name: str
    title: Words
    category: str | None
    outcome: str
    files: tuple[Path, ...]


@dataclass(frozen=True)
class DemoSet:
    """All claims, whom their invoices name, and the day to judge them for."""

    judged_on: date
    company: Company
    claims: tuple[DemoClaim, ...]


@contextmanager
def demo_set() -> Iterator[DemoSet]:
    """The packaged claims, as files on disk while the context lasts.

    Raises `Unavailable` where the package was built without them.
    """
    source = resources.files("yuepi.app.demo").joinpath("claims")
    if not source.joinpath(LIST_NAME).is_file():
        raise Unavailable(
            "the demo's pictures are not in this installation",
            remedy="run `make samples`, or install a release of Yuepi",
        )
    with resources.as_file(source) as folder:
        yield _loaded(folder)


def _loaded(folder: Path) -> DemoSet:
    told: dict[str, Any] = json.loads((folder / LIST_NAME).read_text(encoding="utf-8"))
    return DemoSet(
        judged_on=date.fromisoformat(told["judged_on"]),
        company=Company.model_validate(told["company"]),
        claims=tuple(
            DemoClaim(
                name=claim["name"],
                title=Words(claim["title_zh"], claim["title_en"]),
                category=claim["category"],
                outcome=claim["outcome"],
                files=tuple(folder / claim["name"] / name for name in claim["files"]),
            )
            for claim in told["claims"]
        ),
    )
