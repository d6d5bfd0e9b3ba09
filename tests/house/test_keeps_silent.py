"""What we are made of tells nobody over the network that it is used."""

from __future__ import annotations

import subprocess
import sys
from typing import Final

_CODE: Final = """
import sys
import yuepi
import openvino

assert hasattr(openvino, "Core")
assert not [name for name in sys.modules if name.startswith("openvino_telemetry.")]
"""


def test_importing_openvino_tells_nobody() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _CODE], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
