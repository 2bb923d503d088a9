"""Which test images are shown of each method and label fraction, and the Dice of each."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from s4mcl.results.ranked_images import outside_in, ranked
from s4mcl_dashboards.evidence import Evidence
from s4mcl_dashboards.samples import Prediction, Samples

MOST = 60  # methods at label fractions
ALL, KEPT = "all test images", "the images that were kept"  # among which an image is the best
SCHEMA = {
    "method": pl.String,
    "label_fraction": pl.Float64,
    "rank": pl.String,
    "among": pl.String,
    "image": pl.Int64,
    "dice": pl.Float64,
}


def kept_images(evidence: Evidence) -> Samples | None:
    """All images that the study kept, each once: those that were drawn first, then the ranked ones."""
    kept = [found for found in (evidence.samples, evidence.ranked.samples if evidence.ranked else None) if found]
    if len(kept) == 2 and kept[0].masks.shape[1:] != kept[1].masks.shape[1:]:
        kept = kept[1:]
    if not kept:
        return None
    images = {int(row): (found, place) for found in reversed(kept) for place, row in enumerate(found.rows)}
    rows = list(dict.fromkeys(int(row) for found in kept for row in found.rows))
    chosen = [images[row] for row in rows]
    return Samples(
        np.array(rows, np.int64),
        np.stack([found.images[place] for found, place in chosen]),
        np.stack([found.masks[place] for found, place in chosen]),
    )


def boundaries_frame(evidence: Evidence, most: int = MOST) -> pl.DataFrame:
    """One row an image that is shown of a method at a label fraction.

    Columns: method, label_fraction; rank ("best", "median", "worst", and null for the images that all methods are shown
    on); among (what it is the best of); image (its place in `kept_images`); dice.

    Where the study did not choose images by their Dice, the images that it kept are ranked, those with an empty true
    mask left out. Of more than `most` methods at label fractions, fractions in the middle of the range are left out.
    """
    images = kept_images(evidence)
    if images is None:
        return pl.DataFrame(schema=SCHEMA)
    place = {int(row): number for number, row in enumerate(images.rows)}
    chosen: dict[tuple[str, float], list[tuple[str, int]]] = {}
    for image in evidence.ranked.images if evidence.ranked else ():
        if image.row in place:
            chosen.setdefault((image.method, image.label_fraction), []).append((image.rank, place[image.row]))
    rows: list[tuple[str, float, str | None, str | None, int, float]] = []
    for method, fraction in shown_cells(list(evidence.predictions), most):
        prediction = evidence.predictions[method, fraction]
        known = dice_values(prediction, images)
        of_cell = [(rank, at) for rank, at in chosen.get((method, fraction), []) if np.isfinite(known[at])]
        among = ALL if of_cell else KEPT
        if not of_cell:
            filled = images.masks.any(axis=(1, 2, 3))
            of_cell = list(ranked(np.where(filled, known, np.nan)).items())
        rows += [(method, fraction, rank, among, at, float(known[at])) for rank, at in of_cell]
        drawn = range(len(evidence.samples)) if evidence.samples else ()
        rows += [(method, fraction, None, None, at, float(known[at])) for at in drawn if np.isfinite(known[at])]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def dice_values(prediction: Prediction, images: Samples) -> NDArray[np.float64]:
    """[m] Dice of the kept images: that of the trial, worked out anew where its file has none; NaN without a mask.

    The Dice of two masks is 2 |P ∩ G| / (|P| + |G|), and 1 where both are empty; the mean over structures.
    """
    values = np.full(len(images), np.nan)
    for number, row in enumerate(images.rows):
        place = prediction.place(int(row))
        if place is None:
            continue
        if prediction.dice is not None:
            values[number] = prediction.dice[place]
            continue
        found, true = prediction.masks[place] > 0, images.masks[number] > 0
        both, sizes = (found & true).sum((1, 2)), found.sum((1, 2)) + true.sum((1, 2))
        values[number] = np.where(sizes > 0, 2 * both / np.maximum(sizes, 1), 1.0).mean()
    return values


def shown_cells(cells: list[tuple[str, float]], most: int) -> list[tuple[str, float]]:
    """Methods at label fractions in order, at most so many: whole fractions, the ends of the range come first."""
    shown: list[tuple[str, float]] = []
    for fraction in outside_in(at for _, at in cells):
        own = [cell for cell in cells if cell[1] == fraction]
        if not shown or len(shown) + len(own) <= most:
            shown += own[:most]
    return sorted(shown)
