"""One server and one browser for all journeys; each module has a department and people of its own.

At the end the server ended in order, was never surprised, and its record is whole.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.resources.browser import chromium
from tests.resources.serving import CLI, environment
from tests.resources.web_desk import WebDesk, web_desk


@pytest.fixture(scope="package")
def first_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebDesk]:
    """A served desk that nobody's claims are in. Others may take a review over after 30 s."""
    data = tmp_path_factory.mktemp("web") / "data"
    with web_desk(data, settings=["[approvals]", "lease_s = 30"]) as served:
        yield served
        assert served.served.stop() == 0
    told = served.served.stderr.read_text(encoding="utf-8")
    assert "Traceback" not in told, told
    _proved(data)


def _proved(data: Path) -> None:
    command = [*CLI, "audit", "verify", "--json", "--data", str(data)]
    verified = subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=60, env=environment()
    )
    assert verified.returncode == 0, verified.stdout + verified.stderr


@pytest.fixture(scope="package")
def numbers() -> Iterator[int]:
    """Of the departments; the first is there from the start."""
    return count(2)


@pytest.fixture(scope="module")
def desk(first_desk: WebDesk, numbers: Iterator[int]) -> Iterator[WebDesk]:
    """A department with people, and no claims yet."""
    desk = first_desk.another(next(numbers))
    yield desk
    desk.leave()


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found
