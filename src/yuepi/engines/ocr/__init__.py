"""The embedded default engine: answers questions on pictures from what sight sees, no model.

It answers what can be looked up on the page (text, labelled values, amounts, dates, tables, a
passage) and never guesses: "无法确定" / "cannot tell" for everything else.
"""

from yuepi.engines.ocr.engine import OcrEngine, build

__all__ = ["OcrEngine", "build"]
