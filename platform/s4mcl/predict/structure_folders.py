"""Where the masks of each structure go: folders that bear its name where that can be one."""

import re
from collections.abc import Sequence

_PLAIN = re.compile(r"\w[\w .()+-]{0,59}")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # of Windows


def structure_folders(names: Sequence[str], count: int) -> tuple[str, ...]:
    """A folder a structure, "" for the only one; structure_1 and so on for those whose name cannot be a folder.

    So it is for a name with slashes or at the edge of what file systems take, one that ends in a blank or a point, and
    one that another has but for case.
    """
    if count == 1:
        return ("",)
    lowered = [name.casefold() for name in names]
    fits = len(names) == count
    return tuple(
        names[place] if fits and _is_folder(names[place]) and lowered.count(lowered[place]) == 1 else f"structure_{n}"
        for place, n in enumerate(range(1, count + 1))
    )


def _is_folder(name: str) -> bool:
    usual = bool(_PLAIN.fullmatch(name)) and name[-1] not in " ." and not _RESERVED.fullmatch(name)
    return usual and not re.fullmatch(r"structure_\d+", name, re.IGNORECASE) and len(name.encode()) <= 200
