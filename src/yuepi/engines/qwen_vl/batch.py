"""Answers that grow together: rows join between two steps and leave when they end.

A batch of one and a batch of many are the same loop. A prompt is run alone, from the longest
beginning that is still known; only the steps are shared, so rows never change each other.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from yuepi.engines.contract import EngineBroke, EngineFailure, Finish, Picture, Usage
from yuepi.engines.qwen_vl import rows as row_caches
from yuepi.engines.qwen_vl.choice import Chooser
from yuepi.engines.qwen_vl.grammar import refused
from yuepi.engines.qwen_vl.kept import ByteLru, Transcript, Transcripts
from yuepi.engines.qwen_vl.mailbox import Left, Mailbox
from yuepi.engines.qwen_vl.model import Features, Model
from yuepi.engines.qwen_vl.pictures import patches
from yuepi.engines.qwen_vl.prompt import Prompt
from yuepi.engines.qwen_vl.words import Words
from yuepi.kit.errors import YuepiError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Seen:
    """A picture of a question: how to name its features, and how to make them.

    `values` are its patches if they were just made, else None: then they are made again if the
    features are gone.
    """

    key: tuple[str, str, int]
    picture: Picture
    tokens_min: int
    tokens_max: int
    crop: bool
    values: Any = None


@dataclass(slots=True, eq=False)
class Question:
    """One prepared request on its way through the batch."""

    prompt: Prompt
    pictures: tuple[Seen, ...]
    tenant: str
    chooser: Chooser
    words: Words
    matcher: Any
    tokens_max: int
    mailbox: Mailbox
    incremental: bool
    made: list[int] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    cached: int = 0


class Batch:
    """The rows that are being answered, and what was computed before. For one thread."""

    def __init__(self, model: Model, *, feature_cache_bytes: int, prefix_cache_bytes: int) -> None:
        self.features: ByteLru[Features] = ByteLru(feature_cache_bytes)
        self.transcripts = Transcripts(prefix_cache_bytes)
        self._model = model
        self._rows: list[Question] = []
        self._cache: Any = None
        self._pads: list[int] = []
        self._halt: EngineFailure | None = None

    def __len__(self) -> int:
        return len(self._rows)

    # --- joining

    def join(self, question: Question) -> None:
        """Run a question's prompt and take it in. Its mailbox learns if that fails."""
        try:
            self._go_on(question)
            self._model.watch = lambda: self._go_on(question)
            cache, logits = self._prefill(question)
        except (Left, YuepiError) as error:
            question.mailbox.fail(error)
            return
        except (RuntimeError, MemoryError, ValueError) as error:
            log.exception("the model failed on a prompt of %d tokens", len(question.prompt))
            question.mailbox.fail(_broke(error))
            self._relieve()
            return
        finally:
            self._model.watch = _nobody
        if self._choose([question], logits):
            if self._rows:
                caches, pads = [self._cache, cache], [self._pads, [0]]
                self._cache, self._pads = row_caches.joined(caches, pads)
            else:
                self._cache, self._pads = cache, [0]
            self._rows.append(question)
        else:
            self._keep(question, cache, 0, 0)

    def _prefill(self, question: Question) -> tuple[Any, Any]:
        prompt = question.prompt
        known, shared = self.transcripts.longest(question.tenant, prompt.identity)
        begin = known.layers if known is not None else ()
        cache = row_caches.new_cache(self._model.layers, begin, shared)
        question.cached = shared
        inside: list[tuple[slice, Features, slice]] = []
        for span, seen in zip(prompt.spans, question.pictures, strict=True):
            if span.end > shared:
                first = max(span.start, shared)
                where = slice(first - shared, span.end - shared)
                part = slice(first - span.start, span.end - span.start)
                inside.append((where, self._features(seen, span.grid), part))
        logits = self._model.prefill(
            prompt.ids[shared:], prompt.positions[:, shared:], cache, inside
        )
        return cache, logits

    def _features(self, seen: Seen, grid: tuple[int, int]) -> Features:
        found = self.features.get(seen.key)
        if found is None:
            values = seen.values
            if values is None:
                values, _ = patches(
                    seen.picture,
                    self._model.processor,
                    tokens_min=seen.tokens_min,
                    tokens_max=seen.tokens_max,
                    crop=seen.crop,
                )
            found = self._model.encode(values, grid)
            self.features.put(seen.key, found, found.nbytes)
        return found

    # --- going on

    def step(self) -> None:
        """One more token for every row; rows that ended, or that nobody waits for, leave."""
        self._leave([row for row in self._rows if not _waited_for(row)])
        if not self._rows:
            return
        try:
            logits = self._model.step(
                [row.made[-1] for row in self._rows],
                [row.prompt.position_next + len(row.made) - 1 for row in self._rows],
                self._cache,
                self._pads,
            )
        except (RuntimeError, MemoryError) as error:
            log.exception("the model failed with %d rows", len(self._rows))
            self.fail(_broke(error))
            self._relieve()
            return
        going = self._choose(self._rows, logits)
        self._leave([row for row in self._rows if row not in going])

    def _leave(self, ended: list[Question]) -> None:
        if not ended:
            return
        for row in ended:
            place = self._rows.index(row)
            self._keep(row, self._cache, place, self._pads[place])
        stay = [place for place, row in enumerate(self._rows) if row not in ended]
        self._rows = [self._rows[place] for place in stay]
        if self._rows:
            self._cache, self._pads = row_caches.only(self._cache, stay, self._pads)
        else:
            self._cache, self._pads = None, []

    def _keep(self, row: Question, cache: Any, place: int, pad: int) -> None:
        """Keep the row's keys and values: the prompt and all made tokens that were run."""
        run = cache.get_seq_length() - pad
        made = np.asarray(row.made[: run - len(row.prompt)], dtype=np.int64)
        identity = np.concatenate([row.prompt.identity, made])
        one_row = sum(layer.keys[0].nbytes + layer.values[0].nbytes for layer in cache.layers)
        if one_row <= self.transcripts.bytes_max:
            states = row_caches.row_states(cache, place, pad)
            self.transcripts.keep(Transcript(row.tenant, identity, states))

    # --- choosing

    def _choose(self, asked: list[Question], logits: Any) -> list[Question]:
        """Choose a token for each row from logits (rows, vocabulary); give the rows that go on."""
        for place, row in enumerate(asked):
            row.chooser.penalise(logits[place])
        dead = self._apply_grammars(asked, logits)
        best = logits.argmax(dim=-1).tolist()
        going = []
        for place, row in enumerate(asked):
            if row in dead:
                row.mailbox.fail(refused("no token can continue the answer"))
                continue
            greedy = row.chooser.greedy
            token = best[place] if greedy else row.chooser.sample(logits[place])
            if self._take(row, token):
                going.append(row)
        return going

    def _apply_grammars(self, asked: list[Question], logits: Any) -> list[Question]:
        """Forbid what the rows' grammars forbid, in place; give rows for which nothing is left."""
        bound = [place for place, row in enumerate(asked) if row.matcher is not None]
        if not bound:
            return []
        import xgrammar

        mask = xgrammar.allocate_token_bitmask(len(asked), self._model.vocab_size)
        for place in bound:
            asked[place].matcher.fill_next_token_bitmask(mask, place)
        # On a GPU its usual kernel needs Triton, which a CPU's PyTorch does not bring.
        xgrammar.apply_token_bitmask_inplace(
            logits,
            mask.to(logits.device),
            backend="cpu" if logits.device.type == "cpu" else "torch_native",
        )
        return [asked[place] for place in bound if not bool(mask[place].any())]

    def _take(self, row: Question, token: int) -> bool:
        """Give a row its next token; False if the answer ends with it."""
        if token in self._model.stop_ids:
            self._end(row, row.words.end(), "stop")
            return False
        if row.matcher is not None and not row.matcher.accept_token(token):
            row.mailbox.fail(_broke(ValueError("a token outside of the grammar was chosen")))
            return False
        row.made.append(token)
        row.chooser.saw(token)
        text = row.words.add(token)
        if row.words.stopped:
            self._end(row, text, "stop")
        elif row.matcher is not None and self._complete(row):
            self._end(row, text + row.words.end(), "stop")
        elif len(row.made) >= row.tokens_max:
            self._end(row, text + row.words.end(), "length")
        else:
            row.text.append(text)
            if row.incremental and text:
                row.mailbox.put(text)
            return True
        return False

    def _complete(self, row: Question) -> bool:
        """Whether the grammar allows nothing but the end: then it need not be computed."""
        if not row.matcher.is_completed():
            return False
        import xgrammar

        mask = xgrammar.allocate_token_bitmask(1, self._model.vocab_size)
        row.matcher.fill_next_token_bitmask(mask)
        bits = mask.numpy().view(np.uint32)[0]
        for stop in self._model.stop_ids:
            bits[stop // 32] &= ~np.uint32(1 << (stop % 32))
        return not bits.any()

    def _end(self, row: Question, text: str, finish: Finish) -> None:
        usage = Usage(len(row.prompt), len(row.made), cached_tokens=row.cached)
        row.mailbox.put(text if row.incremental else "".join([*row.text, text]), finish, usage)

    # --- ending

    def halt(self, error: EngineFailure) -> None:
        """End the prompt that is being run with an error. May be called by any thread."""
        self._halt = error

    def _go_on(self, question: Question) -> None:
        """Raise what ends the work on a question's prompt."""
        if self._halt is not None:
            raise self._halt
        question.mailbox.check()

    def fail(self, error: EngineFailure) -> None:
        """End every row with an error."""
        for row in self._rows:
            row.mailbox.fail(error)
        self._rows, self._cache, self._pads = [], None, []

    def _relieve(self) -> None:
        """Give back what is only kept for speed: the failure may have been want of memory."""
        self.features.clear()
        self.transcripts.clear()
        if self._model.device == "cuda":
            torch.cuda.empty_cache()


def _nobody() -> None:
    """Nobody watches."""


def _waited_for(row: Question) -> bool:
    try:
        row.mailbox.check()
    except (Left, EngineFailure) as error:
        row.mailbox.fail(error)
        return False
    return True


def _broke(error: BaseException) -> EngineBroke:
    return EngineBroke(
        f"the model failed: {type(error).__name__}: {str(error)[:200]}",
        remedy="ask again; if memory ran out, set smaller visual_tokens or context_tokens_max",
    )
