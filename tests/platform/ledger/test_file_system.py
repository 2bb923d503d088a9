"""On which file systems a SQLite ledger is refused."""

from pathlib import Path

import pytest

from s4mcl.ledger import Ledger, file_system
from s4mcl.ledger.file_system import file_system as found
from s4mcl.ledger.file_system import is_network
from s4mcl_trainables.problems import InputError

MOUNTS = r"""22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
23 22 0:5 / /proc rw,nosuid - proc proc rw
30 22 0:40 / /home rw,relatime shared:1 - nfs4 server:/home rw,vers=4.2
31 30 254:1 / /home/me/fast rw - xfs /dev/vdb rw
32 22 0:41 / /mnt/my\040share rw shared:2 master:1 - cifs //server/share rw
33 22 0:42 / /scratch rw - lustre 10.0.0.1@tcp:/scratch rw
34 22 0:43 / /remote rw - fuse.sshfs me@host:/ rw
35 22 8:1 / /usb rw - fuseblk /dev/sda1 rw
36 22 0:44 / /later rw - nfs server:/x rw
37 36 254:2 / /later rw - ext4 /dev/vdc rw"""


@pytest.mark.parametrize(
    ("path", "kind", "refused"),
    [
        ("/var/studies", "ext4", False),
        ("/", "ext4", False),
        ("/home/me/studies", "nfs4", True),
        ("/home", "nfs4", True),
        ("/homework", "ext4", False),
        ("/home/me/fast/studies", "xfs", False),
        ("/mnt/my share/studies", "cifs", True),
        ("/mnt/my", "ext4", False),
        ("/scratch/a/b", "lustre", True),
        ("/remote/x", "fuse.sshfs", True),
        ("/usb/x", "fuseblk", False),
        ("/later/x", "ext4", False),
    ],
)
def test_the_longest_and_last_mount_above_a_path_counts(path: str, kind: str, refused: bool) -> None:
    assert (found(path, MOUNTS), is_network(kind)) == (kind, refused)


@pytest.mark.parametrize("kind", ["nfs", "smb3", "fuse", "fuse.s3fs", "fuse.glusterfs", "9p", "ceph"])
def test_what_several_machines_share_is_refused(kind: str) -> None:
    assert is_network(kind)


@pytest.mark.parametrize("kind", ["btrfs", "tmpfs", "overlay", "zfs", "fuse.fuse-overlayfs", "virtiofs", ""])
def test_disks_of_this_machine_are_taken(kind: str) -> None:
    assert not is_network(kind)


def test_a_storage_on_a_network_file_system_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"1 0 0:1 / / rw - ext4 /dev/vda rw\n2 1 0:2 / {tmp_path}/net rw - nfs4 server:/x rw\n")
    monkeypatch.setattr(file_system, "MOUNTS", mounts)
    (tmp_path / "net").mkdir()
    (tmp_path / "link").symlink_to("net")
    for storage in ("net", "net/below", "link/below"):
        with pytest.raises(InputError, match=r"of type nfs4, on which(.|\n)*Cure: (.|\n)*postgresql://USER@HOST"):
            Ledger.open(tmp_path / storage)
    assert list((tmp_path / "net").iterdir()) == []
    Ledger.open(tmp_path / "here").close()


def test_without_a_list_of_mounts_nothing_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_system, "MOUNTS", tmp_path / "none")
    Ledger.open(tmp_path / "storage").close()
    assert (tmp_path / "storage/ledger.sqlite").exists()
