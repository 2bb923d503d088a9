"""`s4mcl submit` refuses bad input and bad days with one message and its cure, before anything is uploaded."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import ray
from answering import answering, silent
from ray._raylet import AuthenticationTokenLoader
from typer.testing import CliRunner

from s4mcl.cli.app import app
from s4mcl.submit import job_server
from s4mcl.submit.job_server import checked_address
from s4mcl.submit.report import refuse_taken
from s4mcl.submit.submission import wanted
from s4mcl_trainables.problems import InputError

VERSION = {"version": "4", "ray_commit": "x", "session_name": "x"}
NAME = ("name=demo", "data.path=nowhere", "study=quickstart")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RAY_AUTH_TOKEN", "a" * 64)
    yield
    AuthenticationTokenLoader.instance().reset_cache()  # Ray remembers the token as long as the process lives


def refused(address: str, *words: str) -> str:
    """The one message of `s4mcl submit`."""
    found = CliRunner().invoke(app, ["submit", "--address", address, *(words or NAME)])
    assert isinstance(found.exception, InputError), found.output
    assert found.output == ""
    text = str(found.exception)
    assert text.count("Cure: ") == 1
    return text


def test_bad_words_are_refused_before_the_cluster_is_asked() -> None:
    assert "did you mean budget.iterations?" in refused("http://127.0.0.1:9", *NAME, "budget.iteration=3")


def test_nothing_answers() -> None:
    text = refused("http://127.0.0.1:9")
    assert text.startswith("no job server answers at http://127.0.0.1:9: ")
    assert "Connection refused" in text
    assert "start Ray on the head with ray[default] installed" in text


def test_a_server_that_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_server, "ANSWER_SECONDS", 0.2)
    with silent() as address:
        assert refused(address).startswith(f"no job server answers at {address}: timed out")


def test_another_version_of_ray() -> None:
    with answering(200, {**VERSION, "ray_version": "2.61.3"}) as address:
        text = refused(address)
    assert text == (
        f"the cluster at {address} runs Ray 2.61.3, and Ray {ray.__version__} is installed here.\n"
        f"Cure: pip install 'ray[default]==2.61.3' here, or start the cluster with Ray {ray.__version__}"
    )


@pytest.mark.parametrize(
    ("status", "said"), [(401, "asks for a token, and there is none here"), (403, "refuses the token")]
)
def test_the_token_is_refused(status: int, said: str) -> None:
    with answering(status, b"no") as address:
        text = refused(address)
    assert said in text
    assert "~/.ray/auth_token" in text
    assert "RAY_AUTH_MODE=disabled" not in text


def test_something_else_answers() -> None:
    with answering(404, b"no such page") as address:
        assert refused(address).startswith(f"{address} has no job server.\nCure: install ray[default] on the head")
    for status, body in ((200, b"<html>"), (200, {"hello": 1}), (500, b"")):
        with answering(status, body) as address:
            assert address in refused(address)


def test_the_environments_addresses_are_not_used_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in job_server.OVERRULED_BY:
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with answering(200, {**VERSION, "ray_version": "2.61.3"}) as address:
        assert f"the cluster at {address} runs" in refused(address)


def test_rays_jobs_are_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_server, "find_spec", lambda name: None if name == "aiohttp" else object())
    text = refused("http://127.0.0.1:9")
    assert text == "aiohttp is missing here, which Ray's jobs need.\nCure: pip install 's4mcl[cluster]'"


@pytest.mark.parametrize(
    "address", ["", "ray://head:10001", "http://", "http://head:port", "ftp://head", "http://:8265"]
)
def test_an_address_that_is_none(address: str) -> None:
    with pytest.raises(InputError, match=r"--address: expected http://HOST:PORT, found "):
        checked_address(address)


def test_an_address_is_completed() -> None:
    assert checked_address("head:8265") == "http://head:8265"
    assert checked_address("https://head/ray/") == "https://head/ray"
    assert checked_address("[::1]:8265") == "http://[::1]:8265"


def test_where_the_report_would_go_is_looked_at_first(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file/below"):
        with pytest.raises(InputError, match="is a file, where --bring-back asks for a folder"):
            refuse_taken(folder, "demo")
    (tmp_path / "studies/demo").mkdir(parents=True)
    refuse_taken(tmp_path / "studies", "demo")  # brought back before
    (tmp_path / "studies/demo/config.yaml").touch()
    assert "is a study of this machine, whose report would be replaced" in refused("http://127.0.0.1:9")


def test_a_cluster_that_exists_is_chosen_unless_another_is() -> None:
    assert wanted(NAME).words == ["cluster=existing", *NAME]
    assert wanted([*NAME, "cluster=local"]).words == [*NAME, "cluster=local"]
    assert wanted([*NAME, "cluster.concurrency=3"]).words[0] == "cluster=existing"
