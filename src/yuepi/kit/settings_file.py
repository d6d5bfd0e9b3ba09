"""The settings file as bytes on disk: read with its limits, replaced whole."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path
from typing import IO, Final

from yuepi.kit.errors import BadUsage

FILE_NAME: Final = "yuepi.toml"
FILE_BYTES_MAX: Final = 2**20


def _check_own(file: IO[bytes], path: Path) -> None:
    """Raises `BadUsage` where others than this user and root may have written the open file."""
    if os.name != "posix":
        return
    state = os.fstat(file.fileno())
    if state.st_uid not in (os.geteuid(), 0):
        what = "belongs to another user"
    elif state.st_mode & stat.S_IWOTH:
        what = "may be written by everybody"
    else:
        return
    raise BadUsage(
        f"{path}: {what}, and settings can name programs that are run",
        remedy="name your own data folder with --data; or, if you trust what it says, make it "
        f"yours: chown $USER {path}; chmod go-w {path}",
        code="settings_not_own",
    )


def text_of(path: Path, only_own: bool = False) -> str:
    """What the file says, nothing where there is none; raises `BadUsage`.

    `only_own`: a file that others than this user and root may have written is refused.
    """
    try:
        with path.open("rb") as file:
            if only_own:
                _check_own(file, path)
            data = file.read(FILE_BYTES_MAX + 1)
    except FileNotFoundError:
        return ""
    except (OSError, ValueError) as error:
        raise BadUsage(
            f"{path}: the settings cannot be read", remedy="check the path and the right to read it"
        ) from error
    if len(data) > FILE_BYTES_MAX:
        raise wrong(f"is over {FILE_BYTES_MAX // 2**20} MB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise wrong("is no UTF-8 text") from error


def replace_text(path: Path, text: str) -> None:
    """The whole new text or the old: never half a file, even when the machine stops."""
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o600
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    made = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        made.chmod(mode)
        made.replace(path)
    except BaseException:
        made.unlink(missing_ok=True)
        raise


def wrong(what: str) -> BadUsage:
    """The error for something in the file."""
    return BadUsage(
        f"{FILE_NAME}: {what}",
        remedy=f"correct {FILE_NAME} in the data folder",
        code="bad_settings",
    )
