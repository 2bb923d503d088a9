"""The ledger's contract: several drivers at once, killed drivers, and what a trial costs."""

import multiprocessing
import time
from typing import Any

from planned_trials import HERE, TRAINED, Storage, content_key, train, wanted

from s4mcl.ledger import Ledger, Owner


def claim_in_turns(storage: Storage, mine: int, barrier: Any, queue: Any) -> None:
    """Open the ledger together with the others, plan the same trials, claim what can be had and finish it."""
    barrier.wait()
    with storage.open() as ledger:
        ledger.record_study("first", {}, {}, {}, {})
        ledger.plan("first", "search", [wanted(number) for number in range(60)])
        got: dict[str, int] = {}
        for number in range(60) if mine % 2 else reversed(range(60)):
            owner = Owner("host", mine, "then")
            with ledger.transaction():
                attempts = ledger.claim([content_key(number)], "first", "search", owner)
                for key, attempt in attempts.items():
                    ledger.add_reports(key, attempt, [{"iteration": 1, "values": {"owner": mine}}])
                    ledger.finish(key, attempt, state="completed", outcome="completed", **TRAINED)
            got.update(attempts)
        queue.put((mine, got))


def test_several_drivers_share_a_ledger_and_never_a_trial(storage: Storage) -> None:
    context = multiprocessing.get_context("spawn")
    barrier, queue = context.Barrier(3), context.Queue()
    drivers = [context.Process(target=claim_in_turns, args=(storage, mine, barrier, queue)) for mine in range(3)]
    for driver in drivers:
        driver.start()
    got = dict(queue.get(timeout=60) for _ in drivers)
    for driver in drivers:
        driver.join(60)
    claimed = [key for attempts in got.values() for key in attempts]
    assert sorted(claimed) == sorted(content_key(number) for number in range(60))
    with storage.open() as ledger:
        assert ledger.counts("first")["search"]["completed"] == 60
        frame = ledger.reports_frame("first")
        assert {(key, owner) for key, owner in frame.select("key", "owner").rows()} == {
            (key, float(mine)) for mine, attempts in got.items() for key in attempts
        }
        assert set(ledger.trials_frame("first")["attempts"]) == {1}


def finish_one_by_one(storage: Storage, connection: Any) -> None:
    """Finish trials one after the other, and say which one is on the disk."""
    with storage.open() as ledger:
        ledger.record_study("first", {}, {}, {}, {})
        ledger.plan("first", "search", [wanted(number) for number in range(5000)])
        for number in range(5000):
            train(ledger, number)
            connection.send(number)


def test_a_killed_driver_loses_nothing_that_was_committed(storage: Storage) -> None:
    context = multiprocessing.get_context("spawn")
    receive, send = context.Pipe(duplex=False)
    driver = context.Process(target=finish_one_by_one, args=(storage, send))
    driver.start()
    send.close()
    last = -1
    while last < 50:
        last = receive.recv()
    driver.kill()
    driver.join(60)
    while True:  # what was said between the last look and the kill
        try:
            last = receive.recv()
        except EOFError:
            break
    with storage.open() as ledger:
        counts = ledger.counts("first")["search"]
        assert last + 1 <= counts["completed"] <= last + 2
        assert sum(counts.values()) == 5000
        running = [content_key(number) for number in range(counts["completed"], 5000)]
        assert len(ledger.claim(running, "first", "search", HERE)) == 5000 - counts["completed"]


def test_a_trial_costs_few_milliseconds(ledger: Ledger, storage: Storage) -> None:
    ledger.plan("first", "search", [wanted(number) for number in range(200)])
    train(ledger, 0)
    took = []
    for number in range(1, 200):
        began = time.perf_counter()
        with ledger.transaction():
            train(ledger, number)
        took.append(time.perf_counter() - began)
    bound = 0.010 if storage.url is None else 0.030  # a server is asked and answers some fifteen times
    assert sorted(took)[50] < bound  # the quicker ones: a busy machine says nothing about the code
