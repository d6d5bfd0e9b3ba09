"""Opens the index, in a folder or under `s3://BUCKET/PREFIX`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yuepi.library.index.lance import LanceIndex


def open_index(
    place: str | Path,
    options: Mapping[str, str] | None = None,
    *,
    embedder: str = "",
    dimensions: int = 384,
) -> LanceIndex:
    """The index at a place; nothing is read or made before it is first used.

    options for S3: `endpoint`, `region`, `access_key_id`, `secret_access_key`, as for
    `kit.blobs.open_blobs`; what is not given is taken from the AWS_* environment. embedder: what
    tells its vectors from those of others (its name, the weights' version); dimensions: of its
    vectors. Raises `BadUsage` for another kind of place. `close` gives it back.
    """
    # Its library takes a while to load: commands that search nothing do without.
    from yuepi.library.index.lance import LanceIndex

    return LanceIndex(place, options or {}, embedder, dimensions)
