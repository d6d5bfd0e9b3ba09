"""The whole shelf: papers of every kind in their shares, and the questions to them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import cycle
from typing import Final

from yuepi.lab.library_corpus.asking import questions_of
from yuepi.lab.library_corpus.drawn import Drawn, draw_paper, warm
from yuepi.lab.library_corpus.facts_house import HOUSE
from yuepi.lab.library_corpus.facts_records import RECORDS
from yuepi.lab.library_corpus.facts_trade import CONTRACTS
from yuepi.lab.library_corpus.mould import Facts, cast_paper
from yuepi.lab.library_corpus.names import Pools, pools
from yuepi.lab.library_corpus.paper import Ask, Block, Language, Paper, dice_for
from yuepi.lab.library_corpus.question import Question
from yuepi.lab.library_corpus.topics import Topic, topics

_DRAWS: Final = CONTRACTS | RECORDS | HOUSE
_SHARES: Final = {
    "purchase": 130, "service": 110, "lease": 110, "nda": 60, "loan": 50, "employment": 110,
    "invoice": 330, "quotation": 120, "delivery": 110, "pricelist": 50, "receipt": 90,
    "travel": 52, "leave": 48, "expenses": 50, "security": 50,
    "minutes": 150, "manual": 60, "notice": 110, "letter": 90, "email": 90, "report": 100,
}  # fmt: skip
_SCAN_SHARE: Final = 0.05
_SCANNED: Final = (
    "purchase",
    "lease",
    "nda",
    "delivery",
    "receipt",
    "letter",
    "quotation",
    "invoice",
)
_NAMELESS: Final = ("scan_", "IMG_", "document-", "扫描件", "新建文档")
_NAMELESS_SHARE: Final = 0.25
_TRIES: Final = 60
_ZH_SHARE: Final = 0.55


@dataclass(frozen=True)
class Corpus:
    """Papers and questions of one seed."""

    seed: int
    papers: tuple[Paper, ...]
    questions: tuple[Question, ...]

    @cached_property
    def by_name(self) -> dict[str, Paper]:
        return {paper.name: paper for paper in self.papers}

    def drawn(self) -> Iterator[tuple[Paper, Drawn]]:
        """Each paper with its file, drawn one after another."""
        warm(self.papers)
        for paper in self.papers:
            yield paper, draw_paper(paper)


def make_corpus(
    seed: int, papers: int = 2_000, questions: int = 300, *, tuning: bool = False
) -> Corpus:
    """The shelf of a seed. tuning: with the provisions that are kept for tuning, else with those
    that report; no provision is in both. The same arguments give the same shelf."""
    dice = dice_for("corpus", seed, papers, tuning)
    partners = pools(dice, papers)
    made = _papers(dice, partners, papers)
    _insert(dice, made, topics(tuning=tuning))
    _scan(dice, made)
    return Corpus(seed, tuple(made), questions_of(dice, made, questions))


def _papers(dice: random.Random, partners: Pools, count: int) -> list[Paper]:
    kinds = [kind for kind, share in _SHARES.items() for _ in range(share)]
    whole = len(kinds)
    chosen = [kinds[int((at + 0.5) * whole / count)] for at in range(count)]
    seen: set[tuple[str, ...]] = set()
    names: Counter[str] = Counter()
    made: list[Paper] = []
    for kind in chosen:
        language: Language = "zh" if dice.random() < _ZH_SHARE else "en"
        facts = _facts(dice, kind, language, partners, seen)
        paper = cast_paper(kind, language, facts, dice)
        names[paper.name] += 1
        if dice.random() < _NAMELESS_SHARE:
            paper.name = f"{dice.choice(_NAMELESS)}{len(made) + 1:05d}"
        elif names[paper.name] > 1:
            paper.name = f"{paper.name} ({names[paper.name]})"
        made.append(paper)
    dice.shuffle(made)
    return made


def _facts(
    dice: random.Random,
    kind: str,
    language: Language,
    partners: Pools,
    seen: set[tuple[str, ...]],
) -> Facts:
    """Facts whose identity no other paper has."""
    for _ in range(_TRIES):
        facts = _DRAWS[kind](dice, language, partners)
        identity = (kind, *facts.identity)
        if not facts.identity or identity not in seen:
            break
    seen.add(identity)
    return facts


def _insert(dice: random.Random, papers: list[Paper], provisions: tuple[Topic, ...]) -> None:
    """Put each provision into a paper of its kind and language, one paper one provision."""
    hosts: dict[tuple[str, str], list[Paper]] = {}
    for paper in papers:
        hosts.setdefault((paper.kind, paper.language), []).append(paper)
    for each in hosts.values():
        dice.shuffle(each)
    for topic in provisions:
        host = hosts.get((topic.kind, topic.language), [])
        if not host:
            continue
        _place(dice, host.pop(), topic)


def _place(dice: random.Random, paper: Paper, topic: Topic) -> None:
    """After some paragraph; in a contract every other time as a clause of its own. A letter says
    nothing else."""
    if paper.kind == "letter":
        title = paper.either("人事通知", "Notice of Human Resources")
        paper.blocks = [b for b in paper.blocks if b.key not in ("title", "body", "detail")]
        paper.blocks.insert(0, Block("title", title, "title"))
        paper.asks.clear()
    spots = [at + 1 for at, block in enumerate(paper.blocks) if block.sort == "text"]
    at = dice.choice(spots[:-1] or spots)
    blocks = [Block("text", topic.text, "topic")]
    if paper.kind in CONTRACTS and dice.random() < 0.5:
        blocks.insert(0, Block("heading", paper.either("特别约定", "Special Provision")))
    paper.blocks[at:at] = blocks
    mark = ("topic", topic.text)
    paper.marks.add(mark)
    ask = Ask("paraphrase", mark, "topic", topic.answer, (topic.same,))
    paper.asks += [ask, replace(ask, wordings=(topic.other,), other=True)]


def _scan(dice: random.Random, papers: list[Paper]) -> None:
    """Make some papers scans, as evenly over the kinds as there are papers."""
    left = {kind: [paper for paper in papers if paper.kind == kind] for kind in _SCANNED}
    wanted = round(len(papers) * _SCAN_SHARE)
    for kind in cycle(_SCANNED):
        if wanted <= 0 or not any(left.values()):
            return
        if left[kind]:
            paper = left[kind].pop(dice.randrange(len(left[kind])))
            paper.scan = True
            wanted -= 1
