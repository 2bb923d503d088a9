"""On what a benchmark ran: commit, processor, Chromium."""

import shutil
import subprocess

from s4mcl.execution.provenance import provenance
from s4mcl_trainables.numerics import Profile


def machine() -> str:
    by = provenance(Profile("cpu", "float32", "", 1), [])
    chromium = shutil.which("chromium")
    browser = (
        subprocess.run([chromium, "--version"], check=True, capture_output=True, text=True).stdout.strip()
        if chromium
        else ""
    )
    return f"commit {by['commit']}, {by['machine']['cores']} cores, {by['machine']['processor']}, {browser}"
