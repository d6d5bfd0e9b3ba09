"""Prompts as versioned records: what the model is told before the conversation.

The packaged ones lie beside this module in `prompts/*.toml`; files of the same form in
`DATA/prompts/` come on top: they add versions, and change status or weight of known ones. A text
never changes under its version: that is an error, since the call log names versions only.

    [[prompt]]
    name = "desk"
    version = "2"
    status = "live"        # draft | live | retired
    weight = 10            # share among the live versions of this name
    text = '''...'''       # may be left out where the version is known already
    note = "why it was changed"
"""

from __future__ import annotations

import hashlib
import random
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from yuepi.kit.errors import BadUsage

Status = Literal["draft", "live", "retired"]

FILES_MAX: Final = 200
FILE_BYTES_MAX: Final = 2**20
TEXT_CHARACTERS_MAX: Final = 50_000
WEIGHT_MAX: Final = 1_000_000

_NAME: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"


@dataclass(frozen=True, slots=True)
class Prompt:
    """One version of a prompt. `sha256` is of the text's UTF-8 bytes."""

    name: str
    version: str
    status: Status
    weight: int
    text: str
    sha256: str
    note: str = ""


class _Record(BaseModel):
    """A prompt as a file gives it; `text` None means the text already known of that version."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=_NAME)
    version: str = Field(pattern=_NAME)
    status: Status
    weight: int = Field(default=1, ge=0, le=WEIGHT_MAX)
    text: str | None = Field(default=None, min_length=1, max_length=TEXT_CHARACTERS_MAX)
    note: str = ""


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    prompt: list[_Record] = Field(default_factory=list, max_length=1_000)


class PromptShelf:
    """All prompts by name and version; picks among the live ones."""

    def __init__(
        self, prompts: Iterable[Prompt], chance: Callable[[], float] = random.random
    ) -> None:
        """`chance` gives numbers from 0 to below 1, for calls without a conversation."""
        self._chance = chance
        known: dict[tuple[str, str], Prompt] = {}
        for prompt in prompts:
            twin = known.setdefault((prompt.name, prompt.version), prompt)
            if twin.sha256 != prompt.sha256:
                raise _changed(prompt.name, prompt.version)
        self._known = known
        self._live: dict[str, tuple[Prompt, ...]] = {}
        for prompt in known.values():
            if prompt.status == "live" and prompt.weight > 0:
                self._live[prompt.name] = (*self._live.get(prompt.name, ()), prompt)

    @property
    def prompts(self) -> tuple[Prompt, ...]:
        """Every version, whatever its status."""
        return tuple(self._known.values())

    @property
    def names(self) -> tuple[str, ...]:
        """The names that have a live version."""
        return tuple(self._live)

    def pick(self, name: str, conversation: str = "") -> Prompt:
        """A live version, by weight; always the same for one conversation while none changes.

        Raises `BadUsage` where no version of that name is live.
        """
        live = self._live.get(name)
        if live is None:
            raise BadUsage(
                f"there is no live prompt {name!r}",
                remedy=f"name one of: {', '.join(self._live) or 'none is live'}",
                code="unknown_prompt",
            )
        if len(live) == 1:
            return live[0]
        place = _place(name, conversation) if conversation else self._chance()
        left = place * sum(prompt.weight for prompt in live)
        for prompt in live:
            left -= prompt.weight
            if left < 0:
                return prompt
        return live[-1]


def load_prompts(folder: Path | None = None) -> PromptShelf:
    """The packaged prompts, overlaid by the files of `folder` (`DATA/prompts`), if it is there.

    Raises `BadUsage` naming the file and what is wrong with it.
    """
    known = _overlaid({}, resources.files("yuepi.gateway") / "prompts")
    if folder is not None and folder.is_dir():
        known = _overlaid(known, folder)
    return PromptShelf(known.values())


def _overlaid(
    known: Mapping[tuple[str, str], Prompt], folder: Traversable
) -> dict[tuple[str, str], Prompt]:
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    if len(files) > FILES_MAX:
        raise BadUsage(f"more than {FILES_MAX} prompt files", remedy="put prompts into fewer files")
    given: dict[tuple[str, str], Prompt] = {}
    for file in files:
        for record in _records(file):
            key = (record.name, record.version)
            prompt = _prompt(record, known.get(key), file.name)
            if key in given:
                raise BadUsage(
                    f"{file.name}: prompt {record.name!r} version {record.version!r} stands twice",
                    remedy="keep one of them, or give the other a version of its own",
                    code="bad_prompt",
                )
            given[key] = prompt
    return {**known, **given}


def _prompt(record: _Record, known: Prompt | None, file: str) -> Prompt:
    if known is not None:
        if record.text is not None and _sha256(record.text) != known.sha256:
            raise _changed(record.name, record.version, file)
        note = record.note or known.note
        return replace(known, status=record.status, weight=record.weight, note=note)
    if record.text is None:
        raise BadUsage(
            f"{file}: prompt {record.name!r} version {record.version!r} has no text",
            remedy="write its text, or correct the version",
            code="bad_prompt",
        )
    return Prompt(
        name=record.name,
        version=record.version,
        status=record.status,
        weight=record.weight,
        text=record.text,
        sha256=_sha256(record.text),
        note=record.note,
    )


def _records(file: Traversable) -> list[_Record]:
    try:
        with file.open("rb") as stream:
            data = stream.read(FILE_BYTES_MAX + 1)
        if len(data) > FILE_BYTES_MAX:
            raise _bad(file.name, f"is over {FILE_BYTES_MAX} bytes")
        given: dict[str, Any] = tomllib.loads(data.decode("utf-8-sig"))
        return _File.model_validate(given).prompt
    except OSError as error:
        raise _bad(file.name, "cannot be read") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise _bad(file.name, f"is not TOML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        raise _bad(file.name, f"{where}: {first['msg']}") from error


def _bad(file: str, what: str) -> BadUsage:
    return BadUsage(f"{file}: {what}", remedy="correct the prompt file", code="bad_prompt")


def _changed(name: str, version: str, file: str = "") -> BadUsage:
    where = f"{file}: " if file else ""
    return BadUsage(
        f"{where}prompt {name!r} version {version!r} has another text than before",
        remedy="give the new text a new version, and retire the old one",
        code="prompt_changed",
    )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _place(name: str, conversation: str) -> float:
    """Where a conversation falls, from 0 to below 1: the same on every machine, in every run."""
    digest = hashlib.sha256(f"{name}\0{conversation}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:6], "big") / 2**48
