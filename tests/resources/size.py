"""How much the long tests try: a small number in every run, all of it in `make faults`.

The examples of Hypothesis are the same in each run of CI, so that many of them prove once and cost
each time.
"""

from __future__ import annotations

import os

FULL = os.environ.get("YUEPI_FULL_SIZE") == "1"


def tries(full: int, *, usual: int) -> int:
    """How many examples, pages, kills: `full` where YUEPI_FULL_SIZE=1, else `usual`."""
    return full if FULL else usual
