"""Small pictures are made larger before their text is looked for; others stay as they are."""

from __future__ import annotations

import numpy as np
import pytest

from yuepi.sight.look import _enlarged


@pytest.mark.parametrize(
    ("size", "times"),
    [((158, 238), 3), ((1, 1), 3), ((441, 486), 3), ((599, 400), 2), ((600, 400), 1)],
)  # fmt: skip
def test_only_thumbnails_are_enlarged(size: tuple[int, int], times: int) -> None:
    picture = np.full((*size, 3), 250, np.uint8)
    larger = _enlarged(picture)
    assert larger.shape == (size[0] * times, size[1] * times, 3)
    assert larger.dtype == np.uint8
    assert (larger is picture) == (times == 1)
