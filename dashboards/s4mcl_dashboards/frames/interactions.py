"""A factorial as a matrix of its effects, and the mean score at each pair of levels of two factors."""

from itertools import combinations

import polars as pl

from s4mcl.statistics.ablation import factor_levels
from s4mcl.statistics.comparison import NO_DIFFERENCE
from s4mcl.statistics.interval import t_interval

MAIN = "main"
TIMES = " × "  # between two main effects in the name of their interaction
MATRIX = {
    "row": pl.Int64,
    "column": pl.Int64,
    "term": pl.String,
    **dict.fromkeys(("effect", "low", "high", "p_holm"), pl.Float64),
    "shown": pl.Boolean,
}
CELLS = {
    **dict.fromkeys(("one", "one_level", "other", "other_level"), pl.String),
    "n": pl.Int64,
    **dict.fromkeys(("mean", "low", "high"), pl.Float64),
}


def main_terms(block: pl.DataFrame) -> list[str]:
    """The main effects of a factorial's block of effects, in their order."""
    return block.filter(pl.col("of") == MAIN)["term"].to_list()


def matrix_frame(block: pl.DataFrame) -> pl.DataFrame:
    """The effects of one factorial as the lower triangle of a matrix: main effects on the diagonal, row >= column.

    An effect that the design cannot tell from an earlier one is null. Levels of one factor do not interact, so a factor
    of more than two levels leaves gaps.
    """
    terms = main_terms(block)
    known = {row["term"]: row for row in block.to_dicts()}
    names = [(place, place, name) for place, name in enumerate(terms)]
    names += [(b, a, f"{terms[a]}{TIMES}{terms[b]}") for a, b in combinations(range(len(terms)), 2)]
    rows = [
        {"row": row, "column": column, "shown": known[name]["verdict"] != NO_DIFFERENCE}
        | {key: known[name][key] for key in ("term", "effect", "low", "high", "p_holm")}
        for row, column, name in names
        if name in known
    ]
    return pl.DataFrame(rows, schema=MATRIX)


def factors_of(scores: pl.DataFrame) -> dict[str, list[str]]:
    """The factors of a design's scores that vary, each with its levels as text, the reference's first."""
    if scores.is_empty():
        return {}
    levels = factor_levels(scores)
    found = {name: levels[name].drop_nulls().unique(maintain_order=True).to_list() for name in levels.columns}
    return {name: texts for name, texts in found.items() if len(texts) > 1}


def cell_means_frame(scores: pl.DataFrame, one: str, other: str) -> pl.DataFrame:
    """One row a pair of levels of two factors: the mean score, averaged over all other factors.

    The limits are Student's t over the seeds, each of which counts once with its mean over the runs at these levels;
    they are of the mean itself, not of a difference.

    Args:
        scores: of one design, method and label fraction, as `scores_frame` gives them.
        one, other: names of factors.
    """
    levels = factor_levels(scores)
    placed = scores.select("seed", "value").with_columns(levels[one].alias("one"), levels[other].alias("other"))
    order = factors_of(scores)
    rows = []
    for one_level in order.get(one, []):
        for other_level in order.get(other, []):
            own = placed.filter((pl.col("one") == one_level) & (pl.col("other") == other_level)).drop_nulls("value")
            if own.height:
                found = t_interval(own.group_by("seed", maintain_order=True).agg(pl.col("value").mean())["value"])
                head = {"one": one, "one_level": one_level, "other": other, "other_level": other_level}
                rows.append({**head, "n": found.n, "mean": found.mean, "low": found.low, "high": found.high})
    return pl.DataFrame(rows, schema=CELLS)


def largest_pairs(block: pl.DataFrame, factors: list[str], most: int) -> list[tuple[str, str]]:
    """The pairs of factors with the largest interactions that are known, the largest first.

    A main effect is named "factor: level - base"; the factor of a term is the longest name that it begins with.
    """
    terms = main_terms(block)
    factor = {
        term: max((name for name in factors if term.startswith(f"{name}: ")), key=len, default=None) for term in terms
    }
    known = dict(block.drop_nulls("effect").select("term", pl.col("effect").abs()).rows())
    sizes: dict[tuple[str, str], float] = {}
    for a, b in combinations(terms, 2):
        pair, size = (factor[a], factor[b]), known.get(f"{a}{TIMES}{b}")
        if size is not None and pair[0] is not None and pair[1] is not None:
            sizes[pair[0], pair[1]] = max(size, sizes.get((pair[0], pair[1]), 0.0))
    return sorted(sizes, key=lambda pair: -sizes[pair])[:most]
