"""The Dice of each structure as a table, where the images have several."""

from typing import Any

from s4mcl.naming import method_name, percent, shortened
from s4mcl_dashboards.material import Material
from s4mcl_dashboards.naming import number
from s4mcl_dashboards.sortable import Head, Row, keyed, keyed_head, sortable_table

CAPTION = "Dice by structure: mean ± half the 95 % interval, test images"
LONGEST = 40  # characters of a structure's name


def structures_table(material: Material) -> str:
    """A row a method and label fraction, a column a structure; nothing where there is one structure."""
    frame = material.findings.structures
    if frame.is_empty():
        return ""
    names = structure_names(material, int(frame["structure"].max()) + 1)  # type: ignore[arg-type]  # whole numbers
    order = {method: place for place, method in enumerate(material.methods)}
    heads = [Head("Labels"), Head("Method"), *(Head(shortened(name, LONGEST), "descending") for name in names)]
    cells: dict[tuple[float, str], dict[int, dict[str, Any]]] = {}
    for row in frame.to_dicts():
        cells.setdefault((row["label_fraction"], row["method"]), {})[row["structure"]] = row
    best = {
        (fraction, place): max(own[place]["mean"] for (at, _), own in cells.items() if at == fraction and place in own)
        for fraction, _ in cells
        for place in range(len(names))
    }
    ordered = sorted(cells, key=lambda cell: (cell[0], order.get(cell[1], len(order))))
    body = [
        Row(
            [
                keyed_head(percent(fraction), fraction),
                keyed_head(method_name(method), order.get(method, len(order))),
                *(
                    _cell(cells[fraction, method].get(place), best[fraction, place], alone=len(cells) == 1)
                    for place in range(len(names))
                ),
            ],
            fraction,
        )
        for fraction, method in ordered
    ]
    return sortable_table(CAPTION, heads, body, "numbers results")


def structure_names(material: Material, count: int) -> list[str]:
    """The names of all structures; those that the dataset does not tell are numbered."""
    told = [str(name) for name in material.dataset.get("structure_names") or []]
    return [told[place] if place < len(told) else f"structure {place + 1}" for place in range(count)]


def _cell(row: dict[str, Any] | None, best: float, *, alone: bool) -> str:
    if row is None:
        return keyed("–", None, "ours")
    half = None if row["high"] is None else (row["high"] - row["low"]) / 2
    spread = "" if half is None else f" ± {number(half)}"
    return keyed(number(row["mean"]), row["mean"], "ours", best=row["mean"] == best and not alone, after=spread)
