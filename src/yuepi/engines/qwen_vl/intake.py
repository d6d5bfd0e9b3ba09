"""From a chat to a question for the batch; runs in any thread, several at a time."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from yuepi.engines.contract import Chat, ChatRefused, JsonShape, Picture
from yuepi.engines.qwen_vl.batch import Question, Seen
from yuepi.engines.qwen_vl.choice import Chooser
from yuepi.engines.qwen_vl.grammar import Grammars
from yuepi.engines.qwen_vl.kept import ByteLru
from yuepi.engines.qwen_vl.mailbox import Mailbox
from yuepi.engines.qwen_vl.model import Model
from yuepi.engines.qwen_vl.options import Budget, QwenOptions
from yuepi.engines.qwen_vl.pictures import patches
from yuepi.engines.qwen_vl.prompt import Prompt, expand, picture_number, rendered
from yuepi.engines.qwen_vl.words import Vocabulary, Words

GRIDS_MAX = 4096

Grid = tuple[int, int]


class Intake:
    """Prepares questions for one loaded model."""

    def __init__(self, model: Model, options: QwenOptions, budget: Budget) -> None:
        self._model = model
        self._options = options
        self._budget = budget
        self._lock = threading.Lock()
        tokenizer = model.tokenizer
        added = {number: str(token) for number, token in tokenizer.added_tokens_decoder.items()}
        special = {n for n, token in tokenizer.added_tokens_decoder.items() if token.special}
        self._vocabulary = Vocabulary(tokenizer.get_vocab(), added, special)
        self._grammars = Grammars(tokenizer, vocab_size=model.vocab_size, stop_ids=model.stop_ids)
        # One unit each: how many tokens a picture makes is known without opening it again.
        self._grids: ByteLru[Grid] = ByteLru(GRIDS_MAX)
        self.context_tokens_max = min(options.context_tokens_max, model.positions_max)

    def warm(self) -> None:
        """Do now what the first question with a schema would wait for."""
        self._grammars.matcher(JsonShape())

    def question(self, chat: Chat, mailbox: Mailbox) -> Question:
        """A chat as a question; raises `ChatRefused`."""
        matcher = None if chat.shape is None else self._grammars.matcher(chat.shape)
        seen, grids = self._see(chat.pictures, chat.call.tenant)
        prompt = self._prompt(chat, seen, grids)
        wanted = chat.sampling.max_tokens
        room = self.context_tokens_max - len(prompt)
        return Question(
            prompt=prompt,
            pictures=seen,
            tenant=chat.call.tenant,
            chooser=Chooser(chat.sampling, self._model.habits),
            words=Words(self._vocabulary, chat.sampling.stop),
            matcher=matcher,
            tokens_max=max(1, min(self._options.max_tokens if wanted is None else wanted, room)),
            mailbox=mailbox,
            incremental=chat.incremental,
        )

    def _see(self, pictures: Sequence[Picture], tenant: str) -> tuple[tuple[Seen, ...], list[Grid]]:
        seen, grids = [], []
        for picture in pictures:
            high = picture.detail == "high"
            most = self._budget.visual_tokens_high if high else self._budget.visual_tokens
            key = (tenant, picture.sha256, most)
            values = None
            with self._lock:
                grid = self._grids.get(key)
            if grid is None:
                values, grid = patches(
                    picture,
                    self._model.processor,
                    tokens_min=self._budget.visual_tokens_min,
                    tokens_max=most,
                    crop=self._options.crop,
                )
                with self._lock:
                    self._grids.put(key, grid, 1)
            seen.append(
                Seen(
                    key=key,
                    picture=picture,
                    tokens_min=self._budget.visual_tokens_min,
                    tokens_max=most,
                    crop=self._options.crop,
                    values=values,
                )
            )
            grids.append(grid)
        return tuple(seen), grids

    def _prompt(self, chat: Chat, seen: Sequence[Seen], grids: Sequence[Grid]) -> Prompt:
        # The tokenizer's Rust side refuses to be used by two threads at once.
        with self._lock:
            text = rendered(chat.messages, self._model.tokenizer)
            ids = self._model.tokenizer(text, add_special_tokens=False)["input_ids"]
        prompt = expand(
            ids,
            [
                (picture_number(one.key[1], grid, str(one.tokens_max)), grid)
                for one, grid in zip(seen, grids, strict=True)
            ],
            image_token_id=self._model.image_token_id,
            merge=self._model.merge,
        )
        if len(prompt) >= self.context_tokens_max:
            visual = sum(span.end - span.start for span in prompt.spans)
            raise ChatRefused(
                f"this question has {len(prompt)} tokens, {visual} of them for "
                f"{len(prompt.spans)} pictures; this model takes {self.context_tokens_max} "
                "with the answer",
                remedy="send fewer turns, fewer pictures, or pictures of less detail",
                code="context_length_exceeded",
                param="messages",
            )
        return prompt
