"""What the engine tells the ledger of attempts: who trained a trial, with what, and how that ended."""

from pathlib import Path
from typing import Any

import polars as pl
from stub_study import WORKER, Workers, engine_of, stub_config, trained

from s4mcl.ledger import Ledger, Worker
from s4mcl_trainables.training.assignment import Assignment

ONE = ("search.trials=0", "label_fractions=[1.0]", "seeds=1", "cluster.concurrency=1")
ASHA = (
    *("search.early_stopping.kind=asha", "label_fractions=[0.2]", "search.trials=9", "search.seeds=2"),
    *("budget.iterations=9", "budget.report_every=1", "cluster.concurrency=3"),
)


def test_every_trial_of_a_study_has_its_attempt(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        Workers(engine_of(stub_config("cluster.cpus_per_pack=2", "cluster.gpus_per_pack=0.5"), ledger)).run()
        found = ledger.attempts_frame("demo")
        trials = ledger.trials_frame("demo").unique("key")
        assert sorted(found["key"]) == sorted(trials["key"]), "what is only judged is no attempt"
        assert found["ended"].unique().to_list() == ["completed"]
        assert found.select("host", "worker", "device", "cpus", "gpus").unique().rows() == [
            ("node", "7", "cpu", 2.0, 0.5)
        ]
        assert (found["claimed_at"] <= found["started_at"]).all()
        assert (found["started_at"] <= found["ended_at"]).all()


def test_the_trials_of_a_pack_share_what_it_reserves_and_are_released_at_a_rung(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        Workers(engine_of(stub_config(*ASHA), ledger), seed=3).run()
        found = ledger.attempts_frame("demo")
        searched = found.filter(stage="search")
        assert searched.filter(pl.col("attempt") == 1)["cpus"].unique().to_list() == [0.5]
        assert set(searched["ended"]) == {"completed", "pruned", "released"}
        latest = (
            searched.sort("attempt")
            .unique("key", keep="last")
            .join(ledger.trials_frame("demo").filter(stage="search"), on="key")
        )
        assert latest["attempt"].to_list() == latest["attempts"].to_list()
        assert latest["ended"].to_list() == latest["state"].to_list()
        assert set(found.join(latest, on=["key", "attempt"], how="anti").filter(stage="search")["ended"]) == {
            "released"
        }
        assert [finding for finding in ledger.check() if finding.family != "files"] == []


def test_what_moves_or_dies_or_is_interrupted_says_so(tmp_path: Path) -> None:
    left = ["moved", "no_space"]

    def leaves(_assignment: Assignment, ending: dict[str, Any]) -> dict[str, Any]:
        detail = {"text": "later", "needed": 1}
        return {**ending, "outcome": left.pop(0), "detail": detail, "summary": {}, "test": None} if left else ending

    with Ledger.open(tmp_path) as ledger:
        engine = engine_of(stub_config(*ONE), ledger)
        engine.room._free = lambda _folder: 2**40
        engine.room._clock = iter(range(0, 10**6, 100)).__next__
        workers = Workers(engine, change=leaves)
        workers.fill()
        workers.end_one()
        workers.fill()
        workers.end_one()
        found = engine.next_pack()
        assert found is not None
        engine.release_all()
        assert ledger.attempts_frame("demo")["ended"].to_list() == ["moved", "released", "released"]

        name, _ = Workers(engine_of(stub_config(*ONE), ledger)).engine.next_pack() or ("", [])
        assert name
        again = engine_of(stub_config(*ONE), ledger)  # the driver before is dead
        name, _ = again.next_pack() or ("", [])
        again.close(name, "the worker died 3 times")
        assert ledger.attempts_frame("demo")["ended"].to_list()[3:] == ["lost", "lost"]
        assert [state["failed"] for state in ledger.counts("demo").values()] == [1]
        assert [finding for finding in ledger.check() if finding.family != "files"] == []


def test_an_attempt_that_passes_to_another_worker_keeps_its_start(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        engine = engine_of(stub_config(*ONE, "budget.iterations=2"), ledger)
        name, (assignment,) = engine.next_pack() or ("", [])
        told = trained(assignment)
        engine.record(name, [{**told, "reports": [], "ending": None}], WORKER, 0.0)
        first = ledger.attempts_frame("demo").row(0, named=True)
        engine.retried(name, "it died")
        engine.record(name, [told], Worker("other", "8", "cuda:1 A GPU"), 0.0)
        last = ledger.attempts_frame("demo").row(0, named=True)
        assert (first["host"], last["host"], last["device"]) == ("node", "other", "cuda:1 A GPU")
        assert first["started_at"] == last["started_at"]
        assert last["ended"] == "completed"
