"""The supervisor of llama-server, around a scripted one; around a real one where it is named."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.faults.scripted_llama import lives, scripted
from yuepi.engines import llama_server, openai_compatible
from yuepi.engines.contract import (
    Call,
    Chat,
    Engine,
    EngineBroke,
    EngineFailure,
    EngineTimeout,
    EngineUnavailable,
    JsonShape,
    Message,
    ModelEntry,
)
from yuepi.kit.errors import BadUsage


def built(folder: Path, options: dict[str, Any]) -> Engine:
    entry = ModelEntry("local", "llama_server", {"restart_wait_s": 0.05} | options, folder)
    return llama_server.build(entry, openai_compatible.connect)


def with_engine(
    folder: Path, options: dict[str, Any], use: Callable[[Engine], Awaitable[None]]
) -> None:
    async def story() -> None:
        engine = built(folder, options)
        try:
            await use(engine)
        finally:
            await engine.close()
            await engine.close()

    asyncio.run(story())


def gone(pid: int) -> bool:
    """Whether a process has ended; one that nobody has collected yet counts as ended."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z"


async def soon(holds: Callable[[], bool], wait_s: float = 5.0) -> bool:
    until = time.monotonic() + wait_s
    while not holds() and time.monotonic() < until:
        await asyncio.sleep(0.01)
    return holds()


def chat(**more: Any) -> Chat:
    return Chat((Message("user", ("?",)),), **more)


async def ask(engine: Engine, question: Chat | None = None) -> str:
    deltas = [delta async for delta in engine.stream(question or chat())]
    assert [delta.finish for delta in deltas if delta.finish] == ["stop"]
    return "".join(delta.text for delta in deltas)


def test_it_starts_once_answers_and_tells_its_key_to_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASHSCOPE_API_KEY", "sk-secret")
    monkeypatch.setenv("LLAMA_ARG_TOOLS", "all")
    options = scripted(tmp_path, load_s=0.2) | {"threads": 2, "extra_arguments": ["--mlock"]}

    async def use(engine: Engine) -> None:
        assert not lives(tmp_path)
        await engine.warm()
        pids = {await ask(engine), await ask(engine, chat(incremental=False))}
        pids |= set(await asyncio.gather(*(ask(engine) for _ in range(5))))
        (life,) = lives(tmp_path)
        assert pids == {str(life["pid"])}
        told = dict(zip(life["argv"][1:], life["argv"][2:], strict=False))
        assert told["--host"] == "127.0.0.1"
        assert told["--ctx-size"] == str(2 * 8192)
        assert told["--image-max-tokens"] == "512"
        assert told["--threads"] == "2"
        assert {"--no-webui", "--no-slots", "--mlock"} <= set(life["argv"])
        key = Path(told["--api-key-file"])
        assert key.stat().st_mode & 0o777 == 0o600
        assert len(key.read_text().strip()) >= 40
        assert key.read_text().strip() not in json.dumps(life)
        assert "sk-secret" not in life["env"].values()
        assert "LLAMA_ARG_TOOLS" not in life["env"]
        assert life["env"]["LLAMA_ARG_CORS_ORIGINS"] == f"http://127.0.0.1:{told['--port']}"
        assert life["env"]["LLAMA_ARG_OFFLINE"] == "1"

    with_engine(tmp_path, options, use)
    (life,) = lives(tmp_path)
    told = dict(zip(life["argv"][1:], life["argv"][2:], strict=False))
    assert not Path(told["--api-key-file"]).parent.exists()
    assert gone(life["pid"])


def test_any_json_object_becomes_a_schema_and_beginnings_are_kept(tmp_path: Path) -> None:
    async def use(engine: Engine) -> None:
        raw = {"messages": b"[]", "response_format": b'{"type":"json_object"}'}
        await ask(engine, chat(shape=JsonShape()))
        await ask(engine, chat(shape=JsonShape(), received=raw))
        await ask(engine, chat(shape=JsonShape({"type": "array"})))
        asked = (tmp_path / "m.gguf.asked").read_text().splitlines()
        bodies = [json.loads(line) for line in asked]
        schemas = [body["response_format"]["json_schema"]["schema"] for body in bodies]
        assert schemas == [{"type": "object"}, {"type": "object"}, {"type": "array"}]
        assert all(body["cache_prompt"] is True for body in bodies)

    with_engine(tmp_path, scripted(tmp_path), use)


def test_death_in_the_middle_of_an_answer_is_told_and_the_next_is_answered(
    tmp_path: Path,
) -> None:
    async def use(engine: Engine) -> None:
        with pytest.raises(EngineBroke) as caught:
            await ask(engine)
        assert "SIGSEGV" in caught.value.message
        assert "loading the model" in caught.value.message
        assert caught.value.retryable
        assert await ask(engine) == str(lives(tmp_path)[1]["pid"])

    with_engine(tmp_path, scripted(tmp_path, dies_at=1), use)


def test_killed_between_questions_it_comes_back_by_itself(tmp_path: Path) -> None:
    async def use(engine: Engine) -> None:
        first = int(await ask(engine))
        os.kill(first, signal.SIGKILL)
        assert await soon(lambda: len(lives(tmp_path)) == 2)
        assert await ask(engine) == str(lives(tmp_path)[1]["pid"])

    with_engine(tmp_path, scripted(tmp_path), use)


def test_a_start_that_fails_is_told_at_once_and_tried_again(tmp_path: Path) -> None:
    async def use(engine: Engine) -> None:
        with pytest.raises(EngineUnavailable) as caught:
            await ask(engine)
        assert "out of memory" in caught.value.message
        assert "exit code 1" in caught.value.message
        assert await ask(engine) == str(lives(tmp_path)[1]["pid"])

    with_engine(tmp_path, scripted(tmp_path, fails=1), use)


def test_one_that_always_dies_is_given_up(tmp_path: Path) -> None:
    async def use(engine: Engine) -> None:
        failures: list[EngineFailure] = []
        while len(failures) < 50 and (not failures or failures[-1].retryable):
            try:
                await ask(engine)
            except EngineFailure as failure:
                failures.append(failure)
        assert "given up" in failures[-1].message
        assert "out of memory" in failures[-1].message
        with pytest.raises(EngineUnavailable, match="given up"):
            await ask(engine)
        assert len(lives(tmp_path)) == 3

    options = scripted(tmp_path, fails=99) | {"restarts_max": 2, "restart_wait_s": 0.01}
    with_engine(tmp_path, options, use)


def test_given_up_is_not_for_ever(tmp_path: Path) -> None:
    async def use(engine: Engine) -> None:
        with pytest.raises(EngineUnavailable, match="given up"):
            await ask(engine)
        await asyncio.sleep(0.3)
        assert await ask(engine) == str(lives(tmp_path)[1]["pid"])

    options = scripted(tmp_path, fails=1) | {"restarts_max": 0, "restart_window_s": 0.2}
    with_engine(tmp_path, options, use)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"binary": "gone/llama-server"}, ("gone/llama-server", "binary")),
        ({"binary": "m.gguf"}, ("m.gguf", "binary")),
        ({"gguf": "other.gguf"}, ("other.gguf", "gguf")),
        ({"mmproj": "other.gguf"}, ("other.gguf", "mmproj")),
        ({"mmproj": "llama-server"}, ("llama-server is not a GGUF", "mmproj")),
        ({"binary": None}, ("no llama-server is named", "YUEPI_LLAMA_SERVER")),
    ],
)
def test_what_is_missing_is_named(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    change: dict[str, Any],
    named: tuple[str, ...],
) -> None:
    monkeypatch.delenv("YUEPI_LLAMA_SERVER", raising=False)

    async def use(engine: Engine) -> None:
        for _ in range(2):
            with pytest.raises(EngineUnavailable) as caught:
                await engine.warm()
            said = caught.value.message + caught.value.remedy
            assert all(word in said for word in named)
            assert caught.value.retryable is False

    with_engine(tmp_path, scripted(tmp_path) | change, use)
    # Who asked has heard of it: a second time, in the log, it would be noise.
    assert not [each for each in caplog.records if each.levelno >= logging.WARNING]


def test_the_binary_may_be_named_by_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = scripted(tmp_path) | {"binary": None, "mmproj": None}
    monkeypatch.setenv("YUEPI_LLAMA_SERVER", str(tmp_path / "llama-server"))

    async def use(engine: Engine) -> None:
        assert engine.abilities.modalities == ("text",)
        assert await ask(engine)
        assert "--mmproj" not in lives(tmp_path)[0]["argv"]

    with_engine(tmp_path, options, use)


@pytest.mark.parametrize(
    "change",
    [
        {"extra_arguments": ["--api-key", "x"]},
        {"extra_arguments": ["--host=0.0.0.0"]},
        {"extra_arguments": ["--tools", "all"]},
        {"slots": 0},
        {"api_key": "x"},
    ],
)
def test_wrong_options_are_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    with pytest.raises(BadUsage):
        built(tmp_path, scripted(tmp_path) | change)


def test_closing_ends_a_stubborn_server_and_what_it_has_started(tmp_path: Path) -> None:
    async def use(engine: Engine) -> None:
        await ask(engine)

    options = scripted(tmp_path, stubborn=True, child=True) | {"stop_wait_s_max": 0.2}
    with_engine(tmp_path, options, use)
    (life,) = lives(tmp_path)
    assert gone(life["pid"])
    assert asyncio.run(soon(lambda: gone(life["child"])))


def test_closing_while_it_starts_ends_it_too(tmp_path: Path) -> None:
    async def use(engine: Engine) -> None:
        asking = asyncio.create_task(ask(engine))
        assert await soon(lambda: bool(lives(tmp_path)))
        await engine.close()
        with pytest.raises(EngineUnavailable):
            await asking
        assert gone(lives(tmp_path)[0]["pid"])
        with pytest.raises(EngineUnavailable, match="shut down"):
            await ask(engine)

    with_engine(tmp_path, scripted(tmp_path, load_s=60), use)


def test_the_deadline_of_a_call_counts_while_it_loads(tmp_path: Path) -> None:
    async def use(engine: Engine) -> None:
        with pytest.raises(EngineTimeout, match="deadline"):
            await ask(engine, chat(call=Call(deadline=time.monotonic() + 0.1)))
        assert await ask(engine)
        assert len(lives(tmp_path)) == 1

    with_engine(tmp_path, scripted(tmp_path, load_s=0.8), use)


def test_one_that_never_gets_ready_is_ended(tmp_path: Path) -> None:
    async def use(engine: Engine) -> None:
        with pytest.raises(EngineUnavailable, match="not ready after"):
            await ask(engine)

    options = scripted(tmp_path, load_s=60) | {"start_timeout_s": 0.5, "restarts_max": 0}
    with_engine(tmp_path, options, use)
    assert gone(lives(tmp_path)[0]["pid"])


def test_a_talkative_server_is_not_kept_in_memory(tmp_path: Path) -> None:
    async def use(engine: Engine) -> None:
        with pytest.raises(EngineUnavailable) as caught:
            await ask(engine)
        assert "out of memory" in caught.value.message
        assert len(caught.value.message) < 1200

    options = scripted(tmp_path, chatter=2000, fails=1) | {"restarts_max": 0}
    with_engine(tmp_path, options, use)


KILLED_PARENT = """
import asyncio, json, sys
from pathlib import Path
from yuepi.engines import llama_server, openai_compatible
from yuepi.engines.contract import ModelEntry

async def main():
    entry = ModelEntry("local", "llama_server", json.loads(sys.argv[2]), Path(sys.argv[1]))
    await llama_server.build(entry, openai_compatible.connect).warm()
    print("ready", flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's end")
def test_it_dies_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    options = json.dumps(scripted(tmp_path))
    source = str(Path(llama_server.__file__).parents[3])
    parent = subprocess.Popen(
        [sys.executable, "-c", KILLED_PARENT, str(tmp_path), options],
        env={**os.environ, "PYTHONPATH": source, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
    )
    try:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"ready\n"
        pid = lives(tmp_path)[0]["pid"]
        assert not gone(pid)
    finally:
        parent.kill()
        parent.wait(10)
        if parent.stdout is not None:
            parent.stdout.close()
    assert asyncio.run(soon(lambda: gone(pid)))


REAL = ("YUEPI_LLAMA_SERVER", "YUEPI_LLAMA_GGUF", "YUEPI_LLAMA_MMPROJ")


@pytest.mark.skipif(
    not all(os.environ.get(name) for name in REAL),
    reason=f"the real llama-server was NOT run: set {', '.join(REAL)}",
)
def test_a_real_llama_server_answers(tmp_path: Path) -> None:
    options = {"gguf": os.environ[REAL[1]], "mmproj": os.environ[REAL[2]], "slots": 1}

    async def use(engine: Engine) -> None:
        await engine.warm()
        sampled = Chat((Message("user", ("Say yes.",)),), shape=JsonShape())
        deltas = [delta async for delta in engine.stream(sampled)]
        assert deltas[-1].usage is not None
        assert json.loads("".join(delta.text for delta in deltas)) is not None

    with_engine(tmp_path, options, use)


def test_a_full_disk_is_named_and_ends_in_giving_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = scripted(tmp_path) | {"restarts_max": 1, "restart_wait_s": 0.01}

    def full(**_: Any) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.mkdtemp", full)

    async def use(engine: Engine) -> None:
        for _ in range(3):
            with pytest.raises(EngineUnavailable, match="No space left") as failure:
                await engine.warm()
        assert "given up" in failure.value.message

    with_engine(tmp_path, options, use)
