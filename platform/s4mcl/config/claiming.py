"""Whether what a study claims names methods that there are, and label fractions that the study has."""

from collections.abc import Mapping
from typing import Any

from s4mcl.config.hyperparameters import known_method
from s4mcl_trainables.problems import Problems


def check_claim(plain: Mapping[str, Any], problems: Problems) -> None:
    """Note what does not fit in `claim` of plain configuration values; wrong forms are left to the model.

    Its methods need not be among those of the study, which may be extended by them: what is not there is not measured.
    """
    claim = plain.get("claim")
    if not isinstance(claim, Mapping) or claim.get("method") is None:
        return
    against = claim.get("against")
    rivals = against if isinstance(against, list) else []
    for where, name in (("method", claim["method"]), *((f"against[{at}]", name) for at, name in enumerate(rivals))):
        if isinstance(name, str):
            known_method(f"claim.{where}", name, problems)
    if claim["method"] in rivals:
        problems.add(f"claim.against: holds {claim['method']!r} itself; leave it out")
    fractions, up_to = plain.get("label_fractions"), claim.get("up_to")
    known = isinstance(fractions, list) and all(isinstance(each, int | float) for each in fractions)
    if known and fractions and isinstance(up_to, int | float) and up_to < min(fractions):
        least = f"the smallest of label_fractions, {min(fractions):g}"
        problems.add(f"claim.up_to: expected at least {least}, found {up_to:g}")
