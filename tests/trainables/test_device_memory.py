"""A pack's memory: what it has needed, and its share of a GPU, whose torch.cuda is made up here."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from s4mcl_trainables import device_memory
from s4mcl_trainables.device_memory import CONTEXT_BYTES, DeviceMemory
from s4mcl_trainables.member import Member
from small_assignment import small_assignment

GIB = 2**30
TOTAL = 40 * GIB


class Gpu:
    """torch.cuda of a device of 40 GiB."""

    def __init__(self) -> None:
        self.reserved = 0
        self.fraction: float | None = None

    def empty_cache(self) -> None:
        self.reserved = 0

    def reset_peak_memory_stats(self) -> None:
        self.reserved = 0

    def mem_get_info(self) -> tuple[int, int]:
        return TOTAL - self.reserved, TOTAL

    def max_memory_reserved(self) -> int:
        return self.reserved

    def set_per_process_memory_fraction(self, fraction: float) -> None:
        self.fraction = fraction


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> Gpu:
    made = Gpu()
    monkeypatch.setattr(device_memory, "cuda", lambda: made)
    return made


def member(folder: Path, device: str, memory: DeviceMemory | None = None) -> Member:
    plain = small_assignment(folder, folder / "1", "stub").to_dict()
    del plain["device"]
    return Member(json.loads(json.dumps(plain)), device, None, memory)


def test_each_pack_is_counted_from_its_own_start(gpu: Gpu) -> None:
    gpu.reserved = 30 * GIB
    memory = DeviceMemory("cuda:0")
    assert (memory.peak, memory.size) == (CONTEXT_BYTES, TOTAL)
    gpu.reserved = 3 * GIB
    assert memory.peak == 3 * GIB + CONTEXT_BYTES


@pytest.mark.parametrize(
    ("share", "held"), [(None, None), (1.0, 1.0), (0.5, 0.5 - CONTEXT_BYTES / TOTAL), (0.02, 0.01)]
)
def test_a_pack_is_held_to_its_share(gpu: Gpu, share: float | None, held: float | None) -> None:
    memory = DeviceMemory("cuda:0", share)
    memory.hold()
    assert gpu.fraction == held
    gpu.fraction = None
    memory.hold()
    assert gpu.fraction is None  # once a pack


def test_on_a_cpu_it_is_the_resident_memory_of_this_pack() -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("peaks begin anew on Linux alone")
    large = bytearray(2**28)
    large[::4096] = b"x" * len(large[::4096])
    first = DeviceMemory("cpu")
    with_it = first.peak
    del large
    assert first.peak >= with_it - 2**23  # the kernel counts pages in lots
    assert DeviceMemory("cpu").peak < with_it - 2**27
    assert 2**28 < first.size < 2**48


def test_a_trial_tells_no_memory_before_it_has_trained(gpu: Gpu, tmp_path: Path) -> None:
    told = member(tmp_path, "cuda:0").advance(lambda: True)
    assert (told["ending"]["outcome"], told["peak_bytes"], told["device_bytes"]) == ("moved", 0, TOTAL)
    trained = member(tmp_path, "cuda:0").advance()
    assert (trained["ending"], trained["peak_bytes"]) == (None, CONTEXT_BYTES)


@pytest.mark.parametrize(("share", "outcome"), [(0.5, "no_memory"), (1.0, "error"), (None, "error")])
def test_a_pack_that_finds_no_memory_in_a_share_gives_its_trial_back(
    gpu: Gpu, tmp_path: Path, share: float | None, outcome: str
) -> None:
    given = member(tmp_path, "cuda:0", DeviceMemory("cuda:0", share))
    given.advance()

    def full() -> Any:
        raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")

    assert given.training is not None
    given.training.advance = full  # type: ignore[method-assign]
    ending = given.advance()["ending"]
    assert ending["outcome"] == outcome
    assert ending["iterations"] == 2
    assert ending["detail"]["text"] == "RuntimeError: CUDA out of memory. Tried to allocate 2.00 GiB"
