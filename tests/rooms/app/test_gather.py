"""Which files a folder gives, and where walking stops."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from yuepi.app import gather as gather_module
from yuepi.app.gather import gather, shown_names
from yuepi.kit.errors import BadUsage


def _touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())


def _names(folder: Path, *given: Path) -> list[str]:
    return [str(path.relative_to(folder)) for path in gather(given or (folder,))]


def test_a_folder_is_walked_in_order_without_hidden_files(tmp_path: Path) -> None:
    _touch(
        tmp_path, "b.pdf", "a.jpg", ".hidden", "sub/c.png", "sub/.x/d.png", ".git/e", "Thumbs.db"
    )
    assert _names(tmp_path) == ["a.jpg", "b.pdf", "sub/c.png"]


def test_a_file_is_taken_even_if_hidden_and_only_once(tmp_path: Path) -> None:
    _touch(tmp_path, ".hidden.jpg", "a.jpg")
    hidden, plain = tmp_path / ".hidden.jpg", tmp_path / "a.jpg"
    assert _names(tmp_path, hidden, plain, tmp_path) == [".hidden.jpg", "a.jpg"]


def test_two_names_of_the_same_bytes_are_two_files(tmp_path: Path) -> None:
    # A hard link is how a copy may lie in a claim: the duplicate must be seen, not skipped.
    _touch(tmp_path, "a.jpg")
    os.link(tmp_path / "a.jpg", tmp_path / "b.jpg")
    assert _names(tmp_path) == ["a.jpg", "b.jpg"]


@pytest.mark.parametrize("kind", ["missing", "empty", "socket"])
def test_what_is_no_file_is_named(tmp_path: Path, kind: str) -> None:
    path = tmp_path / kind
    if kind == "empty":
        path.mkdir()
    if kind == "socket":
        os.mkfifo(path)
    with pytest.raises(BadUsage, match=kind):
        gather([path])


def test_links_to_folders_are_not_followed(tmp_path: Path) -> None:
    _touch(tmp_path, "in/a.jpg")
    (tmp_path / "in" / "loop").symlink_to(tmp_path / "in")
    assert _names(tmp_path) == ["in/a.jpg"]


def test_files_are_called_by_their_way_from_the_folder(tmp_path: Path) -> None:
    _touch(tmp_path, "one/a.jpg", "one/sub/a.jpg", "two/b.jpg", "c.jpg")
    given = [tmp_path / "one", tmp_path / "two", tmp_path / "c.jpg"]
    assert shown_names(gather(given), given) == ["a.jpg", "sub/a.jpg", "b.jpg", "c.jpg"]


def test_files_that_would_be_called_the_same_are_called_as_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _touch(tmp_path, "one/a.jpg", "two/a.jpg", "x/one/a.jpg", "two/b.jpg")
    monkeypatch.chdir(tmp_path)
    given = [Path("one/a.jpg"), Path("two"), Path("x")]
    names = shown_names(gather(given), given)
    assert names == ["one/a.jpg", "two/a.jpg", "b.jpg", "x/one/a.jpg"]
    assert shown_names(gather([Path()]), [Path()])[0] == "one/a.jpg"


def test_limits_have_clear_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gather_module, "FILES_MAX", 2)
    _touch(tmp_path / "many", "1", "2", "3")
    with pytest.raises(BadUsage) as many:
        gather([tmp_path / "many"])
    assert many.value.code == "too_many_files"
    _touch(tmp_path, "/".join(["deep", *"abcdefghij", "x.jpg"]))
    with pytest.raises(BadUsage) as deep:
        gather([tmp_path / "deep"])
    assert deep.value.code == "too_deep"
    monkeypatch.setattr(gather_module, "ENTRIES_MAX", 2)
    with pytest.raises(BadUsage, match="more than 2 entries"):
        gather([tmp_path / "many"])


def test_a_name_that_steers_a_terminal_is_shown_escaped(tmp_path: Path) -> None:
    with pytest.raises(BadUsage) as error:
        gather([tmp_path / "\x1b[31mred\n.jpg"])
    assert "\\x1b[31mred\\n.jpg" in error.value.message
    assert "\x1b" not in error.value.message
