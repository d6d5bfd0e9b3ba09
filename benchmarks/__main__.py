"""`python -m benchmarks [NAME]`: all but `engines` (which makes 5 GB of weights) by default."""

from __future__ import annotations

import argparse
from pathlib import Path

_ALL = ("speed", "accuracy", "real", "gateway")
_LIBRARY = ("library", "library-speed", "answers")
_KINDS = ("tables", "charts", "forms")
"""Each on generated and on real documents: `real` leaves them to these."""


def main() -> None:
    """Parse the arguments and run one measurement."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    choices = ("all", *_ALL, "engines", "claims", "page", *_KINDS, "attacks", *_LIBRARY)
    parser.add_argument("what", nargs="?", default="all", choices=choices)
    parser.add_argument("--count", type=int, default=120, help="generated documents (accuracy)")
    parser.add_argument("--seed", type=int, default=90_000, help="first seed (accuracy)")
    parser.add_argument("--kinds", default="", help="names of samples with commas (accuracy)")
    parser.add_argument("--verbose", action="store_true", help="show every wrong field")
    parser.add_argument("--peers", type=Path, help="folder for LiteLLM and Portkey (gateway)")
    parser.add_argument("--models", type=Path, default=Path("models"), help="weights (engines)")
    parser.add_argument("--size", choices=("tiny", "2b", "8b"), default="2b", help="(engines)")
    parser.add_argument("--engines", default="", help="names with commas between (engines)")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="(engines)")
    parser.add_argument("--databases", default="sqlite,postgres", help="(claims)")
    parser.add_argument("--claims", type=int, default=400, help="how many a run (claims)")
    parser.add_argument("--cache", type=Path, help="folder of what is kept (library)")
    parser.add_argument("--papers", type=int, default=0, help="how many (library)")
    parser.add_argument("--questions", type=int, default=0, help="how many (library)")
    parser.add_argument("--tuning", action="store_true", help="the half for tuning (library)")
    parser.add_argument("--again", default="", help="make, read, index with commas (library)")
    parser.add_argument("--asker", action="store_true", help="also what is answered (library)")
    parser.add_argument("--chunks", type=int, default=100_000, help="pieces (library-speed)")
    options = parser.parse_args()
    for what in _ALL if options.what == "all" else (options.what,):
        print(f"\n## {what}\n", flush=True)
        _run(what, options)


def _run(what: str, options: argparse.Namespace) -> None:
    if what == "speed":
        from benchmarks.speed import compare

        compare()
    elif what == "accuracy":
        from benchmarks.accuracy import measure

        kinds = tuple(filter(None, options.kinds.split(",")))
        measure(options.count, options.seed, options.verbose, kinds)
    elif what == "gateway":
        from benchmarks.gateway import measure as measure_gateway

        measure_gateway(options.peers)
    elif what == "answers":
        from benchmarks.answers import measure as measure_answers

        measure_answers(options.papers, options.questions, options.seed, tuning=options.tuning)
    elif what == "engines":
        from benchmarks.engines import measure as measure_engines

        measure_engines(options)
    elif what == "page":
        from benchmarks.page import measure as measure_page

        measure_page()
    elif what == "tables":
        from benchmarks.tables import measure as measure_tables

        measure_tables(min(options.count, 24), options.seed, options.verbose)
    elif what == "charts":
        from benchmarks.charts import measure as measure_charts

        measure_charts(min(options.count, 40), options.seed, options.verbose)
    elif what == "forms":
        from benchmarks.forms import measure as measure_forms

        measure_forms(min(options.count, 40), options.seed, options.verbose)
    elif what == "attacks":
        from benchmarks.attacks import measure as measure_attacks

        measure_attacks(options.count, options.seed, options.verbose)
    elif what == "library":
        from benchmarks.library import measure as measure_library

        measure_library(options)
    elif what == "library-speed":
        from benchmarks.library_speed import measure as measure_library_speed

        measure_library_speed(options.chunks)
    elif what == "claims":
        from benchmarks.claims import measure as measure_claims

        measure_claims(options)
    else:
        from benchmarks.real import run

        run(options.verbose)


if __name__ == "__main__":
    main()
