"""A dataset prepared by s4mcl data prepare, against one thread of Pillow that makes the same arrays.

    PYTHONPATH=tests python -m benchmarks.preparation [--images 100000] [--workers 2] [--pairs 1] [--folder FOLDER]

Makes a folder of small grey PNG files with masks and labels, a file of its own for each. The thread reads, converts to
grey, resizes and writes into the same two arrays; it checks nothing, and makes neither index nor fingerprint. Which of
the two goes first alternates from pair to pair. Memory is the sum over the processes of `data prepare`, of the shares
that they have of what they hold in common (PSS), looked at ten times a second.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.measured_table import Row, print_table, times_as_fast, uncounted
from chaos.processes import descendants

WIDTH, HEIGHT, SIZE = 224, 224, 128
FULL = 100_000
ASKED, ROOM = 1.8, 1024  # times as fast, MiB
LOOK_SECONDS = 0.1
HELD = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)


def make_part(folder: Path, numbers: range) -> None:
    """Images with a bright disc each, and their masks."""
    draws = np.random.default_rng(numbers.start)
    y, x = np.indices((HEIGHT, WIDTH), dtype=np.float32)
    texture = draws.normal(60, 12, (4 * HEIGHT, 4 * WIDTH)).clip(0, 150).astype(np.uint8)
    for number in numbers:
        centre, radius = draws.uniform(0.3, 0.7, 2) * (HEIGHT, WIDTH), draws.uniform(0.1, 0.25) * HEIGHT
        disc = (y - centre[0]) ** 2 + (x - centre[1]) ** 2 < radius**2
        top, left = draws.integers(0, 3 * HEIGHT), draws.integers(0, 3 * WIDTH)
        pixels = texture[top : top + HEIGHT, left : left + WIDTH] + np.uint8(90) * disc
        for kind, values in (("images", pixels), ("masks", disc * np.uint8(255))):
            Image.fromarray(values).save(folder / kind / f"i{number:06d}.png", compress_level=1)


def make_images(folder: Path, count: int) -> None:
    """The folder that is prepared: images, masks, and a table of two classes in groups of five."""
    for kind in ("images", "masks"):
        (folder / kind).mkdir(parents=True)
    parts = [range(start, min(start + 1000, count)) for start in range(0, count, 1000)]
    with ProcessPoolExecutor() as pool:
        list(pool.map(make_part, [folder] * len(parts), parts))
    rows = (f"i{number:06d},{'ab'[number % 2]},g{number // 5}\n" for number in range(count))
    (folder / "labels.csv").write_text("id,label,group\n" + "".join(rows), encoding="utf-8")


def prepared(source: Path, target: Path, workers: int) -> tuple[float, float]:
    """Seconds, and the most MiB that its processes held."""
    program = str(Path(sys.executable).with_name("s4mcl"))
    words = ["data", "prepare", str(source), str(target), f"--size={SIZE}", f"--workers={workers}"]
    peak, began = 0.0, time.perf_counter()
    with subprocess.Popen([program, *words], stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            peak = max(peak, held(process.pid))
            time.sleep(LOOK_SECONDS)
        took = time.perf_counter() - began
    if process.returncode:
        raise SystemExit(f"s4mcl {' '.join(words)} ended with {process.returncode}")
    return took, peak


def held(pid: int) -> float:
    """MiB that a process and all below it hold, what they share counted once."""
    found = 0
    for number in (pid, *(process.pid for process in descendants(pid))):
        try:
            told = HELD.search(Path(f"/proc/{number}/smaps_rollup").read_text())
        except OSError:  # it has ended
            continue
        found += int(told[1]) if told else 0
    return found / 1024


def by_one_thread(source: Path, target: Path) -> None:
    """What a script would do."""
    target.mkdir()
    names = sorted(path.name for path in (source / "images").iterdir())
    images, masks = (
        np.lib.format.open_memmap(target / f"{kind}.npy", "w+", np.uint8, (len(names), 1, SIZE, SIZE))
        for kind in ("images", "masks")
    )
    for row, name in enumerate(names):
        with Image.open(source / "images" / name) as image:
            images[row, 0] = image.convert("L").resize((SIZE, SIZE), Image.Resampling.LANCZOS)
        with Image.open(source / "masks" / name) as mask:
            masks[row, 0] = np.asarray(mask.convert("L").resize((SIZE, SIZE), Image.Resampling.BOX)) > 127
    images.flush()
    masks.flush()


def thread_seconds(source: Path, target: Path) -> float:
    """Seconds of the one thread, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.preparation", "--plain", str(source), str(target)]
    began = time.perf_counter()
    subprocess.run(command, check=True)
    return time.perf_counter() - began


def same(one: Path, other: Path) -> bool:
    """Whether two folders hold the same arrays."""
    commands = (["cmp", "-s", str(one / name), str(other / name)] for name in ARRAYS)
    return all(subprocess.run(command, check=False).returncode == 0 for command in commands)


ARRAYS = ("images.npy", "masks.npy")


def compared(folder: Path, given: argparse.Namespace) -> list[Row]:
    """Both in turn, on the same files, which lie in the page cache where that has room for them."""
    source = folder / "source"
    make_images(source, given.images)
    ours, theirs, peaks = [], [], []
    for pair in range(given.pairs):
        mine, other = folder / f"ours{pair}", folder / f"plain{pair}"
        if pair % 2:
            theirs.append(thread_seconds(source, other))
        took, peak = prepared(source, mine, given.workers)
        ours.append(took)
        peaks.append(peak)
        if not pair % 2:
            theirs.append(thread_seconds(source, other))
        assert same(mine, other), "the arrays differ"
        for made in (mine, other):
            subprocess.run(["rm", "-r", made], check=True)
    what = (
        f"{given.images:,} images of {WIDTH}x{HEIGHT} prepared by {given.workers} processes, against one Pillow thread"
    )
    rows = [
        times_as_fast(what, theirs, ours, "s", ASKED),
        Row(
            "memory of all processes of `data prepare`", f"{max(peaks):.0f} MiB", f"under {ROOM} MiB", max(peaks) < ROOM
        ),
    ]
    return rows if given.images >= FULL else [uncounted(row, f"under {FULL:,} images") for row in rows]


def main() -> None:
    """Command line."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--images", type=int, default=FULL)
    words.add_argument("--workers", type=int, default=2)
    words.add_argument("--pairs", type=int, default=1)
    words.add_argument("--folder", type=Path, help="where files are made; the system's temporary folder by default")
    words.add_argument("--plain", type=Path, nargs=2, help=argparse.SUPPRESS)
    given = words.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    if given.plain:
        by_one_thread(*given.plain)
        return
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        rows = compared(Path(folder), given)
    print_table(rows, " ".join(["benchmarks.preparation", *sys.argv[1:]]))


if __name__ == "__main__":
    main()
