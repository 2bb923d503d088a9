"""A file on the head as text in a job's log: how a report comes back without another open port.

`python -m s4mcl.submit.sent_file PATH` prints it there, `received` reads it here from the log. A report may show images
of patients, and Ray keeps the logs of jobs: the command empties its own when it is told to end, or after a while.
"""

import base64
import binascii
import hashlib
import os
import re
import signal
import stat
import sys
import textwrap
import zlib
from pathlib import Path

from s4mcl_trainables.problems import InputError

BEGIN, END = "s4mcl file begins", "s4mcl file ends"
WIDTH = 4096  # characters a line
KEPT_SECONDS = 300.0
BLOCK = re.compile(rf"^{BEGIN} ([0-9a-f]{{64}})\n(.*?)^{END}$", re.MULTILINE | re.DOTALL)


def sent(content: bytes) -> str:
    """The content as lines of base64, compressed, between two marks; its SHA-256 stands in the first."""
    packed = base64.b64encode(zlib.compress(content, 9)).decode()
    lines = [packed[start : start + WIDTH] for start in range(0, len(packed), WIDTH)]
    return "\n".join([f"{BEGIN} {hashlib.sha256(content).hexdigest()}", *lines, END])


def received(log: str) -> bytes:
    """The content that a log holds, whatever else was printed around it.

    Raises:
        InputError: there is none, or it is not whole.
    """
    found = BLOCK.search(log)
    if found is None:
        said = textwrap.shorten(" ".join(log.split()[-60:]), 400) or "nothing"
        raise InputError(
            f"no file came back; the cluster said: {said}\nCure: fetch it from the head, with rsync or scp"
        )
    try:
        content = zlib.decompress(base64.b64decode(found[2], validate=False))
    except (binascii.Error, zlib.error):
        content = b""
    if hashlib.sha256(content).hexdigest() != found[1]:
        raise InputError("the file that came back is not whole.\nCure: try again: s4mcl submit --follow JOB")
    return content


def content_of(place: str) -> bytes:
    """The content of a file by its path, or by a URI that pyarrow knows.

    Raises:
        OSError: it cannot be read.
    """
    if "://" not in place:
        return Path(place).read_bytes()
    from pyarrow.fs import FileSystem  # noqa: PLC0415

    system, path = FileSystem.from_uri(place)
    with system.open_input_stream(path) as stream:
        return bytes(stream.read())


def main() -> None:
    """Print the file that the command line names, and take it from the log again."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})  # it is waited for below, however early it comes
    try:
        print(sent(content_of(sys.argv[1])), flush=True)
    except (OSError, ValueError) as error:
        sys.exit(f"s4mcl: {error}")
    output = sys.stdout.fileno()
    if stat.S_ISREG(os.fstat(output).st_mode):
        signal.sigtimedwait({signal.SIGTERM}, KEPT_SECONDS)
        os.ftruncate(output, 0)


if __name__ == "__main__":
    main()
