"""The web page's typed client, `web/src/api/schema.d.ts`, made from the description of `/api`.

    python scripts/client.py           write it anew
    python scripts/client.py --check   exit code 1 where what is committed is not what would be made

The routes are asked of a desk on an empty folder, which is gone afterwards; nothing is served.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from yuepi.access.keys import Keyring
from yuepi.app.api import framework
from yuepi.app.data_folder import database_of
from yuepi.app.desk import open_desk
from yuepi.app.events import Feeds
from yuepi.audit.record import append
from yuepi.kit.sealing import open_sealer
from yuepi.kit.settings import load_settings

WEB = Path(__file__).parent.parent / "web"
CLIENT = WEB / "src" / "api" / "schema.d.ts"
MAKER = WEB / "node_modules" / ".bin" / "openapi-typescript"


async def description(folder: Path) -> dict[str, Any]:
    """What the routes of a new desk in a folder say of themselves."""
    async with AsyncExitStack() as stack:
        settings = load_settings(folder)
        database = await database_of(settings, stack)
        sealer = open_sealer(settings.folder, {})
        desk = await open_desk(settings, database, Keyring(database, record=append), sealer, stack)
        return framework(desk, Feeds()).openapi()


def main(arguments: list[str]) -> int:
    """Writes or compares; returns the exit code."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        told = asyncio.run(description(folder / "data"))
        (folder / "openapi.json").write_text(json.dumps(told, ensure_ascii=False, sort_keys=True))
        made = folder / "schema.d.ts"
        subprocess.run(
            [MAKER, folder / "openapi.json", "-o", made],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=WEB,
        )
        text = made.read_text()
    if "--check" not in arguments:
        CLIENT.write_text(text)
        return 0
    if CLIENT.is_file() and CLIENT.read_text() == text:
        return 0
    print(f"{CLIENT.name} is not what the API says: run `make client`", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
