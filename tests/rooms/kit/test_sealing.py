"""Sealed contents open with the same key and owner, and with nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuepi.kit.errors import Unavailable
from yuepi.kit.key_file import new_key
from yuepi.kit.sealing import KEY_VARIABLE, SealBroken, Sealer, open_sealer

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


def test_the_key_of_a_folder(tmp_path: Path) -> None:
    """How a key file is made and kept is proved in `test_key_file.py`."""
    with pytest.raises(Unavailable, match=r"content\.key is missing"):
        open_sealer(tmp_path, {}, may_make_key=False)
    sealed = open_sealer(tmp_path, {}).seal(b"x", associated=b"")
    assert open_sealer(tmp_path, {}, may_make_key=False).unseal(sealed, associated=b"") == b"x"
    given = {KEY_VARIABLE: new_key()}
    assert open_sealer(tmp_path, given).key_id != open_sealer(tmp_path, {}).key_id
