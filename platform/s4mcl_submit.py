#!/usr/bin/env python3
"""Submits a study on the head of a Ray cluster and follows it: what `ray submit` sends there.

    ray submit CLUSTER.yaml platform/s4mcl_submit.py run study=table1 name=demo data.path=DIR

`ray submit` joins the words unquoted into a line for the head's shell, so a word with characters that mean something
to a shell has to come another way:

    python platform/s4mcl_submit.py --encode 'space.unet.learning_rate={kind: float, low: 1e-4, high: 1e-2}'
    ray submit CLUSTER.yaml platform/s4mcl_submit.py -- run study=table1 --overrides-base64 TEXT

or from a file on the head, one KEY=VALUE a line: --overrides-file FILE. Options of this script stand after `--`.
`ray submit` ends with exit status 1 whatever happened; the exact one is the last line that is printed.

It runs under whatever `python` a head has, of version 3.8 or later, and needs the standard library alone.
"""

from __future__ import annotations

import argparse
import base64
import os
import shutil
import string
import subprocess
import sys
from pathlib import Path

ADDRESS = "http://127.0.0.1:8265"
BASE64 = set(string.ascii_letters + string.digits + "-_")
HAS_S4MCL = "import importlib.util, sys; sys.exit(importlib.util.find_spec('s4mcl') is None)"
COMMANDS = {
    "run": "submit a study and follow it",
    "follow": "follow a job again",
    "status": "how a study stands, by its folder",
    "stop": "end a study in order, by its folder",
}
WITHOUT_STATUS = {"--encode", "-h", "--help"}  # what these print is for a person or a shell


class CannotStart(Exception):
    """What is wrong, and what to do."""


def main(words: list[str]) -> int:
    """Do what the words say; the exit status.

    Raises:
        CannotStart: they cannot be used, or no environment with s4mcl is found.
    """
    asked = parser().parse_intermixed_args(words)
    if asked.encode:
        print(encoded(asked.encode))
        return 0
    if asked.command not in COMMANDS:
        found = "nothing was asked for" if asked.command is None else f"{asked.command!r} is no command"
        cure = f"give one of {', '.join(COMMANDS)}, as in: run study=table1 name=demo data.path=DIR"
        raise CannotStart(f"{found}.\nCure: {cure}")
    given = overrides(asked)
    return run_there([environment(), "-m", "s4mcl.cli", *command_line(asked, given)])


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(
        prog="s4mcl_submit.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("command", nargs="?", help="; ".join(f"{name}: {what}" for name, what in COMMANDS.items()))
    made.add_argument("words", nargs="*", metavar="KEY=VALUE", help="what the command is given")
    made.add_argument("--overrides-file", metavar="FILE", help="more KEY=VALUE, one a line; # begins a comment")
    made.add_argument("--overrides-base64", metavar="TEXT", help="the same lines in base64")
    made.add_argument("--encode", nargs="+", metavar="KEY=VALUE", help="print TEXT for --overrides-base64, and end")
    made.add_argument("--address", default=ADDRESS, help="of the job server (default: %(default)s)")
    made.add_argument("--name-of-job", metavar="JOB", help="default: made of the study's name")
    made.add_argument("--detach", action="store_true", help="submit, and do not follow")
    return made


def overrides(asked: argparse.Namespace) -> list[str]:
    """All words: the plain ones, then those of the file, then those of the text.

    Raises:
        CannotStart: one cannot be read, or has a line break.
    """
    found = list(asked.words)
    if asked.overrides_file is not None:
        path = Path(asked.overrides_file).expanduser()
        try:
            found += lines_of(path.read_text(encoding="utf-8-sig"))
        except (OSError, ValueError) as error:
            cure = "put a text file there, on the head, as with: ray rsync-up CLUSTER.yaml FILE FILE"
            raise CannotStart(f"--overrides-file {path} cannot be read: {error}\nCure: {cure}") from error
    if asked.overrides_base64 is not None:
        found += decoded(asked.overrides_base64)
    refuse_line_breaks(found)
    return found


def lines_of(text: str) -> list[str]:
    """One override a line, without blank ones and comments."""
    stripped = [line.strip() for line in text.split("\n")]
    return [line for line in stripped if line and not line.startswith("#")]


def encoded(words: list[str]) -> str:
    """The text that --overrides-base64 takes: no character of it means anything to a shell.

    Raises:
        CannotStart: a word has a line break.
    """
    refuse_line_breaks(words)
    return base64.urlsafe_b64encode("\n".join(words).encode("utf-8")).decode("ascii")


def decoded(text: str) -> list[str]:
    """The overrides in a text of base64, of either alphabet, with its padding or without.

    Raises:
        CannotStart: it is none.
    """
    plain = text.strip().rstrip("=").replace("+", "-").replace("/", "_")
    try:
        strange = sorted(set(plain) - BASE64)
        if strange:
            raise ValueError(f"base64 has no {strange[0]!r}")
        return lines_of(base64.urlsafe_b64decode(plain + "=" * (-len(plain) % 4)).decode("utf-8"))
    except ValueError as error:  # binascii's and Unicode's errors too
        cure = "make it with: python platform/s4mcl_submit.py --encode 'KEY=VALUE' ..."
        raise CannotStart(f"--overrides-base64 cannot be read: {error}.\nCure: {cure}") from error


def refuse_line_breaks(words: list[str]) -> None:
    """An override is one line.

    Raises:
        CannotStart: one is not.
    """
    for word in words:
        if "\n" in word or "\r" in word:
            raise CannotStart(f"{word!r} has a line break.\nCure: write every KEY=VALUE on one line")


def environment() -> str:
    """The interpreter of the environment that has s4mcl. One that S4MCL_PYTHON names is the only one looked at.

    Raises:
        CannotStart: none has it.
    """
    named = os.environ.get("S4MCL_PYTHON")
    looked = []
    for name, path in [("$S4MCL_PYTHON", Path(named))] if named else places():
        found = "not there" if path is None else without_s4mcl(path)
        if not found:
            return str(path)
        looked.append(f"  - {name}: {found}")
    cure = "install s4mcl on the head in ~/s4mcl-env, or set S4MCL_PYTHON to the python of the environment that has it"
    listed = "\n".join(looked)
    raise CannotStart(f"no environment with s4mcl was found on this machine. Looked at:\n{listed}\nCure: {cure}")


def places() -> list[tuple[str, Path | None]]:
    """Where the environment may be; the first one that has s4mcl is taken."""
    command = shutil.which("s4mcl")
    return [
        ("~/s4mcl-env/bin/python", Path("~/s4mcl-env/bin/python").expanduser()),
        ("the python beside s4mcl on the PATH", Path(command).resolve().with_name("python") if command else None),
        ("the python that runs this script", Path(sys.executable)),
    ]


def without_s4mcl(python: Path) -> str:
    """Why an interpreter cannot be used; empty where it has the package."""
    if not python.is_file():
        return f"{python} is not there"
    try:
        lacks = subprocess.call([str(python), "-c", HAS_S4MCL], cwd="/", stderr=subprocess.DEVNULL)
    except OSError as error:
        return f"{python} cannot be started: {error.strerror}"
    return f"{python} has no s4mcl" if lacks else ""


def command_line(asked: argparse.Namespace, given: list[str]) -> list[str]:
    """The words for s4mcl.

    Raises:
        CannotStart: follow was given something else than one job.
    """
    if asked.command in ("status", "stop"):
        return [asked.command, *given]
    line = ["submit", "--address", asked.address, "--no-report"]  # the report is on this machine already
    if asked.command == "follow":
        if len(given) != 1:
            raise CannotStart(f"follow takes one job, found {len(given)}.\nCure: ray job list shows them")
        return [*line, "--follow", *given]
    name = ["--name-of-job", asked.name_of_job] if asked.name_of_job else []
    return [*line, *name, *(["--detach"] if asked.detach else []), "--", *given]


def run_there(command: list[str]) -> int:
    """Run it to its end; Ctrl-C is the child's, which says how to go on. The exit status as a shell gives it."""
    child = subprocess.Popen(command)
    while True:
        try:
            status = child.wait()
            return 128 - status if status < 0 else status
        except KeyboardInterrupt:
            continue


if __name__ == "__main__":
    try:
        exit_status = main(sys.argv[1:])
    except CannotStart as problem:
        print(f"s4mcl_submit.py: {problem}", file=sys.stderr)
        exit_status = 2
    except SystemExit as ended:  # argparse: help, or a wrong option
        exit_status = int(ended.code or 0)
    sys.stderr.flush()
    if not WITHOUT_STATUS & set(sys.argv[1:]):
        print(f"s4mcl exit status: {exit_status}", flush=True)
    sys.exit(exit_status)
