"""Classes of actors that are named after methods, as Ray's dashboard shows them.

One Tune run has one trainable, whose actors serve every method. On a cluster, where people look at the dashboard, each
method has a class of its own, and an idle actor goes to packs of its method alone. A Ray of this run's own has no
dashboard, and one class: an actor that is started anew costs seconds.
"""

from collections.abc import Iterable
from typing import Any

PREFIX = "s4mcl_"


def named_classes(trainable: Any, methods: Iterable[str]) -> dict[str, str]:
    """Register a class of actors for each method with Tune; method to the class's name."""
    from ray.tune import register_trainable  # noqa: PLC0415  # Ray takes seconds to import

    names = {method: f"{PREFIX}{method}" for method in methods}
    for method, name in names.items():
        register_trainable(name, _named_after(method, name, trainable))
    return names


def _named_after(method: str, name: str, trainable: Any) -> type:
    """A class of actors; Ray shows what `repr` says when one begins, before all that it writes."""
    return type(name, (trainable,), {"__repr__": lambda _self: f"s4mcl {method}", "__doc__": trainable.__doc__})
