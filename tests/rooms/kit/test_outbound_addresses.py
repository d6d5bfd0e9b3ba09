"""Which addresses are the house's, however they are written, and which texts are none."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuepi.kit.outbound import URL_CHARACTERS_MAX, Refused, may_be_called, readable_url

METADATA = (
    "169.254.169.254 168.63.129.16 100.100.100.200 100.96.0.96 100.80.80.80 192.0.0.192"
    " fd00:ec2::254 fd00:ec2::23 fd20:ce::254 fd00:42::42 ::ffff:169.254.169.254"
    " 64:ff9b::a9fe:a9fe fe80::a9fe:a9fe%eth0 fd00:ec2::254%eth0"
)
SPECIAL = (
    "0.0.0.0 0.1.2.3 169.254.1.1 192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.1 192.88.99.1"
    " 224.0.0.1 239.1.2.3 240.0.0.1 255.255.255.255"
    " :: ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:8.8.8.8 ::127.0.0.1 fe80::1 fe80::1%eth0 fec0::1"
    " ff02::1 64:ff9b::7f00:1 64:ff9b::808:808 64:ff9b:1::1 2002:7f00:1::1 2002:a9fe:a9fe::1"
    " 2001::1 2001:db8::1 100::1 3fff::1 5f00::1"
)
NO_ADDRESSES = "name 2130706433 0x7f.1 127.1 010.1.1.1 8.8.8.8%eth0 2606::1% 2606::1%a%b"
LOOPBACK = "127.0.0.1 127.8.8.8 ::1 ::1%lo"
PRIVATE = "10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 100.64.0.1 fc00::1 fd12::1 fd12::1%eth0"
PUBLIC = "8.8.8.8 1.1.1.1 223.5.5.5 172.32.0.1 100.128.0.1 2606:4700::1111 2606:4700::1111%eth0"


@pytest.mark.parametrize(
    ("address", "strict", "private", "loopback"),
    [
        *((each, False, False, False) for each in (*METADATA.split(), *SPECIAL.split())),
        *((each, False, False, False) for each in ("", *NO_ADDRESSES.split())),
        *((each, False, False, True) for each in LOOPBACK.split()),
        *((each, False, True, False) for each in PRIVATE.split()),
        *((each, True, True, True) for each in PUBLIC.split()),
    ],
)
def test_which_addresses_may_be_called(
    address: str, strict: bool, private: bool, loopback: bool
) -> None:
    assert may_be_called(address) == strict
    assert may_be_called(address, private=True) == private
    assert may_be_called(address, loopback=True) == loopback
    assert may_be_called(address, private=True, loopback=True) == (private or loopback)


def hidden_in(form: Callable[[int], int]) -> Callable[[ipaddress.IPv4Address], str]:
    return lambda inner: str(ipaddress.IPv6Address(form(int(inner))))


def number(address: str) -> int:
    return int(ipaddress.IPv6Address(address))


FORMS = {
    "v4-compatible": hidden_in(lambda inner: inner | 2 << 32),
    "v4-mapped": hidden_in(lambda inner: number("::ffff:0:0") | inner),
    "v4-translated": hidden_in(lambda inner: number("::ffff:0:0:0") | inner),
    "NAT64": hidden_in(lambda inner: number("64:ff9b::") | inner),
    "local NAT64": hidden_in(lambda inner: number("64:ff9b:1::") | inner),
    "6to4": hidden_in(lambda inner: number("2002::") | inner << 80 | 1),
    "Teredo": hidden_in(lambda inner: number("2001::") | (inner ^ 0xFFFFFFFF)),
}


@pytest.mark.parametrize("form", FORMS)
@given(inner=st.ip_addresses(v=4))
def test_no_address_hides_in_another(form: str, inner: ipaddress.IPv4Address) -> None:
    """Not even a public one: who would need that?"""
    assert not may_be_called(FORMS[form](inner), private=True, loopback=True)


NEVER = (
    "0.0.0.0/8 169.254.0.0/16 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 198.18.0.0/15"
    " 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4"
    " ::/128 100::/64 2001::/23 2001:db8::/32 3fff::/20 5f00::/16 fe80::/10 fec0::/10 ff00::/8"
)


@pytest.mark.parametrize("network", NEVER.split())
@given(data=st.data())
def test_no_address_of_a_special_network(network: str, data: st.DataObject) -> None:
    address = data.draw(st.ip_addresses(network=network))
    assert not may_be_called(str(address), private=True, loopback=True)


BELT = (
    "0.1.2.3 192.0.0.1 192.88.99.1 198.18.0.1 240.0.0.1 224.0.0.1 2001::1 2001:db8::1 2002::1"
    " 3fff::1 ::ffff:8.8.8.8 64:ff9b::808:808 fe80::1 ff02::1 5f00::1"
)


@pytest.mark.parametrize("address", BELT.split())
def test_it_does_not_hang_on_what_this_python_knows(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`is_global` changed with most versions of Python."""
    monkeypatch.setattr(ipaddress.IPv4Address, "is_global", True)
    monkeypatch.setattr(ipaddress.IPv6Address, "is_global", True)
    assert not may_be_called(address, private=True, loopback=True)


@given(st.ip_addresses(), st.sampled_from(["", "%eth0"]))
def test_the_house_is_more_than_the_internet(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address, zone: str
) -> None:
    text = f"{address}{zone if address.version == 6 else ''}"
    if may_be_called(text):
        assert address.is_global
        assert may_be_called(text, private=True)
        assert may_be_called(text, loopback=True)


@given(st.text(max_size=40))
def test_a_text_that_is_no_address_is_not_called(text: str) -> None:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        assert not may_be_called(text, private=True, loopback=True)


LONG = "http://" + "a" * URL_CHARACTERS_MAX


@pytest.mark.parametrize(
    "text",
    [
        "",
        "http://x/\r\nHost: y",
        "http://x\x00/",
        "http://[::1",
        "http://x:99999/",
        "http://xn--a/",
        "http://xn--/",
        LONG,
    ],
)
def test_what_is_no_readable_address(text: str) -> None:
    with pytest.raises(Refused, match="readable"):
        readable_url(text)
    assert readable_url("http://x:80/a").host == "x"
