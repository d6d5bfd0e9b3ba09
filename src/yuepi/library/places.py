"""Where folders lie: what two beside each other differ in, how deep they go. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from yuepi.access.principal import SYSTEM
from yuepi.kit.errors import YuepiError
from yuepi.library.actor import Actor
from yuepi.library.document import FOLDER_DEPTH_MAX, BadDocument, Folder
from yuepi.library.names import folded


class NotEmpty(YuepiError):
    """Something lies in the folder."""

    code = "folder_not_empty"
    http_status = 409

    def __init__(self, folder: Folder) -> None:
        super().__init__(
            f"the folder {folder.name[:80]!r} is not empty",
            remedy="move or delete first what is in it, and what of it lies in the trash",
        )


def folder_told(folder: Folder) -> dict[str, Any]:
    """A folder as plain JSON values."""
    return {
        "id": folder.id,
        "parent": folder.parent_id,
        "name": folder.name,
        "path": list(folder.path),
        "department": folder.department_id,
        "owner": folder.owner_id,
        "version": folder.version,
    }


def audience_of(who: Actor, department_id: str | None) -> tuple[str, str | None]:
    """Owner and department of a top folder. A department's has no person as owner."""
    return (who.id, None) if department_id is None else (SYSTEM, department_id)


def place_of(parent_id: str | None, audience: tuple[str, str | None], name: str) -> str:
    """What two folders beside each other differ in."""
    if parent_id is not None:
        return f"{parent_id}/{folded(name)}"
    owner, department = audience
    return f"@{department}/{folded(name)}" if department else f"~{owner}/{folded(name)}"


def parts(path: str | Sequence[str]) -> list[str]:
    """The names of a path."""
    if not isinstance(path, str):
        return list(path)
    return [each for each in path.replace("\\", "/").split("/") if each.strip()]


def check_depth(depth: int) -> None:
    """Raises `BadDocument` (`folder_too_deep`)."""
    if depth > FOLDER_DEPTH_MAX:
        raise BadDocument(
            f"folders would lie more than {FOLDER_DEPTH_MAX} deep",
            remedy="choose a place further up",
            code="folder_too_deep",
        )


def height(parents: dict[str, str | None], top: str) -> int:
    """How many steps it goes down from a folder to the deepest below it."""
    deepest = 0
    for each in parents:
        steps, at = 0, each
        while at != top:
            at, steps = str(parents[at]), steps + 1
        deepest = max(deepest, steps)
    return deepest
