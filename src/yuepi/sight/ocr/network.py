"""Running the two recognition networks: OpenVINO where it exists, ONNX Runtime elsewhere.

Both take one u8 picture `(1, H, W, 3)` RGB and normalise it to -1..1 inside the graph or just
before it.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from yuepi.kit.errors import Unavailable
from yuepi.sight.openvino_begun import openvino_begun

DETECTOR = "PP-OCRv6_det_small.onnx"
RECOGNISER = "PP-OCRv6_rec_small.onnx"
_log = logging.getLogger(__name__)
_REMEDY = "install the locked requirements again: pip install -r requirements.lock"


class Network(Protocol):
    """A compiled model: a u8 picture `(1, H, W, 3)` in, the output tensors by order out."""

    def run(self, picture: NDArray[np.uint8]) -> tuple[NDArray[Any], ...]: ...


Alphabet = tuple[str, ...]
"""The characters by class number; class 0 is the blank of CTC, the last one a space."""


class Runtime(Protocol):
    """What compiles models. `name` is shown to people: `openvino` or `onnxruntime`."""

    name: str

    def compile_detector(self) -> Network: ...

    def compile_recogniser(self) -> tuple[Network, Alphabet]: ...


def model_file(name: str) -> Path:
    """The model inside the installed `rapidocr` package; never downloaded.

    Raises `Unavailable` when the package or the file is missing.
    """
    spec = find_spec("rapidocr")
    if spec is None or spec.origin is None:
        raise Unavailable(
            "the package rapidocr, which holds the models, is missing", remedy=_REMEDY
        )
    path = Path(spec.origin).parent / "models" / name
    if not path.is_file():
        raise Unavailable(f"the recognition model {name} is missing", remedy=_REMEDY)
    return path


def choose_runtime(threads: int) -> Runtime:
    """OpenVINO when it is installed, else ONNX Runtime: the same models, slower, and logged."""
    if find_spec("openvino") is not None:
        return OpenVino(threads)
    _log.warning("OpenVINO is not installed: text is read with ONNX Runtime, which is slower")
    return OnnxRuntime()


class OpenVino:
    """Throughput mode with one stream a core: one line a thread beats one line on all cores."""

    name = "openvino"

    def __init__(self, threads: int) -> None:
        self._ov = ov = openvino_begun()
        self._core = ov.Core()
        self._config: dict[str, Any] = {
            "PERFORMANCE_HINT": "THROUGHPUT",
            "NUM_STREAMS": str(threads),
            "INFERENCE_NUM_THREADS": threads,
        }
        if "BF16" in self._core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
            self._config["INFERENCE_PRECISION_HINT"] = "bf16"

    def compile_detector(self) -> Network:
        # One page at a time on all cores: each page under way holds 300 MB.
        model = self._core.read_model(model_file(DETECTOR))
        return _OneRequest(self._compile(model, {**self._config, "NUM_STREAMS": "1"}))

    def compile_recogniser(self) -> tuple[Network, Alphabet]:
        model = self._core.read_model(model_file(RECOGNISER))
        alphabet = _alphabet(model.get_rt_info()["framework"]["character"].value)
        self._cut_softmax(model)
        return _RequestPerThread(self._compile(model, self._config)), alphabet

    def _cut_softmax(self, model: Any) -> None:
        """Give per step the best class and its log-probability instead of 18,710 numbers."""
        from openvino import opset13 as ops

        softmax = model.output(0).get_node().input_value(0).get_node()
        if softmax.get_type_name() != "Softmax":
            raise Unavailable("the recognition model has an unknown shape", remedy=_REMEDY)
        logits = softmax.input_value(0)
        best = ops.topk(
            logits, ops.constant(np.int32(1)), 2, "max", "none", index_element_type="i32"
        )
        total = ops.reduce_sum(
            ops.exp(ops.subtract(logits, best.output(0))), ops.constant(np.array([2])), True
        )
        results = [ops.result(best.output(1)), ops.result(ops.negative(ops.log(total)))]
        for old in model.get_results():
            model.remove_result(old)
        model.add_results(results)
        model.validate_nodes_and_infer_types()

    def _compile(self, model: Any, config: dict[str, Any]) -> Any:
        prepare = self._ov.preprocess.PrePostProcessor(model)
        source = prepare.input().tensor()
        source.set_element_type(self._ov.Type.u8).set_layout(self._ov.Layout("NHWC"))
        source.set_color_format(self._ov.preprocess.ColorFormat.RGB)
        prepare.input().model().set_layout(self._ov.Layout("NCHW"))
        steps = prepare.input().preprocess()
        steps.convert_element_type(self._ov.Type.f32)
        steps.convert_color(self._ov.preprocess.ColorFormat.BGR)
        steps.mean(127.5).scale(127.5)
        return self._core.compile_model(prepare.build(), "CPU", config)


class _RequestPerThread:
    """Each thread owns an infer request: calls from several threads run side by side."""

    def __init__(self, compiled: Any) -> None:
        self._compiled = compiled
        self._own = threading.local()

    def run(self, picture: NDArray[np.uint8]) -> tuple[NDArray[Any], ...]:
        request = getattr(self._own, "request", None)
        if request is None:
            request = self._own.request = self._compiled.create_infer_request()
        return _infer(request, picture)


class _OneRequest:
    """One infer request that threads take turns at, where each would hold much memory."""

    def __init__(self, compiled: Any) -> None:
        self._request = compiled.create_infer_request()
        self._lock = threading.Lock()

    def run(self, picture: NDArray[np.uint8]) -> tuple[NDArray[Any], ...]:
        with self._lock:
            return _infer(self._request, picture)


def _infer(request: Any, picture: NDArray[np.uint8]) -> tuple[NDArray[Any], ...]:
    request.infer([picture], share_inputs=True)
    return tuple(np.array(tensor.data) for tensor in request.output_tensors)


class OnnxRuntime:
    """The portable way: the same models, several times slower than OpenVINO on x86-64."""

    name = "onnxruntime"

    def __init__(self) -> None:
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"
        import onnxruntime

        self._ort = onnxruntime

    def compile_detector(self) -> Network:
        return _OnnxNetwork(self._open(DETECTOR), finish=None)

    def compile_recogniser(self) -> tuple[Network, Alphabet]:
        session = self._open(RECOGNISER)
        alphabet = _alphabet(session.get_modelmeta().custom_metadata_map["character"])
        return _OnnxNetwork(session, finish=_best_of_probabilities), alphabet

    def _open(self, name: str) -> Any:
        options = self._ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        return self._ort.InferenceSession(
            str(model_file(name)), options, providers=["CPUExecutionProvider"]
        )


Finish = Callable[[NDArray[Any]], tuple[NDArray[Any], ...]]


class _OnnxNetwork:
    def __init__(self, session: Any, finish: Finish | None) -> None:
        self._session = session
        self._finish = finish
        self._input = session.get_inputs()[0].name

    def run(self, picture: NDArray[np.uint8]) -> tuple[NDArray[Any], ...]:
        bgr = picture[..., ::-1].transpose(0, 3, 1, 2).astype(np.float32)
        bgr = (bgr - 127.5) / 127.5
        output = self._session.run(None, {self._input: bgr})[0]
        return self._finish(output) if self._finish else (output,)


def _alphabet(characters: str) -> Alphabet:
    return ("", *characters.splitlines(), " ")


def _best_of_probabilities(probabilities: NDArray[Any]) -> tuple[NDArray[Any], ...]:
    best = probabilities.argmax(axis=2, keepdims=True)
    top = np.take_along_axis(probabilities, best, axis=2)
    return best.astype(np.int32), np.log(np.maximum(top, 1e-9))
