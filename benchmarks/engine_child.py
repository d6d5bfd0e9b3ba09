"""Measures one engine in this process and prints one line of JSON. Started by `engines`."""

from __future__ import annotations

import asyncio
import io
import json
import resource
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from yuepi.engines.contract import (
    Call,
    Chat,
    Engine,
    JsonShape,
    Message,
    ModelEntry,
    Picture,
    Sampling,
    picture_sha256,
)

TOKENS = 48
QUESTION = "What is the total amount on this invoice?"
SECOND = "And who is the seller? Answer with the name only."


def drawn(side_px: int, seed: int) -> Image.Image:
    """A picture with something in every corner, so that nothing is cropped away."""
    noise = np.random.default_rng(seed).integers(0, 256, (side_px // 8, side_px // 8, 3))
    return Image.fromarray(noise.astype(np.uint8)).resize((side_px, side_px), 0)


def picture(side_px: int, seed: int) -> Picture:
    """The same as a client sends it."""
    buffer = io.BytesIO()
    drawn(side_px, seed).save(buffer, "PNG")
    data = buffer.getvalue()
    return Picture(data, "image/png", picture_sha256(data), side_px, side_px)


async def ask(engine: Engine, messages: tuple[Message, ...]) -> tuple[float, float, str, int]:
    """Seconds to the first token, tokens a second after it, the answer and its tokens."""
    chat = Chat(messages, Sampling(max_tokens=TOKENS, temperature=0), call=Call(conversation="b"))
    began = time.monotonic()
    first_s, said, tokens = 0.0, "", 0
    async for delta in engine.stream(chat):
        if delta.text and not first_s:
            first_s = time.monotonic() - began
        said += delta.text
        if delta.usage:
            tokens = delta.usage.completion_tokens
    rest_s = time.monotonic() - began - first_s
    return first_s, (tokens - 1) / rest_s if rest_s else 0.0, said, tokens


async def together(engine: Engine, count: int, side_px: int) -> dict[str, float]:
    """`count` questions about as many pictures at once."""
    asked = [(Message("user", (picture(side_px, 1000 + n), QUESTION)),) for n in range(count)]
    began = time.monotonic()
    answers = await asyncio.gather(*(ask(engine, each) for each in asked))
    seconds = time.monotonic() - began
    first_s = statistics.median(first for first, _, _, _ in answers)
    tokens = sum(each for _, _, _, each in answers)  # one that ended early has made fewer
    return {"first_s": first_s, "tokens_per_s": tokens / seconds}


async def json_s(engine: Engine, side_px: int) -> float:
    """Seconds for one picture to about 60 tokens of JSON of a schema, alone."""
    properties = {name: {"type": "string", "maxLength": 40} for name in ("number", "date", "total")}
    shape = JsonShape({"type": "object", "properties": properties, "required": [*properties]})
    asked = Message("user", (picture(side_px, 4), QUESTION))
    chat = Chat((asked,), Sampling(max_tokens=60, temperature=0), shape=shape)
    began = time.monotonic()
    async for _ in engine.stream(chat):
        pass
    return time.monotonic() - began


def build(models: Path, size: str, name: str, device: str) -> Engine:
    """The engine as its users get it."""
    if name == "openvino":
        from yuepi.engines.openvino_genai import build as build_openvino

        path = str(models / f"{size}-openvino")
        return build_openvino(ModelEntry(name, "openvino", {"path": path}, models))
    from yuepi.engines.qwen_vl import build as build_qwen

    options: dict[str, Any] = {"path": str(models / size), "device": device}
    options["dtype"] = name.removeprefix("qwen_vl_")
    return build_qwen(ModelEntry(name, "qwen_vl", options, models))


async def measure_engine(engine: Engine, device: str) -> dict[str, Any]:
    """Load, a first question, a second one about the same picture, and the speed of words."""
    began = time.monotonic()
    await engine.warm()
    figures: dict[str, Any] = {"load_s": time.monotonic() - began}
    side_px = 1024 if device == "cuda" else 512
    await ask(engine, (Message("user", (picture(side_px, 1), QUESTION)),))
    first, second, speed = [], [], []
    for seed in (2, 3):
        asked = Message("user", (picture(side_px, seed), QUESTION))
        first_s, tokens_per_s, said, _ = await ask(engine, (asked,))
        turns = (asked, Message("assistant", (said,)), Message("user", (SECOND,)))
        second_s, _, _, _ = await ask(engine, turns)
        first.append(first_s)
        second.append(second_s)
        speed.append(tokens_per_s)
    figures |= {"first_s": statistics.median(first), "second_s": statistics.median(second)}
    figures["tokens_per_s"] = statistics.median(speed)
    if device == "cuda":
        figures["together"] = {n: await together(engine, n, side_px) for n in (1, 8, 32)}
        figures["json_s"] = await json_s(engine, side_px)
    await engine.close()
    return figures


def plain_processor(folder: Path) -> Any:
    """transformers' own processor without its video part, which cannot be imported here."""
    from transformers import AutoTokenizer
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil
    from transformers.models.qwen3_vl.processing_qwen3_vl import Qwen3VLProcessor
    from transformers.processing_utils import ProcessorMixin

    class ImagesOnly(Qwen3VLProcessor):  # type: ignore[misc]
        def __init__(self, images: Any, words: Any) -> None:
            self.image_token, self.image_token_id = "<|image_pad|>", 151655
            self.video_token, self.video_token_id = "<|video_pad|>", 151656
            self.vision_start_token_id, self.vision_end_token_id = 151652, 151653
            ProcessorMixin.__init__(self, images, words, chat_template=words.chat_template)

        def check_argument_for_proper_class(self, argument_name: str, argument: Any) -> Any:
            return type(argument)

        @classmethod
        def get_attributes(cls) -> list[str]:
            return ["image_processor", "tokenizer"]

    images = Qwen2VLImageProcessorPil.from_pretrained(folder)
    return ImagesOnly(images, AutoTokenizer.from_pretrained(folder))


def measure_plain(models: Path, size: str, device: str) -> dict[str, Any]:
    """The articles' way: float32 (bfloat16 on a GPU), no cropping, no cache, `generate`."""
    import torch
    from transformers import Qwen3VLForConditionalGeneration

    began = time.monotonic()
    dtype = torch.bfloat16 if device == "cuda" else torch.float32
    folder = models / size
    model = Qwen3VLForConditionalGeneration.from_pretrained(folder, dtype=dtype).to(device).eval()
    processor = plain_processor(folder)
    figures: dict[str, Any] = {"load_s": time.monotonic() - began}
    side_px = 1024 if device == "cuda" else 512

    def generate(seed: int, text: str, tokens: int) -> float:
        content = [{"type": "image"}, {"type": "text", "text": text}]
        prompt = processor.apply_chat_template(
            [{"role": "user", "content": content}], add_generation_prompt=True, tokenize=False
        )
        given = processor(text=[prompt], images=[drawn(side_px, seed)], return_tensors="pt")
        started = time.monotonic()
        with torch.inference_mode():
            model.generate(
                **given.to(device), max_new_tokens=tokens, min_new_tokens=tokens, do_sample=False
            )
        return time.monotonic() - started

    generate(1, QUESTION, 2)
    figures["first_s"] = statistics.median(generate(seed, QUESTION, 1) for seed in (2, 3))
    figures["second_s"] = generate(3, SECOND, 1)
    whole_s = statistics.median(generate(seed, QUESTION, TOKENS) for seed in (2, 3))
    figures["tokens_per_s"] = (TOKENS - 1) / (whole_s - figures["first_s"])
    if device == "cuda":
        # Worked out, not measured: `generate` takes one after the other, and half of them wait.
        figures["together"] = {
            n: {
                "first_s": figures["first_s"] + (n - 1) / 2 * whole_s,
                "tokens_per_s": TOKENS / whole_s,
            }
            for n in (1, 8, 32)
        }
    return figures


def main() -> None:
    """`engine_child MODELS SIZE ENGINE DEVICE`."""
    models, size, name, device = Path(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
    if name == "transformers":
        figures = measure_plain(models, size, device)
    else:
        figures = asyncio.run(measure_engine(build(models, size, name, device), device))
    if device == "cuda":
        import torch

        figures["gpu_peak_gb"] = torch.cuda.max_memory_allocated() / 2**30
    peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"engine": name, "peak_gb": peak_kb / 2**20, **figures}))


if __name__ == "__main__":
    main()
