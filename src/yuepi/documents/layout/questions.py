"""Exam questions on a page: number, text and choices, by how their rows begin."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from yuepi.documents.contents import Pair
from yuepi.documents.fields import Candidate, Draft
from yuepi.documents.layout.amounts import narrow
from yuepi.documents.layout.formulas import formula_in
from yuepi.documents.layout.view import Row, View
from yuepi.kit.boxes import around

QUESTIONS_MAX: Final = 60
_LETTERS: Final = "ABCDEFGH"
_NUMBER: Final = re.compile(
    r"^\s*(?:(?P<a>\d{1,3})\s*[.、)](?!\d)|第\s*(?P<b>\d{1,3})\s*题\s*[:.、]?"
    r"|[(]\s*(?P<c>\d{1,2})\s*[)]"
    r"|(?i:question|q)\s*(?P<d>\d{1,3})\s*[:.)])\s*"
)
_CHOICE: Final = re.compile(r"(?:^|(?<=[\s\t]))(?P<l>[A-H])\s*(?:[.、:)]|\t)\s*(?=\S)")
_HEADING: Final = re.compile(
    r"试卷|试题|考试|测试|练习|姓名|班级|考号|得分|^[一二三四五六七八九十]+\s*、"
    r"|^第.{1,3}[卷部章]|满分|分钟"
    r"|(?i:^(?:exam|test|quiz|name|section|part)\b)"
)
_ANSWER: Final = re.compile(r"[(]\s*(?P<v>[A-H]{1,4}|[√×✓✗])\s*[)]")
_TOPICS: Final = (
    ("三角函数 / trigonometry", r"\bsin\b|\bcos\b|\btan\b|三角函数|正弦|余弦|正切|trigonometr"),
    ("函数 / functions", r"函数|定义域|值域|单调|奇偶性|\bfunction\b|\bdomain\b"),
    ("数列 / sequences", r"数列|等差|等比|通项|前n项和|arithmetic sequence|geometric sequence"),
    ("方程 / equations", r"方程|不等式|解集|\bequation|\binequalit|solve for"),
    (
        "几何 / geometry",
        r"三角形|平行四边形|矩形|圆|椭圆|双曲线|抛物线|面积|周长|体积|角|triangle|circle"
        r"|rectangle|perimeter|\barea\b|volume|angle",
    ),
    (
        "概率与统计 / probability and statistics",
        r"概率|随机|平均数|中位数|方差|众数|频率|probabilit|\bmean\b|median|variance|random",
    ),
    ("微积分 / calculus", r"导数|极限|积分|微分|derivative|integral|\blimit\b"),
    ("集合与逻辑 / sets and logic", r"集合|子集|命题|充分|必要条件|\bsubset|\bset\b"),
    ("向量 / vectors", r"向量|\bvector"),
    ("算术 / arithmetic", r"多少元|多少个|一共|平均每|倍|分数|百分|how many|how much|percent"),
    (
        "力学 / mechanics",
        r"加速度|匀速|牛顿|摩擦力|重力|速度|动能|势能|acceleration|velocity|friction|newton",
    ),
    ("电学 / electricity", r"电流|电压|电阻|电路|欧姆|电场|磁场|current|voltage|resistan|circuit"),
    (
        "化学 / chemistry",
        r"化学|溶液|反应|元素|离子|摩尔|氧化|酸|碱|\bmole\b|chemical|reaction|solution",
    ),
    ("生物 / biology", r"细胞|基因|遗传|光合作用|蛋白质|生态|\bcell\b|photosynthesis|\bgene"),
    ("历史 / history", r"朝代|年间|战争|变法|革命|dynasty|\bwar\b|revolution"),
    ("地理 / geography", r"气候|纬度|经度|地形|河流|洋流|climate|latitude|longitude"),
    (
        "英语 / English",
        r"选出.{0,8}单词|阅读理解|完形填空|choose the (?:correct|best) word|synonym|grammar",
    ),
    ("语文 / Chinese", r"下列词语|成语|病句|文言文|诗句|加点字|修辞"),
)
"""Words of the school subjects, telling ones first; both languages' terms."""


@dataclass
class Asked:
    """One question: its number, the rows of its text, and its choices by letter."""

    number: int
    rows: list[Row] = field(default_factory=list)
    text: str = ""
    choices: dict[str, str] = field(default_factory=dict)
    choice_rows: list[Row] = field(default_factory=list)


def questions_on(view: View) -> list[Asked]:
    """The questions in order; one without a number where choices follow plain text."""
    found: list[Asked] = []
    loose: list[Row] = []
    for row in view.rows:
        text = narrow(row.text)
        number = _number(text)
        if number is not None and (not found or number[0] == found[-1].number + 1):
            found.append(Asked(number[0]))
            _add(found[-1], row, number[1])
        elif found:
            if not _HEADING.search(text.strip()):
                _add(found[-1], row)
        elif _CHOICE.search(text) and loose:
            found.append(Asked(0))
            for each in loose:
                _add(found[-1], each)
            _add(found[-1], row)
        elif not _HEADING.search(text.strip()):
            loose.append(row)
        if len(found) == QUESTIONS_MAX:
            break
    return [each for each in found if _asks(each)]


def _number(text: str) -> tuple[int, int] | None:
    match = _NUMBER.match(text)
    if match is None or not re.search(r"[^\W\d_]{2}", text[match.end() :]):
        return None
    return int(next(value for value in match.groups() if value)), match.end()


def _asks(asked: Asked) -> bool:
    return bool(re.search(r"[^\W\d_]{2}", asked.text)) and (
        len(asked.choices) >= 2
        or bool(
            re.search(
                r"[?？]|[(]\s*[)]|_{2,}|求|解|证明|计算|已知|(?i:find|solve|evaluate|prove"
                r"|what|how)",
                asked.text,
            )
        )
    )


def _add(asked: Asked, row: Row, start: int = 0) -> None:
    """A further row, from `start` on: choices where it holds their letters in order, else more of
    what came last."""
    text = row.text
    marks = list(_CHOICE.finditer(narrow(text), start))
    following = "".join(match["l"] for match in marks)
    first = len(asked.choices)
    if marks and _LETTERS[first : first + len(marks)] == following:
        lead = text[start : marks[0].start()].strip()
        if lead and not asked.choices:
            asked.text = f"{asked.text} {lead}".strip()
            asked.rows.append(row)
        ends = [*(match.start() for match in marks[1:]), len(text)]
        for match, end in zip(marks, ends, strict=True):
            asked.choices[match["l"]] = _plain(text[match.end() : end])
        asked.choice_rows.append(row)
        return
    more = _plain(text[start:])
    if asked.choices:
        last = _LETTERS[len(asked.choices) - 1]
        asked.choices[last] = _joined(asked.choices[last], more)
        return
    asked.text = _joined(asked.text, more)
    asked.rows.append(row)


def _joined(text: str, more: str) -> str:
    """The next line goes on without a blank in Chinese."""
    glue = " " if text and (text[-1:] + more[:1]).isascii() else ""
    return f"{text}{glue}{more}".strip()


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def read_questions(view: View) -> Draft:
    """The first question's fields; all of them as pairs of a question and its choices."""
    found = questions_on(view)
    if not found:
        return Draft()
    return Draft((*_fields(view, found[0]), *_topic(view, found[0])), pairs=_pairs(view, found))


def _fields(view: View, asked: Asked) -> Iterator[Candidate]:
    box = around(row.box for row in asked.rows)
    yield view.candidate("question", asked.text, box, asked.text)
    if asked.choices:
        text = _choices(asked)
        place = around(row.box for row in asked.choice_rows)
        yield view.candidate("choices", text, place, text)
    answers = {match["v"] for match in _ANSWER.finditer(narrow(asked.text))}
    if len(answers) == 1:
        value = answers.pop()
        yield view.candidate("answer", value, box, asked.text, firm=False)
    if formula := formula_in(view, asked.rows):
        # The text layer may have lost a height too, so no source is sure of it alone.
        yield view.candidate("latex", formula.latex, formula.box, formula.text, firm=False)


def _choices(asked: Asked) -> str:
    return " ".join(f"{letter}. {text}" for letter, text in asked.choices.items())


def _topic(view: View, asked: Asked) -> Iterator[Candidate]:
    """The subject whose words the question has most of, the more telling where they are even."""
    text = f"{asked.text} {_choices(asked)}"
    counts = [
        (len({m.group().lower() for m in re.finditer(rf"(?i){words}", text)}), name, words)
        for name, words in _TOPICS
    ]
    most = max(count for count, _, _ in counts)
    if not most:
        return
    name, words = next((n, w) for count, n, w in counts if count == most)
    rows = (*asked.rows, *asked.choice_rows)
    for row in rows:
        if match := re.search(rf"(?i){words}", row.text):
            yield view.candidate("topic", name, row.part(*match.span()), match.group(), firm=False)
            return


def _pairs(view: View, found: Sequence[Asked]) -> tuple[Pair, ...]:
    return tuple(
        Pair(
            key=f"{asked.number}. {asked.text}" if asked.number else asked.text,
            value=_choices(asked),
            page=view.page,
            key_box=around(row.box for row in asked.rows),
            value_box=around(row.box for row in asked.choice_rows) if asked.choice_rows else None,
        )
        for asked in found
        if asked.rows
    )
