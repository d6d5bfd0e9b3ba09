"""Builds the web page into `src/yuepi/app/ui`: the package's build hook, and what `make` runs.

    python hatch_build.py          build the page if its sources changed since it was built
    python hatch_build.py --force  build it in any case

A hash of the sources lies beside the page, so that a stale one is never shipped. Where Node.js is
missing there is no page, and Yuepi serves its API alone; that is told, not hidden.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
WEB = ROOT / "web"
PAGE = ROOT / "src" / "yuepi" / "app" / "ui"
HASH = PAGE / "source.sha256"
# A copy of the lock file that the packages beside it were installed by.
INSTALLED = WEB / "node_modules" / "installed.lock"
NODE_MIN = 20
NOT_SOURCES = {"node_modules", "dist", ".vite"}


class PageHook(BuildHookInterface[Any]):
    """Puts the page into wheels. An editable install takes what `make` built."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build it, and let it into the wheel although git does not know it."""
        if self.target_name != "wheel" or version == "editable":
            return
        if build():
            build_data["artifacts"].append("src/yuepi/app/ui/**")


def build(*, force: bool = False) -> bool:
    """Whether the page is there, as its sources want it. Raises `CalledProcessError`."""
    if not (WEB / "package.json").is_file():
        return HASH.is_file()
    wanted = source_hash()
    if not force and HASH.is_file() and HASH.read_text().strip() == wanted:
        return True
    npm = shutil.which("npm")
    if npm is None or node_version() < NODE_MIN:
        shutil.rmtree(PAGE, ignore_errors=True)
        _say(f"Node.js {NODE_MIN} or later is missing: no web page is built, the API works alone.")
        return False
    _say("Building the web page ...")
    environment = {**os.environ, "CI": "1"}
    commands = [[npm, "run", "--silent", "build"]]
    lock = (WEB / "package-lock.json").read_bytes()
    if not INSTALLED.is_file() or INSTALLED.read_bytes() != lock:
        commands.insert(0, [npm, "ci"])
    for command in commands:
        subprocess.run(  # noqa: S603 (npm, by the path that was found)
            command, cwd=WEB, env=environment, check=True, stdout=subprocess.DEVNULL
        )
    INSTALLED.write_bytes(lock)
    HASH.write_text(wanted + "\n")
    return True


def source_hash() -> str:
    """Of every file that the page is made from, by path and content."""
    total = hashlib.sha256()
    for path in sorted(WEB.rglob("*")):
        inside = path.relative_to(WEB)
        if NOT_SOURCES.isdisjoint(inside.parts) and path.is_file():
            total.update(f"{inside.as_posix()}\0".encode())
            total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def node_version() -> int:
    """The major version of Node.js; 0 where there is none."""
    node = shutil.which("node")
    if node is None:
        return 0
    told = subprocess.run(  # noqa: S603 (the same of node)
        [node, "--version"], capture_output=True, text=True, check=False
    )
    digits = told.stdout.strip().lstrip("v").partition(".")[0]
    return int(digits) if digits.isdigit() else 0


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


if __name__ == "__main__":
    build(force="--force" in sys.argv[1:])
