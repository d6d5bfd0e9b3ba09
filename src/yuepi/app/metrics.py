"""The numbers in Prometheus' text format: the gateway's, counted since the start of the process,
and the desk's, as its database has them now.

Labels are names of the settings file and outcomes, never what a caller sent: their number is
bounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    GC_COLLECTOR,
    CollectorRegistry,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from yuepi.app.compose import Composition
from yuepi.app.desk_numbers import DeskNumbers

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST

_BREAKER_STATES: Final = ("closed", "half_open", "open")
_INDEX_STATES: Final = ("fresh", "behind", "broken")
_GAUGES: Final = (
    ("running", "yuepi_calls_running", "Calls that a model works on now"),
    ("waiting", "yuepi_calls_waiting", "Calls that wait for a place at a model"),
)
_COUNTERS: Final = (
    ("calls", "yuepi_model_calls", "Calls that reached a model"),
    ("extra_tries", "yuepi_model_extra_tries", "Tries beyond the first"),
    ("refused", "yuepi_model_refused", "Calls refused for want of a place"),
    ("breaker_opened", "yuepi_breaker_opened", "Times that the breaker opened"),
)


def metrics_text(composition: Composition, desk: DeskNumbers | None) -> bytes:
    """All numbers, those of the process included (memory, CPU seconds, open files).

    desk: what was just asked of the database; None: it does not answer, and they are left out.
    """
    registry = CollectorRegistry()
    registry.register(_Gateway(composition))
    if desk is not None:
        registry.register(_Desk(desk))
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    registry.register(GC_COLLECTOR)
    return generate_latest(registry)


class _Gateway(Collector):
    def __init__(self, composition: Composition) -> None:
        self._composition = composition

    def collect(self) -> Iterable[Metric]:
        counted = self._composition.gateway.snapshot()
        yield from _calls(counted)
        yield from _models(counted["deployments"])
        yield from _cache(counted["cache"])
        records = self._composition.records
        if records is not None:
            yield GaugeMetricFamily(
                "yuepi_call_log_waiting", "Call records not yet written", records.log.waiting
            )
            yield CounterMetricFamily(
                "yuepi_call_log_written", "Call records written", records.log.written
            )
            yield CounterMetricFamily(
                "yuepi_call_log_dropped", "Call records lost", records.log.dropped
            )
            yield CounterMetricFamily(
                "yuepi_call_log_left_out",
                "Refused calls without a record, beyond one a second for each key and reason",
                records.log.left_out,
            )


class _Desk(Collector):
    def __init__(self, numbers: DeskNumbers) -> None:
        self._numbers = numbers

    def collect(self) -> Iterable[Metric]:
        numbers, waiting = self._numbers, self._numbers.waiting
        claims = GaugeMetricFamily(
            "yuepi_claims", "Claims on which somebody has something to do", labels=["status"]
        )
        for status, count in waiting.claims.items():
            claims.add_metric([status], count)
        yield claims
        yield GaugeMetricFamily(
            "yuepi_claims_oldest_received_seconds",
            "For how long the machine has had the oldest claim that it is not done with",
            waiting.oldest_received_s,
        )
        yield GaugeMetricFamily("yuepi_workers_alive", "Workers that are alive", waiting.workers)
        yield GaugeMetricFamily(
            "yuepi_outbox_waiting", "Messages not yet delivered", numbers.outbox_waiting
        )
        yield GaugeMetricFamily(
            "yuepi_outbox_dead", "Messages that were given up", numbers.outbox_dead
        )
        yield GaugeMetricFamily(
            "yuepi_audit_entries", "Entries of the audit record", numbers.audit_entries
        )
        yield from _library(numbers)


def _library(numbers: DeskNumbers) -> Iterable[Metric]:
    documents = GaugeMetricFamily(
        "yuepi_library_documents", "Documents by how their reading stands", labels=["state"]
    )
    for state, count in numbers.library.documents.items():
        documents.add_metric([state], count)
    yield documents
    waiting = GaugeMetricFamily(
        "yuepi_library_waiting", "Pieces of work on documents that wait", labels=["work"]
    )
    left = numbers.library.waiting
    for work, count in (("read", left.parts), ("words", left.words), ("meaning", left.meaning)):
        waiting.add_metric([work], count)
    yield waiting
    if numbers.index is not None:
        index = GaugeMetricFamily("yuepi_library_index", "1 for how the index is", labels=["state"])
        for state in _INDEX_STATES:
            index.add_metric([state], float(numbers.index == state))
        yield index


def _calls(counted: Mapping[str, Any]) -> Iterable[Metric]:
    calls = CounterMetricFamily("yuepi_calls", "Calls ended", labels=["route", "outcome"])
    for labels, number in counted["outcomes"].items():
        calls.add_metric(labels, number)
    yield calls
    tokens = CounterMetricFamily("yuepi_tokens", "Tokens used", labels=["model", "kind"])
    for labels, number in counted["tokens"].items():
        tokens.add_metric(labels, number)
    yield tokens


def _models(deployments: Mapping[str, Mapping[str, Any]]) -> Iterable[Metric]:
    breaker = GaugeMetricFamily(
        "yuepi_breaker", "1 for the state the breaker is in", labels=["model", "state"]
    )
    for name, numbers in deployments.items():
        for state in _BREAKER_STATES:
            breaker.add_metric([name, state], float(numbers["breaker"] == state))
    yield breaker
    for key, name, text in _GAUGES:
        gauge = GaugeMetricFamily(name, text, labels=["model"])
        for model, numbers in deployments.items():
            gauge.add_metric([model], numbers[key])
        yield gauge
    for key, name, text in _COUNTERS:
        counter = CounterMetricFamily(name, text, labels=["model"])
        for model, numbers in deployments.items():
            counter.add_metric([model], numbers[key])
        yield counter


def _cache(counted: Mapping[str, int]) -> Iterable[Metric]:
    if not counted:
        return
    answers = CounterMetricFamily(
        "yuepi_cache", "Questions by what the cache knew", labels=["result"]
    )
    for result in ("hits", "misses", "joined"):
        answers.add_metric([result], counted[result])
    yield answers
    yield GaugeMetricFamily("yuepi_cache_bytes", "Bytes of answers kept", counted["bytes"])
