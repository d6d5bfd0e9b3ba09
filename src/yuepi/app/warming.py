"""Loading at the start of a server: models, again while they fail, and what search stands on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, Literal

from yuepi.gateway.deployment import Deployment
from yuepi.kit.errors import YuepiError
from yuepi.library.checking import has_read
from yuepi.library.index.contract import Within
from yuepi.library.scope import EVERYTHING

if TYPE_CHECKING:
    from yuepi.app.library import Library

LOG = logging.getLogger(__name__)

AGAIN_S: Final = 5.0
AGAIN_S_MAX: Final = 60.0
TRIED: Final = "合同 contract"

Warmth = Literal["loading", "ready", "failed"]


async def warm_all(deployments: Iterable[Deployment], warming: dict[str, Warmth]) -> None:
    """Load models one after the other, telling in `warming` what became of each.

    One that fails is logged and tried again after a pause, 5 s and each time twice as long up to a
    minute: a server that is taken out of use until it is ready gets no question that would load
    it. Returns when all are loaded.
    """
    left = list(deployments)
    warming.update((each.name, "loading") for each in left)
    level, pause_s = logging.WARNING, AGAIN_S
    while left:
        left = [each for each in left if not await _loaded(each, warming, level)]
        if left:
            await asyncio.sleep(pause_s)
            # Told once aloud: it is the same failure as long as nobody mends it.
            level, pause_s = logging.INFO, min(2 * pause_s, AGAIN_S_MAX)


async def _loaded(deployment: Deployment, warming: dict[str, Warmth], level: int) -> bool:
    name = deployment.name
    warming[name] = "loading"
    try:
        await deployment.engine.warm()
    except YuepiError as error:
        LOG.log(level, "%s: %s; %s", name, error.message, error.remedy)
    except Exception:
        LOG.log(level, "%s: loading failed unexpectedly", name, exc_info=True)
    else:
        warming[name] = "ready"
        return True
    warming[name] = "failed"
    return False


async def warm_library(library: Library) -> None:
    """Load the index and what makes vectors, which the first search would wait for; nothing where
    nothing was read, for it takes memory. Whoever searches meanwhile waits for the same loading;
    what fails is told by each search."""
    try:
        if not await has_read(library.database):
            return
        await library.index.by_words(TRIED, Within(EVERYTHING), 1)
        if library.embed is not None:
            for vector in await library.embed([TRIED], True):
                await library.index.by_meaning(vector, Within(EVERYTHING), 1)
    except YuepiError as error:
        LOG.info("search is not loaded yet: %s", error)
