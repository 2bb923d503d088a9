"""Which trials a point of a figure stands for, so that the live app can open them."""

from urllib.parse import urlencode


def place(stage: str, method: str, **more: object) -> str:
    """A query in which {x} is the point's place on the x axis, and {0}, {1}, ... its custom data.

    A trace has it as `meta["place"]`. Names: labels, seed, proposal.
    """
    return urlencode({"stage": stage, "method": method, **more}, safe="{}", errors="replace")
