from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from s4mcl_trainables.data.dataset import Dataset
from s4mcl_trainables.data.partition import PartitionSpec, carries_labels, draw_labels, labelled_order, make_partition
from s4mcl_trainables.problems import InputError


def dataset_of(
    labels: Sequence[int | None],
    groups: Sequence[str] | None = None,
    masks: Sequence[bool] | None = None,
    split: Sequence[str | None] | None = None,
) -> Dataset:
    """A dataset of an index alone; the partition never looks at pixels."""
    n = len(labels)
    index = pl.DataFrame(
        {
            "id": [f"i{i}" for i in range(n)],
            "label": pl.Series(labels, dtype=pl.Int32),
            "has_mask": masks if masks is not None else [True] * n,
            "group": groups if groups is not None else [f"g{i}" for i in range(n)],
            "split": pl.Series(split if split is not None else [None] * n, dtype=pl.String),
        }
    )
    classes = tuple(f"class{c}" for c in range(max((x for x in labels if x is not None), default=-1) + 1))
    empty = np.zeros((n, 1, 1, 1), np.uint8)
    return Dataset(Path("made-up"), "made-up", 1, classes, "0" * 64, index, empty, empty)


def balanced(n: int, groups: int) -> Dataset:
    rng = np.random.default_rng(5)
    owner = np.sort(np.arange(n) % groups)
    tilt = rng.random(groups)
    return dataset_of([int(x) for x in rng.random(n) < tilt[owner]], [f"p{g}" for g in owner])


@st.composite
def datasets(draw: st.DrawFn) -> Dataset:
    classes = draw(st.integers(2, 3))
    sizes = draw(st.lists(st.integers(1, 9), min_size=24, max_size=60))
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    owner = np.repeat(np.arange(len(sizes)), sizes)
    labels: list[int | None] = [int(x) for x in rng.integers(0, classes, len(owner))]
    hidden = rng.random(len(owner)) < draw(st.sampled_from([0.0, 0.2]))
    shown = [None if h else x for h, x in zip(hidden, labels, strict=True)]
    return dataset_of(shown, [f"p{g}" for g in owner], [not h for h in hidden])


def rows_of(dataset: Dataset, spec: PartitionSpec) -> list[NDArray[np.int64]]:
    partition = make_partition(dataset, spec)
    return [partition.train, partition.validation, partition.test]


@settings(max_examples=25, deadline=None)
@given(datasets(), st.integers(0, 50), st.sampled_from(["group", "patch"]))
def test_parts_are_disjoint_sorted_and_repeatable(dataset: Dataset, seed: int, split: str) -> None:
    spec = PartitionSpec(split=split, split_seed=seed)
    parts = rows_of(dataset, spec)
    together = np.concatenate(parts)
    assert len(set(together.tolist())) == len(together)
    assert all((np.diff(rows) > 0).all() for rows in parts)
    assert make_partition(dataset, spec).fingerprint == make_partition(dataset, spec).fingerprint
    labelled = carries_labels(dataset)
    assert labelled[parts[1]].all()
    assert labelled[parts[2]].all()
    assert set(np.flatnonzero(labelled)) <= set(together.tolist())


@settings(max_examples=25, deadline=None)
@given(datasets(), st.integers(0, 50))
def test_group_split_keeps_groups_whole_and_shares_near(dataset: Dataset, seed: int) -> None:
    parts = rows_of(dataset, PartitionSpec(split_seed=seed))
    owners = [set(dataset.groups[rows].tolist()) for rows in parts]
    assert not owners[0] & owners[1]
    assert not owners[0] & owners[2]
    assert not owners[1] & owners[2]
    labelled = carries_labels(dataset)
    sizes = [int(labelled[rows].sum()) for rows in parts]
    # groups of 1 to 9 images, dozens of them: some whole groups always come within one image of the wish
    assert abs(sizes[2] - 0.155 * sum(sizes)) <= 1
    assert abs(sizes[1] - 0.2 * (sizes[0] + sizes[1])) <= 1


@settings(max_examples=25, deadline=None)
@given(datasets(), st.integers(0, 50))
def test_patch_split_is_exactly_stratified(dataset: Dataset, seed: int) -> None:
    parts = rows_of(dataset, PartitionSpec(split="patch", split_seed=seed))
    labelled = carries_labels(dataset)
    total = int(labelled.sum())
    assert abs(len(parts[2]) - 0.155 * total) <= 0.5 + 1e-9
    for label in range(len(dataset.classes)):
        of = int((dataset.labels[labelled] == label).sum())
        assert abs(int((dataset.labels[parts[2]] == label).sum()) - 0.155 * of) < 1.5


def test_group_split_is_stratified_as_well_as_groups_allow() -> None:
    dataset = balanced(894, 100)
    for seed in range(3):
        for rows in rows_of(dataset, PartitionSpec(split_seed=seed)):
            assert abs(float(dataset.labels[rows].mean() - dataset.labels.mean())) < 0.02


def test_split_seed_moves_the_parts_and_group_names_do_not() -> None:
    dataset = balanced(894, 100)
    first = make_partition(dataset, PartitionSpec(split_seed=0))
    assert first.fingerprint != make_partition(dataset, PartitionSpec(split_seed=1)).fingerprint
    renamed = dataset_of(dataset.labels.tolist(), [f"z{1000 - g}" for g in dataset.groups])
    assert first.fingerprint == make_partition(renamed, PartitionSpec(split_seed=0)).fingerprint


def test_few_unequal_groups_come_as_near_as_any_choice_of_groups() -> None:
    sizes = [40, 31, 23, 17, 11, 7, 5, 3]
    labels: list[int | None] = [i % 2 for size in sizes for i in range(size)]
    dataset = dataset_of(labels, [f"p{g}" for g, size in enumerate(sizes) for _ in range(size)])
    test = rows_of(dataset, PartitionSpec(test=0.3))[2]
    sums = [sum(s for s, bit in zip(sizes, range(8), strict=True) if mask >> bit & 1) for mask in range(256)]
    assert abs(len(test) - 0.3 * sum(sizes)) == pytest.approx(min(abs(s - 0.3 * sum(sizes)) for s in sums))


def test_paper_split_has_the_papers_counts() -> None:
    dataset = balanced(894, 100)
    train, validation, test = rows_of(dataset, PartitionSpec(split="paper"))
    assert [len(train), len(validation), len(test)] == [713, 42, 139]
    assert abs(float(dataset.labels[test].mean() - dataset.labels.mean())) < 0.005
    partition = make_partition(dataset, PartitionSpec(split="paper"))
    counts = [len(draw_labels(dataset, partition, f, 0).labelled) for f in (0.05, 0.1, 0.2, 0.3, 0.5, 1.0)]
    assert counts == [36, 71, 143, 214, 356, 713]


@pytest.mark.parametrize("n", [893, 895, 100])
def test_paper_split_refuses_another_size(n: int) -> None:
    with pytest.raises(InputError, match=f"894 labelled images; {n} images were found"):
        make_partition(balanced(n, 50), PartitionSpec(split="paper"))


def test_given_split_is_taken_as_it_is() -> None:
    dataset = dataset_of(
        [0, 1] * 4, split=["test", "test", "train", "train", "validation", "validation", "train", "train"]
    )
    train, validation, test = rows_of(dataset, PartitionSpec(split="given"))
    assert (train.tolist(), validation.tolist(), test.tolist()) == ([2, 3, 6, 7], [4, 5], [0, 1])


def test_given_split_names_every_row_without_one() -> None:
    dataset = dataset_of([0, 1] * 15, split=["train"] * 5 + [None] * 24 + ["valid"])
    with pytest.raises(InputError, match=r"index row 5 \(id 'i5'\): split None") as caught:
        make_partition(dataset, PartitionSpec(split="given"))
    assert "and 5 more" in str(caught.value)
    assert "Cure:" in str(caught.value)


def test_a_part_without_a_class_is_refused_with_counts() -> None:
    dataset = dataset_of([0] * 40 + [1] * 6, ["p0"] * 6 + [f"p{i}" for i in range(1, 35)] + ["q"] * 6)
    with pytest.raises(
        InputError, match=r"part holds no image of class class1 \(class0 \d+, class1 0\); the dataset has 6"
    ):
        make_partition(dataset, PartitionSpec())


def test_a_rare_class_reaches_every_part_if_groups_allow() -> None:
    dataset = dataset_of([0] * 97 + [1] * 3)
    for seed in range(10):
        assert all((dataset.labels[rows] == 1).any() for rows in rows_of(dataset, PartitionSpec(split_seed=seed)))


def test_unlabelled_images_train_unless_their_group_is_elsewhere() -> None:
    labels: list[int | None] = [0, 1, None] * 40
    groups = [f"p{i // 3}" for i in range(120)]
    masks = [label is not None for label in labels]
    dataset = dataset_of([*labels, None, None], [*groups, "alone", "alone"], [*masks, False, False])
    train, validation, test = rows_of(dataset, PartitionSpec())
    unlabelled = {i for i in range(120) if i % 3 == 2} | {120, 121}
    assert not unlabelled & {*validation.tolist(), *test.tolist()}
    assert {120, 121} <= set(train.tolist())
    outside = set(dataset.groups[np.concatenate([validation, test])].tolist())
    kept = {i for i in unlabelled if dataset.groups[i] not in outside}
    assert unlabelled & set(train.tolist()) == kept


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        (PartitionSpec(split="grup"), "nearest is 'group'"),
        (PartitionSpec(test=1.2, validation=0.0), r"data.test: 1.2 .*\n.*data.validation: 0.0"),
        (PartitionSpec(split_seed=-1), "data.split_seed: -1"),
    ],
)
def test_a_wrong_spec_is_refused(spec: PartitionSpec, told: str) -> None:
    with pytest.raises(InputError, match=told):
        make_partition(balanced(100, 20), spec)


def test_a_dataset_without_labels_is_refused() -> None:
    with pytest.raises(InputError, match="no image carries"):
        make_partition(dataset_of([None] * 9, masks=[False] * 9), PartitionSpec())


@settings(max_examples=25, deadline=None)
@given(datasets(), st.integers(0, 9))
def test_label_fractions_are_nested_paired_and_in_proportion(dataset: Dataset, seed: int) -> None:
    partition = make_partition(dataset, PartitionSpec())
    order = labelled_order(dataset, partition, seed)
    pool = partition.train[carries_labels(dataset)[partition.train]]
    assert sorted(order.tolist()) == pool.tolist()
    labels = dataset.labels[order]
    share = np.bincount(labels, minlength=len(dataset.classes)) / len(order)
    prefix = np.cumsum(np.eye(len(dataset.classes))[labels], axis=0)
    wished = np.arange(1, len(order) + 1)[:, None] * share
    assert (np.abs(prefix - wished) <= 1.5).all()
    before: set[int] = set()
    for fraction in (0.2, 0.3, 0.5, 1.0):
        drawn = draw_labels(dataset, partition, fraction, seed)
        assert drawn.labelled.tolist() == order[: round(fraction * len(order))].tolist()
        assert before <= set(drawn.labelled.tolist())
        before = set(drawn.labelled.tolist())
        rest = set(partition.train.tolist()) - before if fraction < 1 else set(partition.train.tolist())
        assert set(drawn.unlabelled.tolist()) == rest


def test_the_trial_seed_draws_other_labels() -> None:
    dataset = balanced(894, 100)
    partition = make_partition(dataset, PartitionSpec())
    assert not np.array_equal(labelled_order(dataset, partition, 0), labelled_order(dataset, partition, 1))
    assert np.array_equal(labelled_order(dataset, partition, 3), labelled_order(dataset, partition, 3))


def test_a_fraction_without_a_class_names_the_smallest_that_works() -> None:
    dataset = dataset_of([0] * 180 + [1] * 20)
    partition = make_partition(dataset, PartitionSpec())
    with pytest.raises(InputError, match="yields none of class1") as caught:
        draw_labels(dataset, partition, 0.01, 0)
    least = float(str(caught.value).split("at least ")[1].split()[0])
    drawn = draw_labels(dataset, partition, least, 0)
    assert set(dataset.labels[drawn.labelled].tolist()) == {0, 1}
    with pytest.raises(InputError):
        draw_labels(dataset, partition, least - 1e-4, 0)


@pytest.mark.parametrize("fraction", [0.0, -0.1, 1.01, float("nan")])
def test_a_fraction_out_of_range_is_refused(fraction: float) -> None:
    dataset = balanced(100, 20)
    with pytest.raises(InputError, match="label fraction"):
        draw_labels(dataset, make_partition(dataset, PartitionSpec()), fraction, 0)
