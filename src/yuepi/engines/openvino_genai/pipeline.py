"""Loading an exported folder, and one answer of it. Everything here runs in the worker thread."""

from __future__ import annotations

import json
import logging
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from yuepi.engines.contract import ChatRefused, EngineUnavailable, Finish, Sampling, Usage
from yuepi.engines.openvino_genai.options import OpenvinoOptions
from yuepi.engines.openvino_genai.pictures import visual_tokens
from yuepi.engines.openvino_genai.stop_words import StopWords
from yuepi.engines.openvino_genai.transcript import IMAGE_TAG
from yuepi.sight.openvino_begun import openvino_begun

PACKAGE = "openvino-genai"
FILES = (
    "config.json",
    "openvino_language_model.xml",
    "openvino_language_model.bin",
    "openvino_text_embeddings_model.xml",
    "openvino_vision_embeddings_model.xml",
    "openvino_vision_embeddings_merger_model.xml",
    "openvino_tokenizer.xml",
    "openvino_detokenizer.xml",
)
CACHE_BYTES_A_VALUE = 1.25  # 8-bit keys and values with their scales, as the CPU keeps them

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Question:
    """What the worker needs to answer: the prompt with its pictures' tags, pixels, and wishes."""

    prompt: str
    pixels: tuple[Any, ...]
    sampling: Sampling
    grammar: str | None


@dataclass(frozen=True, slots=True)
class Ended:
    """How an answer ended."""

    finish: Finish
    usage: Usage


class Pipeline:
    """One loaded model. `ask` must not be called again before it has returned."""

    def __init__(self, name: str, options: OpenvinoOptions, folder: Path) -> None:
        self.name = name
        self.options = options
        check_folder(name, folder)
        genai = _library(name)
        check_cache(name, options, folder)
        scheduler = genai.SchedulerConfig()
        scheduler.enable_prefix_caching = options.prefix_caching
        scheduler.cache_size = options.cache_gb
        settings: dict[str, Any] = {"scheduler_config": scheduler, "ATTENTION_BACKEND": "PA"}
        if options.threads is not None:
            settings["INFERENCE_NUM_THREADS"] = options.threads
        started = time.monotonic()
        try:
            self._pipeline = genai.VLMPipeline(str(folder), options.device, **settings)
        except RuntimeError as error:
            raise EngineUnavailable(
                f"model {name!r}: OpenVINO cannot load {folder}: {_first_line(error)}",
                remedy="export it again: yuepi models export CHECKPOINT OUT",
                code="model_not_loadable",
                retryable=False,
            ) from error
        self._genai = genai
        self._tokenizer = self._pipeline.get_tokenizer()
        log.info("model %s loaded in %.1f s", name, time.monotonic() - started)

    def ask(
        self, question: Question, show: Callable[[str], None], left: Callable[[], bool]
    ) -> Ended:
        """Answer, showing the text as it comes; ends early once `left` says that nobody listens.

        Raises `ChatRefused` where the context is too small; RuntimeError is the library's own
        failure, after which the pipeline must not be used again.
        """
        openvino = openvino_begun()
        room = self._room(question)
        settings = self._settings(question, room)
        words = StopWords(question.sampling.stop)
        streamer = _streamer(self._genai, self._tokenizer, words, show, left)
        pictures = [openvino.Tensor(pixels) for pixels in question.pixels]
        extra = {"images": pictures} if pictures else {}
        answer = self._pipeline.generate(
            question.prompt, generation_config=settings, streamer=streamer, **extra
        )
        if not words.met and not left():
            show(words.rest())
        reason = answer.finish_reasons[0] if answer.finish_reasons else None
        cut = reason == self._genai.GenerationFinishReason.LENGTH and not words.met
        metrics = answer.perf_metrics
        usage = Usage(metrics.get_num_input_tokens(), streamer.tokens)
        return Ended("length" if cut else "stop", usage)

    def _room(self, question: Question) -> int:
        """Tokens left for the answer."""
        text = IMAGE_TAG.sub("", question.prompt)
        tokens = int(self._tokenizer.encode(text).input_ids.shape[1])
        # A picture stands between a start and an end token.
        tokens += sum(visual_tokens(pixels) + 2 for pixels in question.pixels)
        room = self.options.context_tokens_max - tokens
        if room < 1:
            raise ChatRefused(
                f"{tokens} tokens are more than the {self.options.context_tokens_max} that"
                f" {self.name!r} takes",
                remedy="send fewer or smaller pictures, or a shorter conversation",
                code="context_length_exceeded",
                param="messages",
            )
        return room

    def _settings(self, question: Question, room: int) -> Any:
        """The library's generation settings for one question."""
        sampling = question.sampling
        settings = self._pipeline.get_generation_config()
        settings.apply_chat_template = False
        wanted = sampling.max_tokens or self.options.max_tokens
        settings.max_new_tokens = min(wanted, self.options.max_tokens, room)
        if sampling.temperature is not None:
            settings.do_sample = sampling.temperature > 0
            if settings.do_sample:
                settings.temperature = sampling.temperature
        if sampling.top_p is not None and settings.do_sample and sampling.top_p > 0:
            settings.top_p = sampling.top_p
        # Left alone, every answer would be drawn with the same seed.
        seed = secrets.randbits(31) if sampling.seed is None else sampling.seed & 0x7FFF_FFFF
        settings.rng_seed = seed
        if sampling.presence_penalty is not None:
            settings.presence_penalty = sampling.presence_penalty
        if sampling.frequency_penalty is not None:
            settings.frequency_penalty = sampling.frequency_penalty
        if question.grammar is not None:
            settings.structured_output_config = self._genai.StructuredOutputConfig(
                grammar=question.grammar
            )
        return settings


def _streamer(
    genai: Any,
    tokenizer: Any,
    words: StopWords,
    show: Callable[[str], None],
    left: Callable[[], bool],
) -> Any:
    """The library's streamer: called for each token, so that leaving is noticed at the next one."""
    status = genai.StreamingStatus

    class Streamer(genai.StreamerBase):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.tokens = 0
            self.decoder = genai.TextStreamer(tokenizer, self.text)

        def text(self, piece: str) -> Any:
            shown = words.through(piece)
            if shown:
                show(shown)
            return status.STOP if words.met else status.RUNNING

        def write(self, token: int | Sequence[int]) -> Any:
            self.tokens += 1 if isinstance(token, int) else len(token)
            if left():
                return status.CANCEL
            return status.STOP if words.met else self.decoder.write(token)

        def end(self) -> None:
            self.decoder.end()

    return Streamer()


# --- what can be wrong with a folder -------------------------------------------------------------


def check_folder(name: str, folder: Path) -> None:
    """Raises `EngineUnavailable` saying which file is missing and which command makes it."""
    if not folder.is_dir():
        raise _missing(name, f"there is no folder {folder}", folder)
    missing = [file for file in FILES if not (folder / file).is_file()]
    if not missing:
        return
    if len(missing) > 3 and any(folder.glob("*.safetensors")):
        raise _missing(name, f"{folder} is a checkpoint, not yet exported for OpenVINO", folder)
    raise _missing(name, f"{folder} lacks {missing[0]}", folder)


def check_cache(name: str, options: OpenvinoOptions, folder: Path) -> None:
    """Raises `EngineUnavailable` where the cache could not hold one full context."""
    file = folder / "config.json"
    try:
        whole = json.loads(file.read_text(encoding="utf-8"))
        text = whole.get("text_config", whole)
        heads = text.get("num_key_value_heads", text["num_attention_heads"])
        size = text.get("head_dim") or text["hidden_size"] // text["num_attention_heads"]
        values = 2 * text["num_hidden_layers"] * heads * size
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _missing(
            name, f"{file} is not a model's configuration ({error!r})", folder
        ) from error
    token_bytes = values * (CACHE_BYTES_A_VALUE if options.device == "CPU" else 2)
    needed_gb = options.context_tokens_max * token_bytes / 2**30
    if needed_gb > options.cache_gb:
        raise EngineUnavailable(
            f"model {name!r}: {options.context_tokens_max} tokens need {needed_gb:.1f} GB of cache,"
            f" cache_gb is {options.cache_gb}",
            remedy=f"set cache_gb to {int(needed_gb) + 1}, or a smaller context_tokens_max",
            code="model_not_loadable",
            retryable=False,
        )


def installed_version(package: str) -> str | None:
    """The version of an installed package, or None."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _library(name: str) -> Any:
    try:
        import openvino_genai
    except ImportError as error:
        found = installed_version(PACKAGE)
        what = f"{PACKAGE} {found} cannot be imported" if found else f"{PACKAGE} is not installed"
        raise EngineUnavailable(
            f"model {name!r}: {what} ({error})",
            remedy="in Yuepi's folder: pip install --no-deps -r requirements-engines.lock",
            code="package_missing",
            retryable=False,
        ) from error
    return openvino_genai


def _missing(name: str, what: str, folder: Path) -> EngineUnavailable:
    return EngineUnavailable(
        f"model {name!r}: {what}",
        remedy=f"yuepi models export CHECKPOINT {folder}",
        code="model_not_loadable",
        retryable=False,
    )


def _first_line(error: Exception) -> str:
    """The most telling line of a library's error, which comes with its source lines."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    told = [line for line in lines if not line.startswith(("Exception from", "Check "))]
    return (told or lines or [type(error).__name__])[0][:300]
