"""A made shelf for `library_speed`: documents of ten pieces, Chinese and English, as contracts and
invoices speak, without files. What stands in one follows from its number."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tests.resources.made_shelf import LINE, NOW, made_document
from yuepi.library.chunk import Chunk, chunk_id
from yuepi.library.document import Document
from yuepi.library.papers import ReadDocument
from yuepi.library.scope import Scope

PIECES: Final = 10
DIMENSIONS: Final = 512
DEPARTMENTS: Final = 20
OWNERS: Final = 50
TOPICS: Final = 500
_ZH_WORDS: Final = (
    "合同 发票 付款 期限 金额 甲方 乙方 双方 违约 责任 交付 验收 质量 标准 服务 "
    "技术 资料 保密 解除 争议 仲裁 税率 开户 银行 账号 地址 电话 采购 供应 设备 "
    "安装 调试 培训 维护 运输 保险 仓储 租赁 押金 物业 水电 工程 施工 图纸 监理 "
    "结算 审计 预算 报销 差旅 住宿 交通 会议 餐饮 办公 用品 软件 许可 授权 升级 "
    "数据 接口 系统 平台 用户 安全 备份 测试 上线 项目 经理 团队 里程碑 季度 "
    "年度 报告 总结 计划 目标 风险 措施 附件 清单 数量 单价 合计 大写 印章 签字 "
    "日期"
)
_EN_WORDS: Final = (
    "contract invoice payment term amount party supplier buyer delivery acceptance quality "
    "service technical data confidential termination dispute arbitration rate bank account "
    "address purchase equipment installation training maintenance transport insurance storage "
    "lease deposit property construction drawing settlement audit budget travel hotel traffic "
    "meeting office software licence upgrade interface system platform user security backup "
    "test project manager milestone quarter annual report summary plan target risk measure "
    "annex list quantity price total seal signature date notice clause penalty warranty "
    "liability schedule"
)
_ZH: Final = _ZH_WORDS.split()
_EN: Final = _EN_WORDS.split()
_SIGNS: Final = "天地华中国海江山金木水火土东西南北春夏秋冬明光新信德和平安康泰兴盛昌隆元亨利贞云龙"


def pieces_of(document: Document) -> list[Chunk]:
    """The ten pieces of a document."""
    dice = random.Random(document.id)
    title = f"{_name(dice)}有限公司 {dice.choice(_ZH)}{dice.choice(_ZH)}"
    return [
        Chunk(
            id=chunk_id(document.version_id, at),
            document_id=document.id,
            version_id=document.version_id,
            at=at,
            sort="text",
            page=1 + at // 4,
            box=LINE,
            text=_text(dice),
            context=title,
            boxes=(LINE,) * 4,
            starts=(0, 40, 80, 120),
        )
        for at in range(PIECES)
    ]


def pieces_read(read: ReadDocument) -> list[Chunk]:
    """As `chunking.chunks_of`."""
    return pieces_of(read.document)


def documents(count: int, start: int = 0) -> Iterator[Document]:
    """So many documents, of some owners and departments."""
    for number in range(start, start + count):
        yield made_document(
            number,
            owner_id=f"user_{number % OWNERS}",
            department_id=f"dept_{number % DEPARTMENTS}",
            added_at=NOW,
        )


def somebody() -> Scope:
    """Who sees a fifth of it."""
    return Scope("user_3", frozenset(f"dept_{number}" for number in range(DEPARTMENTS // 5)))


def questions(count: int) -> list[str]:
    """Questions of two to six words, half of them in each language."""
    dice = random.Random(7)
    found = []
    for number in range(count):
        words = _ZH if number % 2 else _EN
        text = [dice.choice(words) for _ in range(dice.randint(2, 5))]
        if number % 5 == 0:
            text.append(_name(dice))
        found.append(("" if number % 2 else " ").join(text))
    return found


def vectors(count: int, seed: int) -> NDArray[np.float32]:
    """Unit vectors around some topics, as texts have."""
    topics = np.random.default_rng(0).standard_normal((TOPICS, DIMENSIONS)).astype(np.float32)
    dice = np.random.default_rng(seed)
    found = topics[dice.integers(0, TOPICS, count)]
    found = found + 0.7 * dice.standard_normal((count, DIMENSIONS)).astype(np.float32)
    unit: NDArray[np.float32] = found / np.linalg.norm(found, axis=1, keepdims=True)
    return unit


def _text(dice: random.Random) -> str:
    if dice.random() < 0.6:
        words = [_word(dice, _ZH) for _ in range(70)]
        words[dice.randrange(70)] = f"，编号{dice.randrange(10**10):010d}，"
        return "".join(words)
    words = [_word(dice, _EN) for _ in range(45)]
    words[dice.randrange(45)] = f"{dice.randrange(10**6):,}.00"
    return " ".join(words)


def _word(dice: random.Random, words: Sequence[str]) -> str:
    """Few words are frequent, most are rare."""
    if dice.random() < 0.5:
        return words[min(int(dice.expovariate(6.0 / len(words))), len(words) - 1)]
    if words is _ZH:
        return dice.choice(_SIGNS) + dice.choice(_SIGNS)
    return f"{dice.choice(words)[:4]}{dice.choice(words)[-3:]}"


def _name(dice: random.Random) -> str:
    return "".join(dice.choice(_SIGNS) for _ in range(4))
