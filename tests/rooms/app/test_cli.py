"""The command line: results, exit codes, and errors at its edge."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from tests.rooms.app.scripted import Script, decision, file_read, invoice, seen
from yuepi import __version__
from yuepi.app.wiring import Wiring
from yuepi.documents.reading import FileReading, Finding, Problem
from yuepi.kit.errors import Unavailable

_FILES = TypeAdapter(list[FileReading])
_BROKEN = Problem(code="damaged", message="b.pdf: the file is cut off", remedy="Send it again.")


def _process(*arguments: str, **named: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "yuepi.app.cli", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **named,
    )


# --- read --------------------------------------------------------------------------------------


def test_read_gives_json_alone_in_the_shared_shape(yuepi: Any, photo: Path) -> None:
    said = yuepi("read", photo, "--json")
    assert said.code == 0
    assert set(said.json) == {"files"}
    (file,) = _FILES.validate_json(json.dumps(said.json["files"]))
    assert file.readings[0].value("total") == "27.00"
    assert said.json["files"][0]["readings"][0]["fields"]["total"]["evidence"][0]["box"] == [
        0.7,
        0.62,
        0.83,
        0.66,
    ]


def test_a_file_that_fails_does_not_hide_the_others(
    yuepi: Any, script: Script, photo: Path
) -> None:
    broken = photo.with_name("b.pdf")
    broken.write_bytes(b"%PDF-")
    script.readings["b.pdf"] = file_read(broken, error=_BROKEN)
    said = yuepi("read", photo.parent)
    assert said.code == 1
    assert "27.00" in said.out
    assert "the file is cut off" in said.out
    assert "Send it again." in said.out
    assert yuepi("read", photo.parent, "--json").json["files"][1]["error"]["code"] == "damaged"


@pytest.mark.parametrize(("language", "word"), [("zh", "已印证"), ("en", "confirmed")])
def test_tables_speak_the_language_and_tell_status_by_word_and_sign(
    yuepi: Any, photo: Path, language: str, word: str
) -> None:
    said = yuepi("read", photo, "--lang", language)
    assert f"✓ {word} 97%" in said.out
    assert "△" in said.out
    assert "价税合计 Total" in said.out


def test_hostile_text_is_shown_not_obeyed(yuepi: Any, script: Script, photo: Path) -> None:
    evil = "\x1b[2J\x9b31m[bold red]x[/]:smile:\u202e"
    finding = Finding(code="x", severity="warning", message=evil, message_zh=evil)
    reading = invoice(
        fields={"seller_name": seen(evil), "\x1b]0;t": seen("1")}, findings=(finding,), text=evil
    )
    script.readings["a.jpg"] = file_read(Path("\x1b[31ma.jpg"), reading)
    said = yuepi("read", photo)
    assert not {"\x1b", "\x9b", "\u202e"} & set(said.out + said.err)
    assert "\\x1b[2J\\x9b31m[bold red]x[/]:smile:\\u202e" in said.out
    as_json = yuepi("read", photo, "--json")
    assert not {"\x1b", "\x9b", "\u202e"} & set(as_json.out)
    assert as_json.json["files"][0]["readings"][0]["text"] == evil


# --- review ------------------------------------------------------------------------------------


def test_review_adds_the_decision_to_the_files(yuepi: Any, photo: Path) -> None:
    said = yuepi("review", photo.parent, "--json", "--on", "2026-06-17", "--category", "meals")
    assert said.code == 0
    told = said.json
    assert set(told) == {
        "files", "outcome", "refer_to", "is_valid_invoices", "total_amount", "exceeds_limit",
        "consecutive_numbers", "reasons", "policy",
    }  # fmt: skip
    assert said.out.count('"total_amount": 6280,') == 1
    assert told["is_valid_invoices"] is True
    assert told["reasons"][0]["row"] == "claim/total"


@pytest.mark.parametrize(("outcome", "code"), [("approve", 0), ("refer", 1), ("suggest_reject", 1)])
def test_only_an_approval_exits_with_0(
    yuepi: Any, script: Script, photo: Path, outcome: str, code: int
) -> None:
    script.answer = decision(outcome)
    assert yuepi("review", photo).code == code
    assert yuepi("review", photo, "--json").code == code


def test_an_approval_of_files_that_failed_is_no_success(
    yuepi: Any, script: Script, photo: Path
) -> None:
    script.readings["a.jpg"] = file_read(photo, error=_BROKEN)
    assert yuepi("review", photo).code == 1


def test_terms_come_from_the_command_line(
    yuepi: Any, script: Script, photo: Path, tmp_path: Path
) -> None:
    company, history = tmp_path / "company.toml", tmp_path / "history.json"
    company.write_text('name = "某某公司"\ntax_id = "91330108MA2XQ7TN5D"\n', encoding="utf-8")
    history.write_text('[{"number": "123", "total": "27.00", "claim": "C1"}]', encoding="utf-8")
    asked = ("--company", company, "--history", history, "--category", "meals")
    assert yuepi("review", photo, *asked, "--on", "2026-06-17").code == 0
    terms = script.terms[-1]
    assert terms.company is not None
    assert terms.company.name == "某某公司"
    assert terms.history[0].claim == "C1"
    assert (terms.on.isoformat(), terms.category) == ("2026-06-17", "meals")


def test_what_review_wrote_is_a_history(
    yuepi: Any, script: Script, photo: Path, tmp_path: Path
) -> None:
    history = tmp_path / "march.json"
    history.write_text(yuepi("review", photo, "--json").out, encoding="utf-8")
    yuepi("review", photo, "--history", history)
    (past,) = script.terms[-1].history
    assert (past.number, str(past.total), past.claim) == ("24317000000012345678", "27.00", "march")


def test_the_history_keeps_what_can_be_repeated_whatever_its_kind(
    yuepi: Any, script: Script, photo: Path, tmp_path: Path
) -> None:
    bare = {"total": seen("27.00"), "date": seen("2026-06-12"), "time": seen("12:30")}
    script.readings["a.jpg"] = file_read(
        photo,
        invoice(kind="a_kind_of_another_version"),
        invoice(kind="receipt", fields=bare),
        invoice(kind="other", fields={"total": seen("27.00")}),
    )
    history = tmp_path / "h.json"
    history.write_text(yuepi("review", photo, "--json").out, encoding="utf-8")
    yuepi("review", photo, "--history", history)
    kept = [(past.number, past.date, past.time) for past in script.terms[-1].history]
    assert kept == [
        ("24317000000012345678", "2026-06-12", None), (None, "2026-06-12", "12:30"),
    ]  # fmt: skip


def test_the_reader_is_told_what_to_call_files(yuepi: Any, script: Script, photo: Path) -> None:
    inner = photo.parent / "sub" / "a.jpg"
    inner.parent.mkdir()
    inner.write_bytes(photo.read_bytes())
    yuepi("read", photo.parent)
    assert script.names[-1] == ["a.jpg", "sub/a.jpg"]


@pytest.mark.parametrize("text", ["{", "[1]", '{"files": 1}', "[" * 100_000, '{"a": []}'])
def test_a_bad_history_is_a_usage_error(yuepi: Any, photo: Path, tmp_path: Path, text: str) -> None:
    history = tmp_path / "h.json"
    history.write_text(text, encoding="utf-8")
    said = yuepi("review", photo, "--history", history)
    assert said.code == 2
    assert "h.json" in said.err
    assert "Traceback" not in said.err


def test_the_shipped_policy_decides_without_being_named(
    yuepi: Any, script: Script, photo: Path
) -> None:
    said = yuepi("review", photo, "--json", "--on", "2026-06-17", wiring=Wiring(read=script.read))
    assert said.code == 1
    assert said.json["outcome"] == "refer"
    assert said.json["policy"].startswith("sha256:")


def test_a_bad_policy_is_told_before_anything_is_read(
    yuepi: Any, script: Script, photo: Path, tmp_path: Path
) -> None:
    policy = tmp_path / "p.json"
    policy.write_text("{}", encoding="utf-8")
    said = yuepi("review", photo, "--policy", policy, wiring=Wiring(read=script.read))
    assert said.code != 0
    assert script.asked == []
    assert "Traceback" not in said.err


# --- the edge ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ["read"],
        ["read", "missing.jpg"],
        ["review", "missing"],
        ["nonsense"],
        ["read", "--nonsense", "x"],
        ["review", "x", "--on", "tomorrow"],
        ["read", "x", "--lang", "fr"],
    ],
)
def test_wrong_usage_exits_with_2_and_says_what_helps(yuepi: Any, arguments: list[str]) -> None:
    said = yuepi(*arguments)
    assert said.code == 2
    assert said.out == ""
    assert "yuepi" in said.err
    problem = yuepi(*arguments, "--json")
    assert problem.code == 2
    assert set(problem.json["error"]) == {"code", "message", "remedy"}


def test_a_missing_path_is_named(yuepi: Any, tmp_path: Path) -> None:
    assert "no-such-file.jpg" in yuepi("read", tmp_path / "no-such-file.jpg").err


def test_unavailable_exits_with_3(yuepi: Any, script: Script, photo: Path) -> None:
    def fails() -> None:
        raise Unavailable("the text model is missing", remedy="install it")

    script.fails = fails
    said = yuepi("read", photo, "--json")
    assert said.code == 3
    assert said.json["error"] == {
        "code": "unavailable",
        "message": "the text model is missing",
        "remedy": "install it",
    }
    assert "install it" in said.err


def test_the_unexpected_is_one_line_and_a_traceback_only_on_demand(
    yuepi: Any, script: Script, photo: Path
) -> None:
    def fails() -> None:
        raise RuntimeError("so \x1b[31m wrong")

    script.fails = fails
    said = yuepi("read", photo)
    assert said.code == 1
    assert "RuntimeError: so \\x1b[31m wrong" in said.err
    assert "Traceback" not in said.err
    assert "Traceback" in yuepi("read", photo, "--debug").err


def test_ctrl_c_is_quiet(yuepi: Any, script: Script, photo: Path) -> None:
    def fails() -> None:
        raise KeyboardInterrupt

    script.fails = fails
    said = yuepi("read", photo)
    assert said.code == 130
    assert "Traceback" not in said.err


def test_a_folder_that_cannot_be_written_to_is_told_before_reading(
    yuepi: Any, script: Script, photo: Path
) -> None:
    said = yuepi("read", photo, "--save", photo)
    assert said.code == 2
    assert "is not a folder" in said.err
    assert script.asked == []


def test_help_comes_quickly_and_loads_nothing_heavy() -> None:
    seconds = []
    for _ in range(3):
        started = time.monotonic()
        assert _process("--help").returncode == 0
        seconds.append(time.monotonic() - started)
    # A busy machine is slow now and then; a heavy import is slow always.
    assert min(seconds) <= 0.5
    heavy = ["cv2", "numpy", "rich", "pydantic", "zen", "jinja2", "PIL", "openvino", "onnxruntime"]
    code = f"import sys, yuepi.app.cli; print([m for m in {heavy!r} if m in sys.modules])"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert loaded.stdout.strip() == "[]"


def test_version() -> None:
    assert _process("--version").stdout.strip() == f"yuepi {__version__}"


def test_a_reader_that_leaves_is_no_error() -> None:
    command = f"{sys.executable} -m yuepi.app.cli review --help | true"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.stderr == ""


def test_a_terminal_without_unicode_gets_escapes(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "YUEPI_LANG": "zh"}
    said = _process("read", str(tmp_path / "没有.jpg"), env=environment)
    assert said.returncode == 2
    assert "Traceback" not in said.stderr


def test_interrupting_the_process_ends_it_with_130(tmp_path: Path) -> None:
    code = (
        "import signal, sys, time\n"
        # A test run in the background hands down an interrupt that is ignored.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from yuepi.app.cli import main\n"
        "from yuepi.app.wiring import Wiring\n"
        "def read(*_):\n"
        "    print('reading', file=sys.stderr, flush=True)\n"
        "    time.sleep(250)\n"
        f"sys.exit(main(['read', {str(tmp_path)!r}], Wiring(read=read)))\n"
    )
    (tmp_path / "a.jpg").write_bytes(b"x")
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        assert any(line == "reading\n" for line in process.stderr)
        process.send_signal(signal.SIGINT)
        _, rest = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == 130
    assert "Traceback" not in rest
