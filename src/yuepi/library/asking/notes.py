"""What is told beside an answer, in Chinese and in English."""

from __future__ import annotations

from typing import Final

from yuepi.kit.errors import YuepiError
from yuepi.library.asking.asked import Note, Quote
from yuepi.library.asking.looking import Looked

NO_ANSWER: Final = (
    "在这些文档中没有找到答案。下面是最接近的段落，仅供参考，不是答案。",
    "Not found in these documents. The nearest passages follow; they are no answer.",
)
NOTHING: Final = (
    "在这些文档中没有找到相关内容。",
    "Nothing about it was found in these documents.",
)
GONE: Final = Note(
    code="document_gone",
    message="A document was changed or went out of reach meanwhile: what rested on it is left out",
    message_zh="期间有文档被更改或不再可见，依据它的内容已略去",
)
SEVERAL: Final = Note(
    code="several_documents",
    message="Several documents answer this, each for itself: name the one that is meant",
    message_zh="有多份文档各自回答了这个问题，请指明是哪一份",
)
TWICE: Final = Note(
    code="asked_twice",
    message="Two things are asked at once: ask them one by one",
    message_zh="一次问了两件事，请分开提问",
)
_BROKEN: Final = Note(
    code="index_broken",
    message="The index cannot be used: documents are found by exact values alone",
    message_zh="索引暂不可用，只能按精确值查找文档",
)


def looked_notes(looked: Looked) -> list[Note]:
    """What limits an answer: an index that lags or is broken, documents that are not read yet."""
    notes: list[Note] = []
    if looked.index == "broken":
        notes.append(_BROKEN)
    if looked.waiting:
        notes.append(
            Note(
                code="index_behind",
                message=f"{looked.waiting} documents are not searched yet: they are still indexed",
                message_zh=f"有 {looked.waiting} 份文档尚未建立索引，未被查找",
            )
        )
    if looked.unread:
        notes.append(
            Note(
                code="not_read_yet",
                message=f"{looked.unread} of the documents are still being read",
                message_zh=f"其中 {looked.unread} 份文档还在读取",
            )
        )
    return notes


def instruction_note(quote: Quote, words: str) -> Note:
    """A document that gives orders to whoever reads it by machine; they are not followed."""
    name = _short(quote.title or quote.name)
    return Note(
        code="instruction_text",
        message=f"Page {quote.page} of “{name}” gives orders to whoever reads it by machine"
        f" (“{words}”); they are not followed",
        message_zh=f"“{name}”第 {quote.page} 页含有对识别程序下指令的文字（“{words}”），未予理会",
    )


def model_note(error: YuepiError, *, cut_off: bool) -> Note:
    """The model failed: the answer is quotes alone, or ends early."""
    if cut_off:
        return Note(
            code="answer_cut_off",
            message=f"The model broke off ({error.code}): the answer may lack something",
            message_zh=f"模型中断（{error.code}），回答可能不完整",
        )
    return Note(
        code="model_unavailable",
        message=f"The model could not answer ({error.code}): the answer is quoted instead",
        message_zh=f"模型暂时无法作答（{error.code}），改为直接引用原文",
    )


def more_note(count: int) -> Note:
    """More documents fit than were told."""
    return Note(
        code="more_documents",
        message=f"{count} more of the documents looked at fit: search for them to see all",
        message_zh=f"还有 {count} 份文件符合，可用搜索查看全部",
    )


def _short(text: str) -> str:
    plain = "".join(each if each.isprintable() else " " for each in text)
    return plain if len(plain) <= 80 else f"{plain[:79]}…"
