"""A chat as the text that Qwen3-VL was trained on, with openvino-genai's tags for the pictures.

The whole conversation is written anew each time (the pipeline's chat mode leaks state); its
prefix cache recognises what it has seen. The format is that of the published chat template,
without tools.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from yuepi.engines.contract import Message, Part, Picture

# What the tokenizer or the pipeline would take for a command when it stands in somebody's text.
COMMANDS = re.compile(r"<(?=\|[A-Za-z_]{1,32}\|>|ov_genai_)")
IMAGE_TAG = re.compile(r"<ov_genai_image_\d+>")


def prompt_of(messages: Sequence[Message]) -> tuple[str, tuple[Picture, ...]]:
    """The prompt, ending where the answer begins, and its pictures in the order of their tags."""
    pictures: list[Picture] = []
    turns = []
    for message in messages:
        body = []
        # Texts that follow each other are one, a line each: joined without anything between, they
        # could make up a control word that none of them holds.
        for kind, run in itertools.groupby(_pictures_first(message.parts), type):
            if kind is str:
                body.append(harmless("\n".join(part for part in run if isinstance(part, str))))
                continue
            for part in run:
                if isinstance(part, Picture):
                    body.append(f"<ov_genai_image_{len(pictures)}>")
                    pictures.append(part)
        turns.append(f"<|im_start|>{message.role}\n{''.join(body)}<|im_end|>\n")
    return "".join(turns) + "<|im_start|>assistant\n", tuple(pictures)


def harmless(text: str) -> str:
    """Somebody's text with the model's control words broken up: they are words there, not turns."""
    return COMMANDS.sub("< ", text)


def _pictures_first(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """Pictures before the text where all of them come after it.

    Another question about the same picture then shares all that comes before the question.
    """
    texts = [place for place, part in enumerate(parts) if isinstance(part, str)]
    shown = [place for place, part in enumerate(parts) if isinstance(part, Picture)]
    if not texts or not shown or min(shown) < max(texts):
        return parts
    return tuple(parts[place] for place in shown + texts)
