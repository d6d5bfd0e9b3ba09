"""A made shelf to measure search on: a company's papers, and questions with their truth.

All of it is written by this package from a seed: the company, its partners and its papers exist
nowhere else. `make_corpus` writes the papers, `draw_paper` draws one as the file that is put on the
shelf and says where each answer stands.
"""

from yuepi.lab.library_corpus.corpus import Corpus, make_corpus
from yuepi.lab.library_corpus.drawn import Drawn, draw_paper
from yuepi.lab.library_corpus.paper import Paper
from yuepi.lab.library_corpus.question import Answer, Question, Sort

__all__ = [
    "Answer",
    "Corpus",
    "Drawn",
    "Paper",
    "Question",
    "Sort",
    "draw_paper",
    "make_corpus",
]
