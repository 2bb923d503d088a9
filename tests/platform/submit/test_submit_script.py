"""The script that `ray submit` sends: a subprocess with an empty home folder and an environment that only listens."""

import base64
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "platform/s4mcl_submit.py"
LISTENS = """#!{python}
import json, os, sys
if sys.argv[1] == "-c":
    sys.exit(int(os.environ.get("LACKS", "0")))
with open({told!r}, "w") as file:
    json.dump(sys.argv[1:], file)
print("the study's own words", flush=True)
{then}
sys.exit({status})
"""
SLEEPS = """
import time
try:
    time.sleep(60)
except KeyboardInterrupt:
    print("goes on as job x", flush=True)
    sys.exit(130)
"""
WORDS = (
    "space.unet.learning_rate=choice(a,b)",
    "description=two  spaces and a 'quote', a \"double\" one",
    "description=🦴 naïve",
    "description=$(touch stolen) `touch stolen` $HOME ; touch stolen",
    "search.constraints=[val_dice >= 0.5]",
    "storage=C:\\\\some\\folder",
    "~space.unet.depth",
    "+a=b",
)
SUBMIT = ["-m", "s4mcl.cli", "submit", "--address", "http://127.0.0.1:8265", "--no-report", "--"]


def make(path: Path, told: Path, status: int = 0, then: str = "") -> Path:
    """An interpreter that writes its words down and ends with a status."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(LISTENS.format(python=sys.executable, told=str(told), status=status, then=then))
    path.chmod(0o755)
    return path


def environment(home: Path, **more: str) -> dict[str, str]:
    return {"HOME": str(home), "PATH": "/usr/bin:/bin", **more}


def run(home: Path, *words: str, python: str = sys.executable, **more: str) -> subprocess.CompletedProcess[str]:
    command = [python, str(SCRIPT), *words]
    return subprocess.run(
        command, env=environment(home, **more), cwd=home, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.fixture
def told(tmp_path: Path) -> Path:
    return tmp_path / "told.json"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def words_told(told: Path) -> list[str]:
    found = json.loads(told.read_text())
    assert isinstance(found, list)
    return found


def test_plain_words_reach_submit(home: Path, told: Path) -> None:
    make(home / "s4mcl-env/bin/python", told)
    done = run(home, "run", "study=table1", "name=demo")
    assert words_told(told) == [*SUBMIT, "study=table1", "name=demo"]
    assert done.stdout.splitlines() == ["the study's own words", "s4mcl exit status: 0"]
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("word", WORDS)
def test_words_with_shell_characters_arrive_as_they_are(home: Path, told: Path, word: str) -> None:
    make(home / "s4mcl-env/bin/python", told)
    (home / "overrides.txt").write_text(f"# a comment\n\n  {word}\n", encoding="utf-8")
    text = run(home, "--encode", word, "name=demo").stdout.strip()
    # as `ray submit` does it: joined without quotes, and taken apart by the head's shell
    options = ["--overrides-file", "~/overrides.txt", "--overrides-base64", text]
    line = " ".join([sys.executable, str(SCRIPT), "run", "study=table1", *options])
    done = subprocess.run(["bash", "-c", line], env=environment(home), cwd=home, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert words_told(told) == [*SUBMIT, "study=table1", word, word, "name=demo"]
    assert not (home / "stolen").exists()


def test_base64_of_any_kind_is_read(home: Path, told: Path) -> None:
    make(home / "s4mcl-env/bin/python", told)
    lines = "# mine\nname=~~~???>>>\n\na=b\n"
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for padding in ("=", ""):
            text = encode(lines.encode()).decode().rstrip("=")
            text += padding * (-len(text) % 4)
            assert run(home, "run", "--overrides-base64", text).returncode == 0
            assert words_told(told) == [*SUBMIT, "name=~~~???>>>", "a=b"]


@pytest.mark.parametrize("status", [0, 1, 2, 130, 17])
def test_the_exact_status_is_the_last_line(home: Path, told: Path, status: int) -> None:
    make(home / "s4mcl-env/bin/python", told, status)
    done = run(home, "run", "name=demo")
    assert done.returncode == status
    assert done.stdout.splitlines()[-1] == f"s4mcl exit status: {status}"


def test_a_killed_child_has_the_shells_status(home: Path, told: Path) -> None:
    make(home / "s4mcl-env/bin/python", told, then="os.kill(os.getpid(), 9)")
    done = run(home, "run", "name=demo")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (137, "s4mcl exit status: 137")


def test_a_line_break_is_refused(home: Path, told: Path) -> None:
    make(home / "s4mcl-env/bin/python", told)
    for words in (("run", "description=a\nb"), ("run", "description=a\rb"), ("--encode", "description=a\nb")):
        done = run(home, *words)
        assert done.returncode == 2
        assert "has a line break.\nCure: write every KEY=VALUE on one line" in done.stderr
        assert repr(words[1]) in done.stderr
    assert not told.exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "--overrides-base64", "%%%"), "--overrides-base64 cannot be read: base64 has no '%'"),
        (("run", "--overrides-base64", "//4="), "--overrides-base64 cannot be read: 'utf-8' codec"),
        (("run", "--overrides-base64", "A"), "--overrides-base64 cannot be read: "),
        (("run", "--overrides-file", "none.txt"), "--overrides-file none.txt cannot be read: "),
        ((), "nothing was asked for"),
        (("rum", "name=demo"), "'rum' is no command.\nCure: give one of run, follow, status, stop"),
        (("follow",), "follow takes one job, found 0"),
        (("run", "--unknown"), "unrecognized arguments: --unknown"),
    ],
)
def test_what_cannot_be_used_is_told_once(home: Path, told: Path, words: tuple[str, ...], said: str) -> None:
    make(home / "s4mcl-env/bin/python", told)
    done = run(home, *words)
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert (done.returncode, done.stdout) == (2, "s4mcl exit status: 2\n")
    assert not told.exists()


def test_the_environment_is_looked_for_in_order(home: Path, tmp_path: Path) -> None:
    told = {name: tmp_path / f"{name}.json" for name in ("named", "home", "path")}
    named = make(tmp_path / "named/python", told["named"])
    make(home / "s4mcl-env/bin/python", told["home"])
    make(tmp_path / "env/bin/python", told["path"])
    (tmp_path / "env/bin/s4mcl").write_text("#!/bin/sh\n")
    (tmp_path / "env/bin/s4mcl").chmod(0o755)
    path = f"{tmp_path / 'env/bin'}:/usr/bin:/bin"

    def started() -> set[str]:
        found = {name for name, file in told.items() if file.exists()}
        for file in told.values():
            file.unlink(missing_ok=True)
        return found

    run(home, "run", "name=demo", S4MCL_PYTHON=str(named), PATH=path)
    assert started() == {"named"}
    run(home, "run", "name=demo", PATH=path)
    assert started() == {"home"}
    (home / "s4mcl-env/bin/python").unlink()
    run(home, "run", "name=demo", PATH=path)
    assert started() == {"path"}
    (tmp_path / "env/bin/s4mcl").unlink()
    done = run(home, "status", "nowhere/demo", PATH="/usr/bin:/bin")  # the interpreter of these tests has s4mcl
    assert (started(), done.returncode) == (set(), 2)
    assert "nowhere/demo does not exist" in done.stderr


def test_an_environment_that_is_named_is_the_only_one(home: Path, told: Path) -> None:
    make(home / "s4mcl-env/bin/python", told)
    for python, said in ((home / "none", "is not there"), (make(home / "other/python", told), "has no s4mcl")):
        done = run(home, "run", "name=demo", S4MCL_PYTHON=str(python), LACKS="1")
        assert f"  - $S4MCL_PYTHON: {python} {said}" in done.stderr
        assert done.stderr.count("  - ") == 1
        assert "Cure: install s4mcl on the head in ~/s4mcl-env, or set S4MCL_PYTHON" in done.stderr
        assert (done.returncode, done.stdout) == (2, "s4mcl exit status: 2\n")


def test_without_an_environment_all_places_are_named(home: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(bare)], check=True)
    done = run(home, "run", "name=demo", python=str(bare / "bin/python"))
    assert f"  - ~/s4mcl-env/bin/python: {home}/s4mcl-env/bin/python is not there" in done.stderr
    assert "  - the python beside s4mcl on the PATH: not there" in done.stderr
    assert f"  - the python that runs this script: {bare}/bin/python has no s4mcl" in done.stderr
    assert (done.returncode, done.stdout) == (2, "s4mcl exit status: 2\n")


def test_other_commands_and_options_are_passed_on(home: Path, told: Path) -> None:
    make(home / "s4mcl-env/bin/python", told)
    run(home, "stop", "studies/demo")
    assert words_told(told) == ["-m", "s4mcl.cli", "stop", "studies/demo"]
    run(home, "follow", "job1", "--address", "http://127.0.0.1:9")
    assert words_told(told)[3:] == ["--address", "http://127.0.0.1:9", "--no-report", "--follow", "job1"]
    run(home, "run", "name=demo", "--name-of-job", "mine", "--detach")
    assert words_told(told)[5:] == ["--no-report", "--name-of-job", "mine", "--detach", "--", "name=demo"]


def test_ctrl_c_is_the_childs_and_its_status_is_told(home: Path, told: Path) -> None:
    make(home / "s4mcl-env/bin/python", told, then=SLEEPS)
    process = subprocess.Popen(
        [sys.executable, str(SCRIPT), "run", "name=demo"],
        env=environment(home),
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509  # background jobs ignore it
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "the study's own words\n"
    time.sleep(0.3)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal sends it: to the whole foreground
    rest = process.communicate(timeout=30)[0]
    assert rest.splitlines() == ["goes on as job x", "s4mcl exit status: 130"]
    assert process.returncode == 130


def test_it_needs_the_standard_library_alone_and_no_new_syntax() -> None:
    import ast

    tree = ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 8))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in names} <= set(sys.stdlib_module_names)
    annotations = any(isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in tree.body)
    assert annotations, "without it `str | None` is an error before Python 3.10"


def test_what_encode_prints_means_nothing_to_a_shell(home: Path) -> None:
    text = run(home, "--encode", *WORDS).stdout.strip()
    assert shlex.split(text) == [text]
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=")
    assert base64.urlsafe_b64decode(text).decode().split("\n") == list(WORDS)
