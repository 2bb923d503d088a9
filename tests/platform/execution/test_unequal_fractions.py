"""A study whose tasks have label fractions of their own, from its configuration to the ledger."""

from pathlib import Path

import pytest
from stub_study import Workers, engine_of, stub_config

from s4mcl.clean.open_studies import open_studies
from s4mcl.config import to_plain
from s4mcl.ledger import Ledger
from s4mcl.predict.choice import chosen_networks
from s4mcl_trainables.problems import InputError

PAIRS = "label_fractions=[0.2,{classification:0.5,segmentation:0.05},{classification:0.2,segmentation:1.0}]"


def test_each_pair_is_confirmed_and_stands_in_the_ledger(tmp_path: Path) -> None:
    config = stub_config(PAIRS)
    with Ledger.open(tmp_path) as ledger:
        engine = engine_of(config, ledger)
        ledger.record_study("demo", to_plain(config), {"fingerprint": "d"}, {"fingerprint": "p"}, {})
        Workers(engine).run()
        shares = ["label_fraction", "classification_fraction", "segmentation_fraction"]
        confirmed = ledger.trials_frame("demo").filter(stage="confirm")
        pairs = [(0.2, 0.2, 0.2), (None, 0.2, 1.0), (None, 0.5, 0.05)]
        assert sorted(confirmed.select(shares).rows(), key=str) == sorted(
            [pair for pair in pairs for _ in range(2)], key=str
        )
        assert confirmed["test_dice"].null_count() == 0
        assert confirmed["key"].n_unique() == 6
        assert open_studies(ledger) == set()
        again = Workers(engine_of(config, ledger))
        again.run()
        assert again.begun == []
        assert [found.text for found in ledger.check() if found.family in ("trials", "proposals")] == []


def test_a_study_that_lacks_a_pair_is_open(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        engine = engine_of(stub_config(), ledger)
        Workers(engine).run()
        ledger.record_study("demo", to_plain(stub_config(PAIRS)), {"fingerprint": "d"}, {"fingerprint": "p"}, {})
        assert open_studies(ledger) == {"demo"}


def test_networks_of_unequal_fractions_alone_are_not_chosen(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        Workers(engine_of(stub_config("label_fractions=[{classification:0.5,segmentation:0.05}]"), ledger)).run()
        with pytest.raises(InputError, match="unequal label fractions alone"):
            chosen_networks(ledger, "demo")
