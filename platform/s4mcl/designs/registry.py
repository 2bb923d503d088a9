"""The kinds of designs, and how a study's designs are read from its configuration."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from s4mcl.config.problem_texts import problem_texts, shortened
from s4mcl.config.study_config import StudyConfig
from s4mcl.designs.add_one_in import AddOneIn
from s4mcl.designs.design import Design
from s4mcl.designs.factorial import Factorial
from s4mcl.designs.leave_one_out import LeaveOneOut
from s4mcl.designs.sensitivity import Sensitivity
from s4mcl.designs.table import Table
from s4mcl.designs.transform_sets import TransformSets
from s4mcl_trainables.problems import Problems

CURE = "mend the designs"
NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")
DESIGNS: dict[str, type[Design]] = {
    design.kind: design for design in (Table, LeaveOneOut, AddOneIn, Factorial, Sensitivity, TransformSets)
}


def design_kinds() -> list[str]:
    """The kinds, by name."""
    return list(DESIGNS)


def read_designs(config: StudyConfig) -> dict[str, Design]:
    """A study's designs by name, with what the study gives them filled in.

    Raises:
        InputError: a design that does not fit the methods, or is larger than `ablate.max_trials`.
    """
    problems = Problems("the designs cannot be used")
    found = _read(config.ablate.designs, problems)
    filled = {name: design.filled(config) for name, design in found.items()}
    _refuse_large(filled, config.ablate.max_trials, problems)
    problems.raise_if_any(CURE)
    return filled


def check_designs(plain: Mapping[str, Any], problems: Problems) -> None:
    """Note what is wrong with the designs in plain configuration values.

    Values that are of the wrong form altogether are left to the model; sizes are looked at when the rest is in order.
    """
    ablate = plain.get("ablate")
    given = ablate.get("designs") if isinstance(ablate, Mapping) else None
    if not isinstance(given, Mapping) or not all(isinstance(fields, Mapping) for fields in given.values()):
        return
    found = _read(given, problems)
    try:
        config = StudyConfig.model_validate(plain)
    except ValidationError:
        return
    _refuse_large({name: design.filled(config) for name, design in found.items()}, config.ablate.max_trials, problems)


def _read(given: Mapping[str, Mapping[str, Any]], problems: Problems) -> dict[str, Design]:
    """The designs that are in order."""
    found = {}
    for name, fields in given.items():
        before = len(problems.found)
        design = _design(f"ablate.designs.{name}", name, fields, problems)
        if design is not None:
            design.check(f"ablate.designs.{name}", problems)
        if design is not None and len(problems.found) == before:
            found[name] = design
    return found


def _design(where: str, name: str, fields: Mapping[str, Any], problems: Problems) -> Design | None:
    if not NAME.fullmatch(str(name)):
        problems.add(f"{where}: expected a name of at most 60 letters, digits, '_' and '-', found {shortened(name)}")
    kind = fields.get("kind")
    if not isinstance(kind, str) or kind not in DESIGNS:
        near = get_close_matches(str(kind), DESIGNS, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        found = "nothing" if kind is None else shortened(kind)
        problems.add(f"{where}.kind: expected one of {', '.join(DESIGNS)}, found {found}{hint}")
        return None
    try:
        return DESIGNS[kind].model_validate({key: value for key, value in fields.items() if key != "kind"})
    except ValidationError as error:
        problems.extend(f"{where}.{text}" for text in problem_texts(error, DESIGNS[kind]))
        return None


def _refuse_large(designs: Mapping[str, Design], most: int, problems: Problems) -> None:
    for name, design in designs.items():
        trials = design.most_trials()
        if trials > most:
            fractions, seeds = len(design.label_fractions or ()), len(design.seeds or ())
            parts = (
                _counted(design.most_arms(), "arm"),
                _counted(fractions, "label fraction"),
                _counted(seeds, "seed"),
            )
            size = f"{' x '.join(parts)} are {trials} trials"
            cure = "make it smaller, or raise that"
            problems.add(f"ablate.designs.{name}: {size}, more than ablate.max_trials={most}; {cure}")


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
