"""The loaded model: weights on their device, pictures to features, tokens to logits."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoTokenizer, Qwen3VLForConditionalGeneration
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

from yuepi.engines.qwen_vl.checkpoint import (
    Checkpoint,
    check_memory,
    free_memory_bytes,
    not_loadable,
)
from yuepi.engines.qwen_vl.choice import Habits
from yuepi.engines.qwen_vl.options import QwenOptions

# Nothing is downloaded, and no code that a checkpoint brings is run.
LOCAL: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}


@dataclass(frozen=True, slots=True)
class Features:
    """What the vision tower made of one picture.

    `merged`: (tokens, width), put in place of the image tokens; `deep`: one such tensor for each
    of the first layers, added there (DeepStack).
    """

    merged: Any
    deep: tuple[Any, ...]

    @property
    def nbytes(self) -> int:
        """Bytes held."""
        return int(self.merged.nbytes + sum(part.nbytes for part in self.deep))


class Model:
    """A Qwen3-VL model. `encode`, `prefill` and `step` are for one thread, in inference mode.

    `watch` is called before every layer of both towers; what it raises ends the work there.
    """

    def __init__(self, model: Any, tokenizer: Any, processor: Any, device: str) -> None:
        self.tokenizer = tokenizer
        self.processor = processor
        self.device = device
        self.watch: Callable[[], None] = _nobody
        self._model = model
        self._text = model.model.language_model
        config = model.config
        self.vocab_size = int(config.text_config.vocab_size)
        self.layers = int(config.text_config.num_hidden_layers)
        self.positions_max = int(config.text_config.max_position_embeddings)
        self.image_token_id = int(config.image_token_id)
        self.merge = int(config.vision_config.spatial_merge_size)
        self.stop_ids = _stop_ids(model.generation_config, tokenizer)
        self.habits = _habits(model.generation_config)
        for block in [*model.model.visual.blocks, *self._text.layers]:
            block.register_forward_pre_hook(lambda *_: self.watch())

    def encode(self, patches: Any, grid: tuple[int, int]) -> Features:
        """Features of one picture from its patches (patches, values) and grid (rows, columns)."""
        values = torch.from_numpy(patches).to(self.device)
        found = self._model.model.get_image_features(
            values, torch.tensor([[1, *grid]], device=self.device), return_dict=True
        )
        # Copies: views would keep the whole output alive, uncounted.
        return Features(
            merged=found.pooler_output[0].clone(),
            deep=tuple(part[0].clone() for part in found.deepstack_features),
        )

    def prefill(
        self,
        ids: Any,
        positions: Any,
        cache: Any,
        pictures: list[tuple[slice, Features, slice]],
    ) -> Any:
        """Run the tokens of one row that are not in its cache yet; logits (1, vocabulary), float.

        `ids` (tokens,), `positions` (3, tokens); `pictures`: which of these tokens belong to a
        picture, its features, and which of the features' rows they are.
        """
        ids = torch.from_numpy(ids).to(self.device)
        embedded = self._text.get_input_embeddings()(ids)[None]
        mask, deep = None, None
        if pictures:
            mask = torch.zeros((1, len(ids)), dtype=torch.bool, device=self.device)
            for where, features, part in pictures:
                embedded[0, where] = features.merged[part].to(embedded.dtype)
                mask[0, where] = True
            depth = len(pictures[0][1].deep)
            deep = [
                torch.cat([features.deep[level][part] for _, features, part in pictures])
                for level in range(depth)
            ]
        hidden = self._text(
            inputs_embeds=embedded,
            position_ids=torch.from_numpy(positions).to(self.device)[:, None],
            past_key_values=cache,
            use_cache=True,
            visual_pos_masks=mask,
            deepstack_visual_embeds=deep,
        ).last_hidden_state
        return self._model.lm_head(hidden[:, -1]).float()

    def step(self, tokens: list[int], positions: list[int], cache: Any, pads: list[int]) -> Any:
        """One more token in every row; logits (rows, vocabulary), float."""
        mask = None
        if any(pads):
            places = torch.arange(cache.get_seq_length() + 1, device=self.device)
            mask = (places[None] >= torch.tensor(pads, device=self.device)[:, None]).long()
        where = torch.tensor(positions, device=self.device)[None, :, None].expand(3, -1, -1)
        hidden = self._text(
            inputs_embeds=self._text.get_input_embeddings()(
                torch.tensor(tokens, device=self.device)[:, None]
            ),
            position_ids=where,
            attention_mask=mask,
            past_key_values=cache,
            use_cache=True,
        ).last_hidden_state
        return self._model.lm_head(hidden[:, -1]).float()


def _nobody() -> None:
    """Nobody watches."""


def _stop_ids(generation: Any, tokenizer: Any) -> tuple[int, ...]:
    given = generation.eos_token_id
    listed = given if isinstance(given, list) else [given, tokenizer.eos_token_id]
    return tuple(dict.fromkeys(int(number) for number in listed if number is not None))


def _habits(generation: Any) -> Habits:
    if not generation.do_sample:
        return Habits()
    return Habits(
        temperature=float(1.0 if generation.temperature is None else generation.temperature),
        top_p=float(1.0 if generation.top_p is None else generation.top_p),
        top_k=int(generation.top_k or 0),
    )


# --- loading -----------------------------------------------------------------------------------


def load(checkpoint: Checkpoint, options: QwenOptions) -> Model:
    """Load a checkpoint as the options say; raises `EngineUnavailable` that names what is wrong."""
    device = _device(options.device)
    dtype = options.dtype or _usual_dtype(device)
    if device == "cuda" and dtype == "int8":
        raise not_loadable("dtype int8 is for the CPU", "set dtype to bfloat16, or device to cpu")
    if device == "cuda":
        check_memory(checkpoint, dtype, torch.cuda.mem_get_info()[0], "on the GPU")
    else:
        check_memory(checkpoint, dtype, free_memory_bytes(), "of memory")
    folder = checkpoint.folder
    # Its bar would stand in the middle of the server's log.
    transformers.utils.logging.disable_progress_bar()
    tokenizer = _tokenizer(folder)
    try:
        processor = Qwen2VLImageProcessorPil.from_pretrained(folder, **LOCAL)
        model, notes = Qwen3VLForConditionalGeneration.from_pretrained(
            folder,
            **LOCAL,
            use_safetensors=True,
            dtype=torch.float32 if dtype == "float32" else torch.bfloat16,
            attn_implementation="sdpa",
            output_loading_info=True,
            **({"device_map": {"": "cuda"}} if device == "cuda" else {}),
        )
    except (OSError, ValueError, RuntimeError, KeyError, TypeError) as error:
        raise not_loadable(
            f"{folder} cannot be loaded: {error}",
            "check the checkpoint's files, or download it again",
        ) from error
    _all_there(folder, notes)
    model.eval().requires_grad_(False)
    if dtype == "int8":
        quantise(model)
    return Model(model, tokenizer, processor, device)


def _device(wanted: str) -> str:
    there = torch.cuda.is_available()
    if wanted == "cuda" and not there:
        raise not_loadable(
            "device is cuda, and PyTorch sees no GPU",
            "install PyTorch for your GPU and its driver, or set device to cpu",
        )
    return "cuda" if there and wanted != "cpu" else "cpu"


def _usual_dtype(device: str) -> str:
    if device == "cuda" or torch.ops.mkldnn._is_mkldnn_bf16_supported():
        return "bfloat16"
    return "float32"


def _tokenizer(folder: Path) -> Any:
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, **LOCAL)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise not_loadable(
            f"{folder / 'tokenizer.json'} cannot be loaded: {error}", "download it again"
        ) from error
    older = folder / "chat_template.json"
    if tokenizer.chat_template is None and older.is_file():
        tokenizer.chat_template = json.loads(older.read_bytes()).get("chat_template")
    if tokenizer.chat_template is None:
        raise not_loadable(
            f"{folder / 'chat_template.jinja'} is missing",
            "download the checkpoint's chat template (a base model has none and cannot chat)",
        )
    return tokenizer


def _all_there(folder: Path, notes: dict[str, Any]) -> None:
    """transformers fills what a file lacks with random numbers and only logs it."""
    lacking = sorted(str(name) for name in notes["missing_keys"])
    other = sorted(str(name) for name in notes["mismatched_keys"])
    if lacking or other:
        raise not_loadable(
            f"{folder}: the weights do not fit config.json: {len(lacking)} missing, "
            f"{len(other)} of another shape, such as {(lacking + other)[0]}",
            "take config.json and weights from one and the same checkpoint",
        )


def quantise(model: Any) -> None:
    """Every linear layer to int8 (dynamic activations), in place, one after the other.

    Done so from bfloat16 weights, no more than one layer is held in float32 besides.
    """
    from torch.ao.nn.quantized.dynamic import Linear
    from torch.ao.quantization import default_dynamic_qconfig

    torch.backends.quantized.engine = "onednn"
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if type(child) is torch.nn.Linear:
                # A copy: the head shares its weights with the embedding.
                whole = torch.nn.Linear(1, 1, device="meta")
                whole.in_features, whole.out_features = child.in_features, child.out_features
                whole.weight = torch.nn.Parameter(child.weight.float(), requires_grad=False)
                bias = child.bias
                whole.bias = (
                    None if bias is None else torch.nn.Parameter(bias.float(), requires_grad=False)
                )
                whole.qconfig = default_dynamic_qconfig
                with warnings.catch_warnings():
                    # That a later PyTorch will lack this; the one we pin has it.
                    warnings.simplefilter("ignore", UserWarning)
                    setattr(parent, name, Linear.from_float(whole))
    model.float()
