"""A ledger in PostgreSQL: how a storage names its database, and servers that refuse, are gone or come back."""

import shutil
from pathlib import Path

import pytest

from postgres_server import PASSWORD, PostgresServer, free_port
from s4mcl.execution.study_folder import refuse_other_artifacts
from s4mcl.ledger import Ledger, Owner, PlannedTrial, postgresql, transactions
from s4mcl.ledger.schema import SCHEMA_VERSION
from s4mcl_trainables.problems import InputError

KEY = f"{0:064x}"
HERE = Owner.this_process()


def trial(number: int, seed: int = 0) -> PlannedTrial:
    return PlannedTrial(f"{number:064x}", "c", {"method": "stub", "label_fraction": 1, "seed": seed})


def make_ledger(storage: Path, url: str) -> None:
    with Ledger.open(storage, url=url) as ledger:
        ledger.record_study("demo", {}, {}, {}, {})
        ledger.plan("demo", "search", [trial(number) for number in range(3)])


@pytest.fixture
def url(postgres: PostgresServer) -> str:
    return postgres.database()


@pytest.fixture(autouse=True)
def no_password(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("PGPASSWORD", raising=False)
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "none"))


@pytest.fixture
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    from s4mcl.ledger import open_ledger

    for module in (transactions, open_ledger):
        monkeypatch.setattr(module, "WAITS", (0.0, 0.05))


def test_a_storage_names_its_database_and_may_be_moved(tmp_path: Path, url: str) -> None:
    make_ledger(tmp_path / "before", url)
    assert sorted(path.name for path in (tmp_path / "before").iterdir()) == ["ledger.id", "ledger.url"]
    assert (tmp_path / "before/ledger.url").read_text() == f"{url}\n"
    (tmp_path / "before").rename(tmp_path / "after")
    for given in (None, url, url.replace("postgresql://", "postgresql+psycopg://")):
        with Ledger.open(tmp_path / "after", create=False, url=given) as ledger:
            assert ledger.counts("demo")["search"]["planned"] == 3
            assert ledger.place == url


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("postgresql://me:secret@host/db", r"the URL holds a password(.|\n)*Cure: .*PGPASSWORD"),
        ("postgresql://me@host/db?password=secret", r"the URL holds a password(.|\n)*Cure: .*PGPASSWORD"),
        ("mysql://me:secret@host/db", r"'mysql://me:\*\*\*@host/db': a PostgreSQL database was expected"),
        (
            "postgresql://me@host",
            r"a PostgreSQL database was expected(.|\n)*Cure: write postgresql://USER@HOST/DATABASE",
        ),
        ("me:secret@host", r"is no URL(.|\n)*Cure: write postgresql://USER@HOST/DATABASE"),
    ],
)
def test_a_url_has_no_password_and_names_a_database(tmp_path: Path, given: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as raised:
        Ledger.open(tmp_path / "storage", url=given)
    assert "secret" not in str(raised.value)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "ledger.url").write_text(given)
    with pytest.raises(InputError, match=rf"ledger\.url: (.|\n)*{message}") as raised:
        Ledger.open(tmp_path)
    assert "secret" not in str(raised.value)


def test_a_storage_has_one_ledger(tmp_path: Path, url: str, postgres: PostgresServer) -> None:
    Ledger.open(tmp_path / "file").close()
    with pytest.raises(
        InputError, match=r"already has a ledger, ledger\.sqlite; postgresql://(.|\n)*Cure: leave the key"
    ):
        Ledger.open(tmp_path / "file", url=url)
    make_ledger(tmp_path / "server", url)
    with pytest.raises(InputError, match=r"already has a ledger, postgresql://.* as its ledger\.url says(.|\n)*Cure: "):
        Ledger.open(tmp_path / "server", url=postgres.database())
    shutil.copy(tmp_path / "file/ledger.sqlite", tmp_path / "server")
    with pytest.raises(InputError, match=r"has two ledgers: ledger\.sqlite and postgresql://(.|\n)*Cure: move away"):
        Ledger.open(tmp_path / "server")


def test_a_database_is_one_storages_ledger(tmp_path: Path, url: str) -> None:
    make_ledger(tmp_path / "one", url)
    with pytest.raises(InputError, match=r"holds the ledger of another storage(.|\n)*says nothing(.|\n)*Cure: name a"):
        Ledger.open(tmp_path / "two", url=url)
    assert not (tmp_path / "two").exists()
    shutil.copytree(tmp_path / "one", tmp_path / "copy")
    (tmp_path / "copy/ledger.id").write_text("0" * 32)
    with pytest.raises(InputError, match=rf"another storage(.|\n)*ledger\.id says {'0' * 32}"):
        Ledger.open(tmp_path / "copy")


def test_storages_share_a_database_where_the_files_are_kept_elsewhere(tmp_path: Path, url: str) -> None:
    kept = "s3://bucket/folder"
    with Ledger.open(tmp_path / "one", url=url, artifacts=kept) as ledger:
        assert ledger.artifacts == kept
        ledger.record_study("demo", {}, {}, {}, {})
    with pytest.raises(InputError, match=rf"of another storage(.|\n)*; or share it, .*: artifacts={kept}"):
        Ledger.open(tmp_path / "two", url=url)
    with pytest.raises(InputError, match="of another storage"):
        Ledger.open(tmp_path / "two", url=url, artifacts="s3://bucket/other")
    assert not (tmp_path / "two").exists()
    with Ledger.open(tmp_path / "two", url=url, artifacts=kept) as ledger:
        assert ledger.studies() == ["demo"]
    with Ledger.open(tmp_path / "two") as ledger:  # it is this storage's ledger from now on
        refuse_other_artifacts(ledger, kept)
        for other in (None, "s3://bucket/other"):
            with pytest.raises(InputError, match=rf"keep their files under {kept}(.|\n)*Cure: give artifacts={kept}"):
                refuse_other_artifacts(ledger, other)


def test_one_driver_judges_a_trial_at_a_time(tmp_path: Path, url: str, postgres: PostgresServer) -> None:
    make_ledger(tmp_path, url)
    other_key = f"{1:064x}"[::-1]
    with Ledger.open(tmp_path) as one, Ledger.open(tmp_path) as other:
        assert one.begin_test(other_key)
        assert one.begin_test(other_key), "asked again by the one that has it"
        assert not other.begin_test(other_key)
        assert other.begin_test("f" * 64)
        one.end_test(other_key)
        assert other.begin_test(other_key)
        postgres.cut(url)
        other.end_test(other_key)
        assert one.begin_test(other_key)
        assert not other.begin_test(other_key)
    with Ledger.open(tmp_path) as third:
        assert third.begin_test(other_key), "whoever is gone holds nothing"


def test_a_storage_whose_making_was_cut_short_is_made_again(tmp_path: Path, url: str) -> None:
    Ledger.open(tmp_path / "gone", url=url).close()
    shutil.rmtree(tmp_path / "gone")
    make_ledger(tmp_path / "new", url)  # the database holds an empty ledger, and no folder is known to have it
    with Ledger.open(tmp_path / "new") as ledger:
        assert ledger.studies() == ["demo"]


def test_the_password_comes_from_the_environment_or_the_password_file(
    tmp_path: Path, url: str, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = url.rpartition("/")[2]
    postgres.say("GRANT ALL ON SCHEMA public TO guarded", database=name)
    guarded = postgres.url(name, user="guarded")
    with pytest.raises(InputError, match=r"refuses this user or password(.|\n)*no password(.|\n)*Cure: .*PGPASSWORD"):
        Ledger.open(tmp_path / "storage", url=guarded)
    monkeypatch.setenv("PGPASSWORD", "wrong")
    with pytest.raises(InputError, match=r"refuses this user or password(.|\n)*Cure: put the right password") as raised:
        Ledger.open(tmp_path / "storage", url=guarded)
    assert len(str(raised.value).splitlines()) == 2
    assert not (tmp_path / "storage").exists()
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    make_ledger(tmp_path / "storage", guarded)
    monkeypatch.delenv("PGPASSWORD")
    file = tmp_path / "pgpass"
    file.write_text(f"127.0.0.1:{postgres.port}:*:guarded:{PASSWORD}\n")
    file.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(file))
    with Ledger.open(tmp_path / "storage") as ledger:
        assert ledger.studies() == ["demo"]
    assert not any(PASSWORD in path.read_text() for path in (tmp_path / "storage").iterdir())


def test_a_server_that_cannot_be_reached_is_named_with_a_cure(tmp_path: Path, postgres: PostgresServer) -> None:
    expected = {
        f"postgresql://owner@127.0.0.1:{free_port()}/ledger": r"cannot be reached(.|\n)*refused(.|\n)*Cure: start",
        postgres.url("nowhere"): r"has no such database(.|\n)*Cure: create it with: createdb",
        postgres.url("postgres", user="ghost"): r"has no such user(.|\n)*Cure: create it with: createuser",
        postgres.url("postgres", user="nobody"): r"does not let this user in(.|\n)*Cure: ",
        postgres.url("postgres", user="outsider"): r"does not let this user in(.|\n)*Cure: ",
    }
    for url, message in expected.items():
        with pytest.raises(InputError, match=message) as raised:
            Ledger.open(tmp_path / "storage", url=url)
        assert len(str(raised.value).splitlines()) == 2
    assert not (tmp_path / "storage").exists()


def test_a_user_without_rights_is_told_which_to_ask_for(tmp_path: Path, url: str, postgres: PostgresServer) -> None:
    make_ledger(tmp_path, url)
    (tmp_path / "ledger.url").write_text(url.replace("owner@", "reader@"))
    with pytest.raises(InputError, match=r"does not let this user do that(.|\n)*permission denied(.|\n)*Cure: .*GRANT"):
        Ledger.open(tmp_path)
    name = url.rpartition("/")[2]
    postgres.say("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader", database=name)
    with Ledger.open(tmp_path) as ledger:
        assert ledger.counts("demo")["search"]["planned"] == 3
        with pytest.raises(InputError, match="does not let this user do that"):
            ledger.record_study("demo", {}, {}, {}, {})


def test_another_database_or_a_newer_ledger_is_refused(tmp_path: Path, url: str, postgres: PostgresServer) -> None:
    name = url.rpartition("/")[2]
    postgres.say("CREATE TABLE holidays (day text)", database=name)
    with pytest.raises(InputError, match=r"with the tables holidays(.|\n)*Cure: "):
        Ledger.open(tmp_path / "one", url=url)
    newer = postgres.database()
    make_ledger(tmp_path / "two", newer)
    postgres.say("UPDATE meta SET value = '7' WHERE name = 'schema_version'", database=newer.rpartition("/")[2])
    with pytest.raises(InputError, match=rf"schema version 7; .* knows {SCHEMA_VERSION}\.\nCure: install"):
        Ledger.open(tmp_path / "two")


def test_a_connection_that_was_cut_is_made_again(tmp_path: Path, url: str, postgres: PostgresServer) -> None:
    make_ledger(tmp_path, url)
    with Ledger.open(tmp_path) as ledger:
        assert ledger.studies() == ["demo"]
        assert postgres.cut(url) == 1
        assert ledger.claim([KEY], "demo", "search", HERE) == {KEY: 1}
        assert postgres.cut(url) == 1
        assert ledger.states([KEY])[KEY].attempt == 1


def test_what_was_cut_short_is_undone(tmp_path: Path, url: str, postgres: PostgresServer, short_waits: None) -> None:
    make_ledger(tmp_path, url)
    with Ledger.open(tmp_path) as ledger:
        lost = r"connection to postgresql://(.|\n)*was lost(.|\n)*nothing of the interrupted step was kept"
        with pytest.raises(InputError, match=lost), ledger.transaction():  # noqa: PT012  # cut between two calls
            ledger.claim([KEY], "demo", "search", HERE)
            postgres.cut(url)
            ledger.add_reports(KEY, 1, [{"iteration": 1, "values": {"val_dice": 0.5}}])
        assert ledger.states([KEY])[KEY].attempt == 0
        with pytest.raises(InputError, match=lost), ledger.transaction():  # noqa: PT012  # cut before the commit
            ledger.claim([KEY], "demo", "search", HERE)
            postgres.cut(url)
        assert ledger.states([KEY])[KEY].attempt == 0


def test_a_server_that_restarts_is_waited_for(tmp_path: Path, short_waits: None) -> None:
    from postgres_server import running_server

    with running_server() as server:
        make_ledger(tmp_path, server.database())
        with Ledger.open(tmp_path) as ledger:
            server.stop()
            with pytest.raises(InputError, match=r"was lost(.|\n)*Cure: when the server is back"):
                ledger.studies()
            server.start()
            assert ledger.studies() == ["demo"]
            assert ledger.renew(HERE) == 0


def test_a_driver_that_hangs_in_a_transaction_is_named(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_ledger(tmp_path, url)
    monkeypatch.setattr(postgresql, "SESSION", ("SET lock_timeout = '200ms'",))
    with Ledger.open(tmp_path) as one, Ledger.open(tmp_path) as other, one.transaction():
        assert one.renew(HERE) == 0
        assert other.studies() == ["demo"]
        with pytest.raises(InputError, match=r"was locked by another process(.|\n)*Cure: end the process"):
            other.record_study("demo", {}, {}, {}, {})
    with Ledger.open(tmp_path) as other:
        other.record_study("demo", {}, {}, {}, {})


def test_seeds_may_be_large(tmp_path: Path, url: str) -> None:
    with Ledger.open(tmp_path, url=url) as ledger:
        ledger.record_study("demo", {}, {}, {}, {})
        ledger.plan("demo", "search", [trial(0, seed=2**40)])
        assert ledger.trials_frame("demo")["seed"].to_list() == [2**40]


def test_without_the_package_its_installation_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(InputError, match=r"psycopg, which is not installed\.\nCure: .*s4mcl\[postgres\]"):
        Ledger.open(tmp_path / "storage", url="postgresql://me@host/db")
    assert list(tmp_path.iterdir()) == []
