from pathlib import Path

from visitor import Visit

from s4mcl.execution.lock import StudyLock
from s4mcl.ledger import Ledger


def test_a_study_and_a_trial_are_asked_to_stop(own_storage: Path, visit: Visit) -> None:
    visitor = visit(own_storage)
    visitor.get("/")
    with Ledger.open(own_storage, create=False) as ledger:
        key = ledger.trials_frame("demo")["key"][0]
        assert visitor.post("/stop", {"study": "demo", "key": key}).status_code == 200
        answer = visitor.post("/stop", {"study": "demo", "key": None})
        assert answer.status_code == 200
        assert "driver" in answer.get_json()["told"]
        found = ledger.stop_requests("demo")
    assert [request.key for request in found] == [key, None]
    assert {request.asked_by for request in found} == {"the live app"}
    assert all(request.seen_at is None for request in found)


def test_the_page_tells_that_it_was_asked(own_storage: Path, visit: Visit) -> None:
    visitor = visit(own_storage)
    with StudyLock(own_storage / "demo"):
        visitor.look("/study?study=demo")
        assert 'class="stop"' in visitor.html
        visitor.post("/stop", {"study": "demo", "key": None})
        while "It was asked to stop" not in visitor.html:
            visitor.look("/study?study=demo")
        assert 'class="stop"' not in visitor.html


def test_who_asked_from_elsewhere_is_noted(own_storage: Path, visit: Visit) -> None:
    visitor = visit(own_storage, host="10.0.0.5", token="t" * 43)
    visitor.get(f"/?token={'t' * 43}")
    visitor.get("/")
    assert visitor.post("/stop", {"study": "demo", "key": None}).status_code == 200
    with Ledger.open(own_storage, create=False) as ledger:
        assert ledger.stop_requests("demo")[0].asked_by == "the live app, from 10.0.0.9"


def test_nonsense_is_refused(own_storage: Path, visit: Visit) -> None:
    visitor = visit(own_storage)
    visitor.get("/")
    for body in (None, [], "demo", {}, {"study": 3}, {"study": "demo", "key": 3}, {"key": None}):
        assert visitor.post("/stop", body).status_code == 400
    assert visitor.post("/stop", {"study": "none", "key": None}).status_code == 404
    assert visitor.post("/stop", {"study": "demo", "key": "f" * 64}).status_code == 404
    assert visitor.get("/stop").status_code in (200, 405)
    with Ledger.open(own_storage, create=False) as ledger:
        assert ledger.stop_requests("demo") == []


def test_without_a_ledger_it_is_told(own_storage: Path, visit: Visit) -> None:
    visitor = visit(own_storage)
    visitor.get("/")
    for file in own_storage.glob("ledger.sqlite*"):
        file.unlink()
    answer = visitor.post("/stop", {"study": "demo", "key": None})
    assert answer.status_code == 503
    assert "holds no ledger" in answer.get_json()["told"]
