"""`yuepi models`: which models there are, and adding, trying and removing them."""

from __future__ import annotations

import asyncio
import io
import json
import secrets
import time
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

from yuepi.app.compose import compose_bare, entry_of, limits_of
from yuepi.app.options import data_named
from yuepi.app.speaking import Speaker
from yuepi.app.visible import visible_line
from yuepi.app.words import Words
from yuepi.engines.contract import Call, Chat, Message, ModelEntry, Picture, Sampling
from yuepi.gateway.gateway import Answer
from yuepi.gateway.picture_intake import PictureLimits, check_picture
from yuepi.gateway.registry import build_engine
from yuepi.kit.errors import BadUsage
from yuepi.kit.settings import (
    FILE_NAME,
    Settings,
    add_model,
    load_settings,
    remove_model,
    settings_path,
    validated_model,
)

Weights = Literal["int8", "int4", "fp16"]

SERVERS: Final = ("vllm", "sglang", "llama_cpp", "ollama", "volcengine_ark", "dashscope")
"""Presets of `openai_compatible`; each knows its usual address and the variable with its key."""

LOCAL: Final[Mapping[str, Mapping[str, object]]] = {
    "ocr": {},
    "openvino": {},
    # One picture may take a minute on a processor: patience, and few at once.
    "qwen_vl": {"queue_wait_s_max": 300},
    "llama_server": {"concurrency_max": 2, "queue_wait_s_max": 300},
}
PRESETS: Final = (*SERVERS, "openai_compatible", *LOCAL)

QUESTION: Final = (
    "图中印着什么文字？只回答文字。What text is printed here? Answer with the text only."
)
PRINTED: Final = "TOTAL 27.00"


def list_models(data: Path, speaker: Speaker) -> int:
    """Every model with its engine and the routes that lead there, then the routes."""
    settings = load_settings(data)
    models = [_told(settings, name) for name in settings.models]
    routes = [
        {
            "alias": alias,
            "models": [{"name": each.name, "weight": each.weight} for each in route.models],
            "fallback": list(route.fallback),
            "prompt": route.prompt,
            "deadline_s": route.deadline_s,
            "cache": route.cache,
        }
        for alias, route in settings.routes.items()
    ]
    if speaker.as_json:
        path = str(settings_path(data))
        speaker.give({"settings": path, "models": models, "routes": routes})
        return 0
    for model in models:
        ways = ", ".join(model["routes"]) or "-"
        options = "  ".join(f"{key}={value}" for key, value in model["options"].items())
        line = f"{model['name']}  {model['engine']}  ← {ways}  {options}"
        speaker.say(visible_line(line.rstrip()))
    return 0


def add(
    name: str,
    preset: str | None,
    named: Mapping[str, str],
    others: Sequence[str],
    data: Path,
    speaker: Speaker,
) -> int:
    """Write a model's entry, checked by its engine first; the old file stays where it is wrong."""
    table = _entry(preset, named) | dict(_assigned(other) for other in others)
    _check(name, table, data)
    settings = add_model(data, name, table)
    if speaker.as_json:
        speaker.give({"added": _told(settings, name), "settings": str(settings_path(data))})
        return 0
    trying = f"yuepi models test {name}{data_named(data)}"
    done = Words(
        f"已写入 {settings_path(data)} 的 [models.{name}]。试一试：{trying}；"
        f'要让 yuepi 这个名字用它，写 [routes.yuepi] models = ["{name}"]。运行中的服务重启后生效。',
        f"Wrote [models.{name}] to {settings_path(data)}. Try it: {trying}. "
        f'To have the name yuepi lead to it: [routes.yuepi] models = ["{name}"]. '
        "A running server takes it up when it is started again.",
    )
    speaker.say(speaker.said(done))
    return 0


def remove(name: str, data: Path, speaker: Speaker) -> int:
    """Take a model's entry out."""
    remove_model(data, name)
    if speaker.as_json:
        speaker.give({"removed": name})
    else:
        speaker.say(speaker.said(Words(f"已移除 {name}", f"Removed {name}")))
    return 0


def test(name: str, data: Path, speaker: Speaker) -> int:
    """Ask about a drawn picture; raises the exact error where it fails."""
    settings = load_settings(data)
    load_s, answer_s, answer = asyncio.run(_try(settings, name))
    if speaker.as_json:
        speaker.give(
            {
                "model": name,
                "ok": True,
                "load_s": round(load_s, 3),
                "answer_s": round(answer_s, 3),
                "printed": PRINTED,
                "answer": answer.text,
                "usage": {
                    "prompt_tokens": answer.usage.prompt_tokens,
                    "completion_tokens": answer.usage.completion_tokens,
                },
            }
        )
        return 0
    done = Words(
        f"{name} 可用：加载 {load_s:.1f} 秒，回答 {answer_s:.1f} 秒。图中印着 {PRINTED!r}，"
        f"回答 {answer.text!r}",
        f"{name} works: loaded in {load_s:.1f} s, answered in {answer_s:.1f} s. Printed was "
        f"{PRINTED!r}, it answered {answer.text!r}",
    )
    speaker.say(speaker.said(done))
    return 0


def export(
    checkpoint: Path,
    out: Path,
    weights: Weights,
    environment: Path | None,
    speaker: Speaker,
) -> int:
    """Write the folder that the openvino engine loads, in an environment of its own."""
    from yuepi.engines.openvino_genai.export import export_model

    exported = export_model(
        checkpoint, out, weights=weights, environment=environment, progress=speaker.note
    )
    if speaker.as_json:
        speaker.give(
            {
                "folder": str(exported.folder),
                "bytes": exported.bytes_total,
                "seconds": round(exported.seconds, 1),
            }
        )
        return 0
    next_step = f"yuepi models add NAME --preset openvino --path {exported.folder}"
    size = f"{exported.bytes_total / 2**20:.0f} MB"
    done = Words(
        f"已导出到 {exported.folder}（{size}）。接着运行：{next_step}",
        f"Exported to {exported.folder} ({size}). Next: {next_step}",
    )
    speaker.say(speaker.said(done))
    return 0


def environment(folder: Path, speaker: Speaker) -> int:
    """Make the environment that exports work in; one that is there is only checked."""
    from yuepi.engines.openvino_genai.export import make_environment

    python = make_environment(folder, speaker.note)
    if speaker.as_json:
        speaker.give({"python": str(python)})
    else:
        speaker.say(str(python))
    return 0


async def _try(settings: Settings, name: str) -> tuple[float, float, Answer]:
    """Seconds to load, seconds to answer, and the answer."""
    picture = await asyncio.to_thread(drawn_picture)
    async with compose_bare(settings, name) as composition:
        began = time.monotonic()
        await composition.gateway.warm(name)
        loaded = time.monotonic()
        chat = Chat(
            messages=(Message("user", (picture, QUESTION)),),
            sampling=Sampling(max_tokens=32, temperature=0),
            incremental=False,
            call=Call(id=f"test-{secrets.token_hex(8)}"),
        )
        answer = await composition.gateway.ask(name, chat)
        return loaded - began, time.monotonic() - loaded, answer


def drawn_picture() -> Picture:
    """A small picture with `PRINTED` on it."""
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("RGB", (480, 160), "white")
    ImageDraw.Draw(image).text((40, 50), PRINTED, "black", ImageFont.load_default(56))
    written = io.BytesIO()
    image.save(written, "PNG")
    return check_picture(written.getvalue(), "auto", PictureLimits(), "picture")


def _entry(preset: str | None, named: Mapping[str, str]) -> dict[str, object]:
    """The table of a ready-made entry with what the command line adds."""
    if preset not in PRESETS:
        what = "no preset was given" if preset is None else f"there is no preset {preset!r}"
        raise BadUsage(what, remedy=f"choose --preset from: {', '.join(PRESETS)}")
    given: dict[str, object] = dict(named)
    path = named.get("path")
    for key in ("path", "mmproj", "binary"):
        # Options are meant from the data folder; what the shell named is meant from here.
        if key in given and Path(str(given[key])).expanduser().exists():
            given[key] = str(Path(str(given[key])).expanduser().resolve())
    if preset in SERVERS:
        return {"engine": "openai_compatible", "preset": preset, **given}
    if preset == "llama_server" and path is not None:
        given["gguf"] = given.pop("path")
    return {"engine": preset, **LOCAL.get(str(preset), {}), **given}


def _assigned(text: str) -> tuple[str, object]:
    """`KEY=VALUE`, the value as TOML where it is some, else as text."""
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise BadUsage(f"--set {text!r} is not KEY=VALUE", remedy="write, say, --set images_max=2")
    try:
        return key.strip(), tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return key.strip(), tomllib.loads(f"value = {json.dumps(value)}")["value"]


def _check(name: str, table: Mapping[str, object], data: Path) -> None:
    """Have the engine look at its options before anything is written."""
    try:
        model = validated_model(name, table)
        build_engine(ModelEntry(name, model.engine, model.options, data))
    except BadUsage as error:
        raise BadUsage(
            error.message.removeprefix(f"{FILE_NAME}: "),
            remedy="nothing was written; correct the options of this command",
            code=error.code,
        ) from error


def _told(settings: Settings, name: str) -> dict[str, Any]:
    entry, model = entry_of(settings, name), settings.models[name]
    leading = [
        alias
        for alias, route in settings.routes.items()
        if name in (*(target.name for target in route.models), *route.fallback)
    ]
    return {
        "name": name,
        "engine": entry.engine,
        "options": dict(entry.options),
        "concurrency_max": limits_of(model)[0],
        "routes": leading,
    }
