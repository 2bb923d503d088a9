"""cluster.placement: the nodes that packs are put on, as chosen, and as Ray does it."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from stub_study import stub_config

from s4mcl.config import compose_study
from s4mcl.execution.dispatcher import Connection
from s4mcl.execution.placement import Placement
from s4mcl.execution.ray_session import SETTINGS, Node
from s4mcl.execution.resources import GIB
from s4mcl.execution.study_run import run_study
from s4mcl_trainables.problems import InputError


def node(number: int, cpus: float = 2.0, gpus: float = 0.0, memory: float = 8.0) -> Node:
    return Node(f"10.0.0.{number}", cpus, gpus, memory * GIB, f"n{number}")


def placement(nodes: list[Node], *words: str) -> Placement:
    return Placement(stub_config(*words).cluster, lambda: nodes)


def test_one_node_is_filled_before_the_next() -> None:
    nodes = [node(2), node(1)]
    placed = placement(nodes)
    assert [placed.place(task, 0.0) for task in "abcde"] == ["n1", "n1", "n2", "n2", None]
    placed.over("a")
    assert placed.place("f", 0.0) == "n1"
    placed.lives("e", "n1")  # Ray found a place that was not known
    placed.over("f")
    placed.over("b")
    assert placed.place("g", 0.0) == "n1"
    assert placed.place("h", 0.0) is None
    nodes.append(node(3))
    assert placed.place("i", 0.0) == "n3"


def test_gpus_and_memory_make_a_node_full_too() -> None:
    nodes = [node(1, 8, 0), node(2, 8, 1), node(3, 8, 1)]
    placed = placement(nodes)
    assert [placed.place(str(task), 1 / 3) for task in range(4)] == ["n2", "n2", "n2", "n3"]
    assert [placed.place(str(task), 0.5) for task in range(4, 6)] == ["n3", None]
    heavy = placement(nodes, "cluster.memory_per_pack=5")
    assert [heavy.place(task, 0.0) for task in "abcd"] == ["n1", "n2", "n3", None]


def test_another_word_is_refused() -> None:
    with pytest.raises(InputError, match=r"cluster.placement: expected one of spread, pack \(did you mean pack\?\)"):
        stub_config("cluster.placement=packed")


@pytest.fixture
def cluster() -> Iterator[Any]:
    """Two nodes of two CPUs each, as processes of this machine."""
    os.environ.update({name: value for name, value in SETTINGS.items() if name not in os.environ})
    import ray
    from ray.cluster_utils import Cluster

    nodes = Cluster(initialize_head=True, head_node_args={"num_cpus": 2, "num_gpus": 0, "include_dashboard": False})
    nodes.add_node(num_cpus=2, num_gpus=0)
    yield nodes
    ray.shutdown()
    nodes.shutdown()


@pytest.mark.ray
@pytest.mark.timeout(240)
def test_packs_go_where_ray_is_asked_to_put_them(
    shapes: Path, tmp_path: Path, cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two packs at once: on one node, or on one each."""
    used: dict[str, set[str]] = {"pack": set(), "spread": set()}
    lives = Connection.lives

    def noted(self: Connection, actor: Any, result: Mapping[str, Any]) -> None:
        lives(self, actor, result)
        used[self.engine.config.name].add(result["node"])

    monkeypatch.setattr(Connection, "lives", noted)
    small = ("split=patch", "data.test=0.2", "data.validation=0.25", "image_size=16", "depth=2", "width=4")
    study = ("methods=[stub]", "label_fractions=[1.0]", "seeds=4", "search.trials=0", "budget.iterations=4")
    slow = ("budget.report_every=1", "hyperparameters.stub.milliseconds=100", "cluster.concurrency=2")
    at = (f"data.path={shapes}", f"storage={tmp_path}", "cluster=existing", f"cluster.address={cluster.address}")
    for word in used:
        words = (f"name={word}", "reuse=off", f"cluster.placement={word}")
        outcome = run_study(compose_study([*at, *small, *study, *slow, *words]))
        assert (outcome.failed, outcome.stop_reason) == (0, None)
    assert {word: len(nodes) for word, nodes in used.items()} == {"pack": 1, "spread": 2}
