from pathlib import Path

import pytest
from stub_study import stub_config

from s4mcl.config import StudyConfig
from s4mcl.execution import resources
from s4mcl.execution.ray_session import Node
from s4mcl.execution.resources import GIB, cpu_count, with_resources
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


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> list[Node]:
    """Nodes of a cluster that is there; the second has GPUs."""
    nodes = [Node("10.0.0.1", 4.0, 0.0, 8 * GIB), Node("10.0.0.2", 16.0, 2.0, 64 * GIB)]
    monkeypatch.setattr(resources, "existing_nodes", lambda _address: nodes)
    return nodes


def existing(*words: str) -> StudyConfig:
    return stub_config("cluster.concurrency=null", "cluster.num_cpus=null", "cluster.address=auto", *words)


@pytest.mark.parametrize(
    ("words", "room"),
    [
        ((), 20),
        (("cluster.cpus_per_pack=3",), 6),  # one on the first node, five on the second
        (("cluster.gpus_per_pack=auto",), 16),  # at most: what shares a GPU is measured
        (("cluster.gpus_per_pack=auto", "cluster.cpus_per_pack=8"), 2),
        (("cluster.gpus_per_pack=0.5",), 4),
        (("cluster.gpus_per_pack=0.4",), 4),  # what is left of one device and of the other makes no third
        (("cluster.memory_per_pack=7",), 10),
    ],
)
def test_packs_are_counted_node_by_node(cluster: list[Node], words: tuple[str, ...], room: int) -> None:
    assert with_resources(existing(*words)).cluster.concurrency == room


def test_what_no_node_has_is_refused_at_once(cluster: list[Node]) -> None:
    with pytest.raises(InputError, match=r"cpus_per_pack=17 was asked for, 16 CPUs are on the largest of 2 nodes\."):
        with_resources(existing("cluster.cpus_per_pack=17"))
    with pytest.raises(InputError, match="memory_per_pack=65 was asked for, 64 GiB are on the largest of 2 nodes"):
        with_resources(existing("cluster.memory_per_pack=65"))
    cluster.pop()
    with pytest.raises(InputError, match=r"gpus_per_pack=1 was asked for, 0 GPUs are there(.|\n)*has yet to grow"):
        with_resources(existing("cluster.gpus_per_pack=1"))


def test_a_cluster_that_has_yet_to_grow_is_believed(cluster: list[Node]) -> None:
    cluster.clear()
    with pytest.raises(InputError, match="0 CPUs are there"):
        with_resources(existing())
    words = ("cluster.num_gpus=8", "cluster.gpus_per_pack=0.5", "cluster.num_cpus=64", "cluster.cpus_per_pack=8")
    assert with_resources(existing(*words)).cluster.concurrency == 8


def test_a_pack_that_fits_no_single_node_is_refused(cluster: list[Node]) -> None:
    cluster.append(Node("10.0.0.3", 64.0, 0.0, 8 * GIB))
    with pytest.raises(InputError, match=r"cpus_per_pack=20(.|\n)*on no single node"):
        with_resources(existing("cluster.cpus_per_pack=20", "cluster.gpus_per_pack=1"))


@pytest.mark.parametrize(("text", "most"), [("100000 100000", 1), ("50000 100000", 1), ("max 100000", 10**6)])
def test_a_container_that_allows_less_is_heeded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, most: int
) -> None:
    monkeypatch.setattr(resources, "CGROUP", tmp_path)
    everything = cpu_count()
    (tmp_path / "cpu.max").write_text(f"{text}\n")
    assert cpu_count() == min(everything, most)
