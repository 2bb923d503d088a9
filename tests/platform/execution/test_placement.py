"""cluster.placement: the nodes that packs are put on, as chosen, and as Ray does it."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from stub_study import stub_config

from s4mcl.config import compose_study
from s4mcl.execution.dispatcher import Connection
from s4mcl.execution.placement import Placement
from s4mcl.execution.ray_session import SETTINGS, Node, existing_nodes
from s4mcl.execution.reservation import Reservation, reservation
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
    """A study fills one node; what is reserved for its packs lies there, and else on the emptiest node."""
    used: set[str] = set()
    lives = Connection.lives

    def noted(self: Connection, actor: Any, result: Mapping[str, Any]) -> None:
        lives(self, actor, result)
        used.add(result["node"])

    monkeypatch.setattr(Connection, "lives", noted)
    small = ("split=patch", "data.test=0.2", "data.validation=0.25", "image_size=16", "depth=2", "width=4")
    study = ("methods=[stub]", "label_fractions=[1.0]", "seeds=4", "search.trials=0", "budget.iterations=4")
    more = ("name=demo", "cluster.concurrency=2", "cluster.placement=pack")
    at = (f"data.path={shapes}", f"storage={tmp_path}", "cluster=existing", f"cluster.address={cluster.address}")
    config = compose_study([*at, *small, *study, *more])
    outcome = run_study(config)
    assert (outcome.failed, outcome.stop_reason) == (0, None)
    first = min(existing_nodes(cluster.address), key=lambda node: (node.address, node.id))
    assert used == {first.id}
    asked = [reservation(config.cluster, gpus=0.0, node=node) for node in (None, None, first.id)]
    *left_to_ray, placed = nodes_of(asked)
    assert len(set(left_to_ray)) == 2
    assert placed == first.id


def nodes_of(reserved: Sequence[Reservation]) -> list[str]:
    """The nodes on which Ray keeps these free, all at once, when all four CPUs are."""
    import ray
    from ray.util.placement_group import placement_group_table

    until = time.monotonic() + 60
    while ray.available_resources().get("CPU") != 4 and time.monotonic() < until:
        time.sleep(0.2)
    made = [each.to_placement_group() for each in reserved]
    ray.get([each.ready() for each in made], timeout=60)
    return [placement_group_table(each)["bundles_to_node_id"][0] for each in made]
