"""A worker is told which code the driver has, so that it can refuse to train other code under the same key."""

from pathlib import Path

from stub_study import engine_of, stub_config

from s4mcl.execution.dispatcher import Dispatcher, connect
from s4mcl.ledger import Ledger
from s4mcl_trainables.revision import code_revision


def test_a_pack_names_the_revision_of_its_method(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        connect("demo", engine_of(stub_config(), ledger), lambda: None)
        given = Dispatcher("demo").suggest("a")
    assert isinstance(given, dict)
    assert given["pack"]["revision"] == code_revision("s4mcl_trainables.methods.stub")
