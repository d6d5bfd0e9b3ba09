"""An engine that cannot load says which file, which package, which command."""

from __future__ import annotations

import asyncio
import builtins
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from yuepi.engines.contract import EngineUnavailable, ModelEntry
from yuepi.engines.qwen_vl import build
from yuepi.engines.qwen_vl.checkpoint import (
    Checkpoint,
    check_memory,
    find_checkpoint,
    free_memory_bytes,
)
from yuepi.engines.qwen_vl.kept import ByteLru, Transcript, Transcripts, common
from yuepi.engines.qwen_vl.options import QwenOptions
from yuepi.kit.errors import BadUsage


def copied(checkpoint: Path, to: Path) -> Path:
    """The small files copied, the weights linked."""
    folder = to / "model"
    folder.mkdir()
    for file in checkpoint.iterdir():
        if file.suffix == ".safetensors":
            (folder / file.name).symlink_to(file)
        else:
            shutil.copy(file, folder / file.name)
    return folder


def edit(file: Path, **changes: Any) -> None:
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))


def reason(folder: Path, **options: Any) -> EngineUnavailable:
    entry = ModelEntry("m", "qwen_vl", {"path": "model", "device": "cpu", **options}, folder.parent)
    with pytest.raises(EngineUnavailable) as refused:
        asyncio.run(build(entry).warm())
    assert refused.value.code == "model_not_loaded"
    assert not refused.value.retryable
    return refused.value


def test_a_whole_checkpoint_is_found(checkpoint: Path) -> None:
    found = find_checkpoint(checkpoint.name, checkpoint.parent)
    assert found.folder == checkpoint
    assert 10_000_000 < found.parameters < 11_000_000


Damage = Callable[[Path], None]


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda folder: (folder / "config.json").unlink(), "config.json is missing"),
        (lambda folder: (folder / "config.json").write_text("{"), "config.json cannot be read"),
        (lambda folder: (folder / "config.json").write_text("[]"), "no JSON object"),
        (
            lambda folder: edit(folder / "config.json", model_type="llama"),
            "model_type is 'llama'",
        ),
        (lambda folder: (folder / "tokenizer.json").unlink(), "tokenizer.json is missing"),
        (lambda folder: (folder / "model.safetensors").unlink(), "model.safetensors is missing"),
        (
            lambda folder: edit(
                folder / "config.json",
                text_config={
                    **json.loads((folder / "config.json").read_text())["text_config"],
                    "num_hidden_layers": 5,
                },
            ),
            "weights do not fit config.json: 11 missing",
        ),
    ],
)
def test_what_is_wrong_is_named(
    checkpoint: Path, tmp_path: Path, damage: Damage, words: str
) -> None:
    folder = copied(checkpoint, tmp_path)
    damage(folder)
    assert words in reason(folder).message


def test_a_missing_shard_is_named(checkpoint: Path, tmp_path: Path) -> None:
    folder = copied(checkpoint, tmp_path)
    (folder / "model.safetensors").rename(folder / "model-00001-of-00002.safetensors")
    places = {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": places}))
    assert "1 of 2 files of weights are missing: model-00002-of-00002" in reason(folder).message


def test_a_shard_that_was_cut_off(checkpoint: Path, tmp_path: Path) -> None:
    folder = copied(checkpoint, tmp_path)
    weights = folder / "model.safetensors"
    with weights.open("rb") as stream:
        beginning = stream.read(1_000_000)
    weights.unlink()
    weights.write_bytes(beginning)
    assert "cut off" in reason(folder).message
    weights.write_bytes(b"\xff" * 100)
    assert "damaged" in reason(folder).message


def test_no_chat_template(checkpoint: Path, tmp_path: Path) -> None:
    folder = copied(checkpoint, tmp_path)
    (folder / "chat_template.jinja").unlink()
    edit(folder / "tokenizer_config.json", chat_template=None)
    assert "chat_template.jinja is missing" in reason(folder).message


def test_no_such_folder_and_nothing_downloaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "does not exist" in reason(tmp_path / "model").message
    pytest.importorskip("huggingface_hub")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    missing = reason(tmp_path / "model", path="Qwen/No-Such-Model-Here")
    assert "hf download Qwen/No-Such-Model-Here" in missing.remedy


def test_a_package_that_is_missing(checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *more: Any, **others: Any) -> Any:
        if name == "xgrammar":
            raise ModuleNotFoundError("No module named 'xgrammar'", name="xgrammar")
        return real(name, *more, **others)

    monkeypatch.setattr(builtins, "__import__", without)
    missing = reason(checkpoint, path=str(checkpoint))
    assert "xgrammar" in missing.message
    assert "requirements-engines.lock" in missing.remedy


def test_no_gpu(checkpoint: Path) -> None:
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    assert "sees no GPU" in reason(checkpoint, path=str(checkpoint), device="cuda").message


def test_not_enough_memory(tmp_path: Path) -> None:
    large = Checkpoint(tmp_path / "Qwen3-VL-8B", 8_000_000_000)
    with pytest.raises(EngineUnavailable, match=r"needs about 35\.2 GB as float32, and 20\.0 GB"):
        check_memory(large, "float32", 20_000_000_000, "of memory")
    check_memory(large, "bfloat16", 20_000_000_000, "of memory")
    check_memory(large, "float32", None, "of memory")
    known = free_memory_bytes()
    assert known is None or known > 0


# --- options and what is kept ------------------------------------------------------------------


def test_a_misspelt_option_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadUsage, match="visual_token:"):
        build(ModelEntry("m", "qwen_vl", {"path": "x", "visual_token": 9}, tmp_path))


def test_a_gpu_sees_more() -> None:
    options = QwenOptions(path="x")
    cpu, gpu = options.for_device("cpu"), options.for_device("cuda")
    assert (cpu.visual_tokens, cpu.visual_tokens_high, cpu.batch_max) == (512, 1280, 1)
    assert gpu.visual_tokens > cpu.visual_tokens
    assert gpu.batch_max == 32
    assert QwenOptions(path="x", visual_tokens=16).for_device("cpu").visual_tokens_min == 16


def test_least_recently_used_goes_first() -> None:
    kept: ByteLru[str] = ByteLru(10)
    kept.put("a", "A", 4)
    kept.put("b", "B", 4)
    assert kept.get("a") == "A"
    kept.put("c", "C", 5)
    assert kept.get("b") is None
    assert kept.get("a") == "A"
    kept.put("huge", "H", 11)
    assert kept.get("huge") is None
    assert (len(kept), kept.bytes_held) == (2, 9)
    kept.put("a", "AA", 1)
    assert kept.bytes_held == 6


def transcript(*identity: int, tenant: str = "t") -> Transcript:
    states = np.zeros((1, 1, len(identity), 1))
    return Transcript(tenant, np.asarray(identity, dtype=np.int64), ((states, states),))


def test_the_longest_beginning() -> None:
    kept = Transcripts(1 << 20)
    kept.keep(transcript(1, 2, 3, 4, 5, 6, 7, 8))
    kept.keep(transcript(1, 2, 9, 9, 9, 9, 9, 9))
    best, shared = kept.longest("t", np.asarray([1, 2, 9, 9, 5]))
    assert best is not None
    assert (int(best.identity[2]), shared) == (9, 4)
    # The last token is always computed.
    assert kept.longest("t", np.asarray([1, 2, 3]))[1] == 2
    assert kept.longest("other", np.asarray([1, 2, 3])) == (None, 0)
    kept.keep(transcript(1, 2, 3, 4, 5, 6, 7, 0, 0))
    assert len(kept) == 2
    assert common(np.asarray([1, 2]), np.asarray([1, 2, 3])) == 2
