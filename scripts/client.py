"""The web page's typed client, `web/src/api/schema.d.ts`, made from the description of `/api`.

    python scripts/client.py           write it anew
    python scripts/client.py --check   exit code 1 where what is committed is not what would be made

No database is opened and nothing is served: the routes are all that is asked.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import cast
from unittest.mock import MagicMock

from yuepi.app.api import framework
from yuepi.app.desk import Desk
from yuepi.app.events import Feeds

WEB = Path(__file__).parent.parent / "web"
CLIENT = WEB / "src" / "api" / "schema.d.ts"
MAKER = WEB / "node_modules" / ".bin" / "openapi-typescript"


def main(arguments: list[str]) -> int:
    """Writes or compares; returns the exit code."""
    # Routes keep hold of the desk and ask nothing of it before a request comes.
    app = framework(cast(Desk, MagicMock(spec_set=Desk)), Feeds())
    with tempfile.TemporaryDirectory() as folder:
        description, made = Path(folder, "openapi.json"), Path(folder, "schema.d.ts")
        description.write_text(json.dumps(app.openapi(), ensure_ascii=False, sort_keys=True))
        subprocess.run(
            [MAKER, description, "-o", made], check=True, stdout=subprocess.DEVNULL, cwd=WEB
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
