import numpy as np

from s4mcl.predict.drawing import COLOURS, mask_at, outline, overlay


def test_a_mask_is_cut_after_it_was_resized() -> None:
    soft = np.zeros((4, 4), np.float32)
    soft[:, 2:] = 1
    soft[0, 0] = 0.5  # not above one half
    assert np.array_equal(mask_at(soft, 4, 4), soft > 0.5)
    wide = mask_at(soft, 4, 40)
    assert np.array_equal(wide.sum(1), [20, 20, 20, 20])  # the edge lies where the value passes one half, in the middle
    assert mask_at(soft, 40, 8).shape == (40, 8)
    assert np.array_equal(mask_at(np.kron(soft, np.ones((5, 5), np.float32)), 4, 4), soft > 0.5)


def test_an_outline_is_drawn_inside_and_not_along_the_image_s_edge() -> None:
    mask = np.zeros((8, 9), np.bool_)
    mask[0:5, 2:8] = True
    inner = np.zeros_like(mask)
    inner[0:4, 3:7] = True
    assert np.array_equal(outline(mask), mask & ~inner)


def test_an_overlay_shows_the_image_and_each_structure_in_a_colour() -> None:
    grey = np.linspace(1000, 3000, 400).reshape(20, 20).astype(np.uint16)
    masks = np.zeros((2, 20, 20), np.bool_)
    masks[0, 4:9, 4:9] = masks[1, 12:15, 12:15] = True
    drawn = np.asarray(overlay(grey, masks))
    assert drawn[0, 0].tolist() == [0, 0, 0]
    assert drawn[19, 19].tolist() == [255, 255, 255]
    assert tuple(drawn[4, 4]) == COLOURS[0]
    assert tuple(drawn[12, 12]) == COLOURS[1]
    assert len(np.unique(drawn[6, 6])) == 1
    eight = np.full((20, 20), 90, np.uint8)
    assert np.asarray(overlay(eight, masks))[0, 0].tolist() == [90, 90, 90]
