"""`yuepi worker`: one process that works on claims, beside `yuepi serve` or on another machine."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from yuepi.app.speaking import Speaker
from yuepi.app.words import Words
from yuepi.kit.settings import load_settings


@dataclass(frozen=True)
class Asked:
    """What the command line says.

    hosted: another process keeps our standard input open, and is outlived only to drain.
    """

    data: Path
    hosted: bool = False


def run(asked: Asked, speaker: Speaker) -> int:
    """Work until told to stop. Never returns: it ends the process, with 0 where it was told to."""
    settings = load_settings(asked.data)
    _log_to_stderr()
    # Here, not above: whoever only asks for help must not load all of it.
    from yuepi.app.work import open_work, worker_options
    from yuepi.app.worker import hold_process
    from yuepi.app.worker_reader import DeskReader

    reader = DeskReader(folder=settings.folder)
    hold_process(
        lambda: open_work(settings, reader),
        worker_options(settings),
        ready=lambda executor_id: _tell(executor_id, speaker),
        parent_pipe=sys.stdin.fileno() if asked.hosted else None,
    )


def _tell(executor_id: str, speaker: Speaker) -> None:
    """One line, or one JSON value, when claims can come."""
    if speaker.as_json:
        speaker.give({"executor": executor_id})
    ready = f"阅批工作进程已就绪：{executor_id}", f"Yuepi's worker is ready: {executor_id}"
    speaker.say(speaker.said(Words(*ready)))
    sys.stdout.flush()


def _log_to_stderr() -> None:
    import logging

    logging.basicConfig(
        stream=sys.stderr,
        level=logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
