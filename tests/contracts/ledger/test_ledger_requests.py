"""The ledger's contract: a person asks a study's driver to stop, and can see whether it has seen that."""

import os

import pytest
from planned_trials import content_key, wanted

from s4mcl.ledger import Ledger


def test_a_request_stands_until_the_driver_has_seen_it(ledger: Ledger) -> None:
    ledger.plan("first", "search", [wanted(0)])
    of_trial = ledger.request_stop("first", content_key(0), asked_by="the live app")
    of_study = ledger.request_stop("first")
    asked = ledger.stop_requests("first", unseen=True)
    assert [(each.id, each.key) for each in asked] == [(of_trial, content_key(0)), (of_study, None)]
    assert asked[0].asked_by == "the live app"
    assert asked[1].asked_by.startswith(f"process {os.getpid()} on ")
    assert all(each.seen_at is None for each in asked)
    assert ledger.stop_requests("second") == []

    ledger.see_requests([of_trial])
    assert [each.id for each in ledger.stop_requests("first", unseen=True)] == [of_study]
    seen = ledger.stop_requests("first")[0]
    assert seen.seen_at is not None
    assert seen.seen_at >= seen.at
    ledger.see_requests([of_trial, of_study])
    assert ledger.stop_requests("first")[0].seen_at == seen.seen_at


def test_a_request_that_stands_is_not_made_twice(ledger: Ledger) -> None:
    ledger.plan("first", "search", [wanted(0)])
    first = ledger.request_stop("first")
    assert ledger.request_stop("first", asked_by="somebody else") == first
    assert ledger.request_stop("first", content_key(0)) != first
    ledger.see_requests([first])
    assert ledger.request_stop("first") != first


def test_a_request_for_nothing_is_refused(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="never planned"):
        ledger.request_stop("first", content_key(0))
    with pytest.raises(ValueError, match="record_study comes first"):
        ledger.request_stop("unknown")


def test_a_request_is_news(ledger: Ledger) -> None:
    token = ledger.news("first")
    number = ledger.request_stop("first")
    asked = ledger.news("first")
    assert asked != token
    ledger.see_requests([number])
    assert ledger.news("first") not in (token, asked)
