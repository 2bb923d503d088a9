"""Commands in the place of Slurm's and Ray's, which write down how they were called."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

SBATCH = Path(__file__).parents[2] / "platform/clusters/slurm.sbatch"
RECORD = f"""#!{sys.executable}
import json, os, signal, stat, sys, time
from pathlib import Path
notes = Path(os.environ["NOTES"])
name, arguments = Path(sys.argv[0]).name, sys.argv[1:]
token = os.environ.get("RAY_AUTH_TOKEN_PATH", "")
note = {{
    "name": name,
    "arguments": arguments,
    "node": os.environ.get("FAKE_NODE"),
    "metrics": {{key: value for key, value in os.environ.items() if key.endswith("_METRIC_PORT")}},
    "ray": {{key: value for key, value in os.environ.items() if key.startswith("RAY_")}},
    "token": Path(token).read_text() if token and Path(token).exists() else None,
    "token_mode": stat.S_IMODE(Path(token).stat().st_mode) if token and Path(token).exists() else None,
}}
with (notes / "calls").open("a") as file:
    file.write(json.dumps(note) + "\\n")
"""
SRUN = (
    RECORD
    + """
for number, argument in enumerate(arguments):
    if argument.startswith("--nodelist="):
        os.environ["FAKE_NODE"] = argument.removeprefix("--nodelist=")
    if not argument.startswith("--"):
        os.execvp(argument, arguments[number:])
"""
)
RAY = (
    RECORD
    + """
alive = notes / "alive" / str(os.environ.get("FAKE_NODE"))
if alive.name in os.environ.get("FAKE_LOST", "").split():
    time.sleep(1000)
if alive.name in os.environ.get("FAKE_BROKEN", "").split():
    sys.exit("the port is taken")
def end(*_):
    alive.unlink()
    sys.exit(143)
signal.signal(signal.SIGTERM, end)
alive.touch()
while True:
    time.sleep(0.05)
"""
)
PYTHON = RECORD + 'print(len(list((notes / "alive").iterdir())))\n'
SCONTROL = RECORD + 'print(os.environ["FAKE_NODES"].replace(" ", "\\n"))\n'
STUDY = (
    RECORD
    + """
def end(*_):
    time.sleep(0.3)
    (notes / "ended_in_order").touch()
    sys.exit(130)
signal.signal(signal.SIGTERM, end)
(notes / "study_runs").touch()
deadline = time.monotonic() + float(os.environ.get("FAKE_SECONDS", "0"))
while time.monotonic() < deadline:
    time.sleep(0.05)
sys.exit(int(os.environ.get("FAKE_STATUS", "0")))
"""
)


class Allocation:
    """A pretended job of Slurm in a folder of its own."""

    def __init__(self, folder: Path, job: int, nodes: list[str]) -> None:
        self.notes = folder / f"notes-{job}"
        self.home = folder / "home"
        self.token = self.home / f".s4mcl/slurm/{job}/token"
        commands, environment = folder / "commands", folder / "environment/bin"
        for made in (self.notes / "alive", self.home, commands, environment):
            made.mkdir(parents=True, exist_ok=True)
        for path, text in (
            (commands / "srun", SRUN),
            (commands / "scontrol", SCONTROL),
            (environment / "ray", RAY),
            (environment / "python", PYTHON),
            (environment / "s4mcl", STUDY),
        ):
            path.write_text(text)
            path.chmod(path.stat().st_mode | stat.S_IXUSR)
        self.variables = {
            "PATH": f"{commands}:{os.environ['PATH']}",
            "HOME": str(self.home),
            "NOTES": str(self.notes),
            "FAKE_NODES": " ".join(nodes),
            "S4MCL_ENV": str(environment.parent),
            "S4MCL_ADDRESS": "10.0.0.1",
            "SLURM_JOB_ID": str(job),
            "SLURM_JOB_NODELIST": "n[1-3]",
            "SLURM_CPUS_PER_TASK": "8",
            "SLURM_GPUS_ON_NODE": "2",
        }

    def start(self, *arguments: str, **variables: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            ["bash", str(SBATCH), *arguments],
            env={**self.variables, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        process = self.start(*arguments, **variables)
        out, err = process.communicate(timeout=60)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def calls(self, name: str) -> list[dict[str, Any]]:
        lines = (self.notes / "calls").read_text().splitlines()
        return [note for note in map(json.loads, lines) if note["name"] == name]

    def alive(self) -> list[str]:
        return sorted(path.name for path in (self.notes / "alive").iterdir())
