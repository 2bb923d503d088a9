"""How many packs share a GPU: measured, remembered, and never more than it holds. Without Ray, and without a GPU."""

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stub_study import Member, Workers, as_it_is, engine_of, stub_config

from s4mcl.config import StudyConfig
from s4mcl.execution.engine import Engine
from s4mcl.execution.shares import MARGIN, MOST, fits, share_of
from s4mcl.ledger import Ledger, Worker

GIB = 2**30
DEVICE = 40 * GIB
NEEDED = {"stub": 11 * GIB}


class Devices(Workers):
    """Packs on GPUs of 40 GiB, laid out as Ray does it: each where it fits best, none where it does not.

    Attributes:
        needs: bytes that a pack of a method takes from its first report on.
        most: the most packs that were on one device together.
        died: how often a pack took more than its share.
        waits: how often a pack that was handed out had no device.
    """

    def __init__(self, engine: Engine, devices: int, needs: dict[str, int], seed: int = 0) -> None:
        super().__init__(engine, seed)
        engine.shares.devices = devices
        self.count, self.needs, self.most, self.died = devices, needs, 0, 0
        self.places: dict[str, int] = {}
        self.waiting: dict[str, str] = {}
        self.waits = 0
        self.handed: dict[str, list[float]] = defaultdict(list)

    def fill(self) -> None:
        """Begin all that may begin; a pack that was handed out and has no room waits, as it would for Ray."""
        super().fill()
        for name in self.running:
            if name not in self.waiting and name not in self.places:
                pack = self.engine.packs[name]
                self.handed[pack.method].append(pack.gpus)
        self.waiting = {name: name for name in self.running if name not in self.places}
        for name in list(self.waiting):
            pack = self.engine.packs[name]
            open_to = [index for index in range(self.count) if self.taken(index) + pack.gpus <= 1 + 1e-9]
            if open_to:
                self.places[name] = max(open_to, key=self.taken)
                del self.waiting[name]
        self.waits += len(self.waiting)
        self.most = max(self.most, *(list(self.places.values()).count(index) for index in range(self.count)))

    def taken(self, device: int) -> float:
        return sum(self.engine.packs[name].gpus for name, index in self.places.items() if index == device)

    def end_one(self) -> None:
        """One report of a pack that has a device; the first ones come first, so that their places are known."""
        self.step(self.draws.choice(sorted(self.places)))

    def step(self, name: str) -> None:
        pack, device = self.engine.packs[name], self.places[name]
        need = self.needs[pack.method]
        dies = pack.gpus < 1 and need > pack.gpus * DEVICE
        self.died += dies
        if not dies:
            there = [other for other, index in self.places.items() if index == device]
            known = [self.needs[self.engine.packs[other].method] for other in there]
            assert len(there) == 1 or sum(known) <= DEVICE or self.died
        told = [self.told(member, need, dies=dies) for member in self.running[name] if not member.ended]
        goes_on = self.engine.record(name, told, Worker("node", "7", f"cuda:{device} Fake 40"))
        self.trained += [each["key"] for each in told if (each["ending"] or {}).get("outcome") == "completed"]
        if not goes_on or dies or all(member.ended for member in self.running[name]):
            self.engine.close(name, None)
            del self.running[name], self.places[name]

    def told(self, member: Member, need: int, *, dies: bool) -> dict[str, Any]:
        if not dies:
            return {**member.advance(as_it_is), "peak_bytes": need, "device_bytes": DEVICE}
        member.outcome = "no_memory"
        nothing = {"iterations": 0, "seconds": 0.0, "summary": {}, "test": None}
        ending = {**nothing, "outcome": "no_memory", "detail": {"text": "CUDA out of memory"}}
        now = {"key": member.assignment.key, "attempt": member.assignment.attempt, "reports": []}
        return {**now, "ending": ending, "seconds": 0.0, "peak_bytes": 0, "device_bytes": DEVICE}


def auto(*words: str) -> StudyConfig:
    return stub_config("cluster.gpus_per_pack=auto", "cluster.num_gpus=2", "cluster.concurrency=8", *words)


def test_the_first_pack_has_a_device_and_the_others_what_it_showed(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        devices = Devices(engine_of(auto("search.trials=0", "seeds=6"), ledger), 2, NEEDED)
        devices.run()
        assert devices.handed["stub"][:2] == [1.0, 1.0]
        assert set(devices.handed["stub"][2:]) == {0.3333}
        assert (devices.most, devices.died) == (3, 0)
        (figure,) = ledger.memory()
        assert (figure.device, figure.method, figure.peak_bytes, figure.device_bytes) == (
            "Fake 40",
            "stub",
            NEEDED["stub"],
            DEVICE,
        )
        assert figure.described["members"] == 1
        shares = ledger.attempts_frame("demo")["gpus"]
        assert shares.to_list() == devices.handed["stub"]


def test_a_later_study_starts_from_what_was_measured(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        Devices(engine_of(auto("search.trials=0"), ledger), 1, NEEDED).run()
        later = Devices(engine_of(auto("name=later", "reuse=off"), ledger), 1, NEEDED)
        later.engine.shares.found(DEVICE)  # what the nodes say when a run begins
        later.run()
        assert set(later.handed["stub"]) == {0.3333}
        smaller = Devices(engine_of(auto("name=smaller", "reuse=off", "search.trials=0"), ledger), 1, NEEDED)
        smaller.engine.shares.found(25 * GIB)
        assert smaller.engine.shares.of("stub", 1) == 0.5
        assert smaller.engine.shares.of("stub", 2) == 1.0  # another kind


def test_a_share_that_was_too_small_grows_until_it_holds(tmp_path: Path) -> None:
    """The figure of an earlier study is far too small; every trial is trained all the same."""
    with Ledger.open(tmp_path) as ledger:
        Devices(engine_of(auto("search.trials=0"), ledger), 1, {"stub": GIB}).run()
        later = Devices(engine_of(auto("name=later", "reuse=off"), ledger), 2, NEEDED)
        later.engine.shares.found(DEVICE)
        later.run()
        assert later.handed["stub"][0] == 1 / MOST
        assert later.handed["stub"][-1] == 0.25 or later.handed["stub"][-1] == 0.5
        assert 0 < later.died <= 2 * 8  # those under way when it was found out, at each of the sizes
        frame = ledger.trials_frame("later")
        assert frame["state"].unique().to_list() == ["completed"]
        kinds = [event.kind for event in ledger.events("later")]
        assert kinds.count("no_memory") == later.died
        assert "failed" not in kinds


def test_more_than_a_whole_device_is_no_share(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        engine = engine_of(auto(), ledger)
        engine.shares.found(DEVICE)
        shares = [
            engine.shares.outgrew("stub", 1, device="cuda:0 Fake 40", share=share) for share in (0.125, 0.25, 0.5)
        ]
        assert shares == [0.25, 0.5, 1.0]
        assert engine.shares.outgrew("stub", 1, device="cuda:0 Fake 40", share=1.0) == 1.0


@pytest.mark.parametrize("seed", range(3))
def test_kinds_of_different_size_share_devices(tmp_path: Path, seed: int) -> None:
    needs = {"stub": 11 * GIB, "unet": 3 * GIB, "cnn": 19 * GIB}
    words = ("methods=[stub,unet,cnn]", "search.trials=0", "seeds=6", "image_size=16", "depth=2")
    with Ledger.open(tmp_path) as ledger, pytest.MonkeyPatch.context() as patch:
        patch.setattr("stub_study.start_training", as_stub)
        devices = Devices(engine_of(auto(*words), ledger), 2, needs, seed)
        devices.run()
        assert (ledger.counts("demo")["confirm"]["completed"], devices.died) == (36, 0)
        assert devices.waits < 10  # where the first report of a pack has not told yet on which device it is
        assert {method: min(shares) for method, shares in devices.handed.items()} == {
            "stub": 0.3333,
            "unet": 1 / MOST,
            "cnn": 1.0,
        }


def test_a_pack_that_was_the_first_of_its_kind_may_go_on_in_a_share(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        engine = engine_of(auto("search.trials=0", "seeds=3", "budget.report_every=1"), ledger)
        devices = Devices(engine, 1, NEEDED)
        devices.fill()
        (name,) = devices.running
        assert engine.to_shrink() == []  # not measured yet
        devices.step(name)
        assert engine.to_shrink() == [name]
        devices.step(name)
        devices.step(name)
        assert engine.to_shrink() == []  # it is almost done
        devices.run()
        assert engine.finished


def test_a_pack_that_went_on_with_fewer_rows_tells_that_its_share_is_too_small(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        engine = engine_of(auto("search.trials=0", "seeds=1", "label_fractions=[1.0]", "budget.report_every=1"), ledger)
        engine.shares.heard("stub", 1, worker=Worker("node", "7", "cuda:0 Fake 40"), peak=4 * GIB, size=DEVICE)
        handed = engine.next_pack()
        assert handed is not None
        name, (assignment,) = handed
        shares = []
        for iteration, rows in ((1, None), (2, 5.0), (3, 5.0), (4, 2.0)):
            report = {"iteration": iteration, "values": {"val_score": 0.5, "micro_batch": rows}}
            told = {"key": assignment.key, "attempt": 1, "reports": [report], "ending": None, "seconds": 0.1}
            engine.record(name, [told])
            shares.append(engine.shares.of("stub", 1))
        assert shares == [0.125, 0.25, 0.25, 0.25]  # the share that the pack has was too small, once or twice


def as_stub(assignment: Any) -> Any:
    from s4mcl_trainables.methods.stub import Hyperparameters, Stub

    return Stub(Hyperparameters(), assignment)


def test_fractions_that_were_given_stay(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        engine = engine_of(stub_config("cluster.gpus_per_pack=0.4", "cluster.num_gpus=2"), ledger)
        workers = Devices(engine, 2, NEEDED)
        workers.run()
        assert set(workers.handed["stub"]) == {0.4}


def test_gpu_hours_are_those_of_the_shares(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        devices = Devices(engine_of(auto("search.trials=0"), ledger), 1, NEEDED)
        devices.run()
        spent = devices.engine.spending.gpu_seconds
        assert spent == pytest.approx(sum(0.001 * share for share in devices.handed["stub"]))


@given(peak=st.integers(1, 80 * GIB), device=st.integers(GIB, 160 * GIB))
def test_all_packs_of_a_device_have_room_in_it(peak: int, device: int) -> None:
    share = share_of(peak, device)
    packs = round(1 / share)
    assert 1 <= packs <= MOST
    assert packs * share <= 1
    assert packs == 1 or packs * peak <= MARGIN * device
    assert packs == MOST or (packs + 1) * peak > MARGIN * device


@given(shares=st.lists(st.sampled_from([1.0, 0.5, 0.3333, 0.25, 0.125]), max_size=12), devices=st.integers(1, 4))
def test_what_is_handed_out_is_no_more_than_there_is(shares: list[float], devices: int) -> None:
    taken: list[tuple[float, Worker | None]] = []
    for share in shares:
        if fits(share, taken, devices):
            taken.append((share, None))
    assert sum(share for share, _ in taken) <= devices + 1e-9
    assert fits(1.0, [], devices)
    on_one = [(0.5, Worker("node", "7", "cuda:0 Fake"))]
    assert fits(1.0, on_one, devices) == (devices > 1)
