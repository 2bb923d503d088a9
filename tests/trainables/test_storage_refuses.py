"""What holds the files refuses, or is full: one message that names the node and the cure."""

import errno
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from refusing_s3 import Refusals, refusing_s3
from s4mcl_trainables.training import uri_store
from s4mcl_trainables.training.kept_files import KeptFiles, fetched, kept
from s4mcl_trainables.training.uri_store import UnreachableError

HOST = socket.gethostname()


@pytest.fixture(scope="module")
def bucket() -> Iterator[tuple[str, Refusals]]:
    with refusing_s3() as (server, refusals):
        yield server.uri("studies"), refusals


@pytest.mark.parametrize("code", ["ExpiredToken", "InvalidAccessKeyId", "SignatureDoesNotMatch", "AccessDenied"])
def test_credentials_that_are_valid_no_more(
    bucket: tuple[str, Refusals], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    monkeypatch.setattr(uri_store, "WAITS", ())
    uri, refusals = bucket
    folder = tmp_path / "abc/1"
    folder.mkdir(parents=True)
    (folder / "last.pt").write_bytes(b"x")
    refusals.code = None
    kept(uri, "trials/abc/1/last.pt", folder / "last.pt")
    refusals.code = code
    for what, use in (
        ("written", lambda: kept(uri, "trials/abc/1/last.pt", folder / "last.pt")),
        ("read", lambda: fetched(uri, "trials/abc/1/last.pt", tmp_path / "last.pt")),  # of an object S3 says no reason
        ("read", KeptFiles(uri, (tmp_path / "node/abc/1",)).fetch),
    ):
        with pytest.raises(UnreachableError) as told:
            use()
        text = str(told.value)
        assert text.startswith(f"s3://bucket/studies cannot be {what} from {HOST}: ")
        assert f"it says {code}" in text
        assert text.endswith(
            f"\nCure: renew the credentials that {HOST} has for it; they must allow to list, read, write and delete "
            "there; then the same command goes on"
        )
        assert "secret" not in text


def test_a_clock_that_is_off(bucket: tuple[str, Refusals], tmp_path: Path) -> None:
    """Amazon's client sets itself right by the server's clock; where that does not help the message says so."""
    error = OSError("AWS Error REQUEST_TIME_TOO_SKEWED during ListObjectsV2 operation: The difference is too large.")
    told = uri_store._told("s3://KEY:SECRET@bucket/x?scheme=http", "read", error)
    assert told.endswith(
        f"\nCure: set the clock of {HOST} (timedatectl set-ntp true): the storage takes no request of another time; "
        "then the same command goes on"
    )


def test_a_storage_that_is_full() -> None:
    told = uri_store._told("file:///shared/x", "written", OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
    assert told.startswith(f"file:///shared/x cannot be written from {HOST}: ")
    assert told.endswith("\nCure: make room in file:///shared/x; then the same command goes on")
