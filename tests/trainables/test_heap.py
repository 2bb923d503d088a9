"""A process that trains keeps its memory: large blocks are not fetched from the system anew at every step."""

import subprocess
import sys

import pytest

FAULTS = """
import resource, sys
import torch
from s4mcl_trainables.heap import keep_heap

kept = sys.argv[1] == "kept" and keep_heap()
def step():
    for _ in range(4):
        torch.zeros(16, 2**20).add_(1)  # 64 MiB
for _ in range(8):
    step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
step()
print(int(kept), resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(how: str) -> tuple[bool, int]:
    done = subprocess.run([sys.executable, "-c", FAULTS, how], check=True, capture_output=True, text=True)
    kept, count = done.stdout.split()
    return kept == "1", int(count)


def test_a_kept_heap_faults_no_page_twice() -> None:
    _, given_back = faults("given back")
    kept, again = faults("kept")
    if not kept:
        pytest.skip("this C library cannot be told")
    assert again < 100
    assert given_back > 10 * max(again, 1)


TRIMMED = """
import resource
import torch
from s4mcl_trainables.heap import keep_heap, trim_heap

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()
kept = keep_heap()
before = resident()
torch.zeros(2**26).add_(1)  # 256 MiB
held = resident()
trim_heap()
print(int(kept), held - before, resident() - before)
"""


def test_a_kept_heap_is_handed_back_when_asked() -> None:
    done = subprocess.run([sys.executable, "-c", TRIMMED], check=True, capture_output=True, text=True)
    kept, held, left = (int(word) for word in done.stdout.split())
    if not kept:
        pytest.skip("this C library cannot be told")
    assert held > 2**27
    assert left < 2**25
