import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from s4mcl_trainables.data.npy_file import NpyFile


@given(st.permutations(range(0, 20, 4)), st.sampled_from(["uint8", "uint16"]))
def test_blocks_in_any_order_give_the_array(
    tmp_path_factory: pytest.TempPathFactory, starts: list[int], dtype: str
) -> None:
    path = tmp_path_factory.mktemp("npy") / "a.npy"
    array = np.random.default_rng(0).integers(0, 60000, (18, 1, 3, 3)).astype(dtype)
    file = NpyFile.create(path, array.shape, dtype)
    for start in starts:
        file.write(start, array[start : start + 4])
    file.sync()
    assert np.array_equal(np.load(path, mmap_mode="r"), array)


def test_a_disk_too_small_is_an_error_and_no_signal(tmp_path: Path) -> None:
    code = (
        "import resource, sys; from pathlib import Path; from s4mcl_trainables.data.npy_file import NpyFile\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "try: NpyFile.create(Path(sys.argv[1]), (1000, 1, 32, 32), 'uint8')\n"
        "except OSError as error: print(type(error).__name__, error.errno)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "a.npy")], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("OSError")
