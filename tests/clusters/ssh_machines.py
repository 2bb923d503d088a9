"""Two machines with sshd on one: each with its own processes, network, /tmp and an empty home folder.

Run as root, in a fresh process. `enter` makes the first machine of the calling process and starts the second one.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from machines import VENV, beside, go_on, missing, own_address, own_places, sh

HEAD, WORKER = "10.77.0.1", "10.77.0.2"
USER = "root"  # whose home is another folder on each machine: ssh asks the list of accounts, not HOME
SSHD = """Port 22
ListenAddress {address}
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/key.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin yes
SetEnv PIP_NO_INDEX=1
"""
# What `python3.11` is on these machines: its environments find the packages of this checkout's, as if an index had
# been asked, since a machine without a network has none.
PYTHON = """#!/bin/bash
if [ "$1 $2" != "-m venv" ]; then
    exec {venv}/bin/python "$@"
else
    {venv}/bin/python -m venv --without-pip "$3" || exit
    echo {site} > "$3/lib/python3.11/site-packages/index.pth"
    for script in ray s4mcl; do
        printf '#!%s/bin/python\\n' "$3" > "$3/bin/$script"
        tail -n +2 {venv}/bin/$script >> "$3/bin/$script"
        chmod +x "$3/bin/$script"
    done
fi
"""


def lacking() -> list[str]:
    """What this machine lacks for it, as packages of Debian."""
    return missing({"sshd": "openssh-server", "ssh": "openssh-client", "rsync": "rsync", "ss": "iproute2"})


def become(folder: Path, name: str, address: str) -> None:
    """Make this process, alone in namespaces of its own, a machine: with its home, accounts, network and sshd."""
    home = folder / name
    python = folder / "python3.11"
    passwd = folder / f"{name}.passwd"
    site = VENV / "lib/python3.11/site-packages"
    python.write_text(PYTHON.format(venv=VENV, site=site))
    python.chmod(0o755)
    others = [line for line in Path("/etc/passwd").read_text().splitlines() if not line.startswith(f"{USER}:")]
    passwd.write_text("\n".join([f"{USER}:x:0:0::{home}:/bin/bash", *others, ""]))
    own_places(folder, name)
    Path("/run/sshd").mkdir()
    sh("mount", "--bind", passwd, "/etc/passwd")
    sh("mount", "-t", "tmpfs", "tmpfs", "/usr/local/bin")
    shutil.copy(python, "/usr/local/bin/python3.11")
    own_address(name, address)
    config = folder / f"{name}.sshd"
    config.write_text(SSHD.format(address=address, folder=folder))
    subprocess.Popen(["/usr/sbin/sshd", "-D", "-e", "-f", str(config)], stderr=(folder / f"{name}.log").open("w"))


def enter(folder: Path) -> None:
    """The first machine, `head`, is the calling process's; the second one, `worker`, is started."""
    for name in ("head", "worker"):
        (folder / name).mkdir()
    sh("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "key")
    sh("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "host_key")
    sh("ip", "link", "add", "head", "type", "veth", "peer", "name", "worker")
    worker, pid = beside([sys.executable, __file__, str(folder)])
    sh("ip", "link", "set", "worker", "netns", pid)
    go_on(worker)
    become(folder, "head", HEAD)


if __name__ == "__main__":
    become(Path(sys.argv[1]), "worker", WORKER)
    subprocess.run(["sleep", "infinity"], check=False)
