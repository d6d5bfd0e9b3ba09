"""What the parts of a reading are made of: immutable data, and boxes as they are written down."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

from yuepi.kit.boxes import Box

_BOX_DECIMALS = 5
"""A hundredth of a pixel on the largest page that is read."""


def _rounded(box: Box) -> Box:
    return Box(*(round(edge, _BOX_DECIMALS) for edge in box))


Place = Annotated[Box, AfterValidator(_rounded)]
"""A box as it is written down."""


class Plain(BaseModel):
    """Immutable data with exactly the named fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")
