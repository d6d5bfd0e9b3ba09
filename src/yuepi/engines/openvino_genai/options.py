"""What `[models.NAME]` with `engine = "openvino_genai"` may say."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

# Below 64 tokens (256 x 256 px) the model's own preprocessing would enlarge a picture.
VISUAL_TOKENS_LEAST = 64


class OpenvinoOptions(BaseModel):
    """Options of one exported model; figures are for a CPU of a few cores.

    `visual_tokens` is what a picture may cost by default, `visual_tokens_min` what `detail: low`
    gets and what small pictures are enlarged to, `visual_tokens_high` what `detail: high` gets. A
    token is 32 x 32 px; on 2 cores 256 take about 4 s to the first word of a 2B model, 1280 half a
    minute. `crop` removes empty margins, so that the tokens go to the content; with it, boxes in
    answers are of the cropped picture, and the engine declares that it gives no boxes.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str
    device: Literal["CPU", "GPU"] = "CPU"
    threads: int | None = Field(default=None, ge=1, le=256)
    images_max: int = Field(default=4, ge=1, le=16)
    visual_tokens_min: int = Field(default=256, ge=VISUAL_TOKENS_LEAST, le=4096)
    visual_tokens: int = Field(default=512, ge=VISUAL_TOKENS_LEAST, le=4096)
    visual_tokens_high: int = Field(default=1280, ge=VISUAL_TOKENS_LEAST, le=16384)
    crop: bool = True
    context_tokens_max: int = Field(default=8_192, ge=512, le=262_144)
    max_tokens: int = Field(default=1_024, ge=1, le=32_768)
    prefix_caching: bool = True
    cache_gb: int = Field(default=1, ge=1, le=256)

    @model_validator(mode="after")
    def _in_order(self) -> OpenvinoOptions:
        if not self.visual_tokens_min <= self.visual_tokens <= self.visual_tokens_high:
            raise ValueError("visual_tokens_min <= visual_tokens <= visual_tokens_high must hold")
        if self.max_tokens >= self.context_tokens_max:
            raise ValueError("max_tokens must be below context_tokens_max")
        return self
