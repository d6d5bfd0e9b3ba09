"""The documentation says what is there: links resolve, names exist, made parts are current."""

from __future__ import annotations

import ast
import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import click
import pytest

from scripts import docs
from yuepi.app.cli import commands
from yuepi.approvals.decision import Decision, Reason
from yuepi.documents.kinds import known_kinds
from yuepi.documents.reading import Evidence, Field, FileReading, Reading
from yuepi.kit import settings_tables

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCE = REPOSITORY / "src" / "yuepi"
PAGES = sorted([*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/**/*.md")])
READMES = (REPOSITORY / "README.md", REPOSITORY / "README.zh-CN.md")
TOUR = REPOSITORY / "docs" / "tour.md"
STEP = re.compile(r"\[`(?P<file>[\w/]+\.py)::(?P<name>[\w.]+)`\]\((?P<link>[^)]+)\)")
PICTURE_BYTES_MAX = 400 * 1024


def links(page: Path) -> Iterator[str]:
    """The relative links of a page, pictures included; code is no link."""
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.S)
    for target in re.findall(r"\]\(([^)\s]+)[^)]*\)", text):
        if not re.match(r"[a-z]+:", target):
            yield target


def anchors(page: Path) -> set[str]:
    """The ids that a page's headings get: lower case, words joined by hyphens."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.M)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


@cache
def defined(file: Path) -> frozenset[str]:
    """Functions and classes of a file, and methods as `Class.method`."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    found = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, kinds):
            found.add(node.name)
            inner = node.body if isinstance(node, ast.ClassDef) else []
            found |= {f"{node.name}.{each.name}" for each in inner if isinstance(each, kinds)}
    return frozenset(found)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_links_resolve(page: Path) -> None:
    for link in links(page):
        path, _, anchor = unquote(link).partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.is_relative_to(REPOSITORY), f"{link} leaves the repository"
        assert target.exists(), f"{link} is not there"
        if anchor:
            assert anchor in anchors(target), f"{link} names no heading"


def test_every_step_of_the_tour_exists() -> None:
    steps = list(STEP.finditer(TOUR.read_text(encoding="utf-8")))
    assert len(steps) > 40
    for step in steps:
        file = SOURCE / step["file"]
        assert (TOUR.parent / step["link"]).resolve() == file, f"{step[0]} links elsewhere"
        assert step["name"] in defined(file), f"{step['file']} has no {step['name']}"


def test_every_named_step_is_linked() -> None:
    """A name without its link would escape the test above."""
    text = TOUR.read_text(encoding="utf-8")
    assert len(re.findall(r"`[\w/]+\.py::", text)) == len(STEP.findall(text))


def test_a_missing_function_is_noticed() -> None:
    assert "accept" in defined(SOURCE / "documents" / "accept.py")
    assert "accept_anything" not in defined(SOURCE / "documents" / "accept.py")
    assert "Desk.read" in defined(SOURCE / "documents" / "read.py")


@pytest.mark.parametrize("page", docs.PAGES)
def test_made_parts_are_current(page: str) -> None:
    text = (REPOSITORY / page).read_text(encoding="utf-8")
    assert docs.PART.search(text)
    assert docs.made_anew(text) == text, "run `.venv/bin/python scripts/docs.py`"


def test_made_parts_are_all_placed() -> None:
    texts = [(REPOSITORY / page).read_text(encoding="utf-8") for page in docs.PAGES]
    placed = [found["name"] for text in texts for found in docs.PART.finditer(text)]
    assert sorted(placed) == sorted(docs.PARTS)


def test_every_kind_is_told() -> None:
    text = docs.kinds()
    for kind in known_kinds():
        assert f"| `{kind.name}` |" in text
        assert kind.title_zh in text


@pytest.mark.parametrize("readme", READMES, ids=lambda page: page.name)
def test_the_first_two_commands(readme: Path) -> None:
    """They come first, there is no third, and the Makefile has them."""
    text = readme.read_text(encoding="utf-8")
    first = re.search(r"((?:^ {4}.+\n)+)", text, flags=re.M)
    assert first is not None
    assert first[1].split("\n")[:-1] == ["    make demo", "    make test"]
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"make ([a-z]+)\b", first[1])):
        assert re.search(rf"^{target}:", makefile, flags=re.M)


@pytest.mark.parametrize("readme", READMES, ids=lambda page: page.name)
def test_the_decision_shown_has_the_shape_of_a_decision(readme: Path) -> None:
    found = re.search(r"```json\n(.*?)```", readme.read_text(encoding="utf-8"), flags=re.S)
    assert found is not None
    shown = json.loads(found[1])
    (file,) = shown.pop("files")
    assert set(shown) == set(Decision.model_fields)
    for reason in shown["reasons"]:
        assert set(reason) == set(Reason.model_fields)
    assert set(file) <= set(FileReading.model_fields)
    for reading in file["readings"]:
        assert set(reading) <= set(Reading.model_fields)
        for field in reading["fields"].values():
            assert set(field) <= set(Field.model_fields)
            for evidence in field["evidence"]:
                Evidence.model_validate(evidence)


def test_pictures_are_small_and_used() -> None:
    used = {(page.parent / link).resolve() for page in PAGES for link in links(page)}
    for picture in (REPOSITORY / "docs" / "pictures").iterdir():
        assert picture.stat().st_size <= PICTURE_BYTES_MAX, picture.name
        assert picture in used, f"nothing shows {picture.name}"


def commands_told(page: Path) -> Iterator[list[str]]:
    """The command lines of `yuepi` in a page's code, as their words."""
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    for line in re.findall(
        r"^(?: {4})?(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?yuepi (.+)$", text, flags=re.M
    ):
        words = shlex.split(re.split(r" [>|] ", line)[0], comments=True)
        yield [word for word in words if word not in ("…", "|")]


def problem_in(words: list[str]) -> str:
    """Which command or option of a command line there is not; empty where all are."""
    command: click.Command = commands
    left = list(words)
    while isinstance(command, click.Group):
        name = left.pop(0) if left else ""
        found = command.commands.get(name)
        if found is None:
            return f"{command.name} has no command {name!r}"
        command = found
    options = {each for parameter in command.params for each in parameter.opts} | {"--help"}
    unknown = [word for word in left if re.match(r"--[a-z]", word)]
    unknown = [word for word in unknown if word.split("=")[0] not in options]
    return f"{command.name} has no {' '.join(unknown)}" if unknown else ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_commands_told_exist(page: Path) -> None:
    for words in commands_told(page):
        assert not problem_in(words), f"yuepi {shlex.join(words)}: {problem_in(words)}"


def test_a_command_that_is_not_there_is_noticed() -> None:
    assert problem_in(["reviews", "take", "rev_1"]) == ""
    assert problem_in(["reviews", "grab"])
    assert problem_in(["reviews", "take", "--now"])


def test_every_setting_of_the_desk_is_told_with_its_default() -> None:
    """But for those that may hold a password: they belong into the environment."""
    page = (REPOSITORY / "docs" / "operate.md").read_text(encoding="utf-8")
    found = re.search(r"```toml\n(.*?)```", page, flags=re.S)
    assert found is not None
    told = tomllib.loads(found[1])
    for name in ("approvals", "workers", "blobs", "mail", "webhooks", "audit"):
        table = getattr(settings_tables, f"{name.title()}Settings")
        defaults = table().model_dump()
        defaults.pop("password", None)
        assert told[name] == defaults, name
