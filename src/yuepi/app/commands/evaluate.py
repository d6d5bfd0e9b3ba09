"""`yuepi eval read`: how well documents of a set are read, beside published figures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from yuepi.app.speaking import Speaker
from yuepi.app.visible import visible_line
from yuepi.app.words import Words

if TYPE_CHECKING:
    from yuepi.lab.evaluate import Report

_MEASURES: Final = {
    "characters_f1": Words("字符 F1", "characters read (F1)"),
    "answers_right": Words("回答正确", "answers right"),
    "seconds_per_document": Words("每份秒数", "seconds a document"),
    "peak_memory_gb": Words("内存峰值 GB", "peak memory, GB"),
}
_LISTED_MAX: Final = 50


@dataclass(frozen=True)
class Asked:
    """What the command line says. engine: a route or model of the settings in `data`."""

    folder: Path
    engine: str | None
    limit: int | None
    data: Path


def run(asked: Asked, speaker: Speaker) -> int:
    """Measure and show; 1 where a wrong value was called confirmed."""
    from yuepi.app.evaluated import open_engine
    from yuepi.lab.evaluate import evaluate, read_set

    cases = read_set(asked.folder, asked.limit)
    with (
        open_engine(asked.engine, asked.data) as engine,
        speaker.progress(len(cases), Words("测量", "Measuring")) as progress,
    ):
        report = evaluate(cases, engine.read, engine.ask, progress)
    if speaker.as_json:
        speaker.give(told(report, asked.engine))
    else:
        _show(report, asked.engine, speaker)
    return 1 if report.score.silent else 0


def told(report: Report, engine: str | None) -> dict[str, object]:
    """A report as JSON values."""
    from yuepi.lab.evaluate import PUBLISHED

    score = report.score
    return {
        "engine": engine or "ocr",
        "files": report.files,
        "measures": {
            name: {"ours": ours, "published": PUBLISHED[name]}
            for name, ours in report.figures().items()
        },
        "characters_counted_on": report.basis,
        "questions": report.asked,
        "questions_right": report.answered,
        "fields": score.counts["fields"],
        "fields_right": score.share("right"),
        "fields_confirmed": score.share("confirmed"),
        "fields_missing": score.share("missing"),
        "silent_errors": score.silent,
        "wrong_kind": report.wrong_kind,
        "failed": report.failed,
        "by_kind": {
            kind: {
                "fields": each.counts["fields"],
                "right": each.share("right"),
                "confirmed": each.share("confirmed"),
                "silent": len(each.silent),
            }
            for kind, each in report.by_kind.items()
        },
    }


def _show(report: Report, engine: str | None, speaker: Speaker) -> None:
    from yuepi.lab.evaluate import PUBLISHED
    from yuepi.lab.scoring import HEADINGS

    heads = Words(
        f"| 指标 | {engine or 'ocr'} | 文章报告 |",
        f"| measure | {engine or 'ocr'} | articles |",
    )
    speaker.say(speaker.said(heads) + "\n|---|---|---|")
    for name, ours in report.figures().items():
        published = _written(name, PUBLISHED[name])
        speaker.say(f"| {speaker.said(_MEASURES[name])} | {_written(name, ours)} | {published} |")
    on = Words(
        {"text": "整页文字", "values": "各字段的值"}[report.basis],
        {"text": "whole pages", "values": "the values of the fields"}[report.basis],
    )
    note = Words(
        f"字符按{on.zh}计；答案 = 字段 {report.score.counts['fields']} 个与问题 {report.asked} 个。"
        "文章的数字来自它自己的单据和机器。",
        f"Characters are counted on {on.en}; answers are {report.score.counts['fields']} fields "
        f"and {report.asked} questions. The articles' figures are of their own documents and "
        "machine.",
    )
    speaker.say(f"\n{speaker.said(note)}\n\n{HEADINGS}")
    for kind, score in sorted(report.by_kind.items()):
        speaker.say(score.row(kind))
    speaker.say(report.score.row(speaker.said(Words("全部", "all"))))
    for title, lines in (
        (Words("错误却标为已印证", "wrong although confirmed"), report.score.silent),
        (Words("种类不对", "of another kind"), report.wrong_kind),
        (Words("未能读取", "not read"), report.failed),
    ):
        speaker.say(f"\n{speaker.said(title)}: {len(lines)}")
        for line in lines[:_LISTED_MAX]:
            speaker.say(f"  {visible_line(line)}")


def _written(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.1%}" if name in ("characters_f1", "answers_right") else f"{value:.1f}"
