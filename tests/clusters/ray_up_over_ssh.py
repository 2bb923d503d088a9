"""`ray up`, `ray submit` and `ray down` on two machines with sshd; what was seen is printed as one line of JSON.

Run as root, alone in new namespaces: unshare --net --pid --mount --fork --mount-proc --kill-child python THIS FOLDER
"""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import yaml
from machines import VENV
from ssh_machines import HEAD, USER, WORKER, enter

from shapes_dataset import write_shapes

ROOT = Path(__file__).parents[2]
# Of `study`: what a shell would read if it came unencoded is part of it.
STUDY = ("methods=[unet,s4mcl]", "label_fractions=[1.0]", "image_size=16", "depth=2", "width=4", "split=patch")
STUDY += ("budget.iterations=20", "search.trials=1", "seeds=1")
# What `ray submit` sends first: it waits for both machines and looks at each from a task.
JOB = """
import json, os, sys, time
import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

def look():
    import s4mcl
    return [os.environ["HOME"], sys.prefix, s4mcl.__file__, ray.__version__, os.environ.get("RAY_AUTH_MODE")]

ray.init(address="auto", log_to_driver=False)
deadline = time.monotonic() + 150
while len(alive := [node for node in ray.nodes() if node["Alive"]]) < 2 and time.monotonic() < deadline:
    time.sleep(1)
seen = {}
for node in alive:
    there = NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
    task = ray.remote(look).options(num_cpus=0, scheduling_strategy=there)
    seen[node["NodeManagerAddress"]] = ray.get(task.remote(), timeout=60)
print("SEEN", json.dumps({"words": sys.argv[1:], "nodes": seen}))
"""


def ray(folder: Path, *words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """The `ray` of the user's own machine, in the copy of the checkout."""
    return subprocess.run(
        [str(VENV / "bin/ray"), *words],
        cwd=folder / "checkout",
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def checkout(folder: Path) -> None:
    """What docs/cluster.md asks for before the first study, with the addresses of these machines."""
    copy = folder / "checkout"
    shutil.copytree(ROOT / "platform/clusters", copy / "platform/clusters")
    shutil.copy(ROOT / "constraints.txt", copy)
    shutil.copy(ROOT / "platform/s4mcl_submit.py", copy / "platform")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(copy / "dist")]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    cluster = yaml.safe_load((copy / "platform/clusters/onprem.yaml").read_text())
    cluster["provider"].update(head_ip=HEAD, worker_ips=[WORKER])
    cluster["auth"] = {"ssh_user": USER, "ssh_private_key": str(folder / "key")}
    (copy / "cluster.yaml").write_text(yaml.safe_dump(cluster))
    (copy / "job.py").write_text(JOB)
    made = subprocess.run(
        ["bash", "-c", f"umask 077; {VENV}/bin/ray get-auth-token --generate"], check=True, capture_output=True
    )
    assert made.stdout


def study(folder: Path) -> dict[str, Any]:
    """A small study through the script that docs/cluster.md names, and one that is refused."""
    write_shapes(folder / "head/data")
    script = "platform/s4mcl_submit.py"
    encode = [sys.executable, script, "--encode", *STUDY, f"artifacts=file://{folder}/kept"]
    text = subprocess.run(encode, cwd=folder / "checkout", check=True, capture_output=True, text=True).stdout.strip()
    words = ["run", "study=quickstart", "name=demo", "data.path=data"]
    whole = ray(folder, "submit", "cluster.yaml", script, "--", *words, "--overrides-base64", text)
    refused = ray(folder, "submit", "cluster.yaml", script, "run", "study=quickstart", "name=demo", "data.path=nowhere")
    report = folder / "head/studies/demo/report.html"
    return {
        "whole": [whole.returncode, uncoloured(whole.stdout), whole.stderr],
        "refused": [refused.returncode, uncoloured(refused.stdout), refused.stderr],
        "report": report.stat().st_size if report.is_file() else 0,
    }


def uncoloured(text: str) -> str:
    """What a terminal shows, in black and white."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def files(home: Path) -> dict[str, int]:
    """Modes of what stands in a home folder now, a level deep, and of the token."""
    found = {path.name: path for path in home.iterdir()} | {"token": home / ".ray/auth_token"}
    return {name: stat.S_IMODE(path.stat().st_mode) for name, path in found.items() if path.exists()}


def http_status(address: str) -> int:
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def raylets() -> int:
    """How many run; those that have ended and wait for a parent to ask are not counted."""
    command = ["pgrep", "--count", "--runstates", "RSD", "--exact", "raylet"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return int(done.stdout)


def scenario(folder: Path) -> dict[str, Any]:
    """What was seen."""
    enter(folder)
    os.environ["HOME"] = str(folder / "user")
    (folder / "user").mkdir()
    seen: dict[str, Any] = {"before": {name: list(files(folder / name)) for name in ("head", "worker")}}
    checkout(folder)
    up = ray(folder, "up", "-y", "--no-config-cache", "cluster.yaml")
    seen["up"] = [up.returncode, up.stdout + up.stderr]
    if up.returncode:
        return seen
    submitted = ray(folder, "submit", "cluster.yaml", "job.py", "run", "study=table1")
    lines = [line for line in submitted.stdout.splitlines() if line.startswith("SEEN ")]
    seen["submit"] = [submitted.returncode, submitted.stdout + submitted.stderr]
    seen["job"] = json.loads(lines[0].removeprefix("SEEN ")) if lines else None
    seen["files"] = {name: files(folder / name) for name in ("head", "worker")}
    seen["study"] = study(folder)
    tokens = [(folder / name / ".ray/auth_token").read_text() for name in ("user", "head", "worker")]
    seen["one_token"] = len(set(tokens)) == 1 and len(tokens[0]) >= 32
    seen["listening"] = subprocess.run(["ss", "-Hltn"], capture_output=True, text=True, check=True).stdout
    status = ["status", "--address", f"{HEAD}:6379"]
    seen["with_token"] = ray(folder, *status, RAY_AUTH_MODE="token").returncode
    seen["with_another_token"] = ray(folder, *status, RAY_AUTH_MODE="token", RAY_AUTH_TOKEN="another").returncode
    seen["jobs_without_token"] = http_status("http://127.0.0.1:8265/api/jobs/")
    seen["dashboard_from_outside"] = http_status(f"http://{HEAD}:8265/")
    seen["raylets"] = raylets()
    seen["down"] = ray(folder, "down", "-y", "cluster.yaml").returncode
    seen["raylets_after"] = raylets()
    return seen


if __name__ == "__main__":
    print(json.dumps(scenario(Path(sys.argv[1]))))
