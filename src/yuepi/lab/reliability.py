"""Reliability curves as a picture (SVG): what was claimed across, what was right upwards."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from yuepi.lab.calibrate import Bin, Curve

SIDE: Final = 240
MARGIN: Final = 56
_STEPS: Final = 5
_Z: Final = 1.96
_NAMES: Final = {
    "all": "所有 all", "clean": "清晰 clean", "scan": "扫描 scan", "photo": "照片 photo",
    "poor": "质量差 poor",
}  # fmt: skip


def drawing(curves: Sequence[Curve], title: str) -> str:
    """One panel a curve, side by side; the diagonal is a table that holds exactly.

    A point is a bin; its bar is the 95% interval of its share (Wilson), its size tells the count.
    """
    width, height = len(curves) * (SIDE + MARGIN) + MARGIN, SIDE + 3 * MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
        f' height="{height}" font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text x="{MARGIN}" y="24" font-size="15">{escape(title)}</text>',
    ]
    for at, curve in enumerate(curves):
        parts += _panel(curve, MARGIN + at * (SIDE + MARGIN), 2 * MARGIN - 10)
    return "\n".join((*parts, "</svg>")) + "\n"


def _panel(curve: Curve, left: float, top: float) -> Iterator[str]:
    low = _lowest(curve.bins)

    def x(share: float) -> float:
        return left + SIDE * (share - low) / (1 - low)

    def y(share: float) -> float:
        return top + SIDE * (1 - (max(share, low) - low) / (1 - low))

    name = _NAMES.get(curve.name, curve.name)
    error = f"ECE {curve.error:.3f} [{curve.low:.3f}, {curve.high:.3f}]"
    yield f'<text x="{left}" y="{top - 24}">{escape(name)}: {curve.cases}</text>'
    yield f'<text x="{left}" y="{top - 8}" fill="#555">{error}</text>'
    yield f'<rect x="{left}" y="{top}" width="{SIDE}" height="{SIDE}" fill="none" stroke="#999"/>'
    yield _line(x(low), y(low), x(1.0), y(1.0), "#bbb", "4 3")
    for step in range(_STEPS + 1):
        share = low + (1 - low) * step / _STEPS
        at = f"{share:.2f}"
        yield f'<text x="{x(share):.1f}" y="{top + SIDE + 16}" text-anchor="middle">{at}</text>'
        yield f'<text x="{left - 4}" y="{y(share) + 4:.1f}" text-anchor="end">{at}</text>'
    for each in curve.bins:
        down, up = _interval(each)
        yield _line(x(each.claimed), y(down), x(each.claimed), y(up), "#2563eb", "")
        radius = 2.5 + 5 * math.sqrt(each.count / max(1, curve.cases))
        yield (
            f'<circle cx="{x(each.claimed):.1f}" cy="{y(each.right):.1f}" r="{radius:.1f}"'
            f' fill="#2563eb" fill-opacity="0.7"><title>{each.count}: {each.claimed:.3f} → '
            f"{each.right:.3f}</title></circle>"
        )
    middle = left + SIDE / 2
    said = "所称 claimed → 实际 right"
    yield f'<text x="{middle}" y="{top + SIDE + 34}" text-anchor="middle" fill="#555">{said}</text>'


def _line(x0: float, y0: float, x1: float, y1: float, ink: str, dash: str) -> str:
    return (
        f'<line x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}" stroke="{ink}"'
        f' stroke-dasharray="{dash}"/>'
    )


def _lowest(bins: Sequence[Bin]) -> float:
    """Where the axes begin: at the lowest point, in steps of a tenth, so that all is seen."""
    least = min((min(each.claimed, each.right) for each in bins), default=0.0)
    return min(0.9, math.floor(least * 10) / 10)


def _interval(each: Bin) -> tuple[float, float]:
    z2, share, count = _Z**2, each.right, each.count
    centre = share + z2 / (2 * count)
    spread = _Z * math.sqrt(share * (1 - share) / count + z2 / (4 * count**2))
    return (centre - spread) / (1 + z2 / count), (centre + spread) / (1 + z2 / count)
