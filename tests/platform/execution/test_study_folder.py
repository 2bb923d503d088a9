import errno
import logging
from pathlib import Path
from typing import Any

import pytest
from stub_study import engine_of, stub_config

from s4mcl.config import to_plain, to_yaml
from s4mcl.execution.lock import StudyLock
from s4mcl.execution.study_folder import (
    as_begun,
    begun_whole,
    explained,
    logged,
    refuse_another_origin,
    refuse_beside_others,
    refuse_files,
)
from s4mcl.execution.whole_file import whole_file
from s4mcl.ledger import Ledger, Owner
from s4mcl_trainables.problems import InputError


def test_every_key_that_differs_is_named_with_both_values(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(to_yaml(stub_config()))
    with pytest.raises(InputError) as refused:
        as_begun(tmp_path, stub_config("seeds=[0,3]", "hyperparameters.stub.x1=0.25", "budget.iterations=3"))
    text = str(refused.value)
    assert "seeds: [0, 1] then, [0, 3] now" in text
    assert "budget.iterations: 4 then, 3 now" in text
    assert "hyperparameters.stub.x1: nothing then, 0.25 now" in text
    assert "Cure: give the same values, or another name=" in text


def test_where_the_data_lie_and_what_the_machine_has_may_change(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(to_yaml(stub_config()))
    words = ("data.path=moved", "storage=moved", "description=words", "cluster.num_cpus=3", "cluster.concurrency=null")
    found, extends = as_begun(tmp_path, stub_config(*words))
    assert extends == ()
    assert found.data.path == "moved"
    assert found.cluster.concurrency == 2, "proposals depend on it, so it stays as the study began"
    with pytest.raises(InputError, match=r"cluster.concurrency: 2 then, 5 now"):
        as_begun(tmp_path, stub_config("cluster.concurrency=5"))


def test_a_study_that_was_begun_elsewhere_is_the_one_in_the_ledger(tmp_path: Path) -> None:
    known = {"name": "demo", "config": to_plain(stub_config())}
    found, extends = as_begun(tmp_path, stub_config("storage=here", "cluster.concurrency=null"), known)
    assert (found.storage, found.cluster.concurrency, extends) == ("here", 2, ())
    with pytest.raises(InputError, match=r"search.trials: 5 then, 4 now(.|\n)*Cure: give the same values"):
        as_begun(tmp_path, stub_config("search.trials=4"), known)


def test_a_study_is_not_extended_beside_a_driver_elsewhere(tmp_path: Path) -> None:
    with Ledger.open(tmp_path) as ledger:
        engine = engine_of(stub_config(), ledger, Owner("head-b", 7, "then"))
        refuse_beside_others(ledger, "demo", ("seeds",))
        assert engine.next_pack() is not None
        refuse_beside_others(ledger, "demo", ())
        with pytest.raises(
            InputError, match=r"cannot be extended \(seeds\) while process 7 on head-b runs it\.\nCure: let"
        ):
            refuse_beside_others(ledger, "demo", ("seeds",))
        engine.release_all()
        refuse_beside_others(ledger, "demo", ("seeds",))


def test_a_new_study_is_taken_as_given(tmp_path: Path) -> None:
    assert as_begun(tmp_path, stub_config()) == (stub_config(), ())


def test_another_dataset_code_or_machine_is_refused() -> None:
    def documents(data: str, code: str, precision: str) -> dict[str, Any]:
        made_by = {"revisions": {"unet": code, "cnn": "c"}, "profile": {"device": "cpu", "precision": precision}}
        return {"dataset": {"fingerprint": data}, "partition": {"fingerprint": "p"}, "provenance": made_by}

    refuse_another_origin(None, documents("a", "1", "float32"))
    study = {"name": "demo", **documents("a", "1", "float32")}
    refuse_another_origin(study, documents("a", "1", "float32"))
    with pytest.raises(InputError) as refused:
        refuse_another_origin(study, documents("b", "2", "bfloat16"))
    text = str(refused.value)
    assert "images and labels: fingerprint a then, b now" in text
    assert "code of method, unet: 1 then, 2 now" in text
    assert "numeric profile, precision: float32 then, bfloat16 now" in text
    assert "cnn" not in text


@pytest.mark.parametrize(("storage", "key"), [("file", "storage"), ("file/deeper", "storage"), ("folder", "name")])
def test_a_file_in_the_way_is_refused(tmp_path: Path, storage: str, key: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/demo").touch()
    with pytest.raises(InputError, match=f"is a file, where {key}= asks for a folder"):
        refuse_files(tmp_path / storage, tmp_path / storage / "demo")


@pytest.mark.parametrize(
    ("number", "cure"), [(errno.ENOSPC, "make room"), (errno.EACCES, "choose a storage="), (errno.EROFS, "choose")]
)
def test_errors_of_the_disk_are_explained(tmp_path: Path, number: int, cure: str) -> None:
    with pytest.raises(InputError, match=f"config.yaml cannot be written: (.|\n)*Cure: {cure}"), explained(tmp_path):
        raise OSError(number, "as it is said", "config.yaml")


def test_other_errors_pass(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError), explained(tmp_path):
        raise IsADirectoryError(errno.EISDIR, "a folder")


def fail_after(path: Path) -> None:
    path.touch()
    raise OSError(errno.ENOSPC, "full")


def test_a_new_study_that_fails_to_begin_leaves_nothing(tmp_path: Path) -> None:
    study = tmp_path / "demo"
    with pytest.raises(OSError, match="full"), StudyLock(study), begun_whole(study):
        fail_after(study / "partition.npz")
    assert not study.exists()


def test_a_study_that_had_begun_is_kept(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").touch()
    with pytest.raises(OSError, match="full"), StudyLock(tmp_path), begun_whole(tmp_path):
        fail_after(tmp_path / "partition.npz")
    assert (tmp_path / "config.yaml").exists()


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("old")
    with pytest.raises(OSError, match="full"), whole_file(path):
        fail_after(tmp_path / ".config.yaml.half")
    (tmp_path / ".config.yaml.half").unlink()
    assert path.read_text() == "old"
    with whole_file(path) as file:
        file.write(b"new")
    assert path.read_text() == "new"
    assert [found.name for found in tmp_path.iterdir()] == ["config.yaml"]


def test_what_the_project_logs_goes_to_the_file_and_only_while_the_block_runs(tmp_path: Path) -> None:
    with logged(tmp_path / "run.log"):
        logging.getLogger("s4mcl.execution.engine").info("inside")
    logging.getLogger("s4mcl.execution.engine").warning("outside")
    text = (tmp_path / "run.log").read_text()
    assert text.count("inside") == 1
    assert "outside" not in text
