import socket
from unittest import mock

import pytest

from s4mcl_dashboards.app import listening as module
from s4mcl_dashboards.app.listening import listening
from s4mcl_trainables.problems import InputError


def test_any_free_port() -> None:
    with listening("127.0.0.1", 0) as found:
        host, port = found.getsockname()
        assert host == "127.0.0.1"
        assert port > 1023
        assert found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) == 1


def test_a_port_in_use_is_named_with_a_cure() -> None:
    with listening("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=rf"(?s)port {port} of 127.0.0.1 is in use.*--port") as found:
            listening("127.0.0.1", port)
        assert "Cure" in str(found.value)


def test_without_a_port_the_next_free_one_is_taken() -> None:
    with listening("127.0.0.1", 0) as taken:
        first = taken.getsockname()[1]
        with mock.patch.object(module, "FIRST", first), listening("127.0.0.1", None) as found:
            assert first < found.getsockname()[1] < first + module.TRIED
        with (
            mock.patch.object(module, "FIRST", first),
            mock.patch.object(module, "TRIED", 1),
            listening("127.0.0.1", None) as found,
        ):
            assert found.getsockname()[1] != first


@pytest.mark.parametrize("host", ["no.such.host.invalid", "203.0.113.77", "x" * 70])
def test_a_host_of_another_machine_is_refused(host: str) -> None:
    with pytest.raises(InputError, match=r"(?s)Cure: give --host"):
        listening(host, 0)
