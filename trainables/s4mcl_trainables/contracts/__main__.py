"""python -m s4mcl_trainables.contracts NAME [HYPERPARAMETER=VALUE ...]: run every check over a method.

Hyperparameters are those with which unlabelled images count from the first step on, where the defaults need longer.
Exit status: 0 all hold, 1 some do not, 2 there is no such method.
"""

import json
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from s4mcl_trainables.contracts import CHECKS, LEARNER_CHECKS, BrokenContractError, case_of
from s4mcl_trainables.methods import method_named
from s4mcl_trainables.problems import InputError, first_line


def main(words: Sequence[str]) -> int:
    """Run the checks, a line each; the exit status."""
    if not words or words[0].startswith("-"):
        print(__doc__)
        return 0 if words and words[0] in ("-h", "--help") else 2
    name, given = words[0], dict(_hyperparameter(word) for word in words[1:])
    try:
        method_named(name).resolve(given)
    except InputError as error:
        print(f"s4mcl: {error}", file=sys.stderr)
        return 2
    broken = 0
    for check in CHECKS:
        with tempfile.TemporaryDirectory(prefix="s4mcl-contract-") as folder:
            case = case_of(name, Path(folder), **given)
            if check in LEARNER_CHECKS and not case.learns:
                print(f"  --   {_words(check)} (it has no learner)")
                continue
            text = _told(check, case)
            broken += bool(text)
            print(f"  {'NO ' if text else 'yes'}  {_words(check)}{text and f': {text}'}")
    print(f"{name}: {len(CHECKS) - broken} of {len(CHECKS)} hold" if broken else f"{name} keeps the contract")
    return 1 if broken else 0


def _told(check: Any, case: Any) -> str:
    """What is wrong; empty where the check holds."""
    try:
        check(case)
    except BrokenContractError as error:
        return str(error)
    except Exception as error:  # other people's code
        where = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__}: {first_line(error)} ({Path(where.filename).name}, line {where.lineno})"
    return ""


def _words(check: Any) -> str:
    return str(check.__name__).replace("_", " ")


def _hyperparameter(word: str) -> tuple[str, Any]:
    name, _, value = word.partition("=")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
