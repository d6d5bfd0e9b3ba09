"""The lock holds everything that is declared, pinned, with hashes, and nothing we refuse."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPOSITORY = Path(__file__).resolve().parents[2]
SETUP = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = "".join(
    (REPOSITORY / name).read_text(encoding="utf-8")
    for name in ("requirements.lock", "requirements-engines.lock")
)
# One entry: `name==version ; marker \` and its hashes, one a line.
ENTRY = re.compile(
    r"^(?P<name>[a-z0-9-]+)==(?P<version>\S+)[^\n]*(?P<hashes>(?:\n    --hash.*)+)", re.M
)
LOCKED = {entry["name"]: entry["version"] for entry in ENTRY.finditer(LOCK)}

# Each with its reason in docs/adr/0003-lock-and-no-deps.md.
REFUSED = {"opencv-python", "opencv-contrib-python", "openvino-telemetry", "pymupdf", "torchvision"}
# Installed by pip as the machine wants it, before the second lock (Makefile).
APART = {"torch"}


def declared() -> list[Requirement]:
    """Every requirement of pyproject.toml: to build, to run, optional, to develop."""
    project = SETUP["project"]
    lists = [
        SETUP["build-system"]["requires"],
        project["dependencies"],
        *project["optional-dependencies"].values(),
        *SETUP["dependency-groups"].values(),
    ]
    return [Requirement(text) for each in lists for text in each]


@pytest.mark.parametrize("wanted", declared(), ids=str)
def test_what_is_declared_is_locked(wanted: Requirement) -> None:
    if wanted.name in APART:
        assert wanted.name not in LOCKED
        assert f"{wanted.name}{wanted.specifier}" in (REPOSITORY / "Makefile").read_text()
        return
    version = LOCKED.get(canonicalize_name(wanted.name))
    assert version is not None, f"{wanted.name} is not in the lock: run scripts/lock.sh"
    assert wanted.specifier.contains(version, prereleases=True)


def test_every_line_is_a_pin_with_hashes() -> None:
    rest = ENTRY.sub("", LOCK)
    assert [line for line in rest.splitlines() if line.strip() and not line.startswith("#")] == []
    assert all(len(digest) == 64 for digest in re.findall(r"sha256:(\S+)", LOCK))


def test_one_version_each() -> None:
    names = [entry["name"] for entry in ENTRY.finditer(LOCK)]
    assert len(names) == len(set(names))


def test_nothing_refused_is_locked() -> None:
    assert REFUSED & set(LOCKED) == set()


def test_no_registry_is_named() -> None:
    assert "://" not in LOCK
    assert "--index-url" not in LOCK
