"""What an entry of this engine may say in the settings file."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

MIB = 1 << 20


class QwenOptions(BaseModel):
    """Options of `engine = "qwen_vl"`.

    What is None depends on the device: see `for_device`. `path` is a checkpoint's folder (relative
    to the data folder) or a hub id that is already in the local cache; nothing is downloaded.
    `visual_tokens` bounds what one picture costs (one token is 32 × 32 pixels), `_high` the same
    for pictures sent with `detail: high`. `crop` takes uniform margins off before that: boxes in
    answers are then of the cropped picture, and the engine declares that it gives none.
    `batch_window_ms` is how long an idle engine waits for company before it starts; requests join
    a running batch in any case.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str = Field(min_length=1)
    device: Literal["auto", "cpu", "cuda"] = "auto"
    dtype: Literal["float32", "bfloat16", "int8"] | None = None
    visual_tokens: int | None = Field(None, ge=4, le=16_384)
    visual_tokens_high: int | None = Field(None, ge=4, le=16_384)
    visual_tokens_min: int = Field(64, ge=1, le=16_384)
    crop: bool = True
    images_max: int = Field(4, ge=0, le=64)
    context_tokens_max: int = Field(32_768, ge=16)
    max_tokens: int = Field(1024, ge=1)
    feature_cache_bytes: int | None = Field(None, ge=0)
    prefix_cache_bytes: int | None = Field(None, ge=0)
    batch_max: int | None = Field(None, ge=1, le=256)
    batch_window_ms: float = Field(0, ge=0, le=1000)
    waiting_max: int = Field(64, ge=1)
    threads: int | None = Field(None, ge=1, le=512)

    def for_device(self, device: str) -> Budget:
        """What holds on `device` ("cpu" or "cuda"): a CPU sees less and answers one at a time."""
        small = device == "cpu"

        def either(given: int | None, on_cpu: int, on_gpu: int) -> int:
            return given if given is not None else (on_cpu if small else on_gpu)

        usual = either(self.visual_tokens, 512, 1280)
        return Budget(
            visual_tokens_min=min(self.visual_tokens_min, usual),
            visual_tokens=usual,
            visual_tokens_high=max(usual, either(self.visual_tokens_high, 1280, 4096)),
            feature_cache_bytes=either(self.feature_cache_bytes, 256 * MIB, 1024 * MIB),
            prefix_cache_bytes=either(self.prefix_cache_bytes, 1024 * MIB, 8192 * MIB),
            batch_max=either(self.batch_max, 1, 32),
        )


class Budget(BaseModel):
    """The limits that depend on the device, filled in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    visual_tokens_min: int
    visual_tokens: int
    visual_tokens_high: int
    feature_cache_bytes: int
    prefix_cache_bytes: int
    batch_max: int
