"""The warm limited process: what a job may cost, and what happens when it costs more."""

from __future__ import annotations

import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from yuepi.kit.limited import JobError, LimitedProcess, Limits

CHILD = """
import os, sys, time
from yuepi.kit.limited_child import Frame, RefusalError, limit_this_process, serve

limits = limit_this_process(sys.argv[1:])
state = {"jobs": 0}


def handle(job, data):
    state["jobs"] += 1
    task = job["task"]
    if task == "echo":
        yield Frame({"jobs": state["jobs"], "pid": os.getpid()}, data)
    elif task == "crash":
        os.abort()
    elif task == "sleep":
        time.sleep(60)
    elif task == "spin":
        while True:
            pass
    elif task == "grow":
        yield Frame({}, bytes(3 * 2**30))
    elif task == "flood":
        while True:
            yield Frame({}, bytes(2**20))
    elif task == "write":
        with open(job["path"], "wb") as file:
            file.write(b"x" * 10)
    elif task == "print":
        print("noise that must not break the protocol", flush=True)
        yield Frame({"fine": True}, b"")
    elif task == "refuse":
        raise RefusalError("damaged", "torn in two", page=3)
    elif task == "raise":
        raise KeyError("what")
    elif task == "vanish":
        os._exit(0)
    elif task == "environment":
        yield Frame({"names": sorted(os.environ)}, b"")


serve(handle, limits)
"""


@pytest.fixture
def process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LimitedProcess]:
    (tmp_path / "limited_test_child.py").write_text(textwrap.dedent(CHILD))
    monkeypatch.syspath_prepend(str(tmp_path))
    limits = Limits(
        memory_bytes=2**30,
        cpu_seconds=2,
        wall_seconds=4.0,
        quiet_seconds=1.5,
        result_bytes=2**26,
    )
    pool = LimitedProcess("limited_test_child", limits)
    yield pool
    pool.close()


def test_a_job_gives_its_frames_back(process: LimitedProcess) -> None:
    payload = bytes(range(256)) * 20_000
    (frame,) = process.run({"task": "echo"}, payload)
    assert bytes(frame.payload) == payload


def test_the_child_stays_warm_between_jobs(process: LimitedProcess) -> None:
    process.warm()
    first = process.run({"task": "echo"})[0].header
    second = process.run({"task": "echo"})[0].header
    assert first["pid"] == second["pid"]
    assert second["jobs"] == 2


@pytest.mark.parametrize(
    ("task", "code"),
    [
        ("crash", "crashed"),
        ("sleep", "took_too_long"),
        ("spin", "took_too_long"),
        ("grow", "out_of_memory"),
        ("flood", "crashed"),
        ("vanish", "crashed"),
        ("raise", "failed"),
        ("refuse", "damaged"),
    ],
)
def test_a_failed_job_is_typed_and_the_next_one_works(
    process: LimitedProcess, task: str, code: str
) -> None:
    started = time.monotonic()
    with pytest.raises(JobError) as caught:
        process.run({"task": task})
    assert caught.value.code == code
    assert time.monotonic() - started < 6
    assert process.run({"task": "echo"}, b"alive")[0].payload == b"alive"


def test_a_refusal_carries_its_text_and_facts(process: LimitedProcess) -> None:
    with pytest.raises(JobError) as caught:
        process.run({"task": "refuse"})
    assert caught.value.detail == "torn in two"
    assert caught.value.facts == {"page": 3}


def test_the_child_writes_no_file(process: LimitedProcess, tmp_path: Path) -> None:
    target = tmp_path / "out"
    with pytest.raises(JobError):
        process.run({"task": "write", "path": str(target)})
    assert not target.exists() or target.stat().st_size == 0


def test_output_of_libraries_does_not_break_the_protocol(process: LimitedProcess) -> None:
    assert process.run({"task": "print"})[0].header == {"fine": True}
    assert process.run({"task": "echo"}, b"x")[0].payload == b"x"


def test_secrets_of_the_environment_stay_outside(
    process: LimitedProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YUEPI_SECRET_KEY", "hush")
    assert "YUEPI_SECRET_KEY" not in process.run({"task": "environment"})[0].header["names"]


def test_many_threads_take_turns(process: LimitedProcess) -> None:
    answers: list[bytes] = []

    def ask(number: int) -> None:
        payload = bytes([number]) * 100_000
        answers.append(bytes(process.run({"task": "echo"}, payload)[0].payload))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(answers) == [bytes([number]) * 100_000 for number in range(12)]


def test_closed_means_closed(process: LimitedProcess) -> None:
    process.run({"task": "echo"})
    process.close()
    with pytest.raises(JobError):
        process.run({"task": "echo"})


def test_the_parser_child_imports_no_heavy_library() -> None:
    code = (
        "import sys; import yuepi.documents.parsing.child, yuepi.documents.parsing.pdf,"
        "yuepi.documents.parsing.ofd, yuepi.documents.parsing.pictures;"
        "heavy = {'cv2', 'openvino', 'onnxruntime', 'pydantic', 'rapidocr'} & set(sys.modules);"
        "print(sorted(heavy)); sys.exit(bool(heavy))"
    )
    import os
    import subprocess

    environment = os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
