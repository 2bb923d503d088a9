"""Predicted against true boundaries on test images: best, median and worst by Dice, and the same images for all."""

import polars as pl

from s4mcl.naming import method_name, percent
from s4mcl_dashboards.figures.picture import definitions, picture
from s4mcl_dashboards.frames.boundaries import ALL, KEPT, boundaries_frame, kept_images
from s4mcl_dashboards.markup import paragraph, row_head, section, table, tabs
from s4mcl_dashboards.material import Material
from s4mcl_dashboards.naming import count, joined, number
from s4mcl_dashboards.samples import Samples

TITLE = "Boundaries on test images"
RANKS = ("best", "median", "worst")
LEGEND = (
    '<div class="legend"><span><i class="line true"></i>true boundary</span>'
    '<span><i class="line predicted"></i>predicted boundary</span></div>'
)


def boundaries_section(material: Material) -> str:
    """A panel a label fraction; each image stands in the file once, the boundaries are lines over it."""
    evidence = material.evidence
    images = kept_images(evidence)
    if evidence.left_out:
        return section("boundaries", TITLE, paragraph("Images were left out of this report, as was asked for."))
    if images is None or not len(images):
        why = "the study did not store any" if not evidence.unreadable else "the warnings at the top say why"
        return section("boundaries", TITLE, paragraph(f"There are no sample images: {why}."))
    shown = boundaries_frame(evidence)
    if shown.is_empty():
        return section("boundaries", TITLE, paragraph("No trial has stored predicted masks for the sample images."))
    panels = [
        (f"{percent(fraction)} of the labels", _panel(material, images, shown.filter(label_fraction=fraction)))
        for fraction in shown["label_fraction"].unique().sort().to_list()
    ]
    lead = paragraph(" ".join(_lead(material, shown)))
    drawn = definitions(images.images, images.masks)
    return section("boundaries", TITLE, lead, LEGEND, drawn, tabs("boundaries", panels))


def _lead(material: Material, shown: pl.DataFrame) -> list[str]:
    """What is shown, of which trials, and what is not."""
    evidence, methods = material.evidence, shown["method"].unique().to_list()
    told = [f"Trials of seed {evidence.seed}. Below each picture stands its Dice."]
    if shown.filter(pl.col("among") == ALL).height:
        told.append("Best, median and worst are of all test images whose true mask is not empty.")
    if shown.filter(pl.col("among") == KEPT).height:
        told.append(
            "Where best, median and worst are called “of the images kept”, the study chose no images by their Dice, so "
            "that the few it kept were ranked."
        )
    left = {fraction for _, fraction in evidence.predictions} - set(shown["label_fraction"].to_list())
    if left:
        told.append(
            f"Without pictures, for want of room: {joined([percent(at) for at in sorted(left)])} of the labels."
        )
    without = [method_name(method) for method in material.methods if method not in methods]
    return [*told, *([f"Without masks: {', '.join(without)}."] if without else [])]


def _panel(material: Material, images: Samples, shown: pl.DataFrame) -> str:
    """Two tables of one label fraction: the ranked images of each method, and the images that all are shown on."""
    methods = [method for method in material.methods if method in set(shown["method"])]
    ranked, drawn = shown.drop_nulls("rank"), shown.filter(pl.col("rank").is_null())
    tables = ""
    if ranked.height:
        rows = [
            [
                row_head(method_name(method)),
                *(_of_rank(material, images, ranked.filter(method=method), rank) for rank in RANKS),
            ]
            for method in methods
        ]
        among = " of the images kept" if (ranked["among"] == KEPT).all() else ""
        caption = f"Best, median and worst test image by Dice of each method{among}"
        tables += table(caption, ("Method", *(rank.capitalize() for rank in RANKS)), rows, "pictures ranked")
    if drawn.height:
        places = drawn["image"].unique().sort().to_list()
        rows = [
            [
                row_head(method_name(method)),
                *(_of_place(material, images, drawn.filter(method=method), at) for at in places),
            ]
            for method in methods
        ]
        caption = f"{count(len(places), 'test image')}, the same for every method, drawn before training"
        tables += table(caption, ("Method", *(f"Test image {at + 1}" for at in places)), rows, "pictures")
    return tables


def _of_rank(material: Material, images: Samples, rows: pl.DataFrame, rank: str) -> str:
    found = rows.filter(rank=rank)
    if found.is_empty():
        return '<td class="absent">–</td>'
    among = ", of the images kept" if found["among"][0] == KEPT else ""
    return _picture(material, images, found.row(0, named=True), f"{rank.capitalize()}{among}")


def _of_place(material: Material, images: Samples, rows: pl.DataFrame, place: int) -> str:
    found = rows.filter(image=place)
    return (
        '<td class="absent">no prediction</td>'
        if found.is_empty()
        else _picture(material, images, found.row(0, named=True))
    )


def _picture(material: Material, images: Samples, row: dict[str, object], rank: str = "") -> str:
    """A cell with the picture, its Dice and which image it is."""
    place, method, fraction = int(str(row["image"])), str(row["method"]), float(str(row["label_fraction"]))
    prediction = material.evidence.predictions[method, fraction]
    at = prediction.place(int(images.rows[place]))
    masks = prediction.masks[at if at is not None else 0]
    dice, empty = number(float(str(row["dice"]))), not masks.any()
    told = f"Test image {place + 1}, {method_name(method)}{', ' + rank.lower() if rank else ''}: Dice {dice}"
    drawn = picture(place, masks, f"{told}{'; the predicted mask is empty' if empty else ''}")
    below = f"{'nothing predicted, ' if empty else ''}Dice {dice}"
    return f'<td>{drawn}<span class="dice">{below}{f", image {place + 1}" if rank else ""}</span></td>'
