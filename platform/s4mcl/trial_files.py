"""What lies in a storage beside its ledger: names of files, and which of them are half-written."""

import re
from pathlib import Path

TRIALS = "trials"  # STORAGE/trials/<key>/<attempt>/
BEST = "best.pt"
PREDICTIONS = "predictions.npz"
LAST = ("last.pt", "last.json")  # the second is the stub method's

# ".best.pt.4711", ".report.html.k3x_9a0b": written beside a file's name, with the process or random letters behind it
_TEMPORARY = re.compile(r"\..+\.(\d+|[a-z0-9_]{8})")


def is_temporary(name: str) -> bool:
    """Whether a file of this name is one that was being written, and takes another's place when it is whole."""
    return _TEMPORARY.fullmatch(name) is not None


def newest_with_checkpoint(folder: Path, attempt: int) -> Path | None:
    """Of a trial's attempts up to this one, the newest folder that holds a checkpoint: from it an attempt goes on."""
    folders = (folder / str(number) for number in range(attempt, 0, -1))
    return next((each for each in folders if any(is_plain(each / name) for name in (BEST, *LAST))), None)


def is_plain(path: Path) -> bool:
    """Whether it is a regular file, and no link to one."""
    return path.is_file() and not path.is_symlink()
