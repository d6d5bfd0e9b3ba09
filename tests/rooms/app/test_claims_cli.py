"""`yuepi submit`, `yuepi claims` and `yuepi reviews` against a server on a real socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from tests.resources.api_desk import ADMIN, SECOND, DeskThread
from tests.resources.claims import ANN, BOB, REVIEWER, SERVICE, SUPERVISOR, paper
from yuepi.access.principal import Principal
from yuepi.app import cli_claims, cli_stages
from yuepi.app.cli import commands
from yuepi.kit.errors import YuepiError

Yuepi = Callable[..., Any]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[DeskThread]:
    with DeskThread(tmp_path) as thread:
        yield thread


@pytest.fixture
def yuepi(served: DeskThread) -> Yuepi:
    """Runs a command as somebody; gives its JSON, its exit code, or the error it ends with."""
    group = click.Group("yuepi", context_settings=commands.context_settings)
    cli_claims.add_to(group)
    cli_stages.add_to(group)

    def run(who: Principal, *arguments: object, as_json: bool = True, code: int = 0) -> Any:
        words = [str(each) for each in arguments] + ["--url", served.url, "--key", who.id]
        words += ["--json"] if as_json else ["--lang", "en"]
        done = CliRunner().invoke(group, words, standalone_mode=False)
        if done.exception is not None:
            assert isinstance(done.exception, YuepiError), done.exception
            assert done.exception.exit_code == code, done.exception
            return done.exception
        assert done.return_value == code, done.output
        return json.loads(done.stdout) if as_json else done.stdout

    return run


@pytest.fixture
def files(tmp_path: Path) -> Callable[..., list[Path]]:
    def made(*papers: bytes) -> list[Path]:
        paths = []
        for number, data in enumerate(papers or (paper(),)):
            path = tmp_path / f"发票 {number}.png"
            path.write_bytes(data)
            paths.append(path)
        return paths

    return made


def test_a_claim_is_handed_in_once_and_found(
    yuepi: Yuepi, files: Callable[..., list[Path]], served: DeskThread, tmp_path: Path
) -> None:
    given = files(paper(), paper())
    told = yuepi(ANN, "submit", *given, "--category", "office", "--note", "打车", "--once", "k")
    claim = told["claim"]
    assert told["new"] is True
    assert yuepi(
        ANN, "submit", *given, "--category", "office", "--note", "打车", "--once", "k"
    ) == {
        "claim": claim,
        "new": False,
    }
    error = yuepi(ANN, "submit", given[0], "--once", "k", code=1)
    assert error.code == "idempotency_mismatch"
    listed = yuepi(ANN, "claims", "list", "--status", "received", "--mine")
    assert [each["id"] for each in listed["claims"]] == [claim["id"]]
    assert claim["id"] in yuepi(ANN, "claims", "list", as_json=False)
    saved = tmp_path / "saved"
    whole = yuepi(ANN, "claims", "show", claim["id"], "--files", saved)
    assert len(whole["attachments"]) == 2
    assert sorted(path.read_bytes() for path in saved.iterdir()) == sorted(
        path.read_bytes() for path in given
    )
    assert yuepi(ANN, "claims", "show", claim["id"], "--files", saved, code=2).code == "cannot_save"
    assert yuepi(BOB, "claims", "show", claim["id"], code=1).code == "not_found"
    served.run(served.desk.run(served.run(served.desk.claims.find(ANN, claim["id"]))))
    events = yuepi(ANN, "claims", "events", claim["id"])
    assert events["ended"] is True
    followed = yuepi(ANN, "claims", "events", claim["id"], "--follow", as_json=False)
    assert len(followed.splitlines()) == len(events["events"])


def test_a_review_goes_from_the_queue_to_a_verdict(
    yuepi: Yuepi, files: Callable[..., list[Path]], served: DeskThread
) -> None:
    claim = served.run(served.desk.settled(paper(conflict=["total"])))
    queue = yuepi(REVIEWER, "reviews", "list")
    review = queue["reviews"][0]["id"]
    assert review in yuepi(REVIEWER, "reviews", "list", as_json=False)
    assert yuepi(ANN, "reviews", "list", code=1).code == "missing_right"
    view = yuepi(REVIEWER, "reviews", "take")
    assert view["review"]["id"] == review
    assert yuepi(SECOND, "reviews", "take", code=2).code == "nothing_waits"
    assert yuepi(SECOND, "reviews", "take", review, code=1).code == "review_taken"
    told = yuepi(REVIEWER, "reviews", "correct", review, "total=280.00", "date", "seller_name=")
    kept = {each["field"]: (each["value"], each["confirmed"]) for each in told["corrections"]}
    assert kept["total"] == ("280.00", False)
    assert kept["date"] == ("2026-11-18", True)
    assert kept["seller_name"] == (None, False)
    error = yuepi(REVIEWER, "reviews", "correct", review, "total=lots", code=1)
    assert error.code == "impossible_value"
    asked = yuepi(REVIEWER, "reviews", "ask", review, "哪一张?")
    assert asked["status"] == "asked"
    shown = yuepi(ANN, "claims", "show", claim.id, as_json=False)
    assert "? 哪一张?" in shown
    answered = yuepi(ANN, "claims", "answer", claim.id, "这张", *files(paper(conflict=["total"])))
    assert (answered["status"], answered["round"]) == ("received", 2)
    served.run(served.desk.run(served.run(served.desk.claims.find(ANN, claim.id))))
    review = yuepi(REVIEWER, "reviews", "take")["review"]["id"]
    error = yuepi(REVIEWER, "reviews", "decide", review, "reject", code=1)
    assert error.code == "reason_required"
    yuepi(REVIEWER, "reviews", "decide", review, "reject", "--reason", "金额不符")
    assert yuepi(ANN, "claims", "appeal", claim.id, "--reason", "请再看")["status"] == "appealed"
    assert yuepi(REVIEWER, "reviews", "list", "--purpose", "appeal")["reviews"] == []
    again = yuepi(SECOND, "reviews", "take")["review"]["id"]
    out = yuepi(SECOND, "reviews", "decide", again, "approve", "--reason", "ok", as_json=False)
    assert out == "Done\n"
    assert yuepi(ANN, "claims", "show", claim.id)["claim"]["status"] == "approved"
    assert yuepi(ANN, "claims", "cancel", claim.id, code=1).code == "wrong_state"


def test_a_program_follows_a_claim_that_it_handed_in_for_somebody(
    yuepi: Yuepi, files: Callable[..., list[Path]]
) -> None:
    told = yuepi(SERVICE, "submit", *files(), "--submitter", "bob")
    claim = told["claim"]
    assert claim["submitter"] == "usr_bob"
    assert yuepi(SERVICE, "claims", "show", claim["id"])["claim"] == claim
    assert yuepi(SERVICE, "claims", "cancel", claim["id"], code=1).code == "not_yours"
    assert yuepi(SERVICE, "submit", *files(), "--submitter", "nobody", code=1).code == "not_found"


def test_leases_advice_and_confirmed_fields(yuepi: Yuepi, served: DeskThread) -> None:
    claim = served.run(served.desk.settled(paper(conflict=["total"])))
    review = yuepi(REVIEWER, "reviews", "take")["review"]["id"]
    assert yuepi(REVIEWER, "reviews", "renew", review)["lasts_s"] > 0
    advice = yuepi(REVIEWER, "reviews", "advice", review)
    assert advice["outcome"] == "refer"
    said = yuepi(REVIEWER, "reviews", "advice", review, as_json=False)
    assert "The machine: refer" in said
    words = ("reviews", "correct", review, "date", "total=280.00")
    assert yuepi(REVIEWER, *words, as_json=False) == "date: 2026-11-18\ntotal: 300.00 → 280.00\n"
    shown = yuepi(REVIEWER, "claims", "show", claim.id, as_json=False)
    assert "date: 2026-11-18\n" in shown
    assert "total: 300.00 → 280.00\n" in shown
    assert yuepi(REVIEWER, "reviews", "hand-back", review) == {"review": review, "held": False}
    assert yuepi(REVIEWER, "reviews", "hand-back", review, as_json=False) == "Handed back\n"
    assert yuepi(REVIEWER, "reviews", "advice", review, code=1).code == "lease_lost"
    assert yuepi(REVIEWER, "reviews", "renew", review, code=1).code == "lease_lost"


def test_a_supervisor_releases_and_overrides(yuepi: Yuepi, served: DeskThread) -> None:
    desk = served.desk

    async def set_aside() -> str:
        claim = await desk.submitted(paper(crash=True))
        for _ in range(desk.attempts_max):
            assert await desk.steps.begin(claim.id, 1) is not None
            await desk.steps.fail(claim.id, 1, RuntimeError("broken"))
        return claim.id

    stuck = served.run(set_aside())
    release = ("claims", "release", stuck, "--to", "person", "--reason", "人工")
    assert yuepi(REVIEWER, *release, code=1).code == "missing_right"
    assert yuepi(SUPERVISOR, *release)["status"] == "waiting"
    assert yuepi(SUPERVISOR, *release, code=1).remedy.startswith("look at the claim again")
    passed = served.run(desk.settled(paper()))
    assert passed.status == "approved"
    override = ("claims", "override", passed.id, "reject", "--reason", "不合规")
    assert yuepi(SUPERVISOR, *override)["status"] == "rejected"
    error = yuepi(SUPERVISOR, *override, code=1)
    assert (error.code, error.remedy) == ("wrong_state", "you can: override_approve")


def test_stages_are_shown_and_set(yuepi: Yuepi) -> None:
    (default,) = yuepi(ADMIN, "stages", "list")["stages"]
    assert "*/*/*" in yuepi(ADMIN, "stages", "list", as_json=False)
    assert yuepi(ANN, "stages", "list", code=1).code == "missing_right"
    words = ("stages", "set", "assist", "--category", "office", "--reason", "更严")
    made = yuepi(ADMIN, *words, "--amount-max", "50")
    kept = {name: made[name] for name in ("bar", "sample_share", "amount_max", "version")}
    assert kept == {
        "bar": default["bar"],
        "sample_share": default["sample_share"],
        "amount_max": "50.00",
        "version": 1,
    }
    again = yuepi(ADMIN, *words, "--bar", "0.995")
    assert (again["version"], again["bar"], again["amount_max"]) == (2, 0.995, "50.00")
    assert yuepi(SUPERVISOR, *words, code=1).code == "missing_right"
    unproven = yuepi(
        ADMIN, "stages", "set", "partial", "--category", "office", "--reason", "x", code=1
    )
    assert unproven.code == "stage_not_proven"


def test_bad_usage_and_absent_servers_say_what_to_do(
    yuepi: Yuepi, files: Callable[..., list[Path]], tmp_path: Path, monkeypatch: Any
) -> None:
    assert yuepi(ANN, "submit", tmp_path / "none.png", code=2).code == "missing_file"
    bad = tmp_path / "x.exe"
    bad.write_bytes(b"MZ")
    error = yuepi(ANN, "submit", bad, *files(), code=1)
    assert error.code == "unsupported_type"
    assert "x.exe" in error.message
    monkeypatch.setattr("yuepi.app.api_client.WAIT_S", (0.01, 0.01))
    group = click.Group("yuepi", context_settings=commands.context_settings)
    cli_claims.add_to(group)

    def fails(*words: str) -> YuepiError:
        done = CliRunner().invoke(group, ["claims", "list", *words], standalone_mode=False)
        assert isinstance(done.exception, YuepiError)
        return done.exception

    gone = fails("--url", "http://127.0.0.1:9", "--key", "k")
    assert (gone.code, gone.exit_code) == ("server_unreachable", 3)
    assert fails("--url", "ftp://x", "--key", "k").exit_code == 2
    monkeypatch.delenv("YUEPI_KEY", raising=False)
    assert fails("--url", "http://127.0.0.1:9").code == "key_needed"


def test_waiting_follows_a_claim_to_its_decision(
    yuepi: Yuepi, files: Callable[..., list[Path]], served: DeskThread
) -> None:
    """The machine begins once the command listens: what it tells came over the stream."""
    submit = served.desk.claims.submit

    async def submitted(*arguments: Any) -> Any:
        claim, new = await submit(*arguments)
        served.desk.claims.submit = submit  # type: ignore[method-assign]

        async def later() -> None:
            while not served.desk.feeds.open_streams:
                await asyncio.sleep(0.01)
            await served.desk.run(claim)

        tasks.append(asyncio.create_task(later()))
        return claim, new

    tasks: list[Any] = []
    served.desk.claims.submit = submitted  # type: ignore[method-assign]
    told = yuepi(ANN, "submit", *files(), "--category", "office", "--wait")
    assert told["claim"]["status"] == "approved"


def test_too_much_is_told_while_it_is_still_being_sent(
    yuepi: Yuepi, files: Callable[..., list[Path]], served: DeskThread
) -> None:
    (huge,) = files(paper() + b" " * 40_000_000)
    error = yuepi(ANN, "submit", huge, code=1)
    assert (error.code, error.http_status) == ("too_large", 413)
    many = files(*[paper() for _ in range(7)])
    assert yuepi(ANN, "submit", *many, code=1).code == "too_many_files"
