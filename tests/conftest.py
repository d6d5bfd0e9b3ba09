"""What every test stands on: one thread, no network, real documents where there are any.

Environment:
    YUEPI_REAL_DOCS: folder of real documents, by default `../shared/data` beside the repository.
    YUEPI_REQUIRE_REAL: `1` turns the skip of a test of a real component into a failure, so that
        a green run in CI means that the component was there and worked.
    YUEPI_FULL_SIZE: `1` for as much as `make faults` tries; else less (`resources/size.py`).
    CI: set by most CI systems; examples of Hypothesis are then the same in every run.
"""

from __future__ import annotations

# The numeric libraries read these once, when they are first imported.
import os

os.environ["OMP_NUM_THREADS"] = "1"
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import gc
import ipaddress
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

REPOSITORY = Path(__file__).resolve().parent.parent
GOLDEN = REPOSITORY / "tests" / "golden"

settings.register_profile(
    "desk",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    max_examples=100 if os.environ.get("YUEPI_FULL_SIZE") == "1" else 50,
)
settings.register_profile("ci", settings.get_profile("desk"), derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")


def real_docs_folder() -> Path:
    """Where real documents lie on this machine; the folder may be absent."""
    return Path(os.environ.get("YUEPI_REAL_DOCS") or REPOSITORY.parent / "shared" / "data")


# --- options, marks, skips ---------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--golden",
        action="store_true",
        default=False,
        help="write the golden files anew instead of comparing with them",
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--golden") and os.environ.get("CI"):
        raise pytest.UsageError("--golden in CI would approve whatever the code does today")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Any:
    """Thousands of tests are made, and all stay: to look among them for garbage is a third of the
    time that it takes to collect them, and some of that of each test that runs then."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Whoever uses real documents is a test of the real thing, marked or not.

    With --golden only the tests that have golden files run.
    """
    for item in items:
        if uses(item, "real_docs"):
            item.add_marker(pytest.mark.real)
    if config.getoption("--golden"):
        others = [item for item in items if not uses(item, "golden")]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if uses(item, "golden")]


def pytest_sessionfinish() -> None:
    """The one PostgreSQL server of this process, where a test had it started."""
    postgres = sys.modules.get("tests.resources.postgres")
    if postgres is not None:
        postgres.end_shared()


def uses(item: pytest.Item, fixture: str) -> bool:
    return fixture in getattr(item, "fixturenames", ())


def skip_is_failure(item: pytest.Item) -> bool:
    """Whether this test had to run: a real component, asked for, and its documents at hand."""
    if os.environ.get("YUEPI_REQUIRE_REAL") != "1" or item.get_closest_marker("real") is None:
        return False
    return real_docs_folder().is_dir() or not uses(item, "real_docs")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and skip_is_failure(item):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid}: a test of a real component was skipped: {reason}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Any:
    """A file that skips itself whole (`importorskip`) hides its tests: not in CI."""
    report = yield
    if report.skipped and os.environ.get("YUEPI_REQUIRE_REAL") == "1":
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid}: the whole file was skipped: {report.longrepr}"
    return report


# --- real documents and golden files -----------------------------------------------------------


@pytest.fixture(scope="session")
def real_docs() -> Path:
    """The folder of real documents; the test is skipped where there is none."""
    folder = real_docs_folder()
    if not folder.is_dir():
        pytest.skip("no real documents here; name their folder in YUEPI_REAL_DOCS")
    return folder


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """`golden(name, text)`: the text equals `tests/golden/<name>`; with --golden it is written."""

    def check(name: str, text: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            return
        assert path.is_file(), f"{path} is missing: look at the output, then `make golden`"
        assert text == path.read_text(encoding="utf-8"), f"differs from {path}: see `make golden`"

    return check


# --- no network --------------------------------------------------------------------------------


class NetworkRefused(RuntimeError):
    """A test tried to leave this machine."""


def is_loopback(host: object) -> bool:
    """Whether a host, as sockets take it, is this machine."""
    if host in (None, "", b"", "localhost", b"localhost"):
        return True
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    try:
        return ipaddress.ip_address(text.partition("%")[0]).is_loopback
    except ValueError:
        return False


def refuse_remote(family: int, address: object) -> None:
    """Raises NetworkRefused for an address that is not this machine's."""
    if family not in (socket.AF_INET, socket.AF_INET6):
        return
    host = address[0] if isinstance(address, tuple) else address
    if not is_loopback(host):
        raise NetworkRefused(f"tests stay on this machine; refused {address!r}")


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Refuses names and addresses beyond the loopback in this process, for the whole session."""
    patch = pytest.MonkeyPatch()
    resolve = socket.getaddrinfo

    def guarded(name: str) -> Callable[..., Any]:
        original = getattr(socket.socket, name)

        def call(self: socket.socket, *args: Any) -> Any:
            # sendto(data, address) or sendto(data, flags, address); the others take the address.
            refuse_remote(self.family, args[-1] if args else None)
            return original(self, *args)

        return call

    def getaddrinfo(host: Any, *args: Any, **named: Any) -> Any:
        if not is_loopback(host):
            raise NetworkRefused(f"tests stay on this machine; refused to look up {host!r}")
        return resolve(host, *args, **named)

    for name in ("connect", "connect_ex", "sendto"):
        patch.setattr(socket.socket, name, guarded(name))
    patch.setattr(socket, "getaddrinfo", getaddrinfo)
    yield
    patch.undo()
