"""Size limits: a function of at most 70 lines, a file of at most 400 (web: 300), no exemptions.

    python scripts/sizes.py [FILE|FOLDER ...]

Without arguments: all source of the repository. Prints every excess, exit code 1 if there is one.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 400
WEB_LINES_MAX = 300

PYTHON = {".py", ".pyi"}
WEB = {".vue", ".ts", ".tsx", ".js", ".mjs", ".css"}
ROOTS = ("src", "tests", "benchmarks", "scripts", "deploy", "web/src")
# Not written by people: built pages, the client made from the OpenAPI description.
GENERATED = ("src/yuepi/app/ui/", "web/src/api/schema.d.ts")


def sources(repository: Path) -> Iterator[Path]:
    """Every source file of the repository, in order."""
    for root in ROOTS:
        for path in sorted((repository / root).rglob("*")):
            inside = path.relative_to(repository).as_posix()
            if not any(inside.startswith(made) for made in GENERATED):
                yield path


def excesses(path: Path) -> Iterator[str]:
    """What is too long in one file, as `file:line: text`; nothing for other kinds of files."""
    if path.suffix not in PYTHON | WEB or not path.is_file():
        return
    text = path.read_text(encoding="utf-8")
    lines = len(text.splitlines())
    limit = FILE_LINES_MAX if path.suffix in PYTHON else WEB_LINES_MAX
    if lines > limit:
        yield f"{path}:1: {lines} lines, at most {limit} a file"
    if path.suffix in PYTHON:
        yield from long_functions(path, text)


def long_functions(path: Path, text: str) -> Iterator[str]:
    """Functions over the limit, counted from `def` to the last line, docstring included."""
    for node in ast.walk(ast.parse(text, filename=str(path))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                where = f"{path}:{node.lineno}"
                yield f"{where}: {node.name} has {lines} lines, at most {FUNCTION_LINES_MAX}"


def main(arguments: list[str]) -> int:
    """Checks the named files and folders, or all; returns the exit code."""
    if arguments:
        given = [Path(argument) for argument in arguments]
        paths = [each for path in given for each in ([path, *sorted(path.rglob("*"))])]
    else:
        paths = list(sources(Path(__file__).resolve().parent.parent))
    found = [excess for path in paths for excess in excesses(path)]
    for excess in found:
        sys.stdout.write(excess + "\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
