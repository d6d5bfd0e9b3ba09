"""All crash runs at full size, on both databases: `make faults`.

1,000 claims and 200 kill -9, then 1,000 claims and 50 SIGSTOP longer than the lease; the negative
control after them must fail. At the end PostgreSQL is away for a minute under `yuepi serve`.
Prints two tables; the exit code is 1 where any run went wrong.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
from pathlib import Path

from tests.faults import database_away
from tests.faults.claims_crash import HEAD, Asked, Outcome, crash, empty_database


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.faults", description=__doc__)
    parser.add_argument("--claims", type=int, default=1_000)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--stops", type=int, default=50)
    parser.add_argument("--lease", type=float, default=5.0, help="seconds")
    parser.add_argument("--away", type=float, default=60.0, help="seconds; 0: leave that out")
    parser.add_argument("--databases", default="sqlite,postgres", help="names with a comma between")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    options = parser.parse_args()
    common = {"lease_s": options.lease, "seed": options.seed}
    runs = []
    for database in options.databases.split(","):
        runs += [
            Asked(database, options.claims, options.kills, 0, **common),
            Asked(database, options.claims, 0, options.stops, **common),
        ]
        runs.append(Asked(database, 24, 6, 0, broken_guard=True, pause_s=2.0, seed=3))
    print(
        f"seed {options.seed}, lease {options.lease:g} s", HEAD, _rule(HEAD), sep="\n", flush=True
    )
    good = True
    for asked in runs:
        outcome = _run(asked)
        print(outcome.line(), *outcome.slow, *outcome.notes, sep="\n", flush=True)
        good &= outcome.ok != asked.broken_guard
    if options.away and "postgres" in options.databases:
        told = database_away.away(options.away)
        head = database_away.AWAY_HEAD
        print("", head, _rule(head), told.line(), *told.wrong, sep="\n", flush=True)
        good &= told.ok
    print("all as it must be" if good else "SOMETHING WENT WRONG: see the table")
    return 0 if good else 1


def _run(asked: Asked) -> Outcome:
    folder = Path(tempfile.mkdtemp(prefix="yuepi-crash-"))
    try:
        with empty_database(asked.database, folder) as url:
            return crash(asked, url, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _rule(head: str) -> str:
    return "|---" * (head.count("|") - 1) + "|"


if __name__ == "__main__":
    sys.exit(main())
