"""Images with a class but no mask, or a mask but no class: how they are divided, which of their labels are shown."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_partition import dataset_of

from s4mcl_trainables.data.dataset import Dataset
from s4mcl_trainables.data.partition import PartitionSpec, draw_labels, make_partition
from s4mcl_trainables.label_fraction import CLASSIFICATION, SEGMENTATION, TaskFractions
from s4mcl_trainables.problems import InputError

KINDS = (True, True), (True, False), (False, True), (False, False)  # whether an image has a class, a mask


@st.composite
def partial(draw: st.DrawFn) -> Dataset:
    """Of each kind of image there are some, patients with several images of any kind."""
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    kinds = rng.permutation(np.repeat(np.arange(4), draw(st.lists(st.integers(30, 60), min_size=4, max_size=4))))
    labels = [int(rng.integers(0, 2)) if KINDS[kind][0] else None for kind in kinds]
    owner = [f"p{number}" for number in np.sort(rng.integers(0, len(kinds) // 2, len(kinds)))]
    return dataset_of(labels, owner, [KINDS[kind][1] for kind in kinds])


@settings(max_examples=20, deadline=None)
@given(partial(), st.integers(0, 9), st.sampled_from(["group", "patch"]))
def test_each_part_has_both_kinds_of_labels_and_only_training_has_none(dataset: Dataset, seed: int, split: str) -> None:
    partition = make_partition(dataset, PartitionSpec(split=split, split_seed=seed))
    labels, masks = dataset.labels, dataset.has_mask
    for rows in (partition.train, partition.validation, partition.test):
        assert set(labels[rows].tolist()) >= {0, 1}
        assert masks[rows].any()
    for rows in (partition.validation, partition.test):
        assert ((labels[rows] >= 0) | masks[rows]).all()
    for has, task in ((labels >= 0, "class"), (masks, "mask")):  # groups are whole, so shares are near, not exact
        assert 0.05 < has[partition.test].sum() / has.sum() < 0.27, task


@settings(max_examples=20, deadline=None)
@given(partial(), st.integers(0, 9))
def test_shares_are_of_the_images_with_that_label_and_nested(dataset: Dataset, seed: int) -> None:
    partition = make_partition(dataset, PartitionSpec())
    train = partition.train
    having = {"classed": train[dataset.labels[train] >= 0], "masked": train[dataset.has_mask[train]]}
    before: dict[str, set[int]] = {"classed": set(), "masked": set()}
    for fraction in (0.2, 0.5, 1.0):
        drawn = draw_labels(dataset, partition, fraction, seed)
        assert not drawn.joint
        for name, rows in having.items():
            shown = set(getattr(drawn, name).tolist())
            assert len(shown) == round(fraction * len(rows))
            assert before[name] <= shown <= set(rows.tolist())
            before[name] = shown
        share = np.mean(dataset.labels[drawn.classed])
        assert abs(share - np.mean(dataset.labels[having["classed"]])) * len(drawn.classed) <= 2
        both = set(drawn.classed.tolist()) & set(drawn.masked.tolist())
        pool = set(train.tolist()) - (both if fraction < 1 else set())
        assert set(drawn.unlabelled.tolist()) == pool


def test_an_image_shows_one_label_long_before_the_other() -> None:
    dataset = dataset_of([0, 1] * 100)
    partition = make_partition(dataset, PartitionSpec())
    drawn = draw_labels(dataset, partition, TaskFractions(0.5, 0.05), 3)
    few, many = draw_labels(dataset, partition, 0.05, 3), draw_labels(dataset, partition, 0.5, 3)
    assert drawn.masked.tolist() == few.masked.tolist() == few.classed.tolist()
    assert drawn.classed.tolist() == many.classed.tolist()
    assert set(drawn.masked.tolist()) < set(drawn.classed.tolist()), "one nested order"
    assert (few.joint, many.joint, drawn.joint) == (True, True, False)
    assert set(drawn.unlabelled.tolist()) == set(partition.train.tolist()) - set(drawn.masked.tolist())


def test_a_method_of_one_task_sees_what_its_own_share_gives() -> None:
    dataset = dataset_of([0, 1] * 60, masks=[number % 3 > 0 for number in range(120)])
    partition = make_partition(dataset, PartitionSpec())
    for task, fraction in ((CLASSIFICATION, 0.5), (SEGMENTATION, 0.2)):
        of_pair = draw_labels(dataset, partition, TaskFractions(0.5, 0.2), 1, {task})
        alone = draw_labels(dataset, partition, fraction, 1, {task})
        assert of_pair.joint
        for name in ("classed", "masked", "unlabelled", "labelled"):
            assert getattr(of_pair, name).tolist() == getattr(alone, name).tolist()
        assert set(of_pair.unlabelled.tolist()) == set(partition.train.tolist()) - set(of_pair.labelled.tolist())
        assert len(of_pair.labelled)


def test_a_share_without_a_mask_or_a_class_says_which() -> None:
    dataset = dataset_of([0] * 100 + [1] * 20 + [None] * 40, masks=[False] * 100 + [True] * 60)
    partition = make_partition(dataset, PartitionSpec())
    with pytest.raises(InputError, match=r"label fraction 0.01 of \d+ training images with a mask is 0 images"):
        draw_labels(dataset, partition, TaskFractions(0.5, 0.01), 0)
    with pytest.raises(InputError, match=r"images with a class is 1 images and yields none of class1"):
        draw_labels(dataset, partition, TaskFractions(0.01, 0.5), 0)
    with pytest.raises(InputError, match=r"label fraction 0\.5/2"):
        draw_labels(dataset, partition, TaskFractions(0.5, 2.0), 0)


def test_a_part_without_a_mask_is_refused() -> None:
    dataset = dataset_of([0, 1] * 40, masks=[number == 7 for number in range(80)])
    with pytest.raises(InputError, match="the test part holds no image with a mask; the dataset has 1"):
        make_partition(dataset, PartitionSpec(split_seed=3))


def test_where_all_have_both_labels_kinds_of_masks_change_nothing() -> None:
    labels: list[int | None] = [0, 1, 1] * 50
    with_masks, without = dataset_of(labels), dataset_of(labels, masks=[False] * 150)
    one, other = (make_partition(each, PartitionSpec(split="patch")) for each in (with_masks, without))
    assert one.fingerprint == other.fingerprint
    assert draw_labels(with_masks, one, 0.3, 0).labelled.tolist() == draw_labels(without, one, 0.3, 0).labelled.tolist()


def test_given_parts_may_hold_images_with_one_label() -> None:
    parts = ["train", "validation", "test"] * 12
    labels: list[int | None] = [number // 3 % 2 if number < 24 else None for number in range(36)]
    dataset = dataset_of(labels, masks=[number >= 18 for number in range(36)], split=parts)
    partition = make_partition(dataset, PartitionSpec(split="given"))
    assert [len(partition.train), len(partition.validation), len(partition.test)] == [12, 12, 12]
