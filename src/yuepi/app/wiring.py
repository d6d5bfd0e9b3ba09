"""What the commands stand on: reading files and judging claims. Tests hand in their own.

Nothing heavy is imported before it is needed, so that `yuepi --help` answers at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from yuepi.app.visible import visible_line
from yuepi.kit.errors import BadUsage

if TYPE_CHECKING:
    from yuepi.approvals.claim import Company, PastInvoice
    from yuepi.approvals.decision import Decision
    from yuepi.documents.read import FileRead, Progress
    from yuepi.documents.reading import FileReading
    from yuepi.library.reading import PartsReader

TEXT_BYTES_MAX: Final = 32 * 2**20


@dataclass(frozen=True)
class Terms:
    """What a claim is judged by. The paths are files of the user; None takes the default."""

    on: date
    policy: Path | None = None
    company: Company | None = None
    category: str | None = None
    history: tuple[PastInvoice, ...] = ()


def read_with_desk(
    paths: Sequence[Path], names: Sequence[str], keep_pages: bool, progress: Progress | None
) -> list[FileRead]:
    """Read with the models of this machine; `names` are what the files are called."""
    from yuepi.documents.read import Desk

    return _measured(Desk().read(paths, names, keep_pages=keep_pages, progress=progress))


@dataclass(frozen=True)
class AskedModel:
    """The model that a command was told to ask, of the settings in the folder `data`."""

    name: str
    data: Path


def read_with_model(
    paths: Sequence[Path], names: Sequence[str], progress: Progress | None, asked: AskedModel
) -> list[FileRead]:
    """Read with the models of this machine, then ask the one that was named."""
    from yuepi.app.model_reading import read_asking

    files = read_asking(paths, names, progress, asked.name, asked.data)
    return _measured(files, asked.data)


def _measured(files: Sequence[FileRead], data: Path | None = None) -> list[FileRead]:
    """The files with measured confidence, by the data folder's own table where it has one."""
    from yuepi.documents.calibration import calibration_of
    from yuepi.documents.confidence import calibrated

    table = calibration_of(data)
    return [replace(each, reading=calibrated(each.reading, table)) for each in files]


def desk_reader(data: Path) -> PartsReader:
    """Reads the library's documents with the models of this machine, loaded with the first one."""
    from yuepi.app.parts_reader import DeskParts
    from yuepi.app.worker_reader import DeskReader

    return DeskParts(DeskReader(folder=data))


def judge_by_policy(files: Sequence[FileReading], terms: Terms) -> Decision:
    """The decision of a policy, the shipped one where none is named."""
    from yuepi.approvals.decision import decide
    from yuepi.approvals.facts import facts
    from yuepi.approvals.policies import default_policy_text
    from yuepi.approvals.policy import load_policy
    from yuepi.documents.masking import masked_file

    policy = load_policy(user_text(terms.policy) if terms.policy else default_policy_text())
    shown = [masked_file(file) for file in files]
    found = facts(shown, terms.company, terms.history, terms.on, terms.category)
    return decide(found, policy)


@dataclass(frozen=True)
class Wiring:
    """The parts a command uses."""

    read: Callable[[Sequence[Path], Sequence[str], bool, Progress | None], list[FileRead]] = field(
        default=read_with_desk
    )
    judge: Callable[[Sequence[FileReading], Terms], Decision] = field(default=judge_by_policy)
    read_with_model: Callable[
        [Sequence[Path], Sequence[str], Progress | None, AskedModel], list[FileRead]
    ] = field(default=read_with_model)
    shelf_reader: Callable[[Path], PartsReader] = field(default=desk_reader)
    """Of the library's documents, by the data folder."""


def company_from(path: Path) -> Company:
    """The company in a TOML file, or a JSON one where its name ends so."""
    from yuepi.approvals.claim import parse_company

    return parse_company(user_text(path), "json" if path.suffix.lower() == ".json" else "toml")


def user_text(path: Path) -> str:
    """The text of a file the user named; raises `BadUsage` saying why it cannot be used."""
    name = visible_line(str(path))
    try:
        with path.open("rb") as file:
            data = file.read(TEXT_BYTES_MAX + 1)
    except (OSError, ValueError) as error:
        raise BadUsage(
            f"{name}: cannot be opened", remedy="check the path and the right to read it"
        ) from error
    if len(data) > TEXT_BYTES_MAX:
        raise BadUsage(f"{name}: over {TEXT_BYTES_MAX // 2**20} MB", remedy="name a smaller file")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadUsage(f"{name}: is no UTF-8 text", remedy="save the file as UTF-8") from error
