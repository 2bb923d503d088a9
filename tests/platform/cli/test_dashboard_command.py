import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from made_study import make_study
from s4mcl_dashboards.app.listening import listening

COMMAND = Path(sys.executable).parent / "s4mcl"


def started(*words: str) -> subprocess.Popen[str]:
    command = [str(COMMAND), "dashboard", *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ended(process: subprocess.Popen[str]) -> str:
    """End it as Ctrl-C does; what it said beside the address."""
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 0
    return told


def answer(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=60) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_it_prints_its_address_and_ends_with_control_c(tmp_path: Path) -> None:
    study = make_study(tmp_path)
    process = started(str(study), "--port", "0")
    url = process.stdout.readline().strip()  # type: ignore[union-attr]
    assert url.startswith("http://127.0.0.1:")
    assert url.endswith("/study?study=demo")
    status, page = answer(url)
    assert status == 200
    assert "react-entry-point" in page
    assert ended(process).strip() == "ended"


def test_on_a_network_it_makes_a_token(tmp_path: Path) -> None:
    process = started(str(make_study(tmp_path).parent), "--host", "0.0.0.0", "--port", "0")
    url = process.stdout.readline().strip()  # type: ignore[union-attr]
    plain, _, token = url.partition("/?token=")
    assert len(token) >= 43
    local = f"http://127.0.0.1:{plain.rpartition(':')[2]}"
    assert answer(local)[0] == 401
    assert answer(f"{local}/?token={token[:-1]}")[0] == 401
    told = ended(process)
    assert "not encrypted" in told
    assert token not in told


@pytest.mark.parametrize("words", [("nowhere/at/all",), ("nowhere/at/all", "--port", "0")])
def test_a_folder_that_is_not_there_is_refused(words: tuple[str, ...]) -> None:
    found = subprocess.run([str(COMMAND), "dashboard", *words], capture_output=True, text=True, check=False)
    assert found.returncode == 2
    assert "is no folder.\nCure: name a storage" in found.stderr


def test_a_port_in_use_is_told(tmp_path: Path) -> None:
    with listening("127.0.0.1", 0) as taken:
        port = str(taken.getsockname()[1])
        command = [str(COMMAND), "dashboard", str(tmp_path), "--port", port]
        found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.returncode == 2
    assert f"port {port} of 127.0.0.1 is in use" in found.stderr
    assert "Traceback" not in found.stderr
