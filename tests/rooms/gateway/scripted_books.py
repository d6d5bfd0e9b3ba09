"""Gateways over scripted engines, with books that write down every charge and record."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, cast

from yuepi.access.keys import Key
from yuepi.engines.contract import (
    Chat,
    Usage,
)
from yuepi.gateway.budget import Budgets
from yuepi.gateway.call_log import CallLog, CallRecord
from yuepi.gateway.deployment import Deployment, Price, Route, Target
from yuepi.gateway.gateway import Gateway
from yuepi.kit.errors import Unavailable

KEY = Key(id="key_1", name="desk", tenant="acme")
PRICE = Price(Decimal(2), Decimal(8))


@dataclass
class Books:
    """Call log and budgets in one: everything written down, admission by script."""

    records: list[CallRecord] = field(default_factory=list)
    charges: list[tuple[str, Usage, Decimal]] = field(default_factory=list)
    refusal: Exception | None = None
    full: bool = False

    def ready(self) -> None:
        if self.full:
            raise Unavailable("the call log is full", remedy="mend the database")

    def record(self, record: CallRecord) -> None:
        self.records.append(record)

    async def admit(self, key: Key) -> None:
        if self.refusal is not None:
            raise self.refusal

    def charge(self, key: Key, usage: Usage, cost: Decimal) -> None:
        self.charges.append((key.id, usage, cost))


def deployed(engine: Any, **more: Any) -> Deployment:
    return Deployment(engine.name, engine, f"{engine.name}-v1", PRICE, **more)


def gateway_of(
    books: Books, *engines: Any, route: Route | None = None, tries: int = 1, **more: Any
) -> Gateway:
    return Gateway(
        deployments=[deployed(engine, tries_max=tries) for engine in engines],
        routes=[route] if route is not None else [],
        log=cast(CallLog, books),
        budgets=cast(Budgets, books),
        chance=random.Random(1),
        **more,
    )


def two_in_order(first: str = "a", second: str = "b", **more: Any) -> Route:
    return Route("desk", (Target(first),), fallback=(second,), **more)


async def text_of(gateway: Gateway, alias: str, chat: Chat, key: Key | None = KEY) -> str:
    return "".join([delta.text async for delta in gateway.stream(alias, chat, key)])
