"""Measurements: speed, memory and accuracy, each beside a baseline in the same run.

`python -m benchmarks speed|accuracy|real [--help]` prints Markdown tables for docs/measurements.md.
"""
