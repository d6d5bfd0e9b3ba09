"""`yuepi ask --docs` on a folder, without a server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.resources.asked_shelf import LEASE, RULES
from tests.resources.shelf_reader import PlainReader
from yuepi.app.wiring import Wiring

FILLER = "\n".join(f"Further terms, paragraph {at}: as agreed between both." for at in range(8))
"""A text must be so long to be taken for a document."""


@pytest.fixture
def ask(tmp_path: Path, yuepi: Callable[..., Any]) -> Callable[..., Any]:
    data, files = tmp_path / "data", tmp_path / "files"
    data.mkdir()
    files.mkdir()
    (data / "yuepi.toml").write_text('[library]\nembedder = ""\n')
    (files / "lease.txt").write_text(LEASE + FILLER)
    (files / "rules.txt").write_text(RULES + FILLER)
    wiring = Wiring(shelf_reader=lambda _: PlainReader())

    def on_the_folder(*arguments: object) -> Any:
        return yuepi(*arguments, "--data", data, wiring=wiring)

    added = on_the_folder("add", files, "--json")
    assert added.code == 0, added.out
    return on_the_folder


def test_an_answer_with_its_place(ask: Callable[..., Any]) -> None:
    told = ask("ask", "What is the monthly rent?", "--docs", "--json")
    assert told.code == 0, told.err
    assert (told.json["status"], told.json["by"]) == ("answered", "quotes")
    assert "US$ 20,000" in told.json["answer"]
    (quote,) = told.json["quotes"]
    assert (quote["name"], quote["page"]) == ("lease.txt", 1)
    assert len(quote["box"]) == 4


def test_people_see_what_it_rests_on(ask: Callable[..., Any]) -> None:
    told = ask("ask", "餐费补贴每天多少钱", "--docs", "--lang", "zh")
    assert told.code == 0, told.err
    assert "120元" in told.out
    assert "rules.txt" in told.out
    assert "第 1 页" in told.out


def test_not_found_is_told_by_the_exit_code(ask: Callable[..., Any]) -> None:
    told = ask("ask", "Who is the guarantor?", "--docs", "--json", "--lang", "en")
    assert (told.code, told.json["status"]) == (1, "not_found")


def test_one_document_alone_is_asked(ask: Callable[..., Any]) -> None:
    lease = ask("ask", "What is the monthly rent?", "--docs", "--json").json["quotes"][0]
    told = ask("ask", "餐费补贴每天多少钱", "--document", lease["document"], "--json")
    assert told.json["status"] == "not_found"
    told = ask("ask", "餐费补贴每天多少钱", "--document", "nowhere", "--json")
    assert (told.code, told.json["error"]["code"]) == (1, "not_found")


def test_what_goes_with_pictures_does_not_go_with_documents(ask: Callable[..., Any]) -> None:
    assert ask("ask", "What is the rent?", "--docs", "--stream").code == 2
    assert ask("ask", " ? ", "--docs", "--json").json["error"]["code"] == "empty_question"
