"""The printed title of a VAT invoice: the tax region's name and the type, e.g. 天津 + type.

The region is also digits 2 to 5 of a 12-digit invoice code (1 to 4 of a 10-digit one), so a
title that a seal half covers can be set right, and a QR code supports the title that is read.
Source of the codes: GB/T 2260 province codes; the five cities with a tax bureau of their own.
"""

from __future__ import annotations

import re

from yuepi.documents.layout.view import Hit, View

_REGIONS = {
    "1100": "北京", "1200": "天津", "1300": "河北", "1400": "山西", "1500": "内蒙古",
    "2100": "辽宁", "2102": "大连", "2200": "吉林", "2300": "黑龙江", "3100": "上海",
    "3200": "江苏", "3300": "浙江", "3302": "宁波", "3400": "安徽", "3500": "福建",
    "3502": "厦门", "3600": "江西", "3700": "山东", "3702": "青岛", "4100": "河南",
    "4200": "湖北", "4300": "湖南", "4400": "广东", "4403": "深圳", "4500": "广西",
    "4600": "海南", "5000": "重庆", "5100": "四川", "5200": "贵州", "5300": "云南",
    "5400": "西藏", "6100": "陕西", "6200": "甘肃", "6300": "青海", "6400": "宁夏",
    "6500": "新疆",
}  # fmt: skip


def title_for(code: str, type_name: str) -> str | None:
    """The title that an invoice code implies, or None for an unknown region."""
    region = _REGIONS.get(code[1:5] if len(code) == 12 else code[:4])
    return region + type_name if region else None


def find_title(view: View, type_name: str) -> Hit | None:
    """Where the type is printed, with at most two characters lost under a seal."""
    spaced = r"\s*".join(re.escape(character) for character in type_name)
    if hit := view.first(rf"[一-鿿]{{0,4}}\s*{spaced}"):
        return hit
    for hit in view.search(r"[一-鿿 ]{6,24}"):
        text = re.sub(r"\s", "", hit.text())
        if "发票" in text and distance(text[-len(type_name) :], type_name) <= 2:
            return hit
    return None


def printed_title(hit: Hit, type_name: str, code: str | None) -> str | None:
    """The title as printed, set right by the code where at most two characters differ."""
    text = re.sub(r"\s", "", hit.text())
    if text.endswith(type_name) and len(text) > len(type_name):
        region = text[: -len(type_name)]
        if region in _REGIONS.values():
            return text
    implied = title_for(code, type_name) if code else None
    if implied and distance(text, implied) <= 2:
        return implied
    return text if text.endswith(type_name) else None


def distance(one: str, other: str) -> int:
    """Levenshtein distance."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        diagonal, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (a != b))
    return row[-1]
