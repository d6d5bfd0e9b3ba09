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


def leading(question: str, name: str, *texts: tuple[str, ChunkSort], nearest: int = 0) -> str:
    """The text of those that leads. nearest: which of them, from 1, is nearest in meaning."""
    above = f"{name} · {texts[0][0].splitlines()[0]}"
    pieces = [piece(at, text, sort, above) for at, (text, sort) in enumerate(texts, 1)]
    worth = weighed(wanted_by(question), name, pieces, {chunk_id("v", nearest): 0.5}, {})
    best = max(worth, key=lambda id_: worth[id_])
    return next(each.text for each in pieces if each.id == best)


ROWS = "品名\t规格\t数量\t单价\t金额\n服务器机柜\tBS-0433\t23\t1,113.76\t25,616.48"
TERMS = "交货周期：确认订单后3个工作日。"
OFFER = (("报价单\n报价编号：BJ-2022-97924", "text"), (ROWS, "table"), (TERMS, "text"))
CORDS = "Item\tModel\tQty\tPrice\nfibre patch cords\tDA-6126\t28\t1,131.10"
ABOVE = "Minimum order 10 pieces; above 200 pieces a discount of 8 percent applies."


def test_a_row_that_has_no_column_of_what_is_asked_for_does_not_lead() -> None:
    assert leading("云阳 服务器机柜 交期", "报价单-云阳", *OFFER) == TERMS
    quote = (("Quotation\nNo: BJ-2", "text"), (CORDS, "table"), (ABOVE, "text"))
    asked = "what discount does Marlow give on larger orders of fibre patch cords"
    assert leading(asked, "Quotation Marlow", *quote) == ABOVE
    # What it has a column of, it tells.
    assert leading("服务器机柜的单价", "报价单-云阳", *OFFER) == ROWS
    assert leading("price of the fibre patch cords", "Quotation Marlow", *quote) == CORDS


def test_how_much_the_rent_is_does_not_only_say_that_a_lease_is_meant() -> None:
    lease = (
        ("Office Lease Agreement\nLandlord: Riverside Properties Ltd", "text"),
        ("3. Rent\nThe rent is GBP 6,250.00 per month, in advance.", "text"),
        ("4. Deposit\nThe tenant shall pay a deposit of GBP 12,500.00.", "text"),
    )
    asked = "what is the rent of the Riverside lease"
    found = leading(asked, "lease-riverside", *lease, nearest=3)
    assert found == lease[1][0]


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
