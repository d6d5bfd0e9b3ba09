"""What the QR codes on a document say against what is printed on it. Pure.

Any code in the shape of an invoice's counts, of whatever kind: a forger may add one that agrees and
leave the true one. A difference is never resolved here; it is shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from yuepi.documents.kinds.kind import Kind
from yuepi.documents.readers.codes import CodeReading
from yuepi.documents.reading import Field, Finding

_SHOWN_MAX = 80


def check_codes(
    kind: Kind, fields: Mapping[str, Field], codes: Sequence[CodeReading]
) -> Iterator[Finding]:
    """`qr_malformed`: a code begins like an invoice's and is none. `qr_differs`: a code of another
    kind, or an amount that is neither of the two printed; where only one of the two was read, the
    code's may be the other: then a warning.
    """
    for code in codes:
        if not code.is_invoice:
            yield _malformed(code.text[:_SHOWN_MAX])
        if code.kind is not None and code.kind != kind.name:
            yield _differs("kind", code.kind, kind.name)
        if code.amount_or_total is None:
            continue
        printed = {
            name: fields[name].value
            for name in ("amount", "total")
            if name in fields and fields[name].value is not None
        }
        if printed and code.amount_or_total not in printed.values():
            yield _differs(
                "amount",
                code.amount_or_total,
                " / ".join(str(value) for value in printed.values()),
                certain=len(printed) == sum(name in fields for name in ("amount", "total")),
            )


def _malformed(text: str) -> Finding:
    return Finding(
        code="qr_malformed",
        severity="warning",
        message=f"A QR code begins like an invoice's but has not its shape: {text}",
        message_zh=f"二维码形似发票二维码但格式不符：{text}",
    )


def _differs(what: str, coded: str, printed: str, *, certain: bool = True) -> Finding:
    words = {"kind": "票种", "amount": "金额"}
    return Finding(
        code="qr_differs",
        severity="error" if certain else "warning",
        message=f"The QR code's {what} {coded} is not what is printed: {printed}",
        message_zh=f"二维码的{words[what]} {coded} 与票面 {printed} 不一致",
        fields=("amount", "total") if what == "amount" else ("type",),
    )
