from pathlib import Path

import pytest
from stub_study import stub_config

from s4mcl.execution import resources
from s4mcl.execution.resources import cpu_count, with_resources
from s4mcl_trainables.problems import InputError


def test_as_many_packs_as_fit() -> None:
    words = ("cluster.concurrency=null", "cluster.num_cpus=9", "cluster.cpus_per_pack=2")
    assert with_resources(stub_config(*words)).cluster.concurrency == 4
    assert with_resources(stub_config(*words, "cluster.concurrency=1")).cluster.concurrency == 1


def test_gpus_limit_the_packs() -> None:
    words = ("cluster.concurrency=null", "cluster.num_cpus=9", "cluster.num_gpus=2", "cluster.gpus_per_pack=0.5")
    assert with_resources(stub_config(*words)).cluster.concurrency == 4


def test_more_than_there_is_is_refused() -> None:
    with pytest.raises(InputError, match="cpus_per_pack=5 was asked for, 4 CPUs are there"):
        with_resources(stub_config("cluster.cpus_per_pack=5", "cluster.num_cpus=4"))
    with pytest.raises(InputError, match="gpus_per_pack=2 was asked for, 1 GPUs are there"):
        with_resources(stub_config("cluster.gpus_per_pack=2", "cluster.num_gpus=1"))


@pytest.mark.parametrize(("text", "most"), [("100000 100000", 1), ("50000 100000", 1), ("max 100000", 10**6)])
def test_a_container_that_allows_less_is_heeded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, most: int
) -> None:
    monkeypatch.setattr(resources, "CGROUP", tmp_path)
    everything = cpu_count()
    (tmp_path / "cpu.max").write_text(f"{text}\n")
    assert cpu_count() == min(everything, most)
