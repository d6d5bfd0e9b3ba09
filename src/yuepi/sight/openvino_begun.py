"""OpenVINO, imported and begun by one thread alone.

Its Python door makes the tables of its number types when they are first asked for, and lets go of
the interpreter while it does: a second thread that asks in that moment holds the interpreter and
waits for the tables, and the process stands still for ever (2026.4.1; three of eight processes
whose first eight threads came at once).
"""

from __future__ import annotations

import threading
from typing import Any, Final

import numpy as np

_beginning: Final = threading.Lock()


def openvino_begun() -> Any:
    """The module, safe for any number of threads. Raises `ImportError` where it is missing."""
    with _beginning:
        # Here, not above: it takes a second, and not everybody reads pictures.
        import openvino

        openvino.Type.f32.to_dtype()
        openvino.Type(np.float32)
        openvino.Tensor(np.zeros((1,), np.float32))
    return openvino
