"""A key file is made once, for its owner alone, and never replaced; failures have their names."""

from __future__ import annotations

import base64
import errno
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from yuepi.audit.root_key import KEY as AUDIT_KEY
from yuepi.audit.root_key import public_key_of
from yuepi.kit.errors import BadUsage, Unavailable
from yuepi.kit.key_file import KEY_BYTES, KeyFile, new_key
from yuepi.kit.sealing import KEY as CONTENT_KEY

PROBLEMS = Path(__file__).parents[3] / "web" / "src" / "ui" / "problemTableWork.ts"
KEYS = {"content_key": CONTENT_KEY, "audit_key": AUDIT_KEY}


@pytest.fixture(params=KEYS)
def code(request: pytest.FixtureRequest) -> str:
    """What the key's codes are made of."""
    return str(request.param)


@pytest.fixture
def key(code: str) -> KeyFile:
    return KEYS[code]


def test_it_is_made_once_and_private(tmp_path: Path, key: KeyFile) -> None:
    with ThreadPoolExecutor(8) as pool:
        read = list(pool.map(lambda _: key.read(tmp_path, {}, may_make=True), range(16)))
    assert len(set(read)) == 1
    assert len(read[0]) == KEY_BYTES
    file = tmp_path / key.path
    assert list(file.parent.iterdir()) == [file]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    before = file.read_bytes()
    assert key.read(tmp_path, {}, may_make=False) == read[0]
    assert file.read_bytes() == before


def test_whoever_made_it_first_is_right(tmp_path: Path, key: KeyFile) -> None:
    """The file appears between the look and the making."""
    first = KEYS["audit_key"]._made(tmp_path / key.path)
    assert key._made(tmp_path / key.path) == first
    assert list((tmp_path / "keys").iterdir()) == [tmp_path / key.path]


def test_the_variable_goes_before_the_file(tmp_path: Path, key: KeyFile) -> None:
    text = new_key()
    given = {key.variable: f" {text}\n"}
    assert key.read(tmp_path, given, may_make=False) == base64.b64decode(text)
    assert list(tmp_path.iterdir()) == []
    made = key.read(tmp_path, {key.variable: ""}, may_make=True)
    assert key.read(tmp_path, given, may_make=True) != made


@pytest.mark.parametrize(
    "text", ["", "abc", "AAAA", "票", "é" * 44, "x" * 44, "A" * 43, "A" * 43 + "=" + "A" * 43 + "="]
)
def test_a_malformed_key_is_never_replaced(
    text: str, tmp_path: Path, key: KeyFile, code: str
) -> None:
    file = tmp_path / key.path
    file.parent.mkdir()
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadUsage, match=file.name) as caught:
        key.read(tmp_path, {}, may_make=True)
    assert caught.value.code == f"bad_{code}"
    assert file.read_text(encoding="utf-8") == text
    if text:
        with pytest.raises(BadUsage, match=key.variable):
            key.read(tmp_path, {key.variable: text}, may_make=True)


def test_no_room_for_it(tmp_path: Path, key: KeyFile, code: str) -> None:
    (tmp_path / "keys").write_text("a file where the folder should be")
    with pytest.raises(Unavailable, match="cannot be read or made") as caught:
        key.read(tmp_path, {}, may_make=True)
    assert caught.value.code == f"{code}_unavailable"


@pytest.fixture
def closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder that may not be entered; to root, who runs some tests, every folder is open."""

    def denied(path: Path, *_: object, **__: object) -> object:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    for asks in ("stat", "open", "mkdir"):
        monkeypatch.setattr(Path, asks, denied)
    return tmp_path / "closed"


@pytest.mark.parametrize("may_make", [True, False])
def test_a_folder_that_may_not_be_entered(
    closed: Path, key: KeyFile, code: str, may_make: bool
) -> None:
    with pytest.raises(Unavailable, match="cannot be read or made: Permission denied") as caught:
        key.read(closed, {}, may_make=may_make)
    assert caught.value.code == f"{code}_unavailable"


def test_whether_there_is_a_public_key_is_not_known_there(closed: Path) -> None:
    with pytest.raises(Unavailable, match="cannot be read or made: Permission denied"):
        public_key_of(closed, {})


def test_a_link_that_leads_nowhere_is_not_written_through(tmp_path: Path, key: KeyFile) -> None:
    file, elsewhere = tmp_path / key.path, tmp_path / "elsewhere"
    file.parent.mkdir()
    file.symlink_to(elsewhere)
    with pytest.raises(Unavailable, match="cannot be read or made"):
        key.read(tmp_path, {}, may_make=True)
    assert not elsewhere.exists()
    assert list(file.parent.iterdir()) == [file]


def test_none_is_made_where_the_old_one_is_in_use(tmp_path: Path, key: KeyFile, code: str) -> None:
    with pytest.raises(Unavailable, match=f"already, but .*{key.path.name} is missing") as caught:
        key.read(tmp_path, {}, may_make=False)
    assert caught.value.code == f"{code}_missing"
    assert key.variable in caught.value.remedy
    assert list(tmp_path.iterdir()) == []


def test_the_page_has_words_for_its_codes(code: str) -> None:
    """The page's own test finds codes that are written out; these are made of the key's name."""
    table = PROBLEMS.read_text(encoding="utf-8")
    for each in (f"{code}_missing", f"{code}_unavailable", f"bad_{code}"):
        assert f"  {each}: row(" in table
