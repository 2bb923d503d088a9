import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

from s4mcl.results.ranked_images import RankedImage
from s4mcl_dashboards.evidence import Evidence
from s4mcl_dashboards.figures.picture import SIDE, boundary, definitions, picture, whole_picture
from s4mcl_dashboards.frames.boundaries import ALL, KEPT, boundaries_frame, dice_values, kept_images, shown_cells
from s4mcl_dashboards.samples import Prediction, Ranked, Samples
from s4mcl_dashboards.sections.boundaries import boundaries_section

Make = Callable[..., Any]
NAN = float("nan")


def samples(*rows: int, side: int = 8) -> Samples:
    masks = np.zeros((len(rows), 1, side, side), np.uint8)
    masks[:, :, 1:4, 1:4] = 1
    images = np.stack([np.full((side, side), row, np.uint8) for row in rows])
    return Samples(np.array(rows), images, masks)


def prediction(dice: dict[int, float], side: int = 8) -> Prediction:
    masks = np.zeros((len(dice), 1, side, side), np.uint8)
    masks[:, :, 1:4, 1:3] = 1
    return Prediction(np.array(list(dice)), masks, np.array(list(dice.values())))


def evidence() -> Evidence:
    """Two images drawn, of which row 4 was chosen too; S4MCL's were not chosen."""
    images = (RankedImage("unet", 0.1, "best", 9, 0.9), RankedImage("unet", 0.1, "worst", 4, 0.2))
    return Evidence(
        samples=samples(4, 7),
        ranked=Ranked(0, samples(4, 9), images),
        predictions={
            ("unet", 0.1): prediction({4: 0.2, 7: 0.5, 9: 0.9}),
            ("s4mcl", 0.1): prediction({4: 0.8, 7: 0.6, 9: 0.7}),
        },
        seed=0,
    )


def test_images_are_kept_once_those_that_were_drawn_first() -> None:
    found = kept_images(evidence())
    assert found is not None
    assert found.rows.tolist() == [4, 7, 9]
    assert found.images[:, 0, 0].tolist() == [4, 7, 9]
    assert kept_images(Evidence()) is None
    other_size = replace(evidence(), samples=samples(4, 7, side=16))
    alone = kept_images(other_size)
    assert alone is not None
    assert alone.rows.tolist() == [4, 9]


def test_the_chosen_images_are_shown_and_others_ranked_among_those_kept() -> None:
    frame = boundaries_frame(evidence())
    told = {
        (row["method"], row["rank"], row["among"]): (row["image"], row["dice"])
        for row in frame.drop_nulls("rank").to_dicts()
    }
    assert told == {
        ("unet", "best", ALL): (2, 0.9),
        ("unet", "worst", ALL): (0, 0.2),
        ("s4mcl", "best", KEPT): (0, 0.8),
        ("s4mcl", "median", KEPT): (2, 0.7),
        ("s4mcl", "worst", KEPT): (1, 0.6),
    }
    drawn = frame.filter(pl.col("rank").is_null()).select("method", "image", "dice")
    assert drawn.rows() == [("s4mcl", 0, 0.8), ("s4mcl", 1, 0.6), ("unet", 0, 0.2), ("unet", 1, 0.5)]


def test_an_empty_true_mask_is_not_ranked_among_the_kept() -> None:
    shown = samples(4, 7, 9)
    shown.masks[0] = 0
    frame = boundaries_frame(Evidence(samples=shown, predictions={("unet", 0.1): prediction({4: 1.0, 7: 0.5, 9: 0.6})}))
    assert frame.drop_nulls("rank").select("rank", "image").rows() == [("best", 2), ("worst", 1)]


def test_dice_is_worked_out_where_a_file_has_none() -> None:
    found = replace(prediction({4: 0.0, 9: 0.0}), dice=None)
    found.masks[1] = 0
    images = samples(4, 7, 9)
    images.masks[2] = 0
    assert dice_values(found, images) == pytest.approx([2 * 6 / (6 + 9), NAN, 1.0], nan_ok=True)


def test_many_label_fractions_are_cut_from_the_middle() -> None:
    cells = [(method, fraction) for method in ("a", "b") for fraction in (0.1, 0.2, 0.3, 0.5, 1.0)]
    assert {fraction for _, fraction in shown_cells(cells, 6)} == {0.1, 0.2, 1.0}
    assert shown_cells(cells, 100) == sorted(cells)
    assert len(shown_cells([(str(place), 0.1) for place in range(100)], 60)) == 60


def test_nothing_to_show_is_an_empty_frame() -> None:
    assert boundaries_frame(Evidence()).is_empty()
    assert boundaries_frame(Evidence(samples=samples(1))).is_empty()
    nothing = Evidence(samples=samples(1), predictions={("unet", 0.1): prediction({1: NAN})})
    assert boundaries_frame(nothing).is_empty()


def test_a_picture_tells_its_boundary_once_and_its_name_as_text() -> None:
    masks = samples(1).masks[0]
    drawn = picture(3, masks, 'a "quoted" <name>')
    assert 'aria-label="a &quot;quoted&quot; &lt;name&gt;"' in drawn
    assert drawn.count('href="#true-3"') == 2
    assert drawn.count("<path") == 1
    whole = whole_picture(samples(1).images[0], masks, masks, "x")
    assert whole.count("data:image/png") == 1
    assert len(set(re.findall(' d="([^"]+)"', whole))) == 1  # predicted as it is
    once = definitions(samples(1, 2).images, samples(1, 2).masks)
    assert once.count("data:image/png") == once.count("<path") == 2


def test_large_masks_are_drawn_on_a_coarser_grid_in_the_same_place() -> None:
    side = 4 * SIDE - 6
    mask = np.zeros((1, side, side), np.uint8)
    mask[0, 100:500, 200:600] = 1
    line = boundary(mask)
    points = np.array([point.split(",") for point in line.strip("MZ").split()], float)
    assert len(line) < 200
    assert points.min(0) == pytest.approx([200, 100], abs=4)
    assert points.max(0) == pytest.approx([600, 500], abs=4)
    assert boundary(np.zeros((1, side, side), np.uint8)) == ""


def test_the_section_shows_pictures_and_never_a_row(trials: Make, material: Make) -> None:
    confirm = trials({"label_fraction": 0.1}, {"method": "s4mcl", "label_fraction": 0.1}, {"method": "cnn"})
    found = replace(evidence(), ranked=Ranked(0, samples(4, 100), evidence().ranked.images[1:]))  # type: ignore[union-attr]
    html = boundaries_section(material(confirm, evidence=evidence()))
    assert html.count('class="picture"') == 2 + 3 + 4
    assert html.count("data:image/png") == 3
    assert "Best, median and worst are of all test images" in html
    assert "of the images kept" in html
    assert "Without masks: CNN." in html
    assert "Dice 0.900, image 3" in html
    assert boundaries_section(material(confirm, evidence=found)).count('class="picture"') == 1 + 2 + 4


def test_sentences_where_there_is_nothing(trials: Make, material: Make) -> None:
    told = {
        "the study did not store any": Evidence(),
        "No trial has stored predicted masks": Evidence(samples=samples(1)),
        "left out of this report": evidence().without_images(),
    }
    for words, found in told.items():
        html = boundaries_section(material(trials({}), evidence=found))
        assert words in html
        assert "<svg" not in html
