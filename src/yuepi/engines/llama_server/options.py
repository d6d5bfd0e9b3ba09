"""The options of a model entry whose engine is `llama_server`."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, field_validator

from yuepi.engines.contract import BoxScale

# What this engine sets itself, and what would open the server to others or to the network.
_TAKEN = {
    "-m", "--model", "-mm", "--mmproj", "-a", "--alias", "-c", "--ctx-size", "-np", "--parallel",
    "-t", "--threads", "-ngl", "--gpu-layers", "--n-gpu-layers", "--host", "--port",
    "--api-key", "--api-key-file", "--image-min-tokens", "--image-max-tokens", "--path",
    "--api-prefix", "--cors-origins", "--tools", "--agent", "-ag", "--media-path", "-hf",
    "-hfr", "--hf-repo", "-mu", "--model-url", "-mmu", "--mmproj-url", "-hft", "--hf-token",
    "-dr", "--docker-repo", "--mcp-servers-config", "--mcp-servers-json", "--props",
    "--ui-mcp-proxy", "--webui-mcp-proxy", "--models-dir",
}  # fmt: skip


class Options(BaseModel):
    """One local model. Relative paths are meant from the data folder.

    `context_tokens_max` is for each of `slots`; a 2B Qwen3-VL takes 0.11 MB a token. A conversation
    finds the slot that holds its beginning, so slots are also how many conversations stay warm;
    those that leave a slot are kept in memory up to `cache_mib_max`.
    `image_tokens_max` is what one picture may cost; 0 leaves it to the model (and to a llama-server
    older than that option). It is fixed when the server starts: `detail` changes nothing here.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    binary: str | None = None
    gguf: str = Field(min_length=1)
    mmproj: str | None = None

    slots: int = Field(default=2, ge=1, le=64)
    context_tokens_max: int = Field(default=8192, ge=512, le=1_048_576)
    threads: int | None = Field(default=None, ge=1, le=1024)
    gpu_layers: int | None = Field(default=None, ge=0, le=10_000)
    image_tokens_min: int = Field(default=0, ge=0, le=65_536)
    image_tokens_max: int = Field(default=512, ge=0, le=65_536)
    cache_mib_max: int = Field(default=1024, ge=0, le=1_048_576)
    extra_arguments: tuple[str, ...] = ()

    images_max: int = Field(default=4, ge=0, le=256)
    boxes: BoxScale = "0-1000"

    start_timeout_s: float = Field(default=180.0, gt=0, le=3600)
    # A processor may think for minutes about four pictures before the first word.
    read_timeout_s: float = Field(default=600.0, gt=0, le=3600)
    stop_wait_s_max: float = Field(default=5.0, gt=0, le=60)
    restarts_max: int = Field(default=5, ge=0, le=100)
    restart_window_s: float = Field(default=600.0, gt=0, le=86_400)
    restart_wait_s: float = Field(default=0.5, gt=0, le=60)

    @field_validator("extra_arguments")
    @classmethod
    def _not_ours(cls, arguments: tuple[str, ...]) -> tuple[str, ...]:
        for argument in arguments:
            if argument.split("=", 1)[0] in _TAKEN:
                raise ValueError(f"{argument} is not for extra_arguments")
        return arguments
