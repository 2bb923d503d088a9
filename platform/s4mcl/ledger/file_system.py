"""The file system that a path lies on. SQLite's log needs memory shared by its processes, and locks that hold: several
machines at one file of a network file system damage it without a word."""

import os
import re
from pathlib import Path

from s4mcl_trainables.problems import InputError

MOUNTS = Path("/proc/self/mountinfo")
NETWORK = frozenset(
    {
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "lustre", "9p", "afs", "ceph", "gpfs", "beegfs", "glusterfs"),
        *("pvfs2", "orangefs", "panfs", "wekafs", "fuse"),
    }
)
# A FUSE type names its program ("fuse.sshfs"); these two are disks of this machine: a block device through FUSE
# ("fuseblk", NTFS and exFAT), and the root of a container without privileges.
LOCAL_FUSE = frozenset({"fuseblk", "fuse.fuse-overlayfs"})


def refuse_network(storage: Path) -> None:
    """Raise `InputError` when a SQLite ledger would lie on a network file system or a FUSE one."""
    try:
        mounts = MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:  # no Linux
        return
    kind = file_system(os.path.realpath(storage), mounts)
    if is_network(kind):
        raise InputError(
            f"{storage} lies on a file system of type {kind}, on which SQLite's locks do not hold: a ledger.sqlite "
            "there would be damaged.\nCure: choose a storage on a disk of this machine (storage=...), or keep the "
            "ledger in PostgreSQL: ledger=postgresql://USER@HOST/DATABASE"
        )


def is_network(kind: str) -> bool:
    """Whether a type of file system, as mountinfo writes it, is one on which SQLite is refused."""
    return kind not in LOCAL_FUSE and (kind in NETWORK or kind.startswith("fuse."))


def file_system(path: str, mounts: str) -> str:
    """The type of the file system that an absolute path without links lies on ("" if no mount holds it).

    Args:
        path: need not exist.
        mounts: text of /proc/self/mountinfo: the longest mount point above the path counts, and of two mounts at one
            point the later one, which hides the other.
    """
    best, kind = -1, ""
    for line in mounts.splitlines():
        fields = line.split(" ")
        point = _unescaped(fields[4])
        above = point in {"/", path} or path.startswith(f"{point}/")
        if above and len(point) >= best:
            best, kind = len(point), fields[fields.index("-") + 1]
    return kind


def _unescaped(text: str) -> str:
    """Blanks, tabs, line ends and backslashes stand as three octal digits."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)
