"""Studies of how many labels a method saves: search, designs, execution, the ledger, statistics and the CLI."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from s4mcl.results import Results

__all__ = ["open"]


def open(path: "Path | str") -> "Results":
    """The results of a study, or of all studies of a storage, as Polars frames.

    >>> import s4mcl
    >>> with s4mcl.open("studies/demo") as results:  # doctest: +SKIP
    ...     results.comparisons(reference="unet", metric="dice")

    Args:
        path: a study's folder, <storage>/<name>, or a storage.

    Raises:
        InputError: it is neither, or its ledger cannot be read.
    """
    from s4mcl.results import Results  # noqa: PLC0415  # `import s4mcl` stays fast

    return Results(path)
