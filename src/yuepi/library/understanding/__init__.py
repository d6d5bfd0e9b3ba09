"""Questions in Chinese and English, read into filters and words. Pure: rules, and no model.

What is sure becomes a filter that can be seen and taken off; what is doubtful stays among the
words. A question about what stands in documents ("how much is the penalty") filters by nothing
but what cannot be meant otherwise: its filters are hints, which only move what fits up.
"""

from yuepi.library.understanding.question import Understood, read_question, understand

__all__ = ["Understood", "read_question", "understand"]
