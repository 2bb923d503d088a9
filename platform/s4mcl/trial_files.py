"""What lies in a storage beside its ledger: names of files, and which of them are half-written."""

import re

TRIALS = "trials"  # STORAGE/trials/<key>/<attempt>/
BEST = "best.pt"
LAST = "last.pt"
PREDICTIONS = "predictions.npz"

# ".best.pt.4711", ".report.html.k3x_9a0b": written beside a file's name, with the process or random letters behind it
_TEMPORARY = re.compile(r"\..+\.(\d+|[a-z0-9_]{8})")


def is_temporary(name: str) -> bool:
    """Whether a file of this name is one that was being written, and takes another's place when it is whole."""
    return _TEMPORARY.fullmatch(name) is not None
