"""`yuepi read`: files to typed fields with their evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from yuepi.app.gather import gather, shown_names
from yuepi.app.speaking import Speaker
from yuepi.app.wiring import AskedModel, Wiring
from yuepi.app.words import Words
from yuepi.documents.read import FileRead


def run(
    paths: Sequence[Path],
    save: Path | None,
    speaker: Speaker,
    wiring: Wiring,
    model: AskedModel | None = None,
    *,
    reveal: bool = False,
    tables: Path | None = None,
) -> int:
    """Read, show, save; 1 where a file could not be read, else 0. model: asked for what stays
    doubtful. reveal: personal data whole. tables: the folder to save tables in."""
    if tables is not None:
        # Found out now, as for `save`.
        from yuepi.app.report.save import writable_folder

        writable_folder(tables)
    files = read_all(paths, save, speaker, wiring, model=model)
    if not reveal:
        files = in_part(files)
    if speaker.as_json:
        speaker.give({"files": [file.reading for file in files]})
    else:
        from yuepi.app.show import shown_file

        console = speaker.console()
        for file in files:
            console.print(shown_file(file.reading, speaker.language))
    if save is not None:
        from yuepi.app.report.claim import ShownClaim

        title = Words("读取结果", "What was read")
        save_report(save, [ShownClaim(title, files)], speaker)
    if tables is not None:
        from yuepi.app.table_files import save_tables

        count = save_tables(tables, files)
        words = Words(f"表格：{count} 个，在 {tables}", f"Tables: {count}, in {tables}")
        speaker.note(speaker.said(words))
    return 1 if any(file.reading.error for file in files) else 0


def in_part(files: Sequence[FileRead]) -> list[FileRead]:
    """The files as people are shown them: personal data in part; pictures stay as they are."""
    from yuepi.documents.masking import masked_file

    return [replace(file, reading=masked_file(file.reading)) for file in files]


def read_all(
    paths: Sequence[Path],
    save: Path | None,
    speaker: Speaker,
    wiring: Wiring,
    names: Sequence[str] | None = None,
    model: AskedModel | None = None,
) -> list[FileRead]:
    """The readings of the named files and folders, with pictures where they will be saved.

    names: what the files are called, where all paths are files; else `shown_names` says. model:
    asked for what stays doubtful.
    """
    if save is not None:
        # Found out now, not after a minute of reading.
        from yuepi.app.report.save import writable_folder

        writable_folder(save)
    files = gather(paths)
    with speaker.progress(len(files)) as progress:
        called = shown_names(files, paths) if names is None else names
        if model is not None:
            return wiring.read_with_model(files, called, progress, model)
        return wiring.read(files, called, save is not None, progress)


def save_report(save: Path, claims: Sequence[object], speaker: Speaker) -> Path:
    """Write the report and its pictures, and say where they lie."""
    from yuepi.app.report.claim import ShownClaim
    from yuepi.app.report.save import save_claims

    shown = [claim for claim in claims if isinstance(claim, ShownClaim)]
    report = save_claims(save, shown, speaker.language)
    words = Words(f"报告：{report}", f"Report: {report}")
    speaker.note(speaker.said(words))
    return report
