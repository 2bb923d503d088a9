import os
import signal
import subprocess
import sys
import time

import pytest

from s4mcl.ledger import Owner
from s4mcl_trainables import processes
from s4mcl_trainables.processes import process_start, this_host


def test_this_process_is_alive_and_always_the_same_owner() -> None:
    assert Owner.this_process() == Owner.this_process()
    assert not Owner.this_process().is_dead()
    assert Owner.this_process().pid == os.getpid()


def test_a_process_is_dead_once_it_ended_even_as_a_zombie() -> None:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    known = Owner(this_host(), process.pid, process_start(process.pid) or "")
    assert known.started
    assert not known.is_dead()
    process.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while not known.is_dead() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert known.is_dead()
    process.wait()
    assert known.is_dead()
    assert process_start(process.pid) is None


def test_of_another_host_nothing_is_known() -> None:
    assert not Owner("elsewhere", 1, "long ago").is_dead()


def test_a_process_of_another_boot_may_be_on_another_machine_of_this_name() -> None:
    started = Owner.this_process().started
    if ":" not in started or len(started.partition(":")[0]) != 36:
        pytest.skip("only Linux tells one boot from another")
    other = f"00000000-0000-0000-0000-000000000000:{started.partition(':')[2]}"
    assert not Owner(this_host(), os.getpid(), other).is_dead()
    assert Owner(this_host(), os.getpid(), f"{started}1").is_dead()


def test_without_proc_ps_tells_when_a_process_started(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setattr(processes, "PROC", tmp_path)
    try:
        assert not Owner.this_process().is_dead()
    except FileNotFoundError:
        pytest.skip("there is no ps here")
    assert process_start(2**22 + 1) is None
