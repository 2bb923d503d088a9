"""Files of trials that are kept under a URI."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from s3_server import s3_server
from s4mcl_trainables.training import kept_files, uri_store
from s4mcl_trainables.training.kept_files import KeptFiles, fetched, kept
from s4mcl_trainables.training.node_folder import trial_folder
from s4mcl_trainables.training.uri_store import UnreachableError

ATTEMPT = "trials/abc/2"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uri_store, "WAITS", (0.0, 0.0))


@pytest.fixture
def there(tmp_path: Path) -> Path:
    return tmp_path / "there"


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A node whose folder for temporary files is its own."""
    (tmp_path / "node").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "node"))
    return tmp_path / "node"


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """The URI of a bucket of an S3 server on loopback."""
    with s3_server() as server:
        yield server.uri("studies")


def test_a_bucket_keeps_files_as_a_folder_does(tmp_path: Path, bucket: str) -> None:
    folder, weights = tmp_path / "abc/1", os.urandom(6 * 2**20)  # more than a part of an upload
    folder.mkdir(parents=True)
    (folder / "last.pt").write_bytes(weights)
    KeptFiles(bucket, (folder,)).keep()
    elsewhere = KeptFiles(bucket, (folder,))
    elsewhere.fetch()
    assert files(folder) == {"last.pt": weights}
    (folder / "last.pt").unlink()
    (folder / "best.pt").write_bytes(b"best")
    elsewhere.keep()
    KeptFiles(bucket, (folder,)).fetch()
    assert files(folder) == {"best.pt": b"best"}
    path = tmp_path / "predictions.npz"
    assert not fetched(bucket, "trials/abc/1/predictions.npz", path)
    with pytest.raises(UnreachableError, match=r"^s3://other/x cannot be written from (.|\n)*Cure: "):
        kept(bucket.replace("bucket/studies", "other/x"), "a", folder / "best.pt")


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_is_new_is_kept_and_what_is_gone_is_removed(tmp_path: Path, there: Path) -> None:
    folder, earlier = tmp_path / "abc/2", tmp_path / "abc/1"
    (there / "trials/abc/1").mkdir(parents=True)
    (there / "trials/abc/1/last.pt").write_bytes(b"one")
    trial = KeptFiles(f"file://{there}", (folder, earlier))
    trial.fetch()
    assert (earlier / "last.pt").read_bytes() == b"one"
    assert not folder.exists()
    folder.mkdir()
    (folder / "last.pt").write_bytes(b"two")
    (folder / ".best.pt.4711").write_bytes(b"half")  # is being written
    trial.keep()
    assert files(there) == {"trials/abc/1/last.pt": b"one", f"{ATTEMPT}/last.pt": b"two"}
    (folder / "best.pt").write_bytes(b"best")
    for each in (folder, earlier):
        (each / "last.pt").unlink()
    trial.keep()
    assert files(there) == {f"{ATTEMPT}/best.pt": b"best"}
    trial.leave()
    assert not folder.exists()


def test_a_file_is_kept_again_only_when_it_changed(
    tmp_path: Path, there: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "abc/2"
    folder.mkdir(parents=True)
    (folder / "last.pt").write_bytes(b"one")
    trial = KeptFiles(f"file://{there}", (folder,))
    trial.keep()
    written: list[Path] = []
    monkeypatch.setattr(kept_files, "kept", lambda _uri, _at, path: written.append(path))
    trial.keep()
    assert written == []
    (folder / "last.pt").write_bytes(b"three")
    trial.keep()
    assert written == [folder / "last.pt"]


def test_what_an_earlier_attempt_left_on_this_node_does_not_count(tmp_path: Path, there: Path) -> None:
    folder = tmp_path / "abc/2"
    folder.mkdir(parents=True)
    (folder / "last.pt").write_bytes(b"stale")
    KeptFiles(f"file://{there}", (folder,)).fetch()
    assert not folder.exists()


def test_a_file_comes_whole_or_not_at_all(tmp_path: Path, there: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    uri, path = f"file://{there}", tmp_path / "abc/2/predictions.npz"
    assert not fetched(uri, f"{ATTEMPT}/predictions.npz", path)
    (tmp_path / "source").write_bytes(b"predictions")
    kept(uri, f"{ATTEMPT}/predictions.npz", tmp_path / "source")
    assert fetched(uri, f"{ATTEMPT}/predictions.npz", path)
    assert path.read_bytes() == b"predictions"

    def broken(_source: object, target: object, _size: int) -> None:
        target.write(b"pre")  # type: ignore[attr-defined]
        raise OSError("connection reset")

    path.unlink()
    monkeypatch.setattr(uri_store.shutil, "copyfileobj", broken)
    with pytest.raises(UnreachableError, match=r"cannot be read from .*: connection reset\nCure: "):
        fetched(uri, f"{ATTEMPT}/predictions.npz", path)
    assert list(path.parent.iterdir()) == []


def test_a_process_connects_once_and_anew_after_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Away from Amazon's machines, to connect to S3 takes seconds."""
    monkeypatch.setattr(uri_store, "WAITS", (0.0,))
    uri_store._connected.cache_clear()
    real, made = uri_store.Store.__init__, []

    def connect(store: uri_store.Store, uri: str) -> None:
        made.append(uri)
        real(store, uri)

    monkeypatch.setattr(uri_store.Store, "__init__", connect)
    (tmp_path / "last.pt").write_bytes(b"x")
    uri = f"file://{tmp_path}/kept"
    for number in range(3):
        kept(uri, f"trials/abc/{number}/last.pt", tmp_path / "last.pt")
    assert len(made) == 1
    with pytest.raises(UnreachableError):
        kept(uri, "trials/abc/3/last.pt", tmp_path / "nothing")
    assert len(made) == 2, "each failure ends a connection, and the second try was the last"
    kept(uri, "trials/abc/3/last.pt", tmp_path / "last.pt")
    assert len(made) == 3


def test_a_storage_that_answers_late_is_asked_again(
    tmp_path: Path, there: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, tries = uri_store.Store.__init__, []

    def connect(store: uri_store.Store, uri: str) -> None:
        tries.append(uri)
        if len(tries) < 3:
            raise OSError("timeout")
        real(store, uri)

    monkeypatch.setattr(uri_store.Store, "__init__", connect)
    (tmp_path / "source").write_bytes(b"x")
    kept(f"file://{there}", f"{ATTEMPT}/best.pt", tmp_path / "source")
    assert files(there) == {f"{ATTEMPT}/best.pt": b"x"}
    assert len(tries) == 3


def test_the_message_names_the_node_and_hides_credentials() -> None:
    with pytest.raises(UnreachableError) as refused:
        kept("s3://KEY:SECRET@bucket/x?endpoint_override=127.0.0.1:9&scheme=http", "a/b", Path(__file__))
    text = str(refused.value)
    assert text.startswith("s3://bucket/x cannot be written from ")
    assert "SECRET" not in text
    assert "\nCure: " in text


def test_the_folder_of_a_node_is_its_users_alone(node: Path) -> None:
    folder = trial_folder("s3://bucket", Path("/storage/trials/abc/2"))
    assert folder.parts[-2:] == ("abc", "2")
    assert folder.is_relative_to(node)
    (base,) = node.iterdir()
    assert stat.S_IMODE(base.stat().st_mode) == 0o700
    assert base.stat().st_uid == os.getuid()
    assert trial_folder("s3://other", Path("/storage/trials/abc/2")) != folder
