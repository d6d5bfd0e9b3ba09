"""Which piece of a document is told first: the one that answers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from yuepi.kit.boxes import WHOLE
from yuepi.library.chunk import Chunk, ChunkSort, chunk_id
from yuepi.library.leading import wanted_by, weighed

HEAD = "仓库租赁合同\n合同编号：ZL-2025-0077\n出租方：青石物业有限公司\n承租方：云上科技有限公司"
STANDS_UNDER = "仓库租赁合同 · 合同编号：ZL-2025-0077 · 出租方：青石物业有限公司"
CLAUSES = (
    "一、租金\n月租金为12,600.00元，每季度首月5日前支付。",
    "二、押金\n承租方应于签订后三日内支付押金25,200.00元，合同终止后十日内退还。",
    "三、期限\n租期24个月，自2025年3月1日起。",
    "四、违约责任\n逾期付款的，每日按欠付金额的千分之一支付违约金。",
    "五、转让\n未经出租方书面同意，承租方不得转租。",
)
CARD = "合同 Contract\n号码 Number: ZL-2025-0077\n甲方 First party: 青石物业有限公司"


def piece(at: int, text: str, sort: ChunkSort = "text", context: str = "") -> Chunk:
    return Chunk(chunk_id("v", at), "d", "v", at, sort, 1, WHOLE, text, context)


PIECES = (
    piece(0, "仓库租赁合同 合同 Contract", "title"),
    piece(1, CARD, "fields"),
    piece(2, HEAD),
    *(piece(at, text, context=STANDS_UNDER) for at, text in enumerate(CLAUSES, 3)),
    piece(8, "附件一", context=STANDS_UNDER),
)


def first(question: str, near: dict[str, float] | None = None) -> str:
    worth = weighed(wanted_by(question), "仓库租赁合同 租赁.pdf", PIECES, near or {}, {})
    best = max(worth, key=lambda id_: worth[id_])
    return next(each.text for each in PIECES if each.id == best)


def test_the_piece_that_answers_leads_not_the_one_that_says_which_document_it_is() -> None:
    assert first("青石物业的仓库租赁合同押金多少") == CLAUSES[1]
    assert first("合同ZL-2025-0077的租期多长") == CLAUSES[2]
    assert first("青石物业的违约金怎么算") == CLAUSES[3]


def test_the_same_is_found_by_the_words_of_the_other_language() -> None:
    assert first("how much is the penalty in ZL-2025-0077") == CLAUSES[3]
    assert first("how much is the monthly rent of 青石物业") == CLAUSES[0]


def test_the_head_leads_where_it_answers_and_what_was_read_where_nothing_was_asked() -> None:
    assert first("合同ZL-2025-0077的出租方是谁") == HEAD
    assert first("青石物业的仓库租赁合同") == CARD


def test_meaning_decides_where_no_word_does() -> None:
    assert first("能不能给别人用", {chunk_id("v", 7): 0.6, chunk_id("v", 3): 0.3}) == CLAUSES[4]


@given(st.text(max_size=120), st.lists(st.text(max_size=200), min_size=1, max_size=5))
def test_any_text_is_weighed(question: str, texts: list[str]) -> None:
    pieces = [piece(at, text) for at, text in enumerate(texts)]
    worth = weighed(wanted_by(question), "", pieces, {}, {})
    assert set(worth) == {each.id for each in pieces}
    # The same for the same, whatever else is beside it.
    again = weighed(wanted_by(question), "", pieces[::-1], {}, {})
    assert again == worth
