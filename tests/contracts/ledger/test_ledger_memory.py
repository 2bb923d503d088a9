"""The ledger's contract: what packs need of a device's memory stays known, whoever measured it."""

from dataclasses import replace

import pytest
from planned_trials import Storage

from s4mcl.ledger import Ledger, MemoryFigure

FIGURE = MemoryFigure("a" * 64, "NVIDIA H200", "unet", {"method": "unet", "members": 1}, 3 * 2**33, 141 * 2**30)


def test_the_larger_of_two_figures_stays(ledger: Ledger, storage: Storage) -> None:
    assert ledger.memory() == []
    ledger.remember_memory(FIGURE)
    ledger.remember_memory(replace(FIGURE, peak_bytes=2**30))
    assert ledger.memory() == [FIGURE]
    grown = replace(FIGURE, peak_bytes=2**35)
    with storage.open() as another:
        another.remember_memory(grown)
    assert ledger.memory() == [grown]


def test_kinds_and_devices_are_told_apart(ledger: Ledger) -> None:
    other = replace(FIGURE, device="NVIDIA L4", device_bytes=22 * 2**30)
    third = replace(FIGURE, kind="b" * 64)
    for figure in (third, other, FIGURE):
        ledger.remember_memory(figure)
    assert ledger.memory() == [FIGURE, other, third]
    assert ledger.memory(["b" * 64, "c" * 64]) == [third]
    assert [finding.text for finding in ledger.check()] == []


@pytest.mark.parametrize("change", [{"kind": "short"}, {"peak_bytes": 0}])
def test_what_is_no_figure_is_refused(ledger: Ledger, change: dict[str, object]) -> None:
    with pytest.raises(Exception, match="memory"):
        ledger.remember_memory(replace(FIGURE, **change))  # type: ignore[arg-type]
    assert ledger.memory() == []


def test_a_figure_is_written_with_what_it_came_with_or_not_at_all(ledger: Ledger) -> None:
    class GoneError(Exception):
        pass

    def write() -> None:
        with ledger.transaction():
            ledger.remember_memory(FIGURE)
            assert ledger.memory() == [FIGURE]
            raise GoneError

    with pytest.raises(GoneError):
        write()
    assert ledger.memory() == []
