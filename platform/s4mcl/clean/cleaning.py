"""What a cleaning removed, or would remove, and what it left alone."""

from dataclasses import dataclass
from pathlib import PurePosixPath

from s4mcl_trainables.training.uri_store import shown as shown_uri

RULES = {
    "best": "best.pt of trials that no confirm stage has",
    "last": "checkpoints of trials that have ended",
    "attempt": "folders of earlier attempts",
    "orphan": "folders of trials that the ledger does not know",
    "temporary": "half-written files",
}


@dataclass(frozen=True)
class Removal:
    """A file or folder, relative to the storage or to a URI; the rule by which it goes (see `RULES`), and its bytes."""

    path: PurePosixPath
    rule: str
    bytes: int
    uri: str | None = None

    @property
    def place(self) -> str:
        """The path, with the URI that it is under."""
        return str(self.path) if self.uri is None else f"{shown_uri(self.uri)}/{self.path}"


@dataclass(frozen=True)
class Cleaning:
    """The result of `clean`.

    Attributes:
        removals: what was removed, or with `dry_run` would be.
        left: what was left alone though it may look removable, a sentence each.
        dry_run: whether nothing was removed.
    """

    removals: tuple[Removal, ...]
    left: tuple[str, ...]
    dry_run: bool

    @property
    def bytes(self) -> int:
        """All bytes together."""
        return sum(removal.bytes for removal in self.removals)

    def to_text(self) -> str:
        """A dry run names every path; then a line for each rule, the sum, and what was left alone."""
        lines = [f"{removal.bytes:>14,}  {removal.place}" for removal in self.removals] if self.dry_run else []
        for rule, meaning in RULES.items():
            found = [removal.bytes for removal in self.removals if removal.rule == rule]
            if found:
                lines.append(f"{meaning}: {len(found)}, {shown(sum(found))}")
        verb = "would be removed" if self.dry_run else "removed"
        lines.append(f"{verb}: {shown(self.bytes)}" if self.removals else "nothing to remove")
        return "\n".join([*lines, *(f"left alone: {text}" for text in self.left)])


def shown(count: int) -> str:
    """Bytes as a person reads them: 12 bytes, 3.4 kB, 28.0 MB."""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return "1 byte" if count == 1 else f"{count} bytes"
