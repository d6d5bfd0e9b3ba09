"""Labels that read downwards: single characters, one below the other, put together to one line."""

from __future__ import annotations

from typing import Any

# Labels that Chinese invoices print downwards, one character below the other. Only these are put
# together: a column of one-character units ("个", "次") looks just the same.
_LABELS = {
    "购买方",
    "销售方",
    "购方",
    "销方",
    "购货方",
    "销货方",
    "购货单位",
    "销货单位",
    "购买方信息",
    "销售方信息",
    "密码区",
    "备注",
    "发票联",
    "抵扣联",
    "记账联",
}


def with_downward_labels(
    lines: list[dict[str, Any]], width: float, height: float
) -> list[dict[str, Any]]:
    """Single characters stacked to a known label become one line with a tall box."""
    singles = [line for line in lines if len(line["text"]) == 1 and line["text"] >= "一"]
    singles.sort(key=lambda line: line["box"][1])
    used: set[int] = set()
    labels: list[dict[str, Any]] = []
    for top in singles:
        if id(top) in used:
            continue
        stack = _stack_below(top, singles, width, height)
        for size in range(len(stack), 1, -1):
            text = "".join(line["text"] for line in stack[:size])
            if text in _LABELS:
                used.update(id(line) for line in stack[:size])
                labels.append(top | {"stops": [], "text": text, "box": _around(stack[:size])})
                break
    return [line for line in lines if id(line) not in used] + labels


def _stack_below(
    top: dict[str, Any], singles: list[dict[str, Any]], width: float, height: float
) -> list[dict[str, Any]]:
    stack = [top]
    for line in singles:
        last = stack[-1]["box"]
        box = line["box"]
        em = (last[3] - last[1]) * height
        step = (box[1] - last[1]) * height
        if abs(box[0] - last[0]) * width < 0.3 * em and 0.6 * em < step < 3.0 * em:
            stack.append(line)
    return stack


def _around(lines: list[dict[str, Any]]) -> list[float]:
    boxes = [line["box"] for line in lines]
    return [
        min(b[0] for b in boxes),
        min(b[1] for b in boxes),
        max(b[2] for b in boxes),
        max(b[3] for b in boxes),
    ]
