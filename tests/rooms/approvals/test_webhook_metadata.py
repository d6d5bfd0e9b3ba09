"""Where clouds keep what a machine may do: no webhook is led there, private networks or not."""

from __future__ import annotations

import pytest

from yuepi.approvals.webhook_call import CallRules


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254", "168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::254",
        "fd00:ec2::23", "fd20:ce::254", "fd00:42::42", "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe", "fe80::a9fe:a9fe%eth0",
    ],
)  # fmt: skip
def test_no_cloud_tells_its_secrets(address: str) -> None:
    assert not CallRules(allow_private=True, allow_loopback=True).allows(address)


def test_the_house_is_called() -> None:
    assert CallRules().allows("10.1.2.3")
    assert CallRules().allows("fd12::1")
