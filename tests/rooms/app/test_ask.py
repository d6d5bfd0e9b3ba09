"""`yuepi ask`: pictures and a question in, an answer out, without a server or to one."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.upstream import Reply, Status, Stream, Truncated, Upstream
from tests.resources.loops import in_thread
from yuepi.app.commands.models import PRINTED, drawn_picture

Ask = Callable[..., Any]


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "a.png"
    path.write_bytes(drawn_picture().data)
    return path


@pytest.fixture
def up() -> Iterator[Upstream]:
    with in_thread(Upstream()) as upstream:
        yield upstream


@pytest.fixture
def ask(yuepi: Any, up: Upstream, tmp_path: Path) -> Ask:
    """Asks the stub by the name `yuepi`, with the desk's prompt."""
    data = tmp_path / "desk"
    data.mkdir()
    (data / "yuepi.toml").write_text(
        f'[models.vl]\nengine = "openai_compatible"\nurl = "{up.url}"\nmodel = "m"\ntries_max = 1\n'
        '[routes.yuepi]\nmodels = ["vl"]\nprompt = "desk"\n',
        encoding="utf-8",
    )
    return lambda *arguments: yuepi("ask", *arguments, "--data", data)


def test_the_embedded_model_answers_and_nothing_is_written(
    yuepi: Any, picture: Path, tmp_path: Path
) -> None:
    said = yuepi("ask", picture, "转写图中的文字", "--json", "--data", tmp_path / "none")
    assert said.code == 0, said.err
    assert "27.00" in said.json["answer"]
    assert (said.json["deployment"], said.json["cache"]) == ("ocr", "off")
    assert said.json["usage"]["prompt_tokens"] > 0
    assert not (tmp_path / "none").exists()


def test_pictures_come_first_then_the_question(ask: Ask, up: Upstream, picture: Path) -> None:
    up.script = [Reply("二十七元")]
    said = ask(picture, picture, "总额多少？")
    assert (said.code, said.out, said.err) == (0, "二十七元\n", "")
    system, user = up.requests[-1].body["messages"]
    assert system["role"] == "system"
    assert "无法确定" in system["content"]
    kinds = [part["type"] for part in user["content"]]
    assert kinds == ["image_url", "image_url", "text"]
    assert user["content"][-1]["text"] == "总额多少？"


def test_json_tells_all_there_is_to_know(ask: Ask, up: Upstream, picture: Path) -> None:
    up.script = [Reply(PRINTED, usage=(300, 5))]
    told = ask(picture, "?", "--json").json
    assert told["answer"] == PRINTED
    assert (told["model"], told["deployment"], told["cache"]) == ("yuepi", "vl", "off")
    assert (told["usage"]["prompt_tokens"], told["usage"]["completion_tokens"]) == (300, 5)
    assert told["prompt_version"] == "desk@1"
    assert told["model_version"].startswith("openai_compatible:m@")


def test_a_stream_is_shown_and_cannot_steer_the_terminal(
    ask: Ask, up: Upstream, picture: Path
) -> None:
    up.script = [Stream(["one ", "\x1b[2Jtwo"])]
    said = ask(picture, "?", "--stream")
    assert (said.code, said.out) == (0, "one \\x1b[2Jtwo\n")
    assert up.requests[-1].body["stream"] is True


def test_a_text_alone_may_be_asked(ask: Ask, up: Upstream) -> None:
    up.script = [Reply("yes")]
    assert ask("Are you there?").out == "yes\n"


def test_a_schema_is_asked_for(ask: Ask, up: Upstream, picture: Path, tmp_path: Path) -> None:
    schema = tmp_path / "s.json"
    schema.write_text('{"type": "object", "properties": {"total": {"type": "string"}}}')
    up.script = [Reply('{"total":"27.00"}')]
    said = ask(picture, "?", "--json-schema", schema)
    assert json.loads(said.out) == {"total": "27.00"}
    assert up.requests[-1].body["response_format"]["type"] == "json_schema"
    schema.write_text('{"type": "nonsense"}')
    assert ask(picture, "?", "--json-schema", schema).code == 1


def test_an_answer_that_was_cut_off_is_no_success(ask: Ask, up: Upstream, picture: Path) -> None:
    up.script = [Reply("a lo", finish="length")]
    said = ask(picture, "?", "--max-tokens", "2")
    assert (said.code, said.out) == (1, "a lo\n")
    assert 2 in (
        up.requests[-1].body.get("max_tokens"),
        up.requests[-1].body.get("max_completion_tokens"),
    )


@pytest.mark.parametrize("step", [Status(500), Truncated()])
def test_a_failing_model_exits_with_3(
    ask: Ask, up: Upstream, picture: Path, step: Status | Truncated
) -> None:
    up.script = [step]
    said = ask(picture, "?", "--stream", "--json")
    assert said.code == 3
    assert set(said.json) == {"error"}


def test_wrong_usage_is_told(ask: Ask, picture: Path, tmp_path: Path) -> None:
    no_picture = tmp_path / "a.txt"
    no_picture.write_text("x")
    assert "question" in ask(picture).err
    assert ask(picture).code == 2
    assert ask(picture, " ").code == 2
    assert "gone.png" in ask(tmp_path / "gone.png", "?").err
    assert ask(no_picture, "?").code == 1
    said = ask(picture, "?", "--model", "nobody")
    assert said.code == 2
    assert "yuepi, vl, ocr" in said.err


@pytest.mark.parametrize("data", [b"no picture", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01"])
def test_a_file_that_is_no_whole_picture_is_named(ask: Ask, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "cut.jpg"
    path.write_bytes(data)
    said = ask(path, "?", "--json")
    assert said.code == 1
    assert "cut.jpg: the picture cannot be used" in said.json["error"]["message"]
    assert said.json["error"]["code"] == "invalid_image"
    assert "intact" in said.err
    assert "base64" not in said.err


def test_a_model_that_is_down_is_told_once(ask: Ask, up: Upstream, tmp_path: Path) -> None:
    settings = tmp_path / "desk" / "yuepi.toml"
    settings.write_text(settings.read_text().replace("tries_max = 1", "tries_max = 3"))
    up.otherwise = Status(500, "words of the upstream")
    said = ask("?")
    assert said.code == 3
    assert len(up.requests) > 1
    assert said.err.count("\n") == 2  # what failed, and what to do
    assert said.err.startswith("yuepi: ")


def test_a_key_is_asked_for_where_the_shell_can_give_it(
    yuepi: Any, up: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("YUEPI_KEY", raising=False)
    up.script = [Status(401)]
    said = yuepi("ask", "?", "--url", up.url, "--json", "--data", tmp_path / "none")
    assert said.code == 3
    remedy = said.json["error"]["remedy"]
    assert "--key" in remedy
    assert "YUEPI_KEY" in remedy
    assert "key_env" not in said.err


def test_a_running_server_is_asked(yuepi: Any, up: Upstream, picture: Path, tmp_path: Path) -> None:
    up.script = [Reply("from there")]
    there = ("--url", up.url.removesuffix("/v1"), "--key", "yp-secret")
    said = yuepi("ask", picture, "?", *there, "--data", tmp_path / "none", "--model", "stub")
    assert said.out == "from there\n"
    assert up.requests[-1].headers["authorization"] == "Bearer yp-secret"
    assert up.requests[-1].body["model"] == "stub"
    # A server that tells nothing of its cache: nothing is known of it.
    said = yuepi("ask", "?", *there, "--json", "--data", tmp_path / "none")
    assert (said.json["cache"], said.json["deployment"]) == (None, None)
    # The key was lent: no child of this process acts with it.
    assert "YUEPI_KEY" not in os.environ


def test_settings_that_others_may_write_are_not_followed(
    ask: Ask, up: Upstream, tmp_path: Path
) -> None:
    (tmp_path / "desk" / "yuepi.toml").chmod(0o666)
    said = ask("?", "--json")
    assert (said.code, said.json["error"]["code"]) == (2, "settings_not_own")
    assert not up.requests
