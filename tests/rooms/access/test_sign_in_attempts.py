"""Guessing passwords: waits grow, are kept over restarts, and lock nobody else out."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rooms.access.conftest import PeopleStory
from tests.rooms.access.people_desk import HERE, PASSWORD, PeopleDesk, cheap_hasher
from yuepi.access.attempts import (
    ADDRESS,
    FORGET_FAILURES,
    LOGIN,
    PAIR,
    Meter,
    TooManyAttempts,
    network_of,
)
from yuepi.access.passwords import (
    CHARACTERS_MIN,
    THREADS_MAX,
    WAITING_MAX,
    Passwords,
    check_password,
    comparable,
)
from yuepi.access.sessions import Client, WrongCredentials
from yuepi.kit.errors import BadUsage, Unavailable


async def guess(desk: PeopleDesk, login: str, address: str, password: str = "wrong") -> None:
    sessions = desk.open().sessions  # as after a restart
    await sessions.sign_in(login, password, Client(address))


async def wait_of(desk: PeopleDesk, login: str, address: str) -> int:
    with pytest.raises(TooManyAttempts) as caught:
        await guess(desk, login, address, PASSWORD)
    assert caught.value.http_status == 429
    return caught.value.retry_after_s


def test_waits_grow_and_end(people: PeopleStory) -> None:
    async def tell(desk: PeopleDesk) -> None:
        await desk.person("anna")
        for _ in range(PAIR.free):
            with pytest.raises(WrongCredentials):
                await guess(desk, "anna", "192.0.2.1")
        waits = []
        for _ in range(7):
            waits.append(await wait_of(desk, "ANNA", "192.0.2.1"))
            desk.seconds += waits[-1]
            with pytest.raises(WrongCredentials):
                await guess(desk, "anna", "192.0.2.1")
        assert waits == [31, 61, 121, 241, 481, 901, 901]
        # The right password helps only after the wait, and then forgives all.
        desk.seconds += await wait_of(desk, "anna", "192.0.2.1")
        await guess(desk, "anna", "192.0.2.1", PASSWORD)
        for _ in range(PAIR.free):
            with pytest.raises(WrongCredentials):
                await guess(desk, "anna", "192.0.2.1")

    people(tell)


def test_who_guesses_elsewhere_locks_nobody_out(people_sqlite: PeopleStory) -> None:
    async def tell(desk: PeopleDesk) -> None:
        await desk.person("anna")
        await guess(desk, "anna", "192.0.2.1", PASSWORD)
        failed = 0
        for at in range(LOGIN.free + 30):
            try:
                await guess(desk, "anna", f"198.51.100.{at}")
            except WrongCredentials:
                failed += 1
            except TooManyAttempts:
                pass
        assert failed == LOGIN.free
        # Her own place still works; a new one waits a minute at most.
        await guess(desk, "anna", "192.0.2.1", PASSWORD)
        desk.seconds += await wait_of(desk, "anna", "203.0.113.9")
        await guess(desk, "anna", "203.0.113.9", PASSWORD)

    people_sqlite(tell)


def test_one_address_at_many_logins_is_slowed_down(people_sqlite: PeopleStory) -> None:
    async def tell(desk: PeopleDesk) -> None:
        for at in range(ADDRESS.free):
            with pytest.raises(WrongCredentials):
                await guess(desk, f"user{at}", "2001:db8::1")
        # The whole /64 is one client.
        assert await wait_of(desk, "another", "2001:db8::ffff") <= ADDRESS.wait_s_max + 1

    people_sqlite(tell)


def test_a_thousand_guesses_at_once_get_no_further(people: PeopleStory) -> None:
    async def tell(desk: PeopleDesk) -> None:
        await desk.person("anna")
        tries = [
            desk.accounts.sessions.sign_in("anna", f"guess {at}", HERE) for at in range(WAITING_MAX)
        ]
        found = await asyncio.gather(*tries, return_exceptions=True)
        kinds = [type(each) for each in found]
        assert kinds.count(WrongCredentials) == PAIR.free
        assert kinds.count(TooManyAttempts) == WAITING_MAX - PAIR.free

    people(tell)


def test_a_clock_that_is_set_back_keeps_nobody_out(people_sqlite: PeopleStory) -> None:
    async def tell(desk: PeopleDesk) -> None:
        await desk.person("anna")
        for _ in range(PAIR.free):
            with pytest.raises(WrongCredentials):
                await guess(desk, "anna", "192.0.2.1")
        await wait_of(desk, "anna", "192.0.2.1")
        desk.seconds -= 3600
        await guess(desk, "anna", "192.0.2.1", PASSWORD)

    people_sqlite(tell)


def test_old_failures_are_forgotten(people: PeopleStory) -> None:
    async def tell(desk: PeopleDesk) -> None:
        await desk.person("anna")
        for _ in range(PAIR.free - 1):
            with pytest.raises(WrongCredentials):
                await guess(desk, "anna", "192.0.2.1")
        desk.seconds += FORGET_FAILURES.total_seconds() + 1
        for _ in range(PAIR.free):
            with pytest.raises(WrongCredentials):
                await guess(desk, "anna", "192.0.2.1")
        await wait_of(desk, "anna", "192.0.2.1")

    people(tell)


def test_hashes_grow_stronger_when_somebody_signs_in(people: PeopleStory) -> None:
    async def tell(desk: PeopleDesk) -> None:
        anna = await desk.person("anna")
        stronger = desk.open(time_cost=2)
        for _ in range(2):
            await stronger.sessions.sign_in("anna", PASSWORD, HERE)
            async with desk.database.reading() as connection:
                found = await connection.exec_driver_sql("SELECT password_hash FROM users")
                assert "t=2" in found.scalar_one()
        assert (await stronger.people.user(anna.id)).version == 1

    people(tell)


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_waits_never_shrink_and_never_pass_their_limit(one: int, other: int) -> None:
    for meter in (PAIR, LOGIN, ADDRESS, Meter(1, 0.5, 3.0)):
        few, many = sorted((one, other))
        assert meter.wait_after(few) <= meter.wait_after(many) <= meter.wait_s_max
        assert (meter.wait_after(one) == 0) == (one < meter.free)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unix" * 40, "unix" * 16),
    ],
)
def test_what_counts_as_one_address(address: str, network: str) -> None:
    assert network_of(address) == network


# --- passwords -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "x" * (CHARACTERS_MIN - 1),
        "x" * 257,
        "anna.schmidt",
        "Anna.Schmidt1",
        "tdimhcs.anna",
        "1234567890",
        "Password123!",
        "ＰＡＳＳＷＯＲＤ１２３",
        "woaini1314520",
        "ababababab",
        "anna.schmidt@example.com",
    ],
)
def test_what_is_guessed_first_is_refused(password: str) -> None:
    with pytest.raises(BadUsage) as caught:
        check_password(password, login="anna.schmidt", email="anna.schmidt@example.com")
    assert caught.value.code == "weak_password"


@given(st.text(max_size=30), st.text(max_size=30))
def test_comparing_knows_neither_width_nor_kind_of_letter(one: str, other: str) -> None:
    assert comparable(comparable(one)) == comparable(one)
    assert comparable(one.upper().lower()) == comparable(one.upper().lower().casefold())
    assert (comparable(one) == comparable(other)) or one != other


def test_only_so_many_wait_to_be_compared() -> None:
    async def tell() -> None:
        passwords = Passwords(cheap_hasher())
        kept = await passwords.hash("a good password")
        assert await passwords.verify("a good password", kept) == (True, None)
        assert await passwords.verify("a good passwort", kept) == (False, None)
        assert await passwords.verify("a good password", "no hash at all") == (False, None)
        many = WAITING_MAX + THREADS_MAX
        found = await asyncio.gather(
            *(passwords.verify("x", None) for _ in range(many)), return_exceptions=True
        )
        assert found.count((False, None)) == WAITING_MAX
        assert sum(isinstance(each, Unavailable) for each in found) == THREADS_MAX
        passwords.close()

    asyncio.run(tell())


def test_the_same_keys_are_the_same_password_on_every_machine() -> None:
    async def tell() -> None:
        passwords = Passwords(cheap_hasher())
        kept = await passwords.hash("cafe\u0301 am Meer")
        assert (await passwords.verify("caf\u00e9 am Meer", kept))[0]
        assert await passwords.verify("\ud800" * 10, kept) == (False, None)
        passwords.close()

    asyncio.run(tell())
