"""The sbatch file with a real Ray on one node; Slurm's commands alone are stand-ins."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from slurm_commands import SBATCH, SCONTROL, SRUN

pytestmark = pytest.mark.ray
STUDY = """
import json, os, sys
from pathlib import Path
import ray
ray.init(address="auto", log_to_driver=False)
(node,) = ray.nodes()
token = Path(os.environ["RAY_AUTH_TOKEN_PATH"])
note = {
    "cpus": node["Resources"]["CPU"],
    "gcs": ray.get_runtime_context().gcs_address,
    "mode": os.environ["RAY_AUTH_MODE"],
    "token": token.read_text(),
}
Path(sys.argv[1]).write_text(json.dumps(note))
sys.exit(7)
"""


def test_a_study_finds_ray_and_its_status_comes_back(tmp_path: Path) -> None:
    job = 800_000_000 + os.getpid()
    commands, notes, home = tmp_path / "commands", tmp_path / "notes", tmp_path / "home"
    for folder in (commands, notes, home):
        folder.mkdir()
    for name, text in (("srun", SRUN), ("scontrol", SCONTROL)):
        (commands / name).write_text(text)
        (commands / name).chmod(0o755)
    (tmp_path / "study.py").write_text(STUDY)
    given = {
        "PATH": f"{commands}:{os.environ['PATH']}",
        "HOME": str(home),
        "NOTES": str(notes),
        "FAKE_NODES": "n1",
        "OMP_NUM_THREADS": "1",
        "S4MCL_ENV": str(Path(sys.executable).parents[1]),
        "S4MCL_ADDRESS": "127.0.0.1",
        "SLURM_JOB_ID": str(job),
        "SLURM_JOB_NODELIST": "n1",
        "SLURM_CPUS_PER_TASK": "1",
    }
    command = ["bash", str(SBATCH), "--", "python", str(tmp_path / "study.py"), str(tmp_path / "seen")]
    try:
        done = subprocess.run(command, env=given, capture_output=True, text=True, timeout=240, check=False)
        assert done.returncode == 7, done.stdout + done.stderr
    finally:
        shutil.rmtree(f"/tmp/s4mcl-{job}", ignore_errors=True)
    seen = json.loads((tmp_path / "seen").read_text())
    assert seen["mode"] == "token"
    assert seen["cpus"] == 1
    assert seen["gcs"].endswith(f":{10_000 + job % 1100 * 20}")
    assert seen["token"] not in done.stdout + done.stderr
    left = subprocess.run(["pgrep", "-f", f"temp.dir=/tmp/s4mcl-{job}"], capture_output=True, text=True, check=False)
    assert left.stdout == "", "all of its processes have ended"
