"""Where the servers that speak OpenAI's language differ, as their documentation says.

Sources, read in November 2026:
- vLLM: docs.vllm.ai/en/v0.15.0/serving/openai_compatible_server (port 8000; `--api-key`; extra
  fields such as `mm_processor_kwargs` in the body; `detail` is accepted and changes nothing).
- SGLang: docs.sglang.io/docs/basic_usage/openai_api_vision (port 30000).
- llama.cpp: github.com/ggml-org/llama.cpp tools/server/README.md (port 8080 until 2026, 9931
  since: give `url` for the new one; `LLAMA_API_KEY`; visual tokens are fixed when it starts,
  `--image-max-tokens`; the model's name is ignored).
- Ollama: docs.ollama.com/api/openai-compatibility (port 11434, the key is ignored; supports
  `response_format`, `stream_options.include_usage` and base64 pictures).
- Volcengine Ark: cloudwego.io/docs/eino/ecosystem/chat_model/chat_model_ark (address),
  volcengine.com/docs/82379/1362931 (`detail` low and high), docs/82379/1099476 (error codes).
- DashScope: help.aliyun.com/zh/model-studio/json-mode (a JSON schema only for some text models,
  none of them sees pictures; `json_object` wants the word JSON in a message), .../vision
  (address, `DASHSCOPE_API_KEY`; `vl_high_resolution_images` raises a picture's limit from 1280
  to 16384 tokens, in the body).

Coordinates belong to the model, not to the server: Qwen3-VL and Doubao answer in 0-1000, Qwen2.5-VL
in pixels. `boxes` of a model entry says otherwise where it must.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from yuepi.engines.contract import BoxScale


@dataclass(frozen=True, slots=True)
class Preset:
    """What is usual for one kind of server; every part can be set otherwise in a model entry.

    `detail`: whether `image_url.detail` means something to it (else it is left out).
    `high_detail`: body fields that ask for more visual tokens, sent when a picture asks for it.
    `lists_models`: GET /models names all it serves, so a model not there is a mistake.
    """

    url: str
    key_env: str | None = None
    key_required: bool = False
    json_schema: bool = True
    stream_options: bool = True
    detail: bool = False
    high_detail: Mapping[str, Any] = field(default_factory=dict)
    boxes: BoxScale = "0-1000"
    lists_models: bool = False


PRESETS: Mapping[str, Preset] = {
    "vllm": Preset(url="http://127.0.0.1:8000/v1", key_env="VLLM_API_KEY", lists_models=True),
    "sglang": Preset(
        url="http://127.0.0.1:30000/v1", key_env="SGLANG_API_KEY", detail=True, lists_models=True
    ),
    "llama_cpp": Preset(url="http://127.0.0.1:8080/v1", key_env="LLAMA_API_KEY"),
    "ollama": Preset(url="http://127.0.0.1:11434/v1", lists_models=True),
    "volcengine_ark": Preset(
        url="https://ark.cn-beijing.volces.com/api/v3",
        key_env="ARK_API_KEY",
        key_required=True,
        detail=True,
    ),
    "dashscope": Preset(
        url="https://dashscope.aliyuncs.com/compatible-mode/v1",
        key_env="DASHSCOPE_API_KEY",
        key_required=True,
        json_schema=False,
        high_detail={"vl_high_resolution_images": True},
    ),
}

# A server nobody told us about is taken to speak the language in full.
PLAIN = Preset(url="", detail=True)
