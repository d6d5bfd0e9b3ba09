"""The bundled text models read generated pages; odd pictures and missing models are told."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.resources.desk import ON, the_desk
from yuepi.kit.errors import Unavailable
from yuepi.lab.samples import make, picture
from yuepi.sight.ocr import TextReader, network
from yuepi.sight.ocr.network import OnnxRuntime, OpenVino
from yuepi.sight.ocr.recognise import recognise

Picture = NDArray[np.uint8]


@pytest.fixture(scope="module")
def reader() -> TextReader:
    return the_desk().eye.reader


@pytest.fixture(scope="module")
def page() -> Picture:
    return picture(make("digital_invoice", 7, ON), 170)


def printed(text: str, width: int = 700) -> Picture:
    canvas = np.full((64, width, 3), 255, np.uint8)
    cv2.putText(canvas, text, (14, 44), cv2.FONT_HERSHEY_DUPLEX, 1.1, (20, 20, 20), 2)
    return canvas


@pytest.mark.real
def test_a_page_is_read_line_by_line(reader: TextReader, page: Picture) -> None:
    truth = make("digital_invoice", 7, ON).truth
    lines = reader.read(page).lines
    text = "\n".join(line.text.replace(" ", "") for line in lines)
    for name in ("number", "buyer_name", "seller_tax_id", "total", "total_cn"):
        assert truth[name] in text
    for line in lines:
        assert 0 <= line.box.x0 < line.box.x1 <= 1
        assert 0 <= line.box.y0 < line.box.y1 <= 1
        assert 0.5 <= line.score <= 1
        assert line.stops == () or len(line.stops) == len(line.text)
        assert list(line.stops) == sorted(line.stops)


@pytest.mark.real
def test_a_part_of_a_line_is_found_where_it_stands(reader: TextReader) -> None:
    shown = printed("Amount: 84.20")
    (line,) = reader.read(shown).lines
    inked = np.nonzero((shown < 100).any(axis=(0, 2)))[0]
    widest = int(np.argmax(np.diff(inked)))
    assert line.stops[line.text.index("8")] * 700 == pytest.approx(inked[widest + 1], abs=14)


@pytest.mark.real
def test_pages_read_together_read_as_each_alone(reader: TextReader, page: Picture) -> None:
    other = printed("Order 5521-77")
    together = reader.read_many([page, other])
    assert [each.lines for each in together] == [reader.read(page).lines, reader.read(other).lines]
    assert reader.read_many([]) == []


@pytest.mark.real
@pytest.mark.parametrize("shade", [0, 200, 255])
def test_a_blank_page_has_no_lines(reader: TextReader, shade: int) -> None:
    assert reader.read(np.full((900, 700, 3), shade, np.uint8)).lines == ()


@pytest.mark.real
@pytest.mark.parametrize("size", [(1, 1), (1, 4000), (4000, 1), (3, 3), (40, 6000), (5000, 30)])
def test_odd_sizes_do_no_harm(reader: TextReader, size: tuple[int, int]) -> None:
    noise = np.random.default_rng(3).integers(0, 255, (*size, 3), dtype=np.uint8)
    for strange in (np.full((*size, 3), 255, np.uint8), noise):
        for line in reader.read(strange).lines:
            assert line.text.strip()


@pytest.mark.real
@pytest.mark.parametrize("text", ["Total amount 1,234.56", "2026-11-21 08:30", "9%"])
def test_both_runtimes_read_the_same(text: str) -> None:
    line = printed(text)
    whole = np.array([[0, 0], [700, 0], [700, 64], [0, 64]], np.float32)
    runs = []
    for runtime in (OpenVino(1), OnnxRuntime()):
        model, alphabet = runtime.compile_recogniser()
        runs.append(recognise(model, alphabet, line, whole))
    assert {run.text.replace(" ", "") for run in runs} == {text.replace(" ", "")}
    assert runs[0].score == pytest.approx(runs[1].score, abs=0.05)
    assert runs[0].starts == pytest.approx(runs[1].starts, abs=0.03)


@pytest.mark.real
def test_both_runtimes_see_text_at_the_same_places(page: Picture) -> None:
    small = cv2.resize(page, (640, 416))[None]
    quick, portable = (
        runtime.compile_detector().run(small)[0] > 0.3 for runtime in (OpenVino(1), OnnxRuntime())
    )
    assert quick.any()
    assert (quick != portable).mean() < 0.01


def test_without_the_package_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "find_spec", lambda name: None)
    with pytest.raises(Unavailable, match="rapidocr") as caught:
        network.model_file(network.DETECTOR)
    assert "requirements.lock" in caught.value.remedy


def test_a_missing_model_file_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unavailable, match=r"absent\.onnx"):
        network.model_file("absent.onnx")
    monkeypatch.setattr(network, "RECOGNISER", "absent.onnx")
    with pytest.raises(Unavailable, match=r"absent\.onnx"):
        TextReader(1)


def test_where_openvino_is_missing_the_portable_runtime_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(network, "find_spec", lambda name: None)
    assert network.choose_runtime(1).name == "onnxruntime"


def test_the_models_lie_in_the_installed_package() -> None:
    for name in (network.DETECTOR, network.RECOGNISER):
        assert isinstance(network.model_file(name), Path)
