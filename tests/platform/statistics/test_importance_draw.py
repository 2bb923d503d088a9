import json

import numpy as np
import polars as pl

from s4mcl.statistics.importance import hyperparameter_importance


def test_of_many_proposals_some_are_drawn_and_that_is_said() -> None:
    draws = np.random.default_rng(0)
    points = draws.random((300, 2))
    frame = pl.DataFrame(
        {
            "hyperparameters": [json.dumps({"a": float(a), "b": float(b)}) for a, b in points],
            "state": ["completed"] * 300,
            "score": (-((points[:, 0] - 0.5) ** 2)).tolist(),
        }
    )
    found = hyperparameter_importance(frame, most=60)
    assert found.proposals == 60
    assert found.shares["hyperparameter"][0] == "a"
    assert "Importance rests on 60 of the 300 completed proposals, drawn at random." in found.cautions
    assert found.shares.equals(hyperparameter_importance(frame, most=60).shares), "the draw is the same each time"
    assert not any("drawn" in caution for caution in hyperparameter_importance(frame.head(60), most=60).cautions)
