"""Connections of the OpenAI-compatible engine: silence, deadlines, leaving, proxies, TLS."""

from __future__ import annotations

import asyncio
import ssl
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.faults.asking import answer, fail, with_engine
from tests.faults.upstream import (
    Hang,
    Step,
    Stream,
    Upstream,
    chunk_event,
)
from yuepi.engines.contract import (
    Call,
    Chat,
    Delta,
    Engine,
    EngineBroke,
    EngineTimeout,
    EngineUnavailable,
    Message,
    ModelEntry,
)
from yuepi.engines.openai_compatible import build


def chat(*, incremental: bool = True, deadline_s: float | None = None) -> Chat:
    deadline = None if deadline_s is None else time.monotonic() + deadline_s
    messages = (Message("user", ("?",)),)
    return Chat(messages, incremental=incremental, call=Call(deadline=deadline))


@pytest.mark.parametrize("incremental", [True, False])
def test_nobody_listens(incremental: bool) -> None:
    async def use(up: Upstream, engine: Engine) -> None:
        await up.stop()
        error, _ = await fail(engine, chat(incremental=incremental))
        assert type(error) is EngineUnavailable
        # Plain words: no socket's address, nothing of TLS where there is none.
        assert error.message == f"m: cannot reach {up.url}: connection refused"
        with pytest.raises(EngineUnavailable):
            await engine.warm()

    with_engine(use)


@pytest.mark.parametrize("incremental", [True, False])
@pytest.mark.parametrize("step", [Hang(), Hang(("half an ",))])
def test_silence_is_a_timeout(step: Step, incremental: bool) -> None:
    async def use(up: Upstream, engine: Engine) -> None:
        up.script = [step]
        error, _ = await fail(engine, chat(incremental=incremental))
        assert type(error) is EngineTimeout
        assert "0.2 s" in error.message
        assert await up.wait_cut()

    with_engine(use, read_timeout_s=0.2, answer_timeout_s=0.2)


def test_a_whole_answer_may_think_longer_than_a_stream_may_pause() -> None:
    async def use(up: Upstream, engine: Engine) -> None:
        up.script = [Hang(), Hang(("half an ",))]
        error, _ = await fail(engine, chat(incremental=False))
        assert type(error) is EngineTimeout
        assert "0.4 s" in error.message
        assert "answer_timeout_s" in error.remedy
        # It has the question and may be at it still.
        assert not error.retryable
        # Once it has begun, the next piece is waited for as in a stream.
        error, _ = await fail(engine, chat(incremental=False))
        assert "0.1 s" in error.message

    with_engine(use, read_timeout_s=0.1, answer_timeout_s=0.4)


def test_no_connection_in_time_is_a_timeout() -> None:
    async def use(up: Upstream, engine: Engine) -> None:
        up.script = [Hang()]
        # The only place of the pool is taken: the next one waits for a connection in vain.
        first = asyncio.create_task(fail(engine, chat(deadline_s=1.0)))
        assert await up.wait_requests()
        error, _ = await fail(engine, chat())
        assert type(error) is EngineTimeout
        assert "no connection" in error.message
        await first

    with_engine(use, pool_size=1, connect_timeout_s=0.2)


@pytest.mark.parametrize("incremental", [True, False])
@pytest.mark.parametrize("step", [Hang(), Stream(["x"] * 200, 0.05)])
def test_the_deadline_of_a_call_ends_it(step: Step, incremental: bool) -> None:
    async def use(up: Upstream, engine: Engine) -> None:
        up.script = [step if incremental else Hang()]
        started = time.monotonic()
        error, _ = await fail(engine, chat(incremental=incremental, deadline_s=0.3))
        assert type(error) is EngineTimeout
        assert "deadline" in error.message
        assert time.monotonic() - started < 1.0
        assert await up.wait_cut()

    with_engine(use)


def test_a_proxy_of_the_environment_is_used_only_when_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")

    async def answered(up: Upstream, engine: Engine) -> None:
        assert await answer(engine, chat())

    async def refused(up: Upstream, engine: Engine) -> None:
        error, _ = await fail(engine, chat())
        assert type(error) is EngineUnavailable
        assert not up.requests

    with_engine(answered)
    with_engine(refused, trust_env=True)


def test_a_private_certificate_needs_its_authority(tmp_path: Path) -> None:
    authority, served = _private_certificate(tmp_path)

    async def story() -> None:
        async with Upstream(tls=served) as up:
            options = {"model": "stub", "url": up.url}
            strict = build(ModelEntry("m", "openai_compatible", options, tmp_path))
            error, _ = await fail(strict, chat())
            await strict.close()
            assert type(error) is EngineUnavailable
            assert "ca_file" in error.remedy
            assert not up.requests
            named = options | {"ca_file": authority.name}
            trusting = build(ModelEntry("m", "openai_compatible", named, tmp_path))
            assert await answer(trusting, chat())
            await trusting.close()
            gone = build(
                ModelEntry("m", "openai_compatible", options | {"ca_file": "gone.pem"}, tmp_path)
            )
            error, _ = await fail(gone, chat())
            assert "gone.pem" in error.message

    asyncio.run(story())


def _private_certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(folder / "ca.pem", folder / "key.pem")
    return folder / "ca.pem", served


def test_a_deadline_that_has_passed_sends_nothing() -> None:
    async def use(up: Upstream, engine: Engine) -> None:
        error, _ = await fail(engine, chat(deadline_s=-1.0))
        assert type(error) is EngineTimeout
        assert not up.requests

    with_engine(use)


def test_closing_the_stream_cuts_the_connection_at_once() -> None:
    async def use(up: Upstream, engine: Engine) -> None:
        up.script = [Stream(["x"] * 1000, 0.01)]
        stream = engine.stream(chat())
        assert (await anext(stream)).finish is None
        await stream.aclose()
        assert await up.wait_cut(timeout_s=1.0)
        assert up.open == 0
        assert await answer(engine, chat())

    with_engine(use)


@pytest.mark.parametrize("step", [Hang(), Hang(("half an ",))])
@pytest.mark.parametrize("incremental", [True, False])
def test_cancelling_the_asker_cuts_the_connection_at_once(step: Step, incremental: bool) -> None:
    async def use(up: Upstream, engine: Engine) -> None:
        up.script = [step]

        async def ask() -> None:
            async for _ in engine.stream(chat(incremental=incremental)):
                pass

        task = asyncio.create_task(ask())
        assert await up.wait_requests()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await up.wait_cut(timeout_s=1.0)

    with_engine(use)


def test_torn_after_the_usage_is_whole_and_before_it_is_not() -> None:
    end = chunk_event(None, "stop")
    usage = b'data: {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1}}\n\n'

    async def serve(parts: tuple[bytes, ...]) -> tuple[asyncio.Server, str]:
        async def torn(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                b"Transfer-Encoding: chunked\r\n\r\n"
            )
            for part in parts:
                writer.write(b"%x\r\n%s\r\n" % (len(part), part))
                await writer.drain()
            await reader.read(1 << 20)
            writer.close()

        server = await asyncio.start_server(torn, "127.0.0.1", 0)
        return server, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"

    async def story(parts: tuple[bytes, ...]) -> list[Delta]:
        server, url = await serve(parts)
        options = {"model": "m", "url": url, "read_timeout_s": 5}
        engine = build(ModelEntry("m", "openai_compatible", options, Path()))
        try:
            return [delta async for delta in engine.stream(chat())]
        finally:
            await engine.close()
            server.close()

    deltas = asyncio.run(story((chunk_event("yes"), end, usage)))
    assert "".join(delta.text for delta in deltas) == "yes"
    with pytest.raises(EngineBroke, match="truncated"):
        asyncio.run(story((chunk_event("yes"), end)))


def test_many_at_once_are_answered_apart() -> None:
    async def use(up: Upstream, engine: Engine) -> None:
        up.script = [Stream([str(n)] * 5, 0.001) for n in range(20)]

        async def ask() -> str:
            return "".join([delta.text async for delta in engine.stream(chat())])

        texts = await asyncio.gather(*(ask() for _ in range(20)))
        assert sorted(texts) == sorted(str(n) * 5 for n in range(20))
        assert up.cut == 0

    with_engine(use)
