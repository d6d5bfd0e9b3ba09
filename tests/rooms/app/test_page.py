"""The built page: which address gives what, how long it is kept, and under which policy."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from yuepi.app.page import page


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<title>Yuepi</title>")
    (tmp_path / "assets" / "index-abc.js").write_text("let a = 1\n" * 500)
    (tmp_path.parent / "secret.txt").write_text("secret")
    return TestClient(Starlette(routes=[Mount("/", page(tmp_path))]))


@pytest.mark.parametrize("path", ["/", "/claims", "/claims/clm_1", "/review/rev_1?at=2"])
def test_every_address_of_the_page_is_its_one_file(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.text) == (200, "<title>Yuepi</title>")
    assert answer.headers["cache-control"] == "no-cache"
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_what_has_a_hash_in_its_name_is_kept_and_sent_packed(client: TestClient) -> None:
    answer = client.get("/assets/index-abc.js", headers={"accept-encoding": "gzip"})
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.text.startswith("let a")


@pytest.mark.parametrize(
    "path", ["/assets/gone-1.js", "/favicon.ico", "/assets/none", "/..%2fsecret.txt"]
)
def test_a_file_that_is_not_there_is_not_the_page(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_without_a_built_page_the_way_to_one_is_told(tmp_path: Path) -> None:
    client = TestClient(Starlette(routes=[Mount("/", page(tmp_path / "none"))]))
    answer = client.get("/claims")
    assert answer.status_code == 404
    assert "make web" in answer.text
