"""`yuepi models`: ready-made entries in the settings, tried with a drawn picture."""

from __future__ import annotations

import os
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.faults.upstream import Reply, Status, Step, Upstream
from tests.resources.loops import in_thread
from yuepi.app.commands.models import PRESETS, PRINTED, drawn_picture
from yuepi.engines.openai_compatible.presets import PRESETS as SERVERS
from yuepi.gateway.registry import ENGINES

REPOSITORY = Path(__file__).resolve().parents[3]
EXPORT_PYTHON = Path(
    os.environ.get("YUEPI_EXPORT_PYTHON") or REPOSITORY / ".venv-export" / "bin" / "python"
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "desk"


def written(data: Path) -> dict[str, Any]:
    return tomllib.loads((data / "yuepi.toml").read_text(encoding="utf-8"))


def test_there_is_a_preset_for_each_engine_and_server() -> None:
    assert set(PRESETS) == set(SERVERS) | set(ENGINES)


def test_listing_needs_no_folder(yuepi: Any, data: Path) -> None:
    said = yuepi("models", "list", "--json", "--data", data)
    (model,) = said.json["models"]
    assert (model["name"], model["engine"], model["routes"]) == ("ocr", "ocr", ["yuepi"])
    assert said.json["routes"][0]["alias"] == "yuepi"
    assert not data.exists()
    assert "ocr" in yuepi("models", "list", "--data", data).out


@pytest.mark.parametrize("preset", [*SERVERS])
def test_a_server_is_added_by_name(yuepi: Any, data: Path, preset: str) -> None:
    said = yuepi("models", "add", "vl", "--preset", preset, "--model", "m", "--data", data)
    assert said.code == 0
    assert f"yuepi models test vl --data {data}" in said.out
    assert data.stat().st_mode & 0o777 == 0o700
    table = written(data)["models"]["vl"]
    assert table == {"engine": "openai_compatible", "preset": preset, "model": "m"}
    listed = yuepi("models", "list", "--json", "--data", data).json["models"]
    assert [model["name"] for model in listed] == ["vl", "ocr"]


def test_options_are_written_as_what_they_are(yuepi: Any, data: Path) -> None:
    settings = ("--set", "images_max=2", "--set", "json_schema=false", "--set", "boxes=pixels")
    server = ("--preset", "openai_compatible", "--url", "http://127.0.0.1:1/v1", "--model", "m")
    assert yuepi("models", "add", "vl", *server, *settings, "--data", data).code == 0
    table = written(data)["models"]["vl"]
    assert (table["images_max"], table["json_schema"], table["boxes"]) == (2, False, "pixels")


def test_paths_are_meant_from_where_the_shell_stands(
    yuepi: Any, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "m.gguf").write_bytes(b"GGUF")
    (tmp_path / "llama-server").write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    named = ("--path", "m.gguf", "--binary", "llama-server")
    said = yuepi("models", "add", "l", "--preset", "llama_server", *named, "--data", data)
    assert said.code == 0, said.err
    table = written(data)["models"]["l"]
    assert table["gguf"] == str(tmp_path / "m.gguf")
    assert table["binary"] == str(tmp_path / "llama-server")
    assert "path" not in table


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ((), "no preset"),
        (("--preset", "magic"), "magic"),
        (("--preset", "vllm"), "model"),
        (("--preset", "vllm", "--model", "m", "--set", "colour=red"), "colour"),
        (
            ("--preset", "vllm", "--model", "m", "--set", "read_timeout=3"),
            "read_timeout: there is no such option; there are: url, key_env",
        ),
        (("--preset", "openai_compatible", "--model", "m"), "model 'vl': give url, or a preset"),
        (("--preset", "vllm", "--model", "m", "--set", "colour"), "KEY=VALUE"),
        (("--preset", "vllm", "--model", "m", "--set", "queue_max=-1"), "queue_max"),
        (("--preset", "vllm", "--model", "m", "--url", "ftp://x"), "url"),
    ],
)
def test_a_wrong_entry_is_not_written(
    yuepi: Any, data: Path, options: tuple[str, ...], told: str
) -> None:
    said = yuepi("models", "add", "vl", *options, "--data", data)
    assert said.code == 2
    assert told in said.err
    assert "Value error" not in said.err
    assert "yuepi.toml" not in said.err  # nothing is wrong there
    assert not data.exists()


def test_removing(yuepi: Any, data: Path) -> None:
    yuepi("models", "add", "vl", "--preset", "vllm", "--model", "m", "--data", data)
    assert yuepi("models", "remove", "vl", "--data", data).code == 0
    assert "models" not in written(data)
    said = yuepi("models", "remove", "vl", "--json", "--data", data)
    assert (said.code, said.json["error"]["code"]) == (2, "unknown_model")


# --- trying --------------------------------------------------------------------------------------


def test_the_drawn_picture_is_small_and_the_same_every_time() -> None:
    first, second = drawn_picture(), drawn_picture()
    assert first.sha256 == second.sha256
    assert len(first.data) < 20_000


def add_upstream(yuepi: Any, data: Path, url: str) -> None:
    server = ("--preset", "openai_compatible", "--url", url, "--model", "m")
    assert yuepi("models", "add", "vl", *server, "--data", data).code == 0


@contextmanager
def upstream(*script: Step) -> Iterator[Upstream]:
    with in_thread(Upstream()) as up:
        up.script = list(script)
        yield up


def test_trying_really_asks(yuepi: Any, data: Path) -> None:
    with upstream(Reply(PRINTED)) as up:
        add_upstream(yuepi, data, up.url)
        said = yuepi("models", "test", "vl", "--json", "--data", data)
    assert said.code == 0, said.err
    assert (said.json["ok"], said.json["answer"]) == (True, PRINTED)
    assert said.json["answer_s"] > 0
    question = up.requests[-1]
    kinds = [part["type"] for part in question.body["messages"][0]["content"]]
    assert kinds == ["image_url", "text"]


def test_a_failure_is_told_exactly(yuepi: Any, data: Path) -> None:
    with upstream(Status(401, "wrong key for this server")) as up:
        add_upstream(yuepi, data, up.url)
        said = yuepi("models", "test", "vl", "--json", "--data", data)
    assert said.code == 3
    assert said.json["error"]["remedy"]
    assert "401" in said.err or "key" in said.err


def test_a_missing_key_is_asked_for(
    yuepi: Any, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ARK_API_KEY", raising=False)
    yuepi("models", "add", "ark", "--preset", "volcengine_ark", "--model", "m", "--data", data)
    error = yuepi("models", "test", "ark", "--json", "--data", data).json["error"]
    assert error["message"].endswith("ARK_API_KEY is not set")
    assert error["remedy"].startswith("export ARK_API_KEY=")


def test_an_unknown_model_is_told_with_those_there_are(yuepi: Any, data: Path) -> None:
    said = yuepi("models", "test", "nobody", "--data", data)
    assert said.code == 2
    assert "yuepi, ocr" in said.err


def test_no_thread_is_left() -> None:
    assert not [thread for thread in threading.enumerate() if thread.name == "test-loop"]


# --- exporting -----------------------------------------------------------------------------------


def test_exporting_what_is_no_checkpoint_is_told(yuepi: Any, tmp_path: Path) -> None:
    said = yuepi("models", "export", tmp_path, tmp_path / "out", "--json")
    assert said.code == 2
    assert "config.json" in said.json["error"]["message"]
    assert not (tmp_path / "out").exists()


def test_an_environment_must_be_a_folder(yuepi: Any, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    said = yuepi("models", "environment", file, "--json")
    assert said.code != 0
    assert str(file) in said.json["error"]["message"]
    assert file.read_text() == "x"


@pytest.mark.real
@pytest.mark.skipif(not EXPORT_PYTHON.is_file(), reason="no environment for exports")
def test_an_environment_that_is_there_is_checked(yuepi: Any) -> None:
    said = yuepi("models", "environment", EXPORT_PYTHON.parent.parent, "--json")
    assert said.code == 0, said.err
    assert Path(said.json["python"]) == EXPORT_PYTHON
