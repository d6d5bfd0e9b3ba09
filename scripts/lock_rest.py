"""Print what a second lock adds to a first, less torch and the CUDA packages that come with it.

python scripts/lock_rest.py FIRST SECOND > REST
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

# `name==version ; marker \` and its hashes, one a line.
ENTRY = re.compile(r"^([a-z0-9-]+)==\S+[^\n]*(?:\n    --hash.*)+", re.M)
# Installed by pip together with torch, whose build decides about them.
TORCH = re.compile(r"^(torch|triton|cuda-.*|nvidia-.*|sympy|networkx|mpmath)$")


def main() -> None:
    """Write the entries to standard output."""
    first, second = (Path(name).read_text(encoding="utf-8") for name in sys.argv[1:3])
    known = {match[1] for match in ENTRY.finditer(first)}
    for match in ENTRY.finditer(second):
        if match[1] not in known and not TORCH.match(match[1]):
            print(match[0])


if __name__ == "__main__":
    main()
