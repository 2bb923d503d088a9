"""Whether what a study claims fits its methods and label fractions."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from s4mcl_trainables.problems import Problems


def check_claim(plain: Mapping[str, Any], problems: Problems) -> None:
    """Note what does not fit in `claim` of plain configuration values; wrong forms are left to the model."""
    claim, methods = plain.get("claim"), plain.get("methods")
    if not isinstance(claim, Mapping) or not isinstance(methods, list) or claim.get("method") is None:
        return
    against = claim.get("against")
    rivals = against if isinstance(against, list) else []
    named = [("claim.method", claim["method"]), *((f"claim.against[{at}]", name) for at, name in enumerate(rivals))]
    for where, name in named:
        if isinstance(name, str) and name not in methods:
            near = get_close_matches(name, [each for each in methods if isinstance(each, str)], n=1, cutoff=0.5)
            problems.add(f"{where}: {name!r} is none of the study's methods; {_hint(near, methods)}")
    if claim["method"] in rivals:
        problems.add(f"claim.against: holds {claim['method']!r} itself; leave it out")
    fractions, up_to = plain.get("label_fractions"), claim.get("up_to")
    known = isinstance(fractions, list) and all(isinstance(each, int | float) for each in fractions)
    if known and fractions and isinstance(up_to, int | float) and up_to < min(fractions):
        least = f"the smallest of label_fractions, {min(fractions):g}"
        problems.add(f"claim.up_to: expected at least {least}, found {up_to:g}")


def _hint(near: list[str], methods: list[Any]) -> str:
    return f"did you mean {near[0]}?" if near else f"they are {', '.join(map(str, methods))}"
