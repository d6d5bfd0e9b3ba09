"""Whole characters, never past a stop string, nothing lost."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuepi.engines.contract import EngineTimeout
from yuepi.engines.qwen_vl.mailbox import Left, Mailbox
from yuepi.engines.qwen_vl.words import Vocabulary, Words, byte_of_letter

BYTES = byte_of_letter()
VOCABULARY = Vocabulary(BYTES, {256: "<|im_end|>", 257: "<think>"}, {256})


def test_every_byte_has_its_letter() -> None:
    assert sorted(BYTES.values()) == list(range(256))
    assert BYTES["Ġ"] == ord(" ")
    assert BYTES["A"] == ord("A")


@given(st.text(max_size=40), st.lists(st.text(min_size=1, max_size=4), max_size=3))
def test_text_up_to_the_first_stop(text: str, stops: list[str]) -> None:
    words = Words(VOCABULARY, stops)
    shown = ""
    for byte in text.encode():
        shown += words.add(byte)
        if words.stopped:
            break
    shown += words.end()
    ends = [place for stop in stops if (place := text.find(stop)) >= 0]
    assert words.stopped == bool(ends)
    if not ends:
        assert shown == text
        return
    # The stop that is complete first counts, as somebody reading along would see it.
    assert text.startswith(shown)
    assert not any(stop in shown for stop in stops)
    assert any(text[len(shown) :].startswith(stop) for stop in stops)


def test_half_a_character_is_never_shown() -> None:
    words = Words(VOCABULARY, ())
    pieces = [words.add(byte) for byte in "发票".encode()[:-1]]
    assert pieces == ["", "", "发", "", ""]
    assert words.end() == ""


def test_what_could_be_a_stop_is_held_back() -> None:
    words = Words(VOCABULARY, ("END",))
    assert [words.add(ord(letter)) for letter in "aEN"] == ["a", "", ""]
    assert words.add(ord("X")) == "ENX"
    assert [words.add(ord(letter)) for letter in "EN"] == ["", ""]
    assert words.end() == "EN"


def test_special_tokens_spell_nothing_and_added_ones_themselves() -> None:
    words = Words(VOCABULARY, ())
    assert words.add(256) == ""
    assert words.add(257) == "<think>"
    assert words.add(99_999) == ""


def test_a_mailbox_joins_what_was_not_fetched() -> None:
    async def read() -> None:
        mailbox = Mailbox(None)
        for number in range(1000):
            mailbox.put(str(number % 10))
        mailbox.put("!", "stop")
        first = await mailbox.take()
        assert first.text == "0123456789" * 100 + "!"
        assert first.finish == "stop"

    asyncio.run(read())


def test_a_mailbox_gives_the_text_before_the_error() -> None:
    async def read() -> None:
        mailbox = Mailbox(None)
        mailbox.put("half")
        mailbox.fail(ValueError("broken"))
        assert (await mailbox.take()).text == "half"
        with pytest.raises(ValueError, match="broken"):
            await mailbox.take()

    asyncio.run(read())


def test_a_mailbox_whose_reader_is_gone() -> None:
    async def leave() -> Mailbox:
        mailbox = Mailbox(None)
        mailbox.check()
        mailbox.close()
        with pytest.raises(Left):
            mailbox.check()
        return mailbox

    mailbox = asyncio.run(leave())
    mailbox.put("nobody reads this", "stop")


def test_a_mailbox_keeps_its_deadline() -> None:
    async def late() -> None:
        with pytest.raises(EngineTimeout):
            await Mailbox(0.0).take()
        with pytest.raises(EngineTimeout):
            Mailbox(0.0).check()

    asyncio.run(late())
