"""What a worker died of, as Tune keeps it; and whether that was its node, where every other one would die too."""

import re
from pathlib import Path
from typing import Any

from s4mcl_trainables.node_check import INSTALL

AT_ITS_START = ("in its creation task", "failed to import", "failed to be imported")
LACKS = re.compile(r"^(?:ModuleNotFoundError|ImportError): (?P<what>.+)$", re.MULTILINE)
MODULE = re.compile(r"No module named '(?P<name>[^']+)'")
NODE = re.compile(r"\bip=(?P<address>[^,)\s]+)")


def last_error(task: Any) -> str:
    """The text of the last error of one of Tune's tasks; Tune writes one after the other, each under a heading."""
    path = task.error_file
    text = Path(path).read_text(encoding="utf-8", errors="replace") if path and Path(path).is_file() else ""
    return text.rpartition("Failure # ")[2].partition("\n")[2].strip() or text.strip()


def line_of(trace: str) -> str:
    """The line that says most: the last one of a traceback, the first one where a process died."""
    lines = [line.strip() for line in trace.splitlines() if line.strip()] or ["no error was told"]
    is_told_last = "Traceback" in trace or lines[0].startswith("ray::") or AT_ITS_START[0] in lines[0]
    return lines[-1] if is_told_last else lines[0]


def unfit_node(trace: str) -> str | None:
    """What to say of a worker that could not start since its node lacks something; None: it died of something else."""
    found = LACKS.search(trace)
    if found is None or not any(sign in trace for sign in AT_ITS_START):
        return None
    node, module = NODE.search(trace), MODULE.search(found["what"])
    who = f"node {node['address']}" if node else "a node of the cluster"
    what = f"lacks the module {module['name']}" if module else f"cannot load what a worker needs: {found['what']}"
    return f"{who} {what}.\nCure: {INSTALL}"
