"""The gRPC code that is made from `vision.proto`.

    python scripts/proto.py            make it anew
    python scripts/proto.py --check    exit code 1 where it is not what the proto file makes

The made code is committed: an installed Yuepi needs no compiler. tests/rooms/app/test_grpc_door.py
runs the check.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent / "src"
FOLDER = Path("yuepi/app/proto/yuepi/v1")
PROTO = FOLDER / "vision.proto"
MADE = tuple(FOLDER / f"vision_pb2{end}" for end in (".py", ".pyi", "_grpc.py"))

# The made code has no types that strict checking would accept.
HEAD = "# mypy: ignore-errors\n"


def made() -> dict[Path, str]:
    """The text of every made file, by its path below `src`."""
    # Beside the other imports it would be needed by whoever only reads this file's names.
    from grpc_tools import protoc

    with tempfile.TemporaryDirectory() as folder:
        outputs = [f"--{kind}_out={folder}" for kind in ("python", "pyi", "grpc_python")]
        # The whole path below `src` as the proto's own makes the imports inside right as they are.
        code = protoc.main(["protoc", f"-I{SOURCE}", *outputs, str(SOURCE / PROTO)])
        if code != 0:
            raise SystemExit(f"protoc failed with {code}")
        return {path: HEAD + (Path(folder) / path).read_text(encoding="utf-8") for path in MADE}


def main(arguments: list[str]) -> int:
    """Write, or compare with --check."""
    differing = [
        path
        for path, text in made().items()
        if not (SOURCE / path).is_file() or (SOURCE / path).read_text(encoding="utf-8") != text
    ]
    if "--check" in arguments:
        for path in differing:
            print(f"{path}: not what {PROTO} makes; run scripts/proto.py")
        return 1 if differing else 0
    for path, text in made().items():
        (SOURCE / path).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
