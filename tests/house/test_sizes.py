"""The size limits find what is too long, and only that."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import sizes


def function_of(lines: int) -> str:
    return "def story() -> None:\n" + "    pass\n" * (lines - 1)


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("a.py", function_of(70), 0),
        ("a.py", function_of(71), 1),
        ("a.py", "class A:\n    async " + function_of(71).replace("\n", "\n    "), 1),
        ("a.py", "# line\n" * 400, 0),
        ("a.py", "# line\n" * 401, 1),
        ("a.vue", "<p/>\n" * 300, 0),
        ("a.vue", "<p/>\n" * 301, 1),
        ("a.txt", "line\n" * 1000, 0),
    ],
)
def test_limits(name: str, text: str, found: int, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert len(list(sizes.excesses(tmp_path / name))) == found


def test_exit_code_and_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "long.py").write_text("\n" + function_of(80), encoding="utf-8")
    assert sizes.main([str(tmp_path)]) == 1
    assert "long.py:2: story has 80 lines" in capsys.readouterr().out


def test_all_source_is_looked_at() -> None:
    repository = Path(__file__).resolve().parents[2]
    seen = set(sizes.sources(repository))
    assert Path(__file__).resolve() in seen
    assert repository / "src" / "yuepi" / "kit" / "errors.py" in seen
