"""Threads that come first together do not stand still for ever."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

import yuepi.sight

_CODE: Final = """
import sys, threading
import numpy as np
from yuepi.sight.openvino_begun import openvino_begun

sys.setswitchinterval(1e-6)
barrier = threading.Barrier(8)

def first():
    barrier.wait()
    openvino = openvino_begun()
    openvino.Type.f32.to_dtype()
    openvino.Tensor(np.zeros((2, 3), np.float32))

threads = [threading.Thread(target=first, daemon=True) for _ in range(8)]
for each in threads:
    each.start()
for each in threads:
    each.join()
"""


def test_eight_threads_begin_at_once() -> None:
    for _ in range(3):
        subprocess.run([sys.executable, "-c", _CODE], timeout=120, check=True)


def test_nobody_here_imports_it_any_other_way() -> None:
    folder = Path(yuepi.sight.__file__).parent
    importing = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*.py")
        if "import openvino" in path.read_text("utf-8")
        and "import openvino_begun" not in path.read_text("utf-8")
    }
    assert importing == {"openvino_begun.py"}
