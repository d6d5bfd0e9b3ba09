"""One desk and one browser for all the journeys of a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.resources.browser import chromium
from tests.resources.web_desk import WebDesk, web_desk


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebDesk]:
    """A served desk with people, and no claims yet. Others may take a review over after 30 s."""
    data = tmp_path_factory.mktemp("web") / "data"
    with web_desk(data, settings=["[approvals]", "lease_s = 30"]) as served:
        yield served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found
