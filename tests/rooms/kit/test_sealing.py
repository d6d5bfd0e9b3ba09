"""Sealed contents open with the same key and owner, and with nothing else."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuepi.kit.errors import BadUsage, Unavailable
from yuepi.kit.sealing import KEY_VARIABLE, SealBroken, Sealer, new_key, open_sealer

SEALER = Sealer(bytes(range(32)))


@given(st.binary(max_size=300), st.binary(max_size=40))
def test_round_trip(content: bytes, owner: bytes) -> None:
    sealed = SEALER.seal(content, associated=owner)
    assert SEALER.unseal(sealed, associated=owner) == content
    assert SEALER.seal(content, associated=owner) != sealed
    assert content not in sealed or len(content) < 4


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_no_changed_byte_passes(at: int, change: int) -> None:
    sealed = bytearray(SEALER.seal("金额 ¥12.00".encode(), associated=b"call 1"))
    sealed[at % len(sealed)] ^= change
    with pytest.raises(SealBroken):
        SEALER.unseal(bytes(sealed), associated=b"call 1")


def test_another_owner_key_or_length() -> None:
    sealed = SEALER.seal(b"x", associated=b"call 1")
    with pytest.raises(SealBroken) as caught:
        SEALER.unseal(sealed, associated=b"call 2")
    assert caught.value.code == "content_damaged"
    other = Sealer(bytes(32))
    with pytest.raises(SealBroken, match=SEALER.key_id) as caught:
        other.unseal(sealed, associated=b"call 1")
    assert caught.value.code == "wrong_content_key"
    for length in range(len(sealed)):
        with pytest.raises(SealBroken):
            SEALER.unseal(sealed[:length], associated=b"call 1")


def test_the_key_file_is_made_once_and_private(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        sealers = list(pool.map(lambda _: open_sealer(tmp_path, {}), range(16)))
    assert len({sealer.key_id for sealer in sealers}) == 1
    file = tmp_path / "keys" / "content.key"
    assert [each.name for each in file.parent.iterdir()] == ["content.key"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    before = file.read_bytes()
    sealed = sealers[0].seal(b"x", associated=b"")
    assert open_sealer(tmp_path, {}).unseal(sealed, associated=b"") == b"x"
    assert file.read_bytes() == before


def test_the_variable_goes_before_the_file(tmp_path: Path) -> None:
    key = new_key()
    sealer = open_sealer(tmp_path, {KEY_VARIABLE: key})
    assert list(tmp_path.iterdir()) == []
    assert open_sealer(tmp_path, {KEY_VARIABLE: f" {key}\n"}).key_id == sealer.key_id
    assert open_sealer(tmp_path, {}).key_id != sealer.key_id


@pytest.mark.parametrize("text", ["", "abc", "é" * 44, "A" * 43, "A" * 43 + "=" + "A" * 43 + "="])
def test_a_bad_key_is_never_replaced(text: str, tmp_path: Path) -> None:
    file = tmp_path / "keys" / "content.key"
    file.parent.mkdir()
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadUsage, match=r"content\.key"):
        open_sealer(tmp_path, {})
    assert file.read_text(encoding="utf-8") == text
    if text:
        with pytest.raises(BadUsage, match=KEY_VARIABLE):
            open_sealer(tmp_path, {KEY_VARIABLE: text})


def test_no_room_for_the_key(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("a file where the folder should be")
    with pytest.raises(Unavailable, match="cannot be read or made"):
        open_sealer(tmp_path, {})


def test_no_new_key_is_made_where_contents_are_sealed(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"content\.key is missing") as missing:
        open_sealer(tmp_path, {}, may_make_key=False)
    assert (missing.value.code, list(tmp_path.iterdir())) == ("content_key_missing", [])
    assert open_sealer(tmp_path, {KEY_VARIABLE: new_key()}, may_make_key=False).key_id
    made = open_sealer(tmp_path, {})
    assert open_sealer(tmp_path, {}, may_make_key=False).key_id == made.key_id
