"""Reading with a model, put together: settings, versions, the worker's reader, the command."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.faults.upstream import Reply, Upstream
from tests.resources.page_evidence import ON
from tests.rooms.documents.test_model_reader import RECEIPT, file_of, says
from yuepi.app.model_reading import AskingReader, model_terms, open_asking, read_asking
from yuepi.app.wiring import AskedModel, Wiring
from yuepi.app.worker_reader import DeskReader
from yuepi.approvals.claim_rows import AttachmentRow
from yuepi.approvals.settlement import reading_entry
from yuepi.documents.kept_reading import ReadFile, files_text
from yuepi.documents.read import FileRead
from yuepi.kit.errors import BadUsage
from yuepi.kit.settings import Settings, parse_settings
from yuepi.lab.samples import make, xml

VL = """
[models.vl]
engine = "openai_compatible"
url = "http://127.0.0.1:1/v1"
model = "stub"
tries_max = 1
"""
NOW = datetime(2026, 6, 30, tzinfo=UTC)


def parsed(text: str, folder: Path = Path("nowhere")) -> Settings:
    return parse_settings(text, folder)


# --- settings ------------------------------------------------------------------------------------


def test_without_a_word_no_model_is_asked() -> None:
    reading = parsed("").reading
    assert (reading.model, reading.when, reading.independent) == ("", "doubtful", False)


def test_the_terms_are_those_of_the_settings() -> None:
    text = VL + '[reading]\nmodel = "vl"\nwhen = "always"\npages_max = 2\nfamily = "qwen3-vl"\n'
    terms = model_terms(parsed(text).reading, "vl")
    assert (terms.route, terms.when, terms.pages_max) == ("vl", "always", 2)
    assert (terms.family, terms.independent) == ("qwen3-vl", False)


@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        ('[reading]\nmodel = "v"\n', r"\[reading\] model: there is no route or model 'v'"),
        (
            '[reading]\nmodel = "r"\n[routes.r]\nmodels = ["vl"]\nprompt = "desk"\n',
            r"\[routes.r\] has a prompt of its own",
        ),
        (
            '[reading]\nmodel = "vl"\n[routes.r]\nmodels = ["vl"]\n',
            r"there is no route or model 'vl'; there are: r",
        ),
        ('[reading]\nmodel = "vl"\nindependent = true\n', "independent needs show_text = false"),
        (
            '[reading]\nmodel = "vl"\nindependent = true\nshow_text = false\n',
            "independent needs show_text = false, and measured",
        ),
        ('[reading]\nmodel = "vl"\nwhen = "sometimes"\n', r"\[reading\] when"),
        ('[reading]\nmodel = "vl"\ntokens = 1\n', r"\[reading\] tokens: there is no such key"),
    ],
)
def test_what_is_wrong_is_named(more: str, wrong: str) -> None:
    with pytest.raises(BadUsage, match=wrong):
        parsed(VL + more)


def test_independence_names_its_measurement() -> None:
    more = 'independent = true\nshow_text = false\nmeasured = "eval 2026-11-21, 400 receipts"\n'
    assert parsed(VL + '[reading]\nmodel = "vl"\n' + more).reading.independent


# --- the worker's reader -------------------------------------------------------------------------


async def version_of(text: str, folder: Path) -> str:
    async with AsyncExitStack() as stack:
        desk = DeskReader()
        stack.callback(desk.close)
        reader = await open_asking(parsed(text, folder), desk, stack)
        assert isinstance(reader, AskingReader)
        assert reader.version.startswith(desk.version)
        return reader.version


def test_the_readers_version_names_the_model_and_changes_with_all_that_is_behind_it(
    tmp_path: Path,
) -> None:
    usual = VL + '[reading]\nmodel = "vl"\n'
    texts = [
        usual,
        usual + "tokens_max = 500\n",
        usual.replace('model = "stub"', 'model = "stub"\nversion = "weights of May"'),
        usual.replace('model = "stub"', 'model = "other"'),
        usual.replace(
            '[reading]\nmodel = "vl"', '[reading]\nmodel = "r"\n[routes.r]\nmodels=["vl"]'
        ),
    ]

    async def story() -> None:
        versions = [await version_of(text, tmp_path) for text in [*texts, usual]]
        assert len(set(versions)) == len(texts)
        assert versions[0] == versions[-1]
        assert all(len(each) <= 128 for each in versions)
        assert " model:vl@" in versions[0]
        (tmp_path / "prompts").mkdir()
        record = (
            '[[prompt]]\nname = "read.receipt"\nversion = "1"\nstatus = "live"\ntext = "Copy."\n'
        )
        (tmp_path / "prompts" / "ours.toml").write_text(record)
        assert await version_of(usual, tmp_path) != versions[0]

    asyncio.run(story())


def test_a_worker_refuses_to_start_with_what_cannot_look(tmp_path: Path) -> None:
    async def story() -> None:
        async with AsyncExitStack() as stack:
            settings = parsed('[reading]\nmodel = "yuepi"\n', tmp_path)
            await open_asking(settings, DeskReader(), stack)

    with pytest.raises(BadUsage, match="no vision model"):
        asyncio.run(story())


class LookedAt:
    """A desk that has looked at one receipt."""

    version = "desk:0@000000000000"

    async def look(self, name: str, data: bytes) -> list[FileRead]:
        return [file_of(RECEIPT)]

    async def kept(self, files: list[FileRead]) -> ReadFile:
        return ReadFile(tuple(file.reading for file in files))


def test_what_the_model_adds_is_kept_and_its_call_is_in_the_record(tmp_path: Path) -> None:
    async def story() -> ReadFile:
        async with Upstream([Reply(says(total="13.40"))]) as up, AsyncExitStack() as stack:
            text = VL.replace("http://127.0.0.1:1/v1", up.url) + '[reading]\nmodel = "vl"\n'
            desk = DeskReader()
            stack.callback(desk.close)
            reader = await open_asking(parsed(text, tmp_path), desk, stack)
            assert isinstance(reader, AskingReader)
            reader._desk = LookedAt()  # type: ignore[assignment]
            return await reader.read("a.jpg", b"")

    read = asyncio.run(story())
    (file,) = read.files
    assert file.readings[0].fields["total"].sources == ("layout", "model")
    row = {"files": files_text(read.files), "pictures": "[]", "reader": "r", "took_ms": 5}
    attachment = AttachmentRow("att_1", "clm_1", 1, 0, "a.jpg", "ab" * 32, 1, "jpeg")
    detail = reading_entry(attachment, row, NOW, again=False).detail
    (call,) = detail["model_calls"]
    assert call["model"].startswith("openai_compatible:stub@")
    assert (call["prompt"], call["outcome"]) == ("read@1", "read")
    assert all(len(call[key]) == 64 for key in ("question", "answer"))
    assert len(call["pictures"]) == 1
    assert "13.40" not in json.dumps(detail)


# --- the command ---------------------------------------------------------------------------------


def test_the_command_reads_with_the_model_that_it_is_told(tmp_path: Path) -> None:
    original = tmp_path / "a.xml"
    sample = make("digital_invoice", 4504, ON)
    original.write_bytes(xml(sample))
    done: list[tuple[int, int, str]] = []

    async def story() -> list[FileRead]:
        async with Upstream() as up:
            up.otherwise = Reply(says(seller_name=sample.truth["seller_name"]))
            data = tmp_path / "data"
            data.mkdir()
            settings = VL.replace("http://127.0.0.1:1/v1", up.url) + '[reading]\nwhen = "always"\n'
            (data / "yuepi.toml").write_text(settings)
            return await asyncio.to_thread(
                read_asking, [original], ["a.xml"], lambda *told: done.append(told), "vl", data
            )

    (file,) = asyncio.run(story())
    (call,) = file.reading.calls
    assert (call.route, call.outcome, call.pictures) == ("vl", "read", ())
    assert done == [(1, 1, "a.xml")]
    assert file.reading.readings[0].value("total") == sample.truth["total"]


@pytest.mark.parametrize("command", ["read", "review"])
def test_model_and_data_are_options(command: str, yuepi: Any, script: Any, photo: Path) -> None:
    asked: list[AskedModel] = []

    def read_with_model(paths: Any, names: Any, progress: Any, model: AskedModel) -> Any:
        asked.append(model)
        return script.read(paths, names, False, progress)

    wiring = Wiring(script.read, script.judge, read_with_model)
    given = (command, photo, "--json", "--model", "vl", "--data", photo.parent)
    assert yuepi(*given, wiring=wiring).code == 0
    assert asked == [AskedModel("vl", photo.parent)]
    assert yuepi(command, photo, "--json", wiring=wiring).code == 0
    assert len(asked) == 1
