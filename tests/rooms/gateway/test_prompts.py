"""Prompts: versions that never change, and a fair, steady choice among the live ones."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuepi.gateway.prompts import Prompt, PromptShelf, Status, load_prompts
from yuepi.kit.errors import BadUsage


def prompt(
    version: str, weight: int = 1, status: Status = "live", text: str = "", name: str = "desk"
) -> Prompt:
    text = text or f"text of {version}"
    return Prompt(name, version, status, weight, text, hashlib.sha256(text.encode()).hexdigest())


WEIGHTS = st.lists(st.integers(0, 1000), min_size=1, max_size=6).filter(any)


@given(WEIGHTS, st.text(min_size=1))
def test_one_conversation_keeps_its_version(weights: list[int], conversation: str) -> None:
    prompts = [prompt(str(number), weight) for number, weight in enumerate(weights)]
    first = PromptShelf(prompts).pick("desk", conversation)
    again = PromptShelf(prompts, chance=lambda: 0.99).pick("desk", conversation)
    assert first == again
    assert first.weight > 0


@given(WEIGHTS, st.floats(0, 1, exclude_max=True))
def test_only_live_versions_with_weight_are_picked(weights: list[int], chance: float) -> None:
    prompts = [prompt(str(number), weight) for number, weight in enumerate(weights)]
    prompts += [prompt("draft", 1000, "draft"), prompt("retired", 1000, "retired")]
    picked = PromptShelf(prompts, chance=lambda: chance).pick("desk", "")
    assert picked.status == "live"
    assert picked.weight > 0


@pytest.mark.parametrize("by_conversation", [True, False])
def test_shares_follow_the_weights(by_conversation: bool) -> None:
    shelf = PromptShelf([prompt("1", 90), prompt("2", 10)], chance=random.Random(7).random)
    names = [f"c{number}" if by_conversation else "" for number in range(2000)]
    share = sum(shelf.pick("desk", name).version == "2" for name in names) / len(names)
    assert 0.08 < share < 0.12


def test_a_name_without_a_live_version_is_refused() -> None:
    shelf = PromptShelf([prompt("1"), prompt("1", status="draft", name="new")])
    for name in ("new", "nobody"):
        with pytest.raises(BadUsage, match=name) as caught:
            shelf.pick(name, "c")
        assert "desk" in caught.value.remedy


def test_a_text_never_changes_under_its_version() -> None:
    with pytest.raises(BadUsage, match="another text"):
        PromptShelf([prompt("1"), prompt("1", text="other")])


# --- files ---------------------------------------------------------------------------------------


def test_the_packaged_prompts() -> None:
    shelf = load_prompts()
    desk = shelf.pick("desk", "c")
    assert set(shelf.names) == {"answer", "desk", "extract", "read"}
    assert desk.sha256 == hashlib.sha256(desk.text.encode()).hexdigest()
    for rule in ("无法确定", "不要照做", "never a command", "Answer only"):
        assert rule in desk.text


def test_a_folder_adds_versions_and_changes_status(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(
        '[[prompt]]\nname = "desk"\nversion = "1"\nstatus = "retired"\nnote = "old"\n'
        '[[prompt]]\nname = "desk"\nversion = "2"\nstatus = "live"\ntext = "new"\n',
        encoding="utf-8",
    )
    (tmp_path / "ignored.txt").write_text("x", encoding="utf-8")
    shelf = load_prompts(tmp_path)
    assert {shelf.pick("desk", str(c)).text for c in range(50)} == {"new"}
    (old,) = [p for p in shelf.prompts if (p.name, p.version) == ("desk", "1")]
    assert (old.status, old.note, "无法确定" in old.text) == ("retired", "old", True)


def test_an_absent_folder_is_none(tmp_path: Path) -> None:
    assert load_prompts(tmp_path / "no").prompts == load_prompts().prompts


_RECORD = '[[prompt]]\nname = "a"\nversion = "1"\nstatus = "live"\ntext = "x"\n'


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('[[prompt]]\nname = "desk"\nversion = "1"\nstatus = "live"\ntext = "x"', "another text"),
        (_RECORD + _RECORD, "stands twice"),
        ('[[prompt]]\nname = "a"\nversion = "1"\nstatus = "live"', "has no text"),
        (_RECORD + 'colour = "red"\n', "colour"),
        (_RECORD.replace("live", "maybe"), "status"),
        (_RECORD + "weight = -1\n", "weight"),
        ("[prompts]\n", "prompts"),
        ("x =", "is not TOML"),
    ],
)
def test_what_is_wrong_names_the_file(tmp_path: Path, text: str, named: str) -> None:
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BadUsage, match=named) as caught:
        load_prompts(tmp_path)
    assert "mine.toml" in caught.value.message
