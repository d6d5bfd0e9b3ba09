"""Names of goods that say nothing about what was bought."""

from __future__ import annotations

import re
from typing import Final

_VAGUE: Final = frozenset(
    (
        "办公用品", "办公耗材", "礼品", "食品", "日用品", "日用百货", "劳保用品", "生活用品",
        "百货", "商品", "货物", "用品", "耗材", "材料", "服务", "服务费", "技术服务费", "咨询费",
        "会议费", "其他", "杂项", "一批", "详见清单", "见清单", "详见销货清单",
    )
)  # fmt: skip
_ENDING: Final = re.compile(r"(?:等|类|一批|\(详见(?:销货)?清单\)|\(一批\))$")


def is_vague(name: str | None) -> bool:
    """Whether a line's name is only a general word: `*纸制品*办公用品`, `礼品一批`.

    The part between asterisks is the tax bureau's class of goods, not the name.
    """
    if not name:
        return False
    own = re.sub(r"^\*[^*]*\*", "", re.sub(r"\s", "", name)).translate(str.maketrans("（）", "()"))
    return own in _VAGUE or _ENDING.sub("", own) in _VAGUE
