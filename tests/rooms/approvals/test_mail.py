"""Mail against a real SMTP server: encrypted or not, refused, hanging, and never with a trick."""

from __future__ import annotations

import asyncio
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.resources.mail_server import Post, mail_server
from yuepi.approvals.mail import SETTING_WAIT_S, Contact, Mailer, MailServer
from yuepi.approvals.notice_texts import KINDS, mail_of, place_of, words_of
from yuepi.kit.errors import BadUsage
from yuepi.kit.outbox import Delivery, GiveUp, TryLater

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")

AT = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
WANG = Contact("wang@example.com", "王小明", "zh")


def delivery(kind: str = "claim.approved", subject: str = "clm_1") -> Delivery:
    payload = {"user_id": "usr_1", "kind": kind, "subject": subject}
    return Delivery("msg_0123456789abcdef0123", "mail", "mail:ntc_1", payload, 1, AT)


def mailer(post_port: int, contact: Contact | None = WANG, **options: Any) -> Mailer:
    async def contact_of(user_id: str) -> Contact | None:
        assert user_id == "usr_1"
        return contact

    server = MailServer(
        **{
            "host": "localhost",
            "port": post_port,
            "sender": "noreply@yuepi.example",
            "security": "plain",
            "wait_s_max": 5.0,
            **options,
        }
    )
    return Mailer(server, contact_of, "https://desk.example/")


def send(post: Post, contact: Contact | None = WANG, **options: Any) -> None:
    asyncio.run(mailer(post.port, contact, **options).deliver(delivery()))


@pytest.mark.parametrize("security", ["plain", "starttls", "tls"])
def test_a_mail_arrives_as_it_was_meant(tmp_path: Path, security: str) -> None:
    with mail_server(tmp_path, security, login=True) as (post, certificate):
        for _ in range(2):
            send(post, security=security, ca_file=certificate, login="yuepi", password="open")
    first, again = post.mails
    assert first.as_bytes() == again.as_bytes()
    assert first["Subject"] == "[阅批] 您的报销单已通过"
    assert first["To"] == "王小明 <wang@example.com>"
    assert first["From"] == "阅批 Yuepi <noreply@yuepi.example>"
    assert first["Message-ID"] == "<msg_0123456789abcdef0123@yuepi.example>"
    assert first["Date"].datetime == AT
    assert first["Auto-Submitted"] == "auto-generated"
    assert "https://desk.example/claims/clm_1\r\n" in first.get_content()
    assert post.recipients == ["wang@example.com"] * 2
    assert post.encrypted == [security != "plain"] * 2
    assert post.logins == ["yuepi"] * 2


@pytest.mark.parametrize(
    ("refusal", "expected", "wait_s"),
    [
        ({"refuse_recipient": "550 no such user"}, GiveUp, None),
        ({"refuse_recipient": "451 greylisted"}, TryLater, None),
        ({"refuse_data": "554 spam"}, GiveUp, None),
        ({"refuse_data": "452 disk full"}, TryLater, None),
        ({"refuse_sender": "553 who are you"}, TryLater, SETTING_WAIT_S),
        ({"refuse_sender": "421 too busy"}, TryLater, None),
    ],
)
def test_refusals_are_final_or_not(
    tmp_path: Path, refusal: dict[str, str], expected: type[Exception], wait_s: float | None
) -> None:
    with mail_server(tmp_path) as (post, _):
        for name, reply in refusal.items():
            setattr(post, name, reply)
        with pytest.raises(expected) as caught:
            send(post)
    assert getattr(caught.value, "after_s", None) == wait_s
    assert post.mails == []


def test_a_wrong_password_is_tried_again_when_somebody_had_time_to_mend_it(tmp_path: Path) -> None:
    with mail_server(tmp_path, login=True) as (post, _), pytest.raises(TryLater) as caught:
        send(post, login="yuepi", password="wrong")
    assert caught.value.after_s == SETTING_WAIT_S
    assert "wrong" not in str(caught.value)


def test_never_in_plain_text_where_encryption_was_asked_for(tmp_path: Path) -> None:
    with mail_server(tmp_path, "plain") as (post, certificate):
        for security in ("starttls", "tls"):
            with pytest.raises(TryLater):
                send(post, security=security, ca_file=certificate)
    with mail_server(tmp_path, "starttls") as (strict, _), pytest.raises(TryLater):
        send(strict, security="starttls")  # its certificate is not one that we trust
    assert post.mails + strict.mails == []


def test_a_server_that_hangs_or_is_not_there_is_tried_later(tmp_path: Path) -> None:
    with mail_server(tmp_path) as (post, _):
        post.hang = True
        with pytest.raises(TryLater):
            send(post, wait_s_max=0.2)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(TryLater):
            asyncio.run(mailer(free.getsockname()[1]).deliver(delivery()))


def test_who_is_gone_needs_no_mail() -> None:
    asyncio.run(mailer(1, None).deliver(delivery()))


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "@example.com",
        "a@",
        "a@b\r\nBcc: c@d",
        "a@b\nX: y",
        "a b@example.com",
        "a" * 300 + "@example.com",
        "a@b, c@d",
    ],
)
def test_addresses_that_make_no_sense_are_given_up(tmp_path: Path, address: str) -> None:
    with mail_server(tmp_path) as (post, _), pytest.raises((GiveUp, TryLater)):
        send(post, Contact(address))
    assert post.recipients == []


def test_an_address_beyond_ascii_is_given_up_where_the_server_cannot(tmp_path: Path) -> None:
    with mail_server(tmp_path) as (post, _), pytest.raises(GiveUp):
        send(post, Contact("王@example.com"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=200), st.sampled_from(["zh", "en"]), st.sampled_from(KINDS))
def test_no_name_adds_a_header_or_a_recipient(name: str, language: Any, kind: str) -> None:
    desk = mailer(25)
    mail = desk._compose(delivery(kind), Contact("wang@example.com", name, language))
    head = mail.as_bytes().partition(b"\r\n\r\n")[0]
    names = [
        line.partition(b":")[0]
        for line in head.split(b"\r\n")
        if not line.startswith((b" ", b"\t"))
    ]
    assert sorted(names) == sorted(
        b"From To Subject Date Message-ID Content-Language Auto-Submitted "
        b"Content-Type Content-Transfer-Encoding MIME-Version".split()
    )
    assert [place.addr_spec for place in mail["To"].addresses] == ["wang@example.com"]
    assert head.isascii()


def test_settings_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    for options in (
        {"host": "mail.example", "login": "yuepi", "password": "open"},
        {"sender": "a\r\nb@c"},
        {"security": "tls", "ca_file": tmp_path / "missing.crt"},
    ):
        with pytest.raises(BadUsage):
            mailer(25, **options)
    assert "open" not in repr(MailServer("h", "a@b", password="open"))


def test_every_kind_has_words_in_both_languages() -> None:
    for kind in KINDS:
        chinese, english = words_of(kind, "zh"), words_of(kind, "en")
        assert english.title.isascii()
        assert english.body.isascii()
        assert not chinese.title.isascii()
        assert len(chinese.title) <= 40
        assert len(english.title) <= 60
        assert not any(letter.isdigit() for letter in chinese.title + english.title)
    assert place_of("claim.asked", "clm_/../x") == "/claims/clm_%2F..%2Fx"
    assert "\n\nhttp://d/stages\n\n" in mail_of("stage.demoted", "invoice", "en", "http://d").body
