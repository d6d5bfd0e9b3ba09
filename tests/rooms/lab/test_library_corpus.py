"""The made shelf: the same for a seed, with questions whose truth stands where it is said."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import pypdfium2
import pytest
import rjieba

from yuepi.lab.library_corpus import Corpus, Drawn, Paper, draw_paper, make_corpus
from yuepi.lab.library_corpus.drawn import warm
from yuepi.lab.library_corpus.paper import Language
from yuepi.lab.library_corpus.topics import Topic, topics

PAPERS, QUESTIONS = 300, 90
_SMALL = {"they", "must", "that", "what", "with", "than", "from", "more", "when", "which", "have"}
_ENDINGS = re.compile(r"(ing|ed|es|s)$")


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return make_corpus(5, PAPERS, QUESTIONS)


@pytest.fixture(scope="module")
def drawn(corpus: Corpus) -> dict[str, Drawn]:
    """The papers that are asked about, and a scan."""
    asked = {answer.paper for question in corpus.questions[:60] for answer in question.answers}
    papers = [paper for paper in corpus.papers if paper.name in asked]
    papers.append(next(paper for paper in corpus.papers if paper.scan))
    warm(papers)
    return {paper.name: draw_paper(paper) for paper in papers}


def test_a_seed_means_the_same_shelf(corpus: Corpus) -> None:
    again = make_corpus(5, PAPERS, QUESTIONS)
    assert [each.written() for each in again.papers] == [each.written() for each in corpus.papers]
    assert again.questions == corpus.questions
    other = make_corpus(6, PAPERS, QUESTIONS)
    assert {each.text for each in other.questions} != {each.text for each in corpus.questions}


def test_names_are_given_once(corpus: Corpus) -> None:
    names = Counter(paper.name for paper in corpus.papers)
    assert max(names.values()) == 1
    assert len({question.text for question in corpus.questions}) == len(corpus.questions)


def test_questions_come_in_even_shares(corpus: Corpus) -> None:
    assert len(corpus.questions) == QUESTIONS
    sorts = Counter(question.sort for question in corpus.questions)
    assert set(sorts.values()) == {QUESTIONS // 3}
    languages = Counter(question.language for question in corpus.questions)
    assert abs(languages["zh"] - languages["en"]) <= 4
    assert sum(question.other for question in corpus.questions) == 9


def test_a_number_stands_in_one_paper(corpus: Corpus) -> None:
    texts = {paper.name: paper.written() for paper in corpus.papers}
    for question in corpus.questions:
        for number in re.findall(r"[A-Z]{2,3}-\d{4}-\d{5}|\d{17,20}", question.text):
            holding = [name for name, text in texts.items() if number in text]
            assert holding == [question.answers[0].paper], question.text


def test_answers_stand_where_it_is_said(corpus: Corpus, drawn: dict[str, Drawn]) -> None:
    for question in corpus.questions[:60]:
        for answer in question.answers:
            place = drawn[answer.paper].place(answer.at, answer.text)
            assert place is not None, question
            assert 1 <= place.page <= drawn[answer.paper].pages
            for box in place.boxes:
                assert 0 <= box.x0 < box.x1 <= 1
                assert 0 <= box.y0 < box.y1 <= 1


def test_the_text_layer_says_so_too(corpus: Corpus, drawn: dict[str, Drawn]) -> None:
    for question in corpus.questions[:30]:
        paper = corpus.by_name[question.answers[0].paper]
        if paper.scan:
            continue
        answer = question.answers[0]
        file = drawn[paper.name]
        place = file.place(answer.at, answer.text)
        assert place is not None
        read = "".join(_read(file.data, place.page, box) for box in place.boxes)
        assert _bare(answer.text) in _bare(read), (answer, read)


def test_a_scan_has_no_text(corpus: Corpus, drawn: dict[str, Drawn]) -> None:
    paper = next(paper for paper in corpus.papers if paper.scan)
    file = drawn[paper.name]
    assert file.name.endswith((".jpg", ".pdf"))
    if file.name.endswith(".pdf"):
        assert not _read(file.data, 1, None).strip()
    else:
        assert file.data[:2] == b"\xff\xd8"


def test_a_provision_stands_in_one_paper(corpus: Corpus) -> None:
    texts = [paper.written() for paper in corpus.papers]
    there = Counter(sum(topic.text in text for text in texts) for topic in topics(tuning=False))
    assert there[1] > 40
    assert set(there) <= {0, 1}


def test_what_tunes_does_not_report() -> None:
    tuning, reporting = topics(tuning=True), topics(tuning=False)
    assert not {each.text for each in tuning} & {each.text for each in reporting}
    assert len(tuning) >= 30
    assert len(reporting) >= 70


def _provisions() -> Iterator[Topic]:
    yield from topics(tuning=True)
    yield from topics(tuning=False)


def test_paraphrases_share_no_content_word() -> None:
    for topic in _provisions():
        assert topic.answer in topic.text
        assert _words(topic.text, topic.language).isdisjoint(_words(topic.same, topic.language))
        # Two things at most may be named alike in both languages: numbers and U盘.
        other: Language = "en" if topic.language == "zh" else "zh"
        assert not _words(topic.text, other) & _words(topic.other, other) - {"u"}


def _words(text: str, language: Language) -> set[str]:
    if language == "zh":
        return {word for word in rjieba.cut(text) if len(word) > 1 and not word.isascii()}
    found = (word for word in re.findall("[a-z]+", text.lower()) if len(word) > 3)
    return {_ENDINGS.sub("", word) for word in found if word not in _SMALL}


def _bare(text: str) -> str:
    return "".join(char for char in text if char.isalnum())


def _read(pdf: bytes, page: int, box: tuple[float, float, float, float] | None) -> str:
    """The text of a page's text layer within a box (fractions from the top left)."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        sheet = document[page - 1]
        layer = sheet.get_textpage()
        if box is None:
            return str(layer.get_text_bounded())
        width, height = sheet.get_size()
        x0, y0, x1, y1 = box
        # A little wider: the width of an answer within its line is an estimate.
        return str(
            layer.get_text_bounded(
                left=(x0 - 0.04) * width,
                right=(x1 + 0.04) * width,
                top=height - (y0 - 0.002) * height,
                bottom=height - (y1 + 0.002) * height,
            )
        )
    finally:
        document.close()


def test_papers_have_several_pages(drawn: dict[str, Drawn]) -> None:
    pages = [each.pages for each in drawn.values()]
    assert max(pages) >= 2
    assert max(pages) <= 6


def test_a_paper_is_of_its_mould(corpus: Corpus) -> None:
    kinds = {paper.kind for paper in corpus.papers}
    assert len(kinds) == 21
    for paper in corpus.papers:
        assert isinstance(paper, Paper)
        assert "{" not in paper.written(), paper.name
