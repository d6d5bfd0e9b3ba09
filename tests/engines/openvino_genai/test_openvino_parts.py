"""The leaves: pictures to pixels, stop strings, options, what an export refuses."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from yuepi.engines.contract import ChatRefused, Message, ModelEntry, Picture, picture_sha256
from yuepi.engines.openvino_genai import build, export
from yuepi.engines.openvino_genai.options import OpenvinoOptions
from yuepi.engines.openvino_genai.pictures import CELL_PX, prepared, size_for, visual_tokens
from yuepi.engines.openvino_genai.stop_words import StopWords
from yuepi.engines.openvino_genai.transcript import harmless, prompt_of
from yuepi.kit.errors import BadUsage, Unavailable

OPTIONS = OpenvinoOptions(path="model")


def sent(image: Image.Image, form: str = "PNG", detail: str = "auto", **how: object) -> Picture:
    data = io.BytesIO()
    image.save(data, form, **how)
    held = data.getvalue()
    return Picture(held, "image/png", picture_sha256(held), *image.size, detail)  # type: ignore[arg-type]


# --- pictures


@given(st.integers(8, 4000), st.integers(8, 4000), st.sampled_from([(64, 256), (256, 512)]))
def test_sizes_are_whole_cells_within_the_budget(
    wide: int, tall: int, budget: tuple[int, int]
) -> None:
    if max(wide, tall) > 100 * min(wide, tall):
        return
    columns, rows = (side // CELL_PX for side in size_for((wide, tall), *budget))
    assert 64 <= columns * rows <= max(64, budget[1])
    if max(wide, tall) < 3 * min(wide, tall):
        assert 0.75 < (columns / rows) / (wide / tall) < 1.34


def test_detail_spends_more_or_fewer_tokens() -> None:
    image = Image.effect_noise((1600, 1200), 90)
    costs = [
        visual_tokens(prepared(sent(image, detail=detail), OPTIONS))
        for detail in ("low", "auto", "high")
    ]
    assert costs[0] <= 256 < costs[1] <= 512 < costs[2] <= 1280


def test_pictures_are_upright_rgb_and_cropped_to_their_content() -> None:
    page = Image.new("RGB", (1200, 800), (250, 250, 248))
    ImageDraw.Draw(page).rectangle((400, 300, 699, 399), fill=(200, 0, 0))
    exif = page.getexif()
    exif[0x0112] = 6  # turned a quarter clockwise
    upright = prepared(sent(page, "JPEG", exif=exif), OPTIONS)
    height, width = upright.shape[:2]
    assert height > 2 * width
    red = (upright[..., 0] > 150) & (upright[..., 1] < 60)
    assert red.mean() > 0.5
    whole = prepared(sent(page, "JPEG", exif=exif), OPTIONS.model_copy(update={"crop": False}))
    assert whole.shape[0] / whole.shape[1] == pytest.approx(1.5, rel=0.1)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_every_mode_becomes_rgb(mode: str) -> None:
    base = Image.new("L", (300, 200), 255)
    base.paste(0, (50, 50, 250, 150))
    if mode == "I;16":
        image = Image.fromarray(np.asarray(base).astype(np.uint16) * 257)
    else:
        image = base.convert("RGB").convert(mode)
    form = "TIFF" if mode == "CMYK" else "PNG"
    pixels = prepared(sent(image, form), OPTIONS)
    assert pixels.dtype == np.uint8
    assert pixels.shape[2] == 3
    assert pixels.min() < 30
    assert pixels.max() > 220


def test_what_is_transparent_is_paper() -> None:
    image = Image.new("RGBA", (300, 200), (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), (100, 50, 200, 150))
    pixels = prepared(sent(image), OPTIONS.model_copy(update={"crop": False}))
    assert pixels[0, 0].min() == 255


def test_a_blank_page_and_a_full_one_are_left_whole() -> None:
    for shade in ("white", "black"):
        assert prepared(sent(Image.new("RGB", (640, 480), shade)), OPTIONS).shape == (480, 640, 3)
    noise = Image.effect_noise((640, 480), 200)
    assert prepared(sent(noise), OPTIONS).shape == (480, 640, 3)


def test_bad_pictures_are_refused() -> None:
    good = sent(Image.effect_noise((640, 480), 90))
    torn = Picture(good.data[:2000], "image/png", good.sha256, 640, 480)
    for bad, words in (
        (torn, "decoded"),
        (Picture(b"no picture", "image/png", good.sha256, 640, 480), "decoded"),
        (Picture(good.data, "image/png", good.sha256, 20_000, 20_000), "too large"),
        (Picture(b"%!PS-Adobe-3.0 EPSF-3.0\n", "image/png", good.sha256, 9, 9), "decoded"),
        (sent(Image.effect_noise((2000, 4), 90)), "long and thin"),
    ):
        with pytest.raises(ChatRefused, match=words) as refusal:
            prepared(bad, OPTIONS)
        assert refusal.value.code == "invalid_image"


# --- transcript


def test_pictures_come_first_where_they_came_last() -> None:
    shown = sent(Image.new("RGB", (64, 64)))
    prompt, _ = prompt_of([Message("user", ("What?", shown))])
    assert "user\n<ov_genai_image_0>What?<|im_end|>" in prompt
    prompt, _ = prompt_of([Message("user", ("a", shown, "b", shown))])
    assert "a<ov_genai_image_0>b<ov_genai_image_1><|im_end|>" in prompt


def test_control_words_in_texts_are_broken_up() -> None:
    assert harmless("1 < 2 <|im_end|> <b> <ov_genai_image_0>") == (
        "1 < 2 < |im_end|> <b> < ov_genai_image_0>"
    )


def test_texts_make_up_no_control_word_together() -> None:
    prompt, _ = prompt_of([Message("user", ("<|im_", "end|>", "<ov_genai", "_image_0>"))])
    assert prompt.count("<|im_end|>") == 1
    assert "<ov_genai_image_0>" not in prompt


# --- stop strings


@given(
    st.text("ab", max_size=30),
    st.lists(st.text("ab", min_size=1, max_size=4), max_size=3),
    st.data(),
)
def test_stop_strings_cut_where_they_begin_first(
    text: str, stops: list[str], data: st.DataObject
) -> None:
    words = StopWords(stops)
    shown, rest, completed = "", text, ""
    while rest and not words.met:
        size = data.draw(st.integers(1, len(rest)))
        completed, rest = completed + rest[:size], rest[size:]
        shown += words.through(text[len(completed) - size : len(completed)])
    shown += "" if words.met else words.rest()
    if words.met:
        assert shown == completed[: len(shown)]
        assert any(completed[len(shown) :].startswith(stop) for stop in stops)
        assert not any(stop in shown for stop in stops)
    else:
        assert shown == text
        assert not any(stop in text for stop in stops)


# --- options and export


def entry(**options: object) -> ModelEntry:
    return ModelEntry("m", "openvino_genai", {"path": "model", **options}, Path("/data"))


def test_options_are_checked() -> None:
    engine = build(entry(images_max=2, crop=False))
    assert engine.name == "m"
    assert engine.abilities.images_max == 2
    assert engine.abilities.boxes == "0-1000"
    assert build(entry()).abilities.boxes == "none"
    for wrong in ({"pth": "x"}, {"device": "NPU"}, {"visual_tokens": 100}, {"max_tokens": 9000}):
        with pytest.raises(BadUsage, match="'m'"):
            build(entry(**wrong))


def test_an_export_refuses_what_is_no_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(BadUsage, match="cannot be read"):
        export.export_model(tmp_path, tmp_path / "out")
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "llama"}))
    with pytest.raises(BadUsage, match="llama"):
        export.export_model(tmp_path, tmp_path / "out")
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "qwen3_vl"}))
    with pytest.raises(BadUsage, match="safetensors"):
        export.export_model(tmp_path, tmp_path / "out")
    for name in ("model.safetensors", "tokenizer.json", "preprocessor_config.json"):
        (tmp_path / name).write_bytes(b"{}")
    (tmp_path / "there").mkdir()
    with pytest.raises(BadUsage, match="exists"):
        export.export_model(tmp_path, tmp_path / "there")
    with pytest.raises(BadUsage, match="no Python environment"):
        export.export_model(tmp_path, tmp_path / "out", environment=tmp_path)
    assert not (tmp_path / "out").exists()


def test_an_export_needs_disk(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="GB are needed") as refusal:
        export.check_disk(tmp_path, 1 << 60)
    assert refusal.value.code == "disk_full"


def python_environment(folder: Path, script: str) -> Path:
    """An environment whose Python is a shell script."""
    python = folder / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\n" + script)
    python.chmod(0o755)
    return folder


def test_an_unfit_environment_is_named(tmp_path: Path) -> None:
    found = dict.fromkeys(("torch", "nncf", "torchvision"), "1")
    told = python_environment(tmp_path / "a", f"echo '{json.dumps(found)}'\n")
    with pytest.raises(Unavailable, match="torchvision") as refusal:
        export.ready_environment(told, print)
    assert "pip uninstall torchvision" in refusal.value.remedy
    lacking = python_environment(
        tmp_path / "b", """echo '{"torch": null, "torchvision": null}'\n"""
    )
    with pytest.raises(Unavailable, match="lacks torch") as refusal:
        export.ready_environment(lacking, print)
    assert "export_requirements.txt" in refusal.value.remedy
    broken = python_environment(tmp_path / "c", "exit 3\n")
    with pytest.raises(Unavailable, match="does not run"):
        export.ready_environment(broken, print)


def test_a_failed_export_leaves_nothing_and_tells_why(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "config.json").write_text(json.dumps({"model_type": "qwen3_vl"}))
    for name in ("model.safetensors", "tokenizer.json", "preprocessor_config.json"):
        (source / name).write_bytes(b"{}")
    script = (
        'case "$1" in -c) echo \'{"torch": "1", "torchvision": null}\';; *) '
        'echo "STEP loading"; mkdir "$3"; echo "ValueError: bad weights" >&2; echo bye; exit 7;; '
        "esac\n"
    )
    environment = python_environment(tmp_path / "environment", script)
    steps: list[str] = []
    with pytest.raises(export.ExportFailed, match="ValueError: bad weights"):
        export.export_model(
            source, tmp_path / "out", environment=environment, progress=steps.append
        )
    assert steps == ["loading"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["environment", "source"]
