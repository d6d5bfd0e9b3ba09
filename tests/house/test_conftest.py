"""What conftest promises: no network, one thread, honest golden files, no silent skips."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).resolve().parents[1] / "conftest.py"
# A documentation address (RFC 5737): even a broken guard would reach nobody.
REMOTE = ("192.0.2.1", 9)


def run_pytest(folder: Path, tests: str, *options: str, **environment: str) -> tuple[int, str]:
    """Runs a test file under our conftest in a folder of its own; exit code and output."""
    (folder / "conftest.py").write_text(CONFTEST.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n    real: it\n", encoding="utf-8")
    (folder / "test_it.py").write_text(tests, encoding="utf-8")
    inherited = {k: v for k, v in os.environ.items() if k not in ("CI", "YUEPI_REQUIRE_REAL")}
    inherited["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    command = [sys.executable, "-m", "pytest", "-q", "-rA", *options]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider"],
        cwd=folder, env=inherited | environment, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def ended(output: str, outcome: str) -> set[str]:
    """The names of the tests that ended so, by the closing summary; a skip only has a line."""
    return set(re.findall(rf"^{outcome} \S*test_it\.py::(\w+)", output, re.M))


def test_golden_files_are_compared_unless_asked_for(pytestconfig: pytest.Config) -> None:
    assert pytestconfig.getoption("--golden") is False


GOLDEN = """
def test_same(golden): golden('same.txt', 'seen')
def test_other(golden): golden('other.txt', 'seen')
def test_missing(golden): golden('missing.txt', 'seen')
def test_without(): assert True
"""


def test_golden_is_written_by_the_flag_only(tmp_path: Path) -> None:
    folder = tmp_path / "tests"
    kept = folder / "golden"
    kept.mkdir(parents=True)
    (kept / "same.txt").write_text("seen", encoding="utf-8")
    (kept / "other.txt").write_text("kept", encoding="utf-8")

    _, output = run_pytest(folder, GOLDEN)
    assert ended(output, "PASSED") == {"test_same", "test_without"}, output
    assert ended(output, "FAILED") == {"test_other", "test_missing"}
    assert (kept / "other.txt").read_text(encoding="utf-8") == "kept"

    code, output = run_pytest(folder, GOLDEN, "--golden")
    assert code == 0, output
    assert "1 deselected" in output
    assert {path.read_text(encoding="utf-8") for path in kept.iterdir()} == {"seen"}


def test_golden_is_refused_in_ci(tmp_path: Path) -> None:
    code, output = run_pytest(tmp_path, "def test_a(): pass", "--golden", CI="1")
    assert code == pytest.ExitCode.USAGE_ERROR, output


SKIPS = """
import pytest

@pytest.fixture
def browser(): pytest.skip('no browser')

@pytest.mark.real
def test_marked(): pytest.skip('no broker')

@pytest.mark.real
def test_fixture(browser): pass

@pytest.mark.real
@pytest.mark.skipif(True, reason='no database')
def test_skipif(): pass

@pytest.mark.real
@pytest.mark.xfail(strict=False)
def test_expected(): assert False

def test_docs(real_docs): pytest.skip('not today')

def test_plain(): pytest.skip('another system')
"""
REAL = {"test_marked", "test_fixture", "test_skipif"}


def test_skips_are_skips_on_a_desk(tmp_path: Path) -> None:
    code, output = run_pytest(tmp_path, SKIPS)
    assert code == 0, output
    assert "5 skipped, 1 xfailed" in output


def test_a_skipped_real_component_fails_where_it_is_required(tmp_path: Path) -> None:
    required = {"YUEPI_REQUIRE_REAL": "1", "YUEPI_REAL_DOCS": str(tmp_path)}
    _, output = run_pytest(tmp_path, SKIPS, **required)
    failed = ended(output, "FAILED") | ended(output, "ERROR")
    assert failed == REAL | {"test_docs"}, output
    assert "1 skipped" in output


def test_real_documents_are_required_only_where_they_lie(tmp_path: Path) -> None:
    required = {"YUEPI_REQUIRE_REAL": "1", "YUEPI_REAL_DOCS": str(tmp_path / "absent")}
    _, output = run_pytest(tmp_path, SKIPS, **required)
    assert ended(output, "FAILED") | ended(output, "ERROR") == REAL, output


def test_a_file_skipped_whole_fails_where_it_is_required(tmp_path: Path) -> None:
    tests = "import pytest\npytest.importorskip('no_such_package_at_all')\n"
    code, output = run_pytest(tmp_path, tests, YUEPI_REQUIRE_REAL="1")
    assert code == pytest.ExitCode.INTERRUPTED, output
    assert "the whole file was skipped" in output


def test_the_network_is_refused() -> None:
    with socket.socket() as stream, pytest.raises(RuntimeError, match="stay on this machine"):
        stream.connect(REMOTE)
    with socket.socket() as stream, pytest.raises(RuntimeError, match="stay on this machine"):
        stream.connect_ex(REMOTE)
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as post,
        pytest.raises(RuntimeError, match="stay on this machine"),
    ):
        post.sendto(b"", REMOTE)
    with pytest.raises(RuntimeError, match="stay on this machine"):
        socket.create_connection(("example.invalid", 80))


def test_the_loopback_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()


def test_numeric_libraries_are_told_to_stay_quiet() -> None:
    assert os.environ["OMP_NUM_THREADS"] == "1"
    assert os.environ["ORT_DISABLE_TELEMETRY"] == "1"
