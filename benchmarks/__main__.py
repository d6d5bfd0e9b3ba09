"""`python -m benchmarks`: choose what to measure."""

from __future__ import annotations

import argparse


def main() -> None:
    """Parse the arguments and run one measurement."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("what", choices=("speed", "accuracy", "real"))
    parser.add_argument("--count", type=int, default=500, help="generated documents (accuracy)")
    parser.add_argument("--seed", type=int, default=90_000, help="first seed (accuracy)")
    parser.add_argument("--verbose", action="store_true", help="show every wrong field")
    options = parser.parse_args()
    if options.what == "real":
        from benchmarks.real import run

        run(options.verbose)
    elif options.what == "accuracy":
        from benchmarks.accuracy import measure

        measure(options.count, options.seed, options.verbose)
    else:
        from benchmarks.speed import compare

        compare()


if __name__ == "__main__":
    main()
