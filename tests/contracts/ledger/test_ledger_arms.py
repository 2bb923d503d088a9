"""The ledger's contract: the arms of a study's designs."""

import json
from typing import Any

import pytest
from planned_trials import train, wanted

from s4mcl.ledger import Ledger
from s4mcl.ledger.frames import ARM_SCHEMA


def arm(name: str, cohort: str = "cohort", **changed: Any) -> dict[str, Any]:
    row = {"name": name, "method": "stub", "label_fraction": 0.2, "cohort": cohort, "seeds": (0, 1)}
    return row | {"hyperparameters": {"alpha": 0.5}, "factors": {"adversary": "on"}} | changed


def test_arms_come_back_in_their_order_and_find_their_trials(ledger: Ledger) -> None:
    assert ledger.arms_frame("first").columns == list(ARM_SCHEMA)
    ledger.plan("first", "ablate", [wanted(number) for number in range(3)])
    train(ledger, 1, stage="ablate")
    ledger.record_arms("first", "components", "leave-one-out", [arm("base"), arm("all off", cohort="other")])
    ledger.record_arms("second", "components", "leave-one-out", [arm("base")])
    frame = ledger.arms_frame("first")
    assert frame["name"].to_list() == ["base", "all off"]
    row = frame.row(0, named=True)
    assert (row["design"], row["kind"], row["position"]) == ("components", "leave-one-out", 0)
    assert json.loads(row["hyperparameters"]) == {"alpha": 0.5}
    assert json.loads(row["factors"]) == {"adversary": "on"}
    found = frame.explode("seeds").join(
        ledger.trials_frame("first"), left_on=["cohort", "seeds"], right_on=["cohort", "seed"]
    )
    assert sorted(found.select("name", "seeds", "state").rows()) == [("base", 0, "planned"), ("base", 1, "completed")]


def test_a_design_that_is_recorded_again_replaces_its_arms_alone(ledger: Ledger) -> None:
    ledger.record_arms("first", "components", "leave-one-out", [arm("base"), arm("gone")])
    ledger.record_arms("first", "rates", "sensitivity", [arm("base")])
    ledger.record_arms("first", "components", "leave-one-out", [arm("base", seeds=[0, 1, 2])])
    rows = ledger.arms_frame("first").select("design", "name", "seeds").rows()
    assert rows == [("components", "base", [0, 1, 2]), ("rates", "base", [0, 1])]
    ledger.record_arms("first", "rates", "sensitivity", [])
    assert ledger.arms_frame("first")["design"].to_list() == ["components"]


def test_arms_that_cannot_be_told_apart_are_refused(ledger: Ledger) -> None:
    ledger.record_arms("first", "rates", "sensitivity", [arm("base")])
    with pytest.raises(ValueError, match="several arms named 'one'"):
        ledger.record_arms("first", "rates", "sensitivity", [arm("one"), arm("one")])
    with pytest.raises(ValueError, match="third"):
        ledger.record_arms("third", "rates", "sensitivity", [arm("one")])
    assert ledger.arms_frame("first")["name"].to_list() == ["base"]
