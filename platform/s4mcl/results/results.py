"""The results of a study, or of all studies of a storage, as Polars frames."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

import polars as pl

from s4mcl.export.tables import events_frame
from s4mcl.ledger import Ledger
from s4mcl.results.ablation import ablation_of
from s4mcl.results.choices import chosen, measures
from s4mcl.results.claim import claim_of
from s4mcl.results.comparisons import label_savings_of, seed_comparisons, test_comparisons
from s4mcl.results.importance import importance_of
from s4mcl.results.overview import overview
from s4mcl.results.study_material import StudyMaterial
from s4mcl.results.warnings import warnings_of
from s4mcl.status import study_status
from s4mcl.whereabouts import find_whereabouts

PARTS = ("test", "validation")


class Results:
    """What a storage holds, read only; made by `s4mcl.open`.

    Every frame begins with the column `study`. Each call reads one state of the ledger, so frames may be taken while a
    study runs; two calls may see two states. Use it as a context manager, or call `close`.

    Attributes:
        storage: the absolute folder of the storage.
    """

    def __init__(self, path: Path | str) -> None:
        place = find_whereabouts(path)
        self.storage = place.storage
        self._ledger = Ledger.open(place.storage, create=False)
        self._study = place.study

    @property
    def names(self) -> list[str]:
        """The studies that the frames are of: the one that was opened, or all of the storage, the oldest first."""
        return self._ledger.studies() if self._study is None else [self._study]

    def close(self) -> None:
        """Close the ledger."""
        self._ledger.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Results({str(self.storage if self._study is None else self.storage / self._study)!r})"

    def studies(self) -> pl.DataFrame:
        """One row a study.

        Columns: study, created_at, updated_at, description, methods, label_fractions, seeds, dataset, images, train,
        validation, test (images of each part); planned, running, completed, reused, pruned, failed (trials, each in one
        of these); test_openings (how often it read test labels), run_by (the driver that runs it now),
        unequal_fractions ("0.5/0.05": of the classes, of the masks), which label_fractions leaves out.
        """
        return overview(self._ledger, self.names)

    def trials(self) -> pl.DataFrame:
        """One row a stage and trial, in the order of planning.

        Columns: study, key, stage (search, confirm, ablate), method, label_fraction, seed, state, reused, attempts,
        finished_at, iterations, seconds, hyperparameters (JSON), val_* (at the best iteration), test_* (confirm
        trials), cohort (shared by the trials that differ in the seed alone), proposal, outcome, detail, artifacts and
        predictions (paths in the storage), best_iteration, provenance (JSON), classification_fraction and
        segmentation_fraction; label_fraction is null where these differ.
        """
        return self._all(self._ledger.trials_frame)

    def reports(self) -> pl.DataFrame:
        """One row a trial and report: study, key, iteration, then a column a value, such as val_dice or loss/..."""
        return self._all(self._ledger.reports_frame)

    def proposals(self) -> pl.DataFrame:
        """One row a proposal of the samplers.

        Columns: study, stage, method, label_fraction, number, hyperparameters (JSON), state, score, objectives,
        intermediate (JSON: iteration to score), violations (at most 0 where a constraint is met), iterations.
        """
        return self._all(self._ledger.proposals_frame)

    def arms(self) -> pl.DataFrame:
        """One row an arm of a design, the reference first at each label fraction.

        Columns: study, design, name, position, kind, method, label_fraction, cohort (that of its trials),
        hyperparameters, factors (JSON), seeds.
        """
        return self._all(self._ledger.arms_frame)

    def events(self) -> pl.DataFrame:
        """What happened to the studies, the oldest first: study, at, kind, text, detail (JSON)."""
        return self._all(lambda study: events_frame(self._ledger, study))

    def comparisons(self, reference: str | None = None, metric: str | None = None, part: str = "test") -> pl.DataFrame:
        """Each method against a reference at the same label fraction, image by image and seed by seed.

        Args:
            reference: a method; None: cnn for class metrics and unet for mask metrics, else the first method.
            metric: accuracy, balanced_accuracy, macro_f1, dice, iou, hd95 or assd; None: all that there are.
            part: test, or validation: then only the columns of the seeds are filled, see `seed_comparisons`.

        Columns: study, measure, method, reference, label_fraction, seeds, images, groups, mean, reference_mean; effect
        (method minus reference) with low, high (95 % over seeds and groups) and p; swap_p (permutation over groups,
        conditional on the trained models); seed_low, seed_high, seed_p (paired t over seeds); each p also corrected by
        Holm over the rows of a measure (`*_holm`); verdict: "higher", "lower" or "no difference shown".

        Raises:
            InputError: an unknown reference, metric or part; a file of predictions that cannot be used.
        """
        chosen("part", part, PARTS)
        measures(metric)

        def make(material: StudyMaterial) -> pl.DataFrame:
            if part == "test":
                return test_comparisons(material, reference, metric)
            return seed_comparisons(material, part, reference, metric)

        return _joined(self._materials(reference), make)

    def label_savings(self, reference: str | None = None, metric: str | None = None) -> pl.DataFrame:
        """The label fraction at which each method reaches the reference's score with all labels.

        Args:
            reference, metric: as for `comparisons`.

        Columns: study, measure, method, reference, target (the reference's score), outcome ("reached", "reached at the
        smallest fraction", "not reached"), fraction with low and high (95 %), low_open, high_open (the limit lies
        beyond the fractions tried), labels, saved (of the training labels), labels_with_validation,
        saved_with_validation (the validation labels counted too), seeds.

        Raises:
            InputError: an unknown reference or metric; a file of predictions that cannot be used.
        """
        measures(metric)
        return _joined(self._materials(reference), lambda material: label_savings_of(material, reference, metric))

    def claim(self) -> pl.DataFrame:
        """Whether each study's claim holds (`claim` of its configuration); no rows where it claims nothing.

        Columns: study, measure, method, label_fraction, reference, reference_fraction, seeds, images, groups, mean,
        reference_mean, effect with low and high at the level `confidence` that Holm's correction over the measure's
        rows leaves it, p and swap_p as in `comparisons`, both also corrected, verdict: "win", "loss", "no difference
        shown" or "not yet measured".

        Raises:
            InputError: a file of predictions cannot be used.
        """
        return _joined(self._materials(), claim_of)

    def ablation(self, design: str | None = None, metric: str = "score") -> pl.DataFrame:
        """The effects of the designs, on validation scores, each against the design's first arm.

        Args:
            design: its name in the configuration; None: all.
            metric: what is compared, a val_* column of the trials without its prefix.

        Columns: study, design, kind, method, label_fraction, term (the arm, or the effect of a factorial), of (arm,
        main, interaction), reference (the first arm), seeds, mean, reference_mean (null for a factorial), effect with
        low, high (95 %), p and p_holm (over a design, or over a factorial's effects at one label fraction),
        aliased_with (what a fractional factorial cannot tell apart), verdict.

        Raises:
            InputError: an unknown design or metric.
        """
        read = self._materials()
        if design is not None:
            chosen("design", design, (name for material in read for name in material.arms["design"]))
        return _joined(read, lambda material: ablation_of(material, design, metric))

    def importance(self, method: str | None = None) -> pl.DataFrame:
        """How much each hyperparameter matters for the score, in each group of proposals.

        Args:
            method: one of the studies' methods; None: all.

        Columns: study, stage, method, label_fraction, hyperparameter, ped_anova (its share in what brings a proposal
        into the best tenth), fanova (its share of the scores' variance), logarithmic, proposals (finished ones that it
        rests on). A group with fewer than 10 of these has no rows; `warnings` says how far they can be trusted.

        Raises:
            InputError: an unknown method.
        """
        read = self._materials()
        if method is not None:
            chosen("method", method, (name for material in read for name in material.proposals["method"]))
        return _joined(read, lambda material: importance_of(material, method))

    def warnings(self) -> pl.DataFrame:
        """What a careful reviewer would ask: study, kind, text.

        Kinds: status (as `s4mcl status` tells), validation, test_openings, budgets, seeds, groups, importance.
        """

        def told(material: StudyMaterial) -> pl.DataFrame:
            return warnings_of(material, study_status(self.storage, material.name).warnings)

        return _joined(self._materials(), told)

    def _materials(self, reference: str | None = None) -> list[StudyMaterial]:
        """What was read of each study, all at one moment; statistics take seconds, and the ledger is let go before.

        Raises:
            InputError: no study has the reference among its methods.
        """
        with self._ledger.snapshot():
            read = [StudyMaterial.read(self._ledger, name) for name in self.names]
        if reference is not None:
            chosen("reference", reference, (method for material in read for method in material.methods))
        return read

    def _all(self, make: Callable[[str], pl.DataFrame]) -> pl.DataFrame:
        with self._ledger.snapshot():
            return _concatenated({name: make(name) for name in self.names})


def _joined(read: list[StudyMaterial], make: Callable[[StudyMaterial], pl.DataFrame]) -> pl.DataFrame:
    return _concatenated({material.name: make(material) for material in read})


def _concatenated(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """A frame of each study, its name before the other columns; a column that one study lacks is null there."""
    named = [frame.select(pl.lit(name, pl.String).alias("study"), pl.all()) for name, frame in frames.items()]
    return pl.concat(named, how="diagonal") if named else pl.DataFrame(schema={"study": pl.String})
