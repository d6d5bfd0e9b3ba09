"""How good answers to the questions of the made shelf are: the right document, the right place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from yuepi.kit.boxes import Box
from yuepi.lab.library_corpus import Question

FIRST = 5
INSIDE_MIN = 0.6
"""Of the area of each line of an answer, within the cited box: boxes of lines are drawn tight by
one and loose by another."""
SLACK = 0.006
"""Of the page: a cited box may end so much too early."""

Line = tuple[str, int, tuple[Box, ...]]
"""Where an answer stands: document, page, a box for each line of it."""


@dataclass(frozen=True)
class Cited:
    """One place that was told, whoever told it."""

    document: str
    page: int
    box: Box


@dataclass(frozen=True)
class Outcome:
    """Of one question. rank: of the first right document, from 1; None: not among the first.
    cited: whether the first place told of it holds the answer, or any of the first places does."""

    question: Question
    rank: int | None
    cited: bool = False
    cited_any: bool = False
    share: float = 0.0
    """Of the page that the first box of the right document takes up."""


@dataclass
class Tally:
    """The outcomes of one way to search."""

    name: str
    outcomes: list[Outcome] = field(default_factory=list)
    took_ms: list[float] = field(default_factory=list)

    def hit(self, most: int, within: Sequence[Outcome] | None = None) -> float:
        """The share of questions with a right document among the first `most`."""
        some = self.outcomes if within is None else within
        return sum(o.rank is not None and o.rank <= most for o in some) / max(1, len(some))

    def boxed(self, *, any_of: bool = False) -> float:
        """Of the questions whose document was among the first: the place cited holds the answer."""
        some = [o for o in self.outcomes if o.rank is not None and o.rank <= FIRST]
        return sum(o.cited_any if any_of else o.cited for o in some) / max(1, len(some))

    def of(self, sort: str, language: str | None = None) -> list[Outcome]:
        """Those of one sort; `other` is paraphrases in the other language than the paper."""
        return [
            o
            for o in self.outcomes
            if (o.question.other if sort == "other" else o.question.sort == sort)
            and not (sort == "paraphrase" and o.question.other)
            and language in (None, o.question.language)
        ]

    def row(self) -> str:
        """One row of the table."""
        sorts = [self.of(name) for name in ("exact", "ordinary", "paraphrase", "other")]
        parts = [f"{self.hit(1, some):.2f}/{self.hit(FIRST, some):.2f}" for some in sorts]
        shares = [o.share for o in self.outcomes if o.share]
        return (
            f"| {self.name} | **{self.hit(1):.3f}** | **{self.hit(FIRST):.3f}** | "
            + " | ".join(parts)
            + f" | {self.boxed():.3f} ({self.boxed(any_of=True):.3f})"
            + f" | {median(shares or [0]):.1%} | {median(self.took_ms or [0]):.0f} |"
        )


HEADINGS = (
    "| way | hit@1 | hit@5 | exact | ordinary | paraphrase | other language | "
    "cited box holds the answer (any of 5) | box, median of page | ms |\n"
    "|---|---|---|---|---|---|---|---|---|---|"
)


def outcome_of(question: Question, told: Sequence[Cited], right: Sequence[Line]) -> Outcome:
    """What came of a question. right: where its answers stand."""
    documents = {document for document, _, _ in right}
    first = [each for each in told[:FIRST] if each.document in documents]
    ranks = [at for at, each in enumerate(told, 1) if each.document in documents]
    if not first:
        return Outcome(question, ranks[0] if ranks else None)
    held = [_holds(each, right) for each in first]
    x0, y0, x1, y1 = first[0].box
    return Outcome(question, ranks[0], held[0], any(held), (x1 - x0) * (y1 - y0))


def _holds(cited: Cited, right: Sequence[Line]) -> bool:
    return any(
        document == cited.document
        and page == cited.page
        and all(_within(b, cited.box) for b in boxes)
        for document, page, boxes in right
    )


def _within(part: Box, box: Box) -> bool:
    """Whether most of a part lies in a box."""
    across = min(part.x1, box.x1 + SLACK) - max(part.x0, box.x0 - SLACK)
    down = min(part.y1, box.y1 + SLACK) - max(part.y0, box.y0 - SLACK)
    whole = (part.x1 - part.x0) * (part.y1 - part.y0)
    return across > 0 and down > 0 and across * down >= INSIDE_MIN * whole
