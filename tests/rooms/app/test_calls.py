"""`yuepi calls`: the log is shown without contents, and contents only to who holds their key."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from yuepi.app.compose import compose
from yuepi.gateway.call_log import CallRecord
from yuepi.kit.settings import load_settings

SAID = {
    "messages": [{"role": "user", "parts": [{"picture": "ab" * 32}, "多少\x1b[2J钱？"]}],
    "answer": "27.00",
}
RECORDS = [
    CallRecord("call_a", datetime(2026, 3, 1, 8, tzinfo=UTC), tenant="acme", route="yuepi"),
    CallRecord(
        "call_b",
        datetime(2026, 3, 1, 17, tzinfo=UTC),  # the 2nd in China
        route="yuepi",
        deployment="vl",
        prompt_tokens=300,
        completion_tokens=5,
        cost=Decimal("0.001250"),
        total_s=1.5,
        outcome="engine_broke",
        content=json.dumps(SAID).encode(),
    ),
]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("calls") / "desk"
    data.mkdir()
    (data / "yuepi.toml").write_text('[gateway]\ncontent = "always"\n')

    async def write() -> None:
        async with compose(load_settings(data, {})) as composition:
            assert composition.records is not None
            for record in RECORDS:
                composition.records.log.record(record)

    asyncio.run(write())
    return data


@pytest.fixture
def calls(yuepi: Any, written: Path) -> Any:
    return lambda *arguments: yuepi("calls", *arguments, "--data", written)


def ids(told: Any) -> list[str]:
    return [call["id"] for call in told["calls"]]


def test_the_newest_come_first(calls: Any) -> None:
    told = calls("list", "--json").json
    assert ids(told) == ["call_b", "call_a"]
    assert told["more"] is False
    assert told["calls"][0]["cost"] == "0.00125"
    assert "content" not in told["calls"][0]
    shown = calls("list")
    assert shown.out.splitlines()[0].split("  ") == [
        "call_b", "2026-03-02 01:00", "default", "yuepi→vl", "engine_broke", "1.50 s",
        "300+5 tokens", "0.00125", "off",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--tenant", "acme"), ["call_a"]),
        (("--outcome", "engine_broke"), ["call_b"]),
        (("--since", "2026-03-02"), ["call_b"]),
        (("--since", "2026-03-03"), []),
        (("--limit", 1), ["call_b"]),
    ],
)
def test_some_are_sought(calls: Any, options: tuple[Any, ...], expected: list[str]) -> None:
    told = calls("list", "--json", *options).json
    assert ids(told) == expected
    assert told["more"] is ("--limit" in options)


def test_one_is_shown_and_what_was_said_only_when_asked(calls: Any) -> None:
    said = calls("show", "call_b")
    assert "deployment: vl" in said.out
    assert "27.00" not in said.out
    assert "content" not in calls("show", "call_b", "--json").json
    assert calls("show", "call_b", "--content", "--json").json["content"] == SAID
    shown = calls("show", "call_b", "--content").out
    assert "多少\\x1b[2J钱？" in shown  # cannot steer the terminal
    assert "[answer] 27.00" in shown
    assert calls("show", "call_a", "--content", "--json").json["content"] is None


def test_without_the_key_nothing_that_was_said_is_shown(calls: Any, written: Path) -> None:
    key = written / "keys" / "content.key"
    away = key.rename(key.with_suffix(".away"))
    try:
        said = calls("show", "call_b", "--content", "--json")
        assert (said.code, said.json["error"]["code"]) == (3, "content_key_missing")
        assert not key.exists()
        assert calls("show", "call_b").code == 0
    finally:
        away.rename(key)


def test_an_unknown_call_is_told(calls: Any) -> None:
    said = calls("show", "call_x", "--json")
    assert (said.code, said.json["error"]["code"]) == (2, "unknown_call")


def test_a_purge_takes_what_is_older_and_nothing_else(calls: Any) -> None:
    assert calls("purge").code == 2
    told = calls("purge", "--before", "2026-03-02", "--json").json
    assert told == {"purged": 1, "before": "2026-03-02T00:00:00+08:00"}
    assert ids(calls("list", "--json").json) == ["call_b"]
    assert "Deleted 0 calls before 2026-03-02 00:00" in calls("purge", "--before", "2026-03-02").out
