"""The effects of a study's ablation designs, from the ledger's frames of arms and trials."""

import json
from collections.abc import Iterator

import polars as pl

from s4mcl.designs.level_text import level_text
from s4mcl.statistics.arm_effects import EFFECTS_SCHEMA, arm_effects
from s4mcl.statistics.factorial_effects import FACTORIAL_SCHEMA, factorial_effects

FACTORIAL = "factorial"
BLOCK = ("design", "method", "label_fraction")  # what has a reference of its own, its first arm

ABLATION_SCHEMA = {"design": pl.String, "method": pl.String, "label_fraction": pl.Float64, **EFFECTS_SCHEMA}
INTERACTIONS_SCHEMA = {"design": pl.String, "method": pl.String, "label_fraction": pl.Float64, **FACTORIAL_SCHEMA}


def arm_values(arms: pl.DataFrame, trials: pl.DataFrame, column: str = "val_score") -> pl.DataFrame:
    """One row an arm and seed, in the order of arms: design, kind, arm, method, label_fraction, factors, seed, value.

    Args:
        arms: as `Ledger.arms_frame` gives it.
        trials: as `Ledger.trials_frame` gives it. An arm's trials are those of its cohort with one of its seeds; a
            trial that is not completed has no value.
        column: the column of trials that is the value.
    """
    done = trials.filter(pl.col("state") == "completed").drop_nulls(column).unique(["cohort", "seed"], keep="first")
    wanted = arms.select(*BLOCK, "kind", "position", pl.col("name").alias("arm"), "cohort", "factors", "seeds")
    one_a_seed = wanted.explode("seeds").rename({"seeds": "seed"})
    found = one_a_seed.join(
        done.select("cohort", "seed", pl.col(column).alias("value")), on=["cohort", "seed"], how="left"
    )
    ordered = found.sort("design", "position", "seed", maintain_order=True)
    return ordered.select("design", "kind", "arm", "method", "label_fraction", "factors", "seed", "value")


def ablation_effects(values: pl.DataFrame) -> pl.DataFrame:
    """Each arm against the first arm of its design, method and label fraction; a design is one family for Holm.

    Args:
        values: as `arm_values` gives it. Factorial designs have their own analysis, `ablation_interactions`. A block
            whose reference has no value gives no rows.
    """
    parts = [pl.DataFrame(schema=ABLATION_SCHEMA)]
    for design in _designs(values.filter(pl.col("kind") != FACTORIAL)):
        references: dict[str, str] = {}
        for block in design.partition_by(*BLOCK, maintain_order=True):
            first = block["arm"][0]
            if block.filter(pl.col("arm") == first)["value"].count():
                references |= dict.fromkeys(block["arm"].unique(maintain_order=True), first)
        found = arm_effects(design, references)
        places = design.select(*BLOCK, "arm").unique("arm", maintain_order=True)
        parts.append(found.join(places, on="arm", how="left", maintain_order="left").select(ABLATION_SCHEMA.keys()))
    return pl.concat(parts)


def ablation_interactions(values: pl.DataFrame) -> pl.DataFrame:
    """Main effects and two-factor interactions of the factorial designs, by method and label fraction.

    The base levels are those of the first arm; factors with one level are left out. Each block is one family for Holm.
    """
    parts = [pl.DataFrame(schema=INTERACTIONS_SCHEMA)]
    for design in _designs(values.filter(pl.col("kind") == FACTORIAL)):
        for block in design.partition_by(*BLOCK, maintain_order=True):
            levels = factor_levels(block)
            bases = {name: levels[name][0] for name in levels.columns if levels[name].n_unique() > 1}
            frame = pl.concat([block.select("seed", "value"), levels], how="horizontal")
            if bases and block["value"].count():
                head = [pl.lit(block[name][0]).alias(name) for name in BLOCK]
                parts.append(factorial_effects(frame, bases).select(*head, *FACTORIAL_SCHEMA))
    return pl.concat(parts)


def factor_levels(values: pl.DataFrame) -> pl.DataFrame:
    """The levels in the JSON texts of `factors`, as text: a column a factor, a row a row."""
    given = [{name: level_text(level) for name, level in json.loads(text).items()} for text in values["factors"]]
    names = list(dict.fromkeys(name for levels in given for name in levels))
    return pl.DataFrame({name: [levels.get(name) for levels in given] for name in names})


def _designs(values: pl.DataFrame) -> Iterator[pl.DataFrame]:
    yield from values.partition_by("design", maintain_order=True) if values.height else ()
