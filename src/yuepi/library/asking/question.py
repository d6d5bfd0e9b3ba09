"""What a question asks for: the sort of answer, and the words that must be met. Pure.

Follow-ups ("那违约金呢？", "and who signed it?") become questions of their own by rules: what they
leave out is taken from the question before, and they are asked of the documents that its answer
cited. Nothing is invented: only words of the earlier questions are carried.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from yuepi.library.asking.asked import QUESTION_CHARACTERS_MAX, BadQuestion, Turn
from yuepi.library.asking.cues import CUES, ENDS, LEADS, OVER_DOCUMENTS, POINTS_BACK, AnswerSort
from yuepi.library.asking.terms import Term, terms_of

_FEW_TERMS: Final = 3


@dataclass(frozen=True, slots=True)
class Question:
    """A question that stands alone. text: as it is searched for and told; sort: of its answer;
    terms: what must be met. follows: whether it leans on the one before, so that the documents
    cited then come first. over_documents: it counts or adds up documents."""

    text: str
    sort: AnswerSort
    terms: tuple[Term, ...]
    follows: bool = False
    over_documents: bool = False


def understand(question: str, earlier: Sequence[Turn] = ()) -> Question:
    """What is asked. Raises `BadQuestion` for one without a word, or that is too long."""
    text = checked_question(question)
    own = terms_of(text)
    before = _before(earlier)
    if before is None or not _leans(text, own):
        return Question(text, _sort(text), own, over_documents=_counts(text))
    return _joined(text, own, before)


def checked_question(question: str) -> str:
    """The question in one line. Raises `BadQuestion` for one without a word, or too long."""
    text = " ".join(question.replace("\x00", " ").split())
    if not text or not any(sign.isalnum() for sign in text):
        raise BadQuestion("the question is empty", remedy="ask in words", code="empty_question")
    if len(text) > QUESTION_CHARACTERS_MAX:
        raise BadQuestion(
            f"the question is over {QUESTION_CHARACTERS_MAX} characters long",
            remedy="ask one thing at a time",
            code="question_too_long",
        )
    return text


def _counts(text: str) -> bool:
    return OVER_DOCUMENTS.search(text) is not None


def _sort(text: str) -> AnswerSort:
    return next((sort for sort, cue in CUES if cue.search(text)), "text")


def _before(earlier: Sequence[Turn]) -> Question | None:
    """The question before, itself made whole by those before it."""
    told: Question | None = None
    for turn in earlier:
        text = " ".join(turn.question.split())
        own = terms_of(text)
        if told is None or not _leans(text, own):
            told = Question(text, _sort(text), own)
        else:
            told = _joined(text, own, told)
    return told


def _leans(text: str, own: Sequence[Term]) -> bool:
    """Whether a question leaves out what it is about: it points back and says hardly anything."""
    if not own:
        return True
    leads = LEADS.match(text) is not None
    if any(term.must for term in own) and not leads:
        return False
    few = sum(term.sort != "generic" for term in own) <= _FEW_TERMS
    return POINTS_BACK.search(text) is not None and (few or leads)


def _joined(text: str, own: Sequence[Term], before: Question) -> Question:
    """The follow-up with what it leaves out: about whom and which paper the question before was.
    Where it only names another one ("那海天公司的呢？"), what was asked is asked again."""
    taken = frozenset[str]().union(*(term.forms for term in own))
    left = [term for term in before.terms if not term.forms & taken]
    sort = _sort(text)
    if not own:
        carried, sort = left, before.sort if sort == "text" else sort
    elif any(term.must for term in own) and not any(t.sort in ("thing", "word") for t in own):
        carried = [term for term in left if not term.must]
        sort = before.sort if sort == "text" else sort
    else:
        carried = [term for term in left if term.sort not in ("thing", "word")]
    bare = ENDS.sub("", LEADS.sub("", text)).strip() or text
    words = " ".join((*(term.text for term in carried), bare))
    return Question(words[:QUESTION_CHARACTERS_MAX], sort, (*own, *carried), follows=True)
