"""What is asked, made of the words of a question. Pure; looks at no picture.

A question is cut into sentences and each becomes one ask; one that is not understood becomes
`Unknown`, so that it is answered with "cannot tell" instead of being passed over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from yuepi.engines.ocr.comparisons import Comparison, find_limit
from yuepi.engines.ocr.dates import Span, find_date_question
from yuepi.engines.ocr.fields import Field, known_field, stripped
from yuepi.engines.ocr.page import CJK, HAS_CJK
from yuepi.engines.ocr.question_words import (
    ASKS,
    CLAUSES,
    ENGLISH,
    EXTRACT_EN,
    EXTRACT_ZH,
    FILLER,
    FIND,
    HOW_MUCH,
    HOW_MUCH_OF,
    IS_EN,
    IS_ZH,
    JSON,
    KEYS,
    LEAD,
    MANNER,
    NOT_READ,
    ORDINALS,
    PICTURE_NO,
    QUOTED,
    SAME,
    SENTENCES,
    SEPARATORS,
    TABLE,
    TAIL,
    TEMPLATE,
    THE_DATE,
    THE_TOTAL,
    TOGETHER,
    TRANSCRIBE,
    VALUE_ZH,
    VALUE_ZH_TURNED,
    WHEN,
    WHERE,
)

Language = Literal["zh", "en"]
QUESTION_CHARACTERS_MAX: Final = 4000
NAMES_MAX: Final = 40


@dataclass(frozen=True, slots=True)
class Transcribe:
    """All text."""


@dataclass(frozen=True, slots=True)
class Values:
    """Named values. `asked`: as the question names them."""

    asked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Compare:
    """Whether the amount named by `subject` ("" is the total) satisfies the comparison.

    together: the amounts of all pictures are meant as one sum.
    """

    subject: str
    comparison: Comparison
    together: bool = False


@dataclass(frozen=True, slots=True)
class InSpan:
    """Whether the date named by `subject` ("" is the document's own) lies in the span."""

    subject: str
    span: Span


@dataclass(frozen=True, slots=True)
class Same:
    """Whether the named value is exactly `text`."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Find:
    """Whether `text` stands on the page, and with `where` its place."""

    text: str
    where: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """The table or the items."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A sentence that this engine cannot answer."""

    text: str


Ask = Transcribe | Values | Compare | InSpan | Same | Find | Table | Unknown


@dataclass(frozen=True, slots=True)
class Question:
    """All asks of one question. pictures: 1-based, the ones it names; () means all.

    json: the question itself wants JSON. keys: the keys it shows in a JSON example.
    """

    text: str
    language: Language
    asks: tuple[Ask, ...]
    pictures: tuple[int, ...] = ()
    json: bool = False
    keys: tuple[str, ...] = ()


def parse_question(text: str, today: date) -> Question:
    """The asks in a question; never raises. Dates in it are meant relative to `today`."""
    text = re.sub(r"[^\S\n]{2,}", " ", text[:QUESTION_CHARACTERS_MAX]).strip()
    language: Language = _language(text)
    wants_json = JSON.search(text) is not None
    keys = tuple(dict.fromkeys(KEYS.findall(text)))[:NAMES_MAX] if wants_json else ()
    bare = TEMPLATE.sub(" ", text) if keys else text
    pictures, bare = _pictures(bare)
    said, manners = _sentences(bare)
    # What only tells how to answer is a question where nothing else is.
    asks = _without_repeats([(each, _ask(each, today)) for each in said or manners])
    if not asks and not keys:
        # A picture without a word: its text is the most that can be said of it.
        asks = (Transcribe(),)
    return Question(text, language, asks, pictures, wants_json, keys)


def _sentences(text: str) -> tuple[list[str], list[str]]:
    """The sentences that ask, and those that only say how to answer."""
    said: list[str] = []
    manners: list[str] = []
    for part in SENTENCES.split(text):
        whole = re.sub(r"^\s*(?:\d{1,2}[.、)]|[-*•])\s*", "", part)
        for clause in _clauses(whole.strip(" ,，。.:：")):
            sentence = clause.strip(" ,，。.:：")
            if not sentence or FILLER.match(sentence):
                continue
            (manners if MANNER.fullmatch(sentence) else said).append(sentence)
    return said, manners


def _clauses(sentence: str) -> list[str]:
    """A sentence cut where each part asks something of its own or tells how to answer."""
    kept: list[str] = []
    start = 0
    for cut in CLAUSES.finditer(sentence):
        head, rest = sentence[start : cut.start()].strip(), sentence[cut.end() :].strip()
        both_ask = ASKS.search(head) and ASKS.search(re.split(r"[,，]", rest, maxsplit=1)[0])
        if both_ask or MANNER.fullmatch(rest) or MANNER.fullmatch(head):
            kept.append(head)
            start = cut.end()
    return [*kept, sentence[start:]]


def _without_repeats(found: list[tuple[str, Ask]]) -> tuple[Ask, ...]:
    """Each ask once; a question asked in both languages is one."""
    chinese = [ask for text, ask in found if HAS_CJK.search(QUOTED.sub("", text))]
    latin = [ask for text, ask in found if not HAS_CJK.search(QUOTED.sub("", text))]
    repeated = len(chinese) == len(latin) and all(
        _means(one) == _means(other) or isinstance(other, Unknown)
        for one, other in zip(chinese, latin, strict=True)
    )
    if repeated and not any(isinstance(ask, Unknown) for ask in chinese):
        return tuple(dict.fromkeys(chinese))
    return tuple(dict.fromkeys(ask for _, ask in found))


def _means(ask: Ask) -> object:
    """What an ask is about, whatever its language."""
    match ask:
        case Values():
            fields = [known_field(name) for name in ask.asked]
            return [field.key if field else None for field in fields]
        case Compare():
            return (_key(ask.subject), ask.comparison.relation, ask.comparison.limit, ask.together)
        case InSpan():
            return (_key(ask.subject), ask.span.first, ask.span.last, ask.span.negated)
        case Same():
            return (_key(ask.subject), ask.text)
        case _:
            return ask


def _key(subject: str) -> str:
    field = known_field(subject)
    return field.key if field else subject


def _language(text: str) -> Language:
    """The language to answer in: of most words outside quotation marks, a Chinese character
    counting as one; a sentence that begins in English may name a Chinese firm."""
    own = QUOTED.sub(" ", text)
    if not re.search(rf"[A-Za-z{CJK}]", own):
        own = text
    if ENGLISH.match(own):
        return "en"
    chinese, latin = len(HAS_CJK.findall(own)), len(re.findall(r"[A-Za-z]{2,}", own))
    return "zh" if chinese > latin else "en"


def _pictures(text: str) -> tuple[tuple[int, ...], str]:
    found: list[int] = []
    for match in PICTURE_NO.finditer(text):
        said = next(filter(None, match.groups())).lower()
        number = ORDINALS.get(said) or int(said)
        if number not in found:
            found.append(number)
    return tuple(found), PICTURE_NO.sub("", text) if found else text


def _ask(sentence: str, today: date) -> Ask:
    sentence = _as_yes_no(sentence)
    same = _same(sentence)
    if same is not None:
        return same
    asked = find_date_question(sentence, today)
    if asked is not None and _is_yes_no(sentence):
        subject = _subject(asked.subject)
        return InSpan("" if THE_DATE.match(asked.subject) else subject, asked.span)
    limit = find_limit(sentence)
    if limit is not None and _is_yes_no(sentence):
        together = TOGETHER.search(sentence) is not None
        subject = _subject(limit.subject)
        whole = THE_TOTAL.match(limit.subject.strip()) is not None
        if not _is_worded(known_field(subject)):
            return Compare("" if whole or together else subject, limit.comparison, together)
    bare = TAIL.sub("", LEAD.sub("", sentence))
    if bare != sentence and isinstance(named := _values(bare), Values) and _all_known(named):
        return named
    for pattern in WHERE:
        if found := pattern.search(sentence):
            return _find(found, where=True) or Unknown(sentence)
    if TRANSCRIBE.search(sentence):
        return Transcribe()
    if TABLE.search(sentence):
        return Table()
    for pattern in FIND:
        if found := pattern.search(sentence):
            return _find(found, where=False) or Unknown(sentence)
    return _values(sentence)


def _all_known(values: Values) -> bool:
    return all(known_field(name) for name in values.asked)


def _is_worded(field: Field | None) -> bool:
    """Whether a field is no quantity: its digits are compared sign by sign."""
    return field is not None and field.kind in ("code", "text")


def _as_yes_no(sentence: str) -> str:
    """`金额是2680元吗` and `Is the total 2680?` said as `是否为` and `exactly` say it."""
    found = IS_ZH.match(sentence)
    if found:
        for end in range(found.end("t") - 1, 0, -1):
            # The longest name in front: 购买方名称, not 购买方.
            subject, rest = sentence[:end], sentence[end : found.end("t")]
            text = re.sub(r"^(?:就?是|为)", "", rest)
            if known_field(subject) and text and (text != rest or text[0].isdigit()):
                return f"{subject}是否为{text}"
    if (latin := IS_EN.match(sentence)) and not re.search(r"[\"']", latin["rest"]):
        words = latin["rest"].split()
        for count in range(min(4, len(words) - 1), 0, -1):
            subject, text = " ".join(words[:count]), " ".join(words[count:])
            field = known_field(subject)
            if field is None or re.search(r"\b(?:in|on|from)\b", subject):
                continue
            if _is_worded(field) and re.match(rf"[{CJK}\d]|(?:[A-Z][\w&.]*\s+)+[A-Z]", text):
                return f'is the {subject} "{text}"'
            if re.match(r"(?:CNY|RMB|USD|EUR|GBP|[¥$€£])?\s*\d", text):
                return f"is the {subject} {'on' if field.kind == 'date' else 'exactly'} {text}"
    return sentence


def _is_yes_no(sentence: str) -> bool:
    """Whether a sentence with a limit in it asks, rather than tells or wants a list of such."""
    return not re.search(
        r"哪些|哪张|几张|多少张|为什么|列出|which|how many|why|list|如果|if so", sentence, re.I
    )


def _subject(text: str) -> str:
    text = re.sub(
        r"(?:是否|有没有|有无|是不是|会不会|是|已经?|都|在|的|了)+$", "", text.strip(" ,，")
    )
    text = re.sub(
        r"\s+(?:dated|before|after|on|since|by|until|from|in|earlier than|later than)$", "", text
    )
    text = re.sub(r"(?:早于|晚于|不早于|不晚于)$", "", text)
    text = re.sub(r"^(?:is|does|did|was|has|are|do)\s+", "", text.strip(), flags=re.IGNORECASE)
    return stripped(text)


def _find(match: re.Match[str], *, where: bool) -> Find | None:
    text = (match["q"] or match["t"] or "").strip(" ,，的\"'")
    text = re.sub(r"^(?:请问|图中|图片中|图里|文字|字样|写|提到)", "", text).strip()
    if not match["q"] and NOT_READ.search(text):
        return None
    return Find(text, where) if text else None


def _same(sentence: str) -> Same | None:
    found = SAME.match(sentence)
    if not found:
        return None
    subject, text = found["s"] or found["s2"], found["t"] or found["t2"]
    # Amounts and days are compared as such, not as written.
    return Same(subject.strip(), text.strip()) if _is_worded(known_field(subject)) else None


def _values(sentence: str) -> Ask:
    bare = TAIL.sub("", LEAD.sub("", sentence)).strip(" ,，:：")
    english = HAS_CJK.search(sentence) is None
    if HOW_MUCH.match(bare):
        return Values(("total" if english else "总金额",))
    if WHEN.match(bare):
        return Values(("date" if english else "开票日期",))
    if found := HOW_MUCH_OF.match(bare):
        return _named(found["n"], sentence)
    for pattern in (VALUE_ZH_TURNED, VALUE_ZH):
        if found := pattern.match(bare):
            return _named(found["n"], sentence)
    if found := EXTRACT_ZH.search(bare):
        return _named(found["n"], sentence)
    if found := EXTRACT_EN.match(bare):
        return _named(next(filter(None, found.groups())), sentence)
    names = _names(bare)
    if names and all(known_field(name) for name in names):
        return Values(names)
    if len(names) == 1 and _is_label(names[0]):
        return Values(names)
    return Unknown(sentence)


def _is_label(name: str) -> bool:
    """Whether a bare phrase may be the label of something: 订单号, 上车时间."""
    return re.fullmatch(rf"[{CJK}]{{2,6}}", name) is not None and not (
        _is_phrase(name) or re.search(r"[是否有没能不会要请真假对错么]", name)
    )


def _named(text: str, sentence: str) -> Ask:
    names = _names(text)
    if not names:
        return Unknown(sentence)
    # A long phrase is no label: what it asks for is beyond looking up.
    unclear = [name for name in names if not known_field(name) and _is_phrase(name)]
    return Unknown(sentence) if unclear else Values(names)


def _names(text: str) -> tuple[str, ...]:
    names = [stripped(part) for part in SEPARATORS.split(text.strip(" :："))]
    kept = [name for name in names if name and not FILLER.match(name)] or names
    return tuple(dict.fromkeys(name for name in kept if name))[:NAMES_MAX]


def _is_phrase(name: str) -> bool:
    if HAS_CJK.search(name):
        return (
            len(name) > 10 or re.search(r"怎么|如何|为什么|哪|吗|谁|几|意思|颜色", name) is not None
        )
    return len(name.split()) > 3 or len(name) > 30
