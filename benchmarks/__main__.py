"""`python -m benchmarks [speed|accuracy|real]`: all of them where none is named."""

from __future__ import annotations

import argparse

_ALL = ("speed", "accuracy", "real")


def main() -> None:
    """Parse the arguments and run one measurement."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("what", nargs="?", default="all", choices=("all", *_ALL))
    parser.add_argument("--count", type=int, default=120, help="generated documents (accuracy)")
    parser.add_argument("--seed", type=int, default=90_000, help="first seed (accuracy)")
    parser.add_argument("--verbose", action="store_true", help="show every wrong field")
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

        measure(options.count, options.seed, options.verbose)
    else:
        from benchmarks.real import run

        run(options.verbose)


if __name__ == "__main__":
    main()
