"""Notices by mail, over SMTP.

One mail for each message of the outbox. Its `Message-ID` and `Date` come from the message, so that
a repeat is the same mail and mail systems can tell. A connection that should be encrypted and
cannot be is a failure: it never falls back to plain text.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from pathlib import Path
from typing import Final, Literal, cast

import aiosmtplib

from yuepi.approvals.notice_texts import Kind, Language, mail_of
from yuepi.kit.errors import BadUsage
from yuepi.kit.outbox import Delivery, GiveUp, TryLater

LOG = logging.getLogger(__name__)

ADDRESS_CHARACTERS_MAX: Final = 254
"""RFC 5321, 4.5.3.1.3, less the angle brackets."""
NAME_CHARACTERS_MAX: Final = 128
SETTING_WAIT_S: Final = 300.0
"""Until the next attempt where the server refuses us, not the mail: an administrator must act."""

Security = Literal["starttls", "tls", "plain"]


@dataclass(frozen=True, slots=True)
class Contact:
    """Where and in which language a person is written to."""

    address: str
    name: str = ""
    language: Language = "zh"


ContactOf = Callable[[str], Awaitable[Contact | None]]
"""The contact of a user, None for who is gone, disabled or has no address."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """The SMTP server that takes our mail.

    security: `starttls` (port 587), `tls` (465), or `plain` (25; without a login, unless to this
    machine itself). sender: the address in From. ca_file: certificates to trust instead of the
    system's.
    """

    host: str
    sender: str
    port: int = 587
    security: Security = "starttls"
    sender_name: str = "阅批 Yuepi"
    login: str | None = None
    password: str | None = field(default=None, repr=False)
    wait_s_max: float = 15.0
    ca_file: Path | None = None


class Mailer:
    """The outbox's handler of mails. Raises `BadUsage` for settings that make no sense."""

    def __init__(self, server: MailServer, contact_of: ContactOf, public_url: str) -> None:
        self._server = server
        self._contact_of = contact_of
        self._public_url = public_url
        remedy = "see the [mail] settings"
        if server.security == "plain" and server.login and server.host not in _OURSELVES:
            raise BadUsage("a mail password must not travel in plain text", remedy=remedy)
        try:
            self._sender = _address(server.sender, server.sender_name)
            self._tls = (
                None
                if server.security == "plain"
                else ssl.create_default_context(cafile=server.ca_file)
            )
        except (ValueError, OSError, MessageError) as error:
            raise BadUsage(f"mail cannot be sent like this: {error}", remedy=remedy) from error

    async def deliver(self, delivery: Delivery) -> None:
        """Write to the person. Raises `TryLater` or `GiveUp`.

        Who cannot be written to any more needs no mail: that is done.
        """
        contact = await self._contact_of(str(delivery.payload["user_id"]))
        if contact is None:
            LOG.info("message %s: no one to write to", delivery.id)
            return
        mail = self._compose(delivery, contact)
        try:
            async with asyncio.timeout(self._server.wait_s_max):
                await self._send(mail)
        except aiosmtplib.SMTPRecipientsRefused as error:
            codes = [refused.code for refused in error.recipients]
            raise _judged(max(codes, default=450), "the address was refused") from error
        except (aiosmtplib.SMTPDataError, aiosmtplib.SMTPRecipientRefused) as error:
            raise _judged(error.code, "the mail was refused") from error
        except aiosmtplib.SMTPNotSupported as error:
            raise GiveUp("the server cannot write to such an address") from error
        except aiosmtplib.SMTPResponseException as error:
            # It refuses us (login, sender, greeting) and not this mail.
            wait_s = SETTING_WAIT_S if error.code >= 500 else None
            raise TryLater(f"the mail server refused us: {error.code}", after_s=wait_s) from error
        except (aiosmtplib.SMTPException, ssl.SSLError, OSError) as error:
            raise TryLater(f"the mail server: {_named(error)}") from error

    async def _send(self, mail: EmailMessage) -> None:
        server = self._server
        await aiosmtplib.send(
            mail,
            hostname=server.host,
            port=server.port,
            username=server.login,
            password=server.password,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            tls_context=self._tls,
            timeout=server.wait_s_max,
            local_hostname=self._sender.domain if self._sender.domain.isascii() else "localhost",
        )

    def _compose(self, delivery: Delivery, contact: Contact) -> EmailMessage:
        kind = cast(Kind, delivery.payload["kind"])
        subject = str(delivery.payload["subject"])
        words = mail_of(kind, subject, contact.language, self._public_url)
        mail = EmailMessage(policy=SMTP_POLICY)
        try:
            mail["From"] = self._sender
            mail["To"] = _address(contact.address, contact.name)
        except (ValueError, MessageError) as error:
            raise GiveUp("the person's mail address makes no sense") from error
        mail["Subject"] = words.title
        mail["Date"] = format_datetime(delivery.created_at)
        mail["Message-ID"] = f"<{delivery.id}@{_ascii(self._sender.domain)}>"
        # RFC 3834: no holiday notes in answer to this.
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(words.body, charset="utf-8", cte="base64")
        mail["Content-Language"] = "en" if contact.language == "en" else "zh-CN"
        return mail


_OURSELVES: Final = frozenset(("localhost", "127.0.0.1", "::1"))


def _address(address: str, name: str) -> Address:
    """An address for a header. Raises ValueError or MessageError for one that makes no sense.

    A name is only for show: what could end the header is left out of it.
    """
    if len(address) > ADDRESS_CHARACTERS_MAX or not address.isprintable() or " " in address:
        raise ValueError("not a mail address")
    shown = "".join(letter for letter in name if letter.isprintable())[:NAME_CHARACTERS_MAX]
    user, _, domain = address.rpartition("@")
    if not user or not domain:
        raise ValueError("not a mail address")
    return Address(shown, user, domain)


def _ascii(domain: str) -> str:
    return domain if domain.isascii() else domain.encode("idna").decode("ascii")


def _judged(code: int, what: str) -> TryLater | GiveUp:
    """RFC 5321, 4.2.1: 4yz may work later, 5yz will not."""
    return GiveUp(f"{what}: {code}") if code >= 500 else TryLater(f"{what}: {code}")


def _named(error: BaseException) -> str:
    first = (str(error).strip().splitlines() or [""])[0]
    return first[:200] or type(error).__name__
