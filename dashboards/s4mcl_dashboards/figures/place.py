"""Which trials a point of a figure stands for, so that the live app can open them."""

from urllib.parse import urlencode

BY_KEY = "key={0}"  # one trial, by how its key begins
BY_COHORT = "cohort={0}"
KEY = 12  # letters of a key that tell a trial from all others of a study
MOST = 50  # trials that one point names


def place(stage: str, method: str, **more: object) -> str:
    """A query in which {x} is the point's place on the x axis, and {0}, {1}, ... its custom data.

    A trace has it as `meta["place"]`. Names: labels, seed, proposal, cohort. Where the custom data is a list, the point
    stands for several trials; where it is missing, for none that could be named.
    """
    return urlencode({"stage": stage, "method": method, **more}, safe="{}", errors="replace")
