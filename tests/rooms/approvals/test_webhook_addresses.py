"""Where webhooks may lead."""

from __future__ import annotations

import pytest

from yuepi.approvals.webhook_call import BadAddress, CallRules, check_host, check_url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "oa.example",
        "ftp://oa.example/",
        "file:///etc/passwd",
        "http://",
        "http://u:p@oa.example/",
        "http://oa.example/#x",
        "http://oa.example/\r\nX: y",
        "http://" + "a" * 3000,
        "http://oa.example:99999/",
    ],
)
def test_addresses_that_make_no_sense_are_refused(url: str) -> None:
    with pytest.raises(BadAddress):
        check_url(url)


@pytest.mark.parametrize(
    ("address", "private", "loopback", "public"),
    [
        ("8.8.8.8", True, True, True),
        ("2606:4700::1111", True, True, True),
        ("10.1.2.3", True, True, False),
        ("192.168.1.1", True, True, False),
        ("fd12::1", True, True, False),
        ("127.0.0.1", False, True, False),
        ("::1", False, True, False),
        *(
            (address, False, False, False)
            for address in (
                "169.254.169.254", "fe80::1", "fe80::1%eth0", "168.63.129.16", "100.100.100.200",
                "192.0.0.192", "fd00:ec2::254", "0.0.0.0", "::", "224.0.0.1", "255.255.255.255",
                "::ffff:169.254.169.254", "::ffff:127.0.0.1", "64:ff9b::a9fe:a9fe",
                "2002:a9fe:a9fe::1", "240.0.0.1", "name",
            )
        ),
    ],
)  # fmt: skip
def test_which_addresses_may_be_called(
    address: str, private: bool, loopback: bool, public: bool
) -> None:
    assert CallRules().allows(address) == (private and address not in ("127.0.0.1", "::1"))
    assert CallRules(allow_loopback=True).allows(address) == loopback
    assert CallRules(allow_private=False).allows(address) == public


@pytest.mark.parametrize(
    ("host", "usual", "strict", "open_"),
    [
        ("127.0.0.1", False, False, True),
        ("[::1]:8080", False, False, True),
        ("localhost", False, False, True),
        ("app.LOCALHOST.", False, False, True),
        ("10.1.2.3", True, False, True),
        ("169.254.169.254", False, False, False),
        ("[fe80::1%25eth0]", False, False, False),
        ("8.8.8.8", True, True, True),
        ("oa.example", True, True, True),
    ],
)
def test_a_host_that_may_never_be_called_is_refused_without_a_look_up(
    host: str, usual: bool, strict: bool, open_: bool
) -> None:
    place = check_url(f"http://{host}/hook")
    for rules, allowed in (
        (CallRules(), usual),
        (CallRules(allow_private=False), strict),
        (CallRules(allow_loopback=True), open_),
    ):
        if allowed:
            check_host(place, rules)
            continue
        with pytest.raises(BadAddress):
            check_host(place, rules)
