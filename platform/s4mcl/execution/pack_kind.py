"""Kinds of packs: what decides how much memory a pack needs, so that one measurement serves all of a kind."""

from typing import Any

from s4mcl.stages.keying import Keying
from s4mcl_trainables.trial import digest

SIZES = ("image_size", "width", "depth", "batch_labelled", "batch_unlabelled")


def described(keying: Keying, method: str, members: int) -> dict[str, Any]:
    """What makes the kind of a pack: the method and its code, sizes and batches, the numeric profile, the dataset,
    which lies on the device as a whole, and how many trials train together. Hyperparameters are none of it: each
    proposal would be a kind of its own. The label fraction is none either: a batch has the same size at each, but for
    twice the labelled rows where tasks have shares of their own; of two figures of a kind the larger stays.
    """
    settings, profile = vars(keying.settings), keying.profile
    return {
        "method": method,
        "revision": keying.revisions([method])[method],
        **{name: settings[name] for name in SIZES},
        "device": profile.device,
        "precision": profile.precision,
        "torch": profile.torch,
        "dataset": keying.dataset,
        "members": members,
    }


class PackKinds:
    """The kinds of one study's packs."""

    def __init__(self, keying: Keying) -> None:
        self.keying = keying
        self._known: dict[tuple[str, int], tuple[str, dict[str, Any]]] = {}

    def of(self, method: str, members: int) -> tuple[str, dict[str, Any]]:
        """The kind of a pack of so many trials of a method, 64 hexadecimal characters; and what makes it."""
        if (method, members) not in self._known:
            made_of = described(self.keying, method, members)
            self._known[method, members] = digest(made_of), made_of
        return self._known[method, members]
