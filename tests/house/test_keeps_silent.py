"""What we are made of tells nobody over the network that it is used."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

TELEMETRY: Final = """
import os
from pathlib import Path

Path(os.environ["TOLD"]).touch()


class Telemetry:
    def __init__(self, *given, **named): ...

    def __getattr__(self, name):
        return lambda *given, **named: None
"""


def told(place: Path, code: str) -> bool:
    """Whether a process that runs the code imports what OpenVINO tells its maker with: one of our
    own making, which is found whether the real one is installed or not."""
    module = place / "openvino_telemetry"
    module.mkdir()
    (module / "__init__.py").write_text(TELEMETRY, encoding="utf-8")
    mark = place / "told"
    paths = os.pathsep.join([str(place), *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": paths, "TOLD": str(mark)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return mark.exists()


def test_importing_openvino_tells_nobody(tmp_path: Path) -> None:
    assert not told(tmp_path, "import yuepi, openvino; assert openvino.Core")


def test_openvino_by_itself_would(tmp_path: Path) -> None:
    assert told(tmp_path, "import openvino")
