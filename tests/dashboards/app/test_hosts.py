import socket

import pytest

from s4mcl_dashboards.app.hosts import Hosts


@pytest.mark.parametrize(
    "header", ["localhost", "localhost:9000", "127.0.0.1:8050", "127.3.2.1", "[::1]:8050", "LOCALHOST."]
)
def test_this_machine_is_always_known(header: str) -> None:
    assert Hosts("127.0.0.1").knows(header)
    assert Hosts("0.0.0.0").knows(header)


@pytest.mark.parametrize(
    "header", ["evil.example", "127.0.0.1.evil.example:8050", "localhost.evil.example", "", "10.0.0.5", "1.2.3"]
)
def test_a_foreign_name_is_not_the_app_on_this_machine(header: str) -> None:
    assert not Hosts("127.0.0.1").knows(header)
    assert not Hosts("localhost").knows(header)
    assert not Hosts("::1").knows(header)


def test_on_a_network_addresses_and_own_names_are_known() -> None:
    hosts = Hosts("gpu01.example")
    for header in ("gpu01.example:8050", "10.0.0.5:8050", "[fd00::1]", socket.gethostname()):
        assert hosts.knows(header)
    assert not hosts.knows("evil.example")
    assert not hosts.knows("notgpu01.example")


def test_what_is_loopback() -> None:
    assert [Hosts(host).is_loopback for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "10.0.0.5", "gpu01")] == [
        *(True, True, True),
        *(False, False, False),
    ]


def test_the_address_to_open() -> None:
    assert Hosts("127.0.0.1").url(8050) == "http://127.0.0.1:8050"
    assert Hosts("::1").url(1) == "http://[::1]:1"
    assert Hosts("0.0.0.0").url(2) == f"http://{socket.gethostname()}:2"
