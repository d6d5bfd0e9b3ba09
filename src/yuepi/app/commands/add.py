"""`yuepi add`: files, folders and zips onto the shelf, read and indexed here and now."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from yuepi.access.principal import ROOT_DEPARTMENT
from yuepi.app.catch_up import catch_up
from yuepi.app.gather import gather, shown_names
from yuepi.app.speaking import Speaker
from yuepi.app.visible import visible_line
from yuepi.app.wiring import Wiring
from yuepi.app.words import Words
from yuepi.kit.errors import BadUsage, UnreadableFile
from yuepi.kit.settings import load_settings

if TYPE_CHECKING:
    from yuepi.app.library import Library
    from yuepi.library.bulk import NotAdded
    from yuepi.library.catching_up import Backlog
    from yuepi.library.document import Document, Folder

FOLDER: Final = "公共 Shared"
"""Where documents go that nobody said a folder for: everyone sees it."""
FILES_MAX: Final = 20_000
AT_ONCE: Final = 4
_OUTCOMES: Final = {
    "new": Words("新增", "new"),
    "version": Words("新版本", "new version"),
    "same": Words("已有，未变", "there already"),
    "refused": Words("拒收", "refused"),
    "failed": Words("未能读取", "not read"),
}
_SIGNS: Final = {"new": "✓", "version": "✓", "same": "=", "refused": "✗", "failed": "✗"}


@dataclass(frozen=True)
class Asked:
    """What the command line says. wait_s: how long to read and index; 0: workers do it."""

    paths: Sequence[Path]
    data: Path
    folder: str | None
    tags: Sequence[str]
    department: str | None
    wait_s: float


@dataclass
class Told:
    """What became of one file."""

    file: str
    outcome: str
    document: Document | None = None
    twins: Sequence[str] = ()
    problem: NotAdded | None = None


def run(asked: Asked, speaker: Speaker, wiring: Wiring) -> int:
    """Add, read, index, tell; 1 where a file was refused or could not be read, else 0."""
    settings = load_settings(asked.data)
    files = gather(asked.paths, files_max=FILES_MAX)
    names = shown_names(files, asked.paths)
    from yuepi.app.library import library_in

    async def go() -> tuple[list[Told], Backlog | None]:
        async with library_in(settings) as library:
            department = await _department(library, asked.department)
            told = await _added(library, asked, files, names, department, speaker)
            if not asked.wait_s:
                return told, None
            left = await catch_up(library, asked.wait_s, speaker, wiring)
            for each in told:
                await _look_again(library, each)
            return told, left

    told, left = asyncio.run(go())
    _tell(told, left, asked, speaker)
    return 1 if any(each.outcome in ("refused", "failed") for each in told) else 0


async def _department(library: Library, named: str | None) -> str:
    """The id of the department that was named by id or name."""
    if named is None:
        return ROOT_DEPARTMENT
    from yuepi.access.departments import Departments

    for each in await Departments(library.database).list():
        if named in (each.id, each.name):
            return each.id
    raise BadUsage(
        f"there is no department {visible_line(named)!r}",
        remedy="see `yuepi admin department list`",
    )


# --- onto the shelf ------------------------------------------------------------------------------


async def _added(
    library: Library,
    asked: Asked,
    files: Sequence[Path],
    names: Sequence[str],
    department: str,
    speaker: Speaker,
) -> list[Told]:
    """Every file added, some at a time: the disk is waited for, not the processor."""
    from yuepi.library.actor import OPERATOR

    top = await library.folders.ensure_path(OPERATOR, asked.folder or FOLDER, department)
    adding = _Adding(library, top, asked.tags)
    told: list[list[Told]] = [[] for _ in files]
    turn, done = asyncio.Semaphore(AT_ONCE), 0
    with speaker.progress(len(files), Words("加入", "Adding")) as progress:

        async def one(at: int) -> None:
            nonlocal done
            async with turn:
                told[at] = await adding.file(files[at], names[at])
            done += 1
            if progress is not None:
                progress(done, len(files), names[at])

        async with asyncio.TaskGroup() as group:
            for at in range(len(files)):
                group.create_task(one(at))
    return [each for some in told for each in some]


class _Adding:
    """Adds files to folders below one, zips unpacked."""

    def __init__(self, library: Library, top: Folder, tags: Sequence[str]) -> None:
        from yuepi.library.bulk import Bulk

        self._bulk = Bulk(library.folders, library.shelf)
        self._bytes_max = library.shelf.terms.file_bytes_max
        self._top = top
        self._tags = tuple(tags)

    async def file(self, path: Path, name: str) -> list[Told]:
        """One file, or all in a zip. Raises `Unavailable`."""
        from yuepi.library.actor import OPERATOR
        from yuepi.library.bulk import Incoming

        async def read() -> bytes:
            return await asyncio.to_thread(_bytes_of, path, self._bytes_max)

        incoming = Incoming(path.name, read, name)
        done = await self._bulk.take(OPERATOR, self._top.id, [incoming], self._tags)
        several = len(done.added) + len(done.refused) > 1
        told = [
            Told(
                f"{name}/{each.document.name}" if several else name,
                each.outcome,
                each.document,
                each.twins,
            )
            for each in done.added
        ]
        return told + [Told(each.name, "refused", problem=each) for each in done.refused]


def _bytes_of(path: Path, bytes_max: int) -> bytes:
    name = visible_line(path.name)
    try:
        with path.open("rb") as file:
            data = file.read(bytes_max + 1)
    except OSError as error:
        raise UnreadableFile(
            f"{name}: cannot be opened: {error.strerror}",
            remedy="give yourself the right to read it",
            code="cannot_open",
        ) from error
    if len(data) > bytes_max:
        raise UnreadableFile(
            f"{name}: has more than {bytes_max // 2**20} MB",
            remedy="split it, or raise [library] file_bytes_max",
            code="too_large",
        )
    return data


async def _look_again(library: Library, told: Told) -> None:
    """How the document stands after it was read."""
    if told.document is None:
        return
    from yuepi.library.document import NotOnShelf
    from yuepi.library.scope import EVERYTHING

    try:
        told.document = await library.shelf.find(EVERYTHING, told.document.id)
    except NotOnShelf:
        return
    if told.document.state == "failed":
        told.outcome = "failed"


# --- telling -------------------------------------------------------------------------------------


def _tell(told: Sequence[Told], left: Backlog | None, asked: Asked, speaker: Speaker) -> None:
    if speaker.as_json:
        speaker.give(_as_json(told, left, asked))
        return
    for each in told:
        if each.outcome in ("refused", "failed"):
            _tell_problem(each, speaker)
    _tell_numbered(told, speaker)
    counts = Counter(each.outcome for each in told)
    parts = [
        f"{_SIGNS[name]} {speaker.said(words)} {counts[name]}"
        for name, words in _OUTCOMES.items()
        if counts[name]
    ]
    speaker.say("  ".join(parts))
    top = visible_line(asked.folder or FOLDER)
    where = Words(f"文件夹：{top}", f"Folder: {top}")
    if asked.folder is None:
        where = Words(f"文件夹：{top}（所有人可见）", f"Folder: {top} (everyone sees it)")
    speaker.say(speaker.said(where))
    twins = sum(bool(each.twins) for each in told)
    if twins:
        words = (f"{twins} 个文件的内容在别处已有", f"{twins} have a twin elsewhere in the library")
        speaker.say(speaker.said(Words(*words)))
    waiting = left.waiting if left is not None else None
    if waiting is None:
        words = ("由工作进程读取和索引", "Workers read and index them")
        speaker.say(speaker.said(Words(*words)))
    elif waiting:
        words = (f"还有 {waiting} 项未完成", f"{waiting} pieces of work are left")
        speaker.say(speaker.said(Words(*words)))


def _tell_numbered(told: Sequence[Told], speaker: Speaker) -> None:
    """New documents that could not have the name of their file: another one has it, by other
    capitals or in another width."""
    from yuepi.library.names import folded

    for each in told:
        if each.outcome != "new" or each.document is None:
            continue
        file, name = visible_line(each.file), visible_line(each.document.name)
        if folded(each.file.rpartition("/")[2]) != folded(each.document.name):
            words = Words(f"{file}：同名文档已在，加入为 {name}", f"{file}: added as {name}")
            speaker.note(speaker.said(words))


def _tell_problem(told: Told, speaker: Speaker) -> None:
    what, remedy = _problem(told)
    speaker.note(f"{_SIGNS[told.outcome]} {visible_line(told.file)}: {visible_line(what)}")
    if remedy:
        speaker.note(f"    {visible_line(remedy)}")


def _problem(told: Told) -> tuple[str, str]:
    if told.problem is not None:
        return told.problem.message, told.problem.remedy
    if told.document is not None and told.document.problem:
        return _of_reading(told.document.problem)
    return "", ""


def _of_reading(text: str) -> tuple[str, str]:
    from yuepi.documents.reading import Problem

    problem = Problem.model_validate_json(text)
    return problem.message, problem.remedy


def _as_json(told: Sequence[Told], left: Backlog | None, asked: Asked) -> dict[str, Any]:
    files: list[dict[str, Any]] = []
    for each in told:
        one: dict[str, Any] = {"file": each.file, "outcome": each.outcome}
        if each.document is not None:
            document = each.document
            one |= {
                "document": document.id,
                "name": document.name,
                "state": document.state,
                "kind": document.kind,
                "title": document.title,
                "pages": document.pages,
                "number": document.number,
                "twins": list(each.twins),
            }
        what, remedy = _problem(each)
        if what:
            code = each.problem.code if each.problem is not None else "unreadable"
            one["problem"] = {"code": code, "message": what, "remedy": remedy}
        files.append(one)
    return {
        "folder": asked.folder or FOLDER,
        "files": files,
        "waiting": None if left is None else left.waiting,
    }
