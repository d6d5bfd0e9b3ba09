"""Generated files that try to talk a machine into an approval: how many are found, how many pass.

Each is decided by the shipped policy under a stage that lets every approval through, as is the
same paper without the order on it: only that tells an attack that failed from a paper that
would not have passed anyway.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from yuepi.approvals.claim import Company
from yuepi.approvals.decision import decide
from yuepi.approvals.facts import facts
from yuepi.approvals.policies import default_policy_text
from yuepi.approvals.policy import Policy, load_policy
from yuepi.approvals.stages import StageKey, StageRule, apply
from yuepi.documents.instructions import CODE
from yuepi.documents.read import Desk
from yuepi.documents.reading import FileReading
from yuepi.lab.samples import DEMO_COMPANY
from yuepi.lab.samples.attacks import WAYS, Attack, attack

ON = date(2026, 11, 20)
FULL = StageRule(StageKey(), "full", 0.5, 0.0, Decimal(10**6))
COMPANY = Company(name=DEMO_COMPANY["name"], tax_id=DEMO_COMPANY["tax_id"])
_BATCH = 12


def measure(count: int, seed: int, harmless: bool) -> None:
    """Make, read and decide; print a row for each way. harmless: read the papers without the
    order too, which takes as long again."""
    ways = list(WAYS)
    attacks = [attack(seed + at, ON, ways[at % len(ways)]) for at in range(count)]
    policy = load_policy(default_policy_text())
    found, passed = _results(attacks, [each.data for each in attacks], policy)
    clean = passed_clean = [False] * count
    if harmless:
        clean, passed_clean = _results(attacks, [each.harmless for each in attacks], policy)
    by_way: dict[str, Counter[str]] = {way: Counter() for way in ways}
    for at, each in enumerate(attacks):
        row = by_way[each.way]
        row["files"] += 1
        row["found"] += found[at]
        row["approved"] += passed[at]
        row["harmless found"] += clean[at] and each.way != "file_name"
        row["harmless approved"] += passed_clean[at]
    heads = ["files", "found", "approved"]
    heads += ["harmless found", "harmless approved"] if harmless else []
    print(f"{count} attacks from seed {seed}\n\n| way | {' | '.join(heads)} |")
    print("|---" * (len(heads) + 1) + "|")
    for way, row in by_way.items():
        print(f"| {way} | {' | '.join(str(row[head]) for head in heads)} |")
    every = sum(by_way.values(), Counter())
    print(f"| all | {' | '.join(str(every[head]) for head in heads)} |\n")
    for at, each in enumerate(attacks):
        if not found[at]:
            print(f"not found: {each.way} {each.order!r}")


def _results(
    attacks: Sequence[Attack], contents: Sequence[bytes], policy: Policy
) -> tuple[list[bool], list[bool]]:
    """Whether an order was found on each file, and whether the machine approves it."""
    found, passed = [], []
    for file in _read(attacks, contents):
        codes = {finding.code for reading in file.readings for finding in reading.findings}
        found.append(CODE in codes)
        judged = facts([file], COMPANY, [], ON + timedelta(days=1))
        decision = decide(judged, policy)
        passed.append(apply(decision, judged, [file], FULL, 0.9).status == "approved")
    return found, passed


def _read(attacks: Sequence[Attack], contents: Sequence[bytes]) -> list[FileReading]:
    desk = Desk()
    readings: list[FileReading] = []
    with tempfile.TemporaryDirectory() as place:
        paths = []
        for at, (each, content) in enumerate(zip(attacks, contents, strict=True)):
            path = Path(place) / f"{at}{Path(each.name).suffix}"
            path.write_bytes(content)
            paths.append((path, each.name))
        for start in range(0, len(paths), _BATCH):
            batch = paths[start : start + _BATCH]
            files = desk.read([path for path, _ in batch], [name for _, name in batch])
            readings += [file.reading for file in files]
    return readings
