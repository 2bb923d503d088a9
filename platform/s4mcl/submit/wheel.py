"""The wheel of this project that a job carries to every node.

Ray installs it with `pip install --target`, which would fetch whatever the wheel requires, torch among it, from an
index. So its metadata names no requirements: the nodes have them. And Ray knows a wheel by its file name alone, so the
name carries a hash of what is in it; the same code is uploaded once.

`python -m s4mcl.submit.wheel FOLDER` writes one, for `ray job submit`, and prints its path.
"""

import base64
import hashlib
import json
import subprocess
import sys
import zipfile
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit
from urllib.request import url2pathname

from s4mcl_trainables.problems import InputError

DISTRIBUTION = "s4mcl"
LEFT_OUT = ("Requires-Dist:", "Requires-Python:", "Provides-Extra:")
OF_THE_INSTALLER = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")

Files = dict[str, bytes]


def build_wheel(folder: Path) -> Path:
    """Write the wheel of what is installed here, or of the checkout that it is installed from, into a folder.

    Raises:
        InputError: s4mcl is not installed, or its wheel cannot be built.
    """
    try:
        installed = distribution(DISTRIBUTION)
    except PackageNotFoundError as error:
        raise InputError(
            "s4mcl runs from a folder without being installed, so no wheel can be made of it for the cluster.\n"
            "Cure: pip install --editable FOLDER, or install its wheel"
        ) from error
    source = checkout(installed)
    files = installed_files(installed) if source is None else built_files(source)
    return write_wheel(without_requirements(files), installed.version, folder)


def checkout(installed: Distribution) -> Path | None:
    """The folder that an editable install points to; None where the packages themselves were installed."""
    origin = json.loads(installed.read_text("direct_url.json") or "{}")
    if not origin.get("dir_info", {}).get("editable"):
        return None
    return Path(url2pathname(urlsplit(origin["url"]).path))


def built_files(source: Path) -> Files:
    """The files of the wheel that hatchling builds from a checkout.

    Raises:
        InputError: hatchling is missing, or fails.
    """
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder]
        done = (
            subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
            if source.is_dir()
            else None
        )
        if done is None or done.returncode:
            last = done.stderr.strip().splitlines()[-1:] if done else ["the folder is gone"]
            raise InputError(
                f"the wheel of {source} could not be built: {''.join(last) or 'hatchling failed'}\n"
                "Cure: pip install 's4mcl[cluster]', and check the folder with: python -m hatchling build"
            )
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}


def installed_files(installed: Distribution) -> Files:
    """The files of an installed distribution as its wheel had them."""
    files = {}
    for file in installed.files or []:
        if ".." in file.parts or "__pycache__" in file.parts or file.name in OF_THE_INSTALLER:
            continue
        files[file.as_posix()] = Path(str(file.locate())).read_bytes()
    return files


def without_requirements(files: Files) -> Files:
    """The same files, with metadata that makes pip look for nothing else; no RECORD."""
    kept = {name: content for name, content in files.items() if not name.endswith(".dist-info/RECORD")}
    for name in [name for name in kept if name.endswith(".dist-info/METADATA")]:
        head, blank, text = kept[name].decode().partition("\n\n")
        lines = [line for line in head.split("\n") if not line.startswith(LEFT_OUT)]
        kept[name] = ("\n".join(lines) + blank + text).encode()
    return kept


def write_wheel(files: Files, version: str, folder: Path, name: str = DISTRIBUTION) -> Path:
    """Pack the files; the name of the wheel has a hash of them as its build tag."""
    entries = [(name, _digest(content), len(content)) for name, content in sorted(files.items())]
    build = "0" + hashlib.sha256(repr(entries).encode()).hexdigest()[:16]
    (information,) = {name.partition("/")[0] for name in files if name.partition("/")[0].endswith(".dist-info")}
    record = "".join(f"{name},sha256={digest},{size}\n" for name, digest, size in entries) + f"{information}/RECORD,,\n"
    path = folder / f"{name}-{version}-{build}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, content in [*sorted(files.items()), (f"{information}/RECORD", record.encode())]:
            entry = zipfile.ZipInfo(file)  # a fixed date: the same files make the same wheel
            entry.external_attr, entry.compress_type = 0o100644 << 16, zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return path


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


if __name__ == "__main__":
    try:
        print(build_wheel(Path(sys.argv[1])))
    except InputError as problem:
        sys.exit(f"s4mcl: {problem}")
