"""The money parser against cn2an's writer, against our own, and against arbitrary text."""

from __future__ import annotations

import random
from decimal import Decimal

import cn2an
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.resources.size import tries
from yuepi.kit.money import WORDS_MAX, amount_words, money_text, parse_amount

AMOUNTS = 20_000


def seeded_amounts() -> list[Decimal]:
    """Amounts of all sizes, two thirds of them full of zeros, the same in every run."""
    chance = random.Random(20_240_601)
    amounts = []
    for _ in range(AMOUNTS):
        digits = [chance.choice("0123456789") for _ in range(chance.randint(1, 13))]
        thinness = chance.choice((0.0, 0.5, 0.8))
        thin = ["0" if chance.random() < thinness else digit for digit in digits]
        cents = chance.choice(("00", "00", f"{chance.randint(0, 99):02}", f"0{digits[0]}"))
        amounts.append(Decimal("".join(thin) + "." + cents))
    return amounts


def skips_wan(amount: Decimal) -> bool:
    """Whether cn2an leaves out the 零 after 亿: it writes 100,005,000 as 壹亿伍仟, which in speech
    means 150,000,000. We refuse to read that and write 壹亿零伍仟."""
    whole = int(amount)
    return whole >= 10**8 and whole // 10**4 % 10**4 == 0 and whole % 10**4 >= 1000


def test_both_ways_over_seeded_amounts() -> None:
    ambiguous = 0
    for amount in seeded_amounts():
        oracle = cn2an.an2cn(f"{amount:f}", "rmb")
        own = amount_words(amount)
        assert parse_amount(own) == amount, own
        if skips_wan(amount):
            ambiguous += 1
            assert parse_amount(oracle) is None, oracle
        else:
            assert parse_amount(oracle) == amount, oracle
            # cn2an marks 整 where the fraction is empty, as we do.
            assert oracle == own
    assert ambiguous < AMOUNTS // 20


money = st.decimals(min_value=-WORDS_MAX, max_value=WORDS_MAX, places=2)


@given(money)
def test_own_words_come_back(amount: Decimal) -> None:
    assert parse_amount(amount_words(amount)) == amount


@given(st.decimals(min_value=-(10**15) + 1, max_value=10**15 - 1, places=2))
def test_figures_come_back(amount: Decimal) -> None:
    assert parse_amount(money_text(amount)) == amount
    assert parse_amount(f"{amount:,.2f}") == amount
    assert parse_amount(f"¥{abs(amount):,.2f}元") == abs(amount)


@settings(max_examples=tries(500, usual=200))
@given(
    st.text(max_size=100)
    | st.text("0123456789.,' -()¥元角分整零壹贰伍一二五拾佰仟万亿⊗负€", max_size=20)
)
def test_never_raises_and_answers_a_finite_amount(text: str) -> None:
    for point in (None, ".", ","):
        amount = parse_amount(text, point)
        assert amount is None or amount.is_finite()


@settings(max_examples=tries(300, usual=100))
@given(money.filter(lambda amount: abs(amount) >= 10), st.data())
def test_a_dropped_character_never_reads_as_the_amount_itself(
    amount: Decimal, data: st.DataObject
) -> None:
    words = amount_words(amount)
    at = data.draw(st.integers(0, len(words) - 1))
    damaged = words[:at] + words[at + 1 :]
    # Only 元, 整, an optional 零 and the first 壹 of 壹拾 can go without a loss.
    if words[at] not in "元整零" and not words[at:].startswith("壹拾"):
        assert parse_amount(damaged) != amount
