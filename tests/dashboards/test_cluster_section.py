import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from s4mcl.ledger.attempts import ATTEMPT_SCHEMA
from s4mcl_dashboards.figures.gantt import MOST, gantt_figure, time_unit
from s4mcl_dashboards.frames.attempts import timed_frame
from s4mcl_dashboards.frames.busy import busy_frame
from s4mcl_dashboards.frames.gantt import gantt_frame
from s4mcl_dashboards.palette import looks
from s4mcl_dashboards.sections.cluster import cluster_section

Make = Callable[..., Any]
START = datetime(2026, 1, 1, 12, tzinfo=UTC)
EVIL = "</script><b>host</b>"


def attempt(number: int, begin: float | None = 0.0, end: float | None = 1.0, **changes: Any) -> dict[str, Any]:
    moments = [None if at is None else START + timedelta(hours=at) for at in (begin, end)]
    return {
        **{"key": f"key{number}", "stage": "confirm", "method": "unet", "label_fraction": 0.2, "seed": 0, "attempt": 1},
        **{"host": EVIL, "worker": str(number), "device": "cuda:0 NVIDIA H100", "cpus": 2.0, "gpus": 0.5},
        **{"claimed_at": START, "started_at": moments[0], "ended_at": moments[1], "ended": "completed"},
        **changes,
    }


def frame(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=ATTEMPT_SCHEMA)


def figure_of(attempts: pl.DataFrame) -> Any:
    timed = timed_frame(attempts)
    return gantt_figure(gantt_frame(timed)[0], busy_frame(timed), looks(["unet", "cnn"])).to_plotly()


def test_a_bar_an_attempt_a_cross_a_failure_and_what_was_reserved() -> None:
    figure = figure_of(
        frame(attempt(0), attempt(1, method="cnn"), attempt(2, 1, 2, ended="failed"), attempt(3, 2, 3, ended="pruned"))
    )
    kinds = [trace.type if trace.type == "bar" else trace.mode for trace in figure.data]
    assert kinds == ["bar", "bar", "markers", "lines", "lines"]
    unet, cnn, crosses, cpus, gpus = figure.data
    assert (len(unet.x), len(cnn.x), len(crosses.x)) == (3, 1, 1)
    assert unet.marker.opacity[2] < unet.marker.opacity[0]
    assert unet.meta["series"] == "unet"
    assert max(cpus.y) == 4
    assert max(gpus.y) == 1
    assert "cuda:0 NVIDIA H100" in unet.hovertext[0]
    assert "host" not in str(figure.to_plotly_json())  # machines are numbered


def test_many_lanes_have_a_bound(trials: Make, material: Make) -> None:
    attempts = frame(*(attempt(number) for number in range(MOST + 10)))
    figure = figure_of(attempts)
    assert sum(len(trace.x) for trace in figure.data if trace.type == "bar") == MOST
    assert figure.layout.height < 900
    html = cluster_section(material(trials({}), attempts=attempts))
    assert f"10 of {MOST + 10} lanes have no room." in html


@pytest.mark.parametrize(("hours", "unit"), [(0.5, "minutes"), (2, "minutes"), (3, "hours"), (200, "days")])
def test_time_is_told_in_a_unit_that_fits(hours: float, unit: str) -> None:
    assert time_unit(hours)[0] == unit
    assert figure_of(frame(attempt(0, 0, hours))).layout.xaxis.title.text.startswith(unit)


def text(html: str) -> str:
    return re.sub(r"<script.*?</script>|<[^>]+>", " ", html).replace("&nbsp;", " ")


def test_sentences_tables_and_costs(trials: Make, material: Make) -> None:
    attempts = frame(
        attempt(0, 0, 2),
        attempt(1, 0, 1, ended="lost"),
        attempt(1, 5, 6, attempt=2, host="b"),
        attempt(2, None, None, ended="released"),
    )
    prices = {"cpu_hour": 0.1, "gpu_hour": 3.0, "currency": "EUR"}
    events = pl.DataFrame({"kind": ["retried", "retried", "failed"]})
    found = material(trials({}), attempts=attempts, events=events, config={"cluster": {"prices": prices}})
    told = text(cluster_section(found))
    assert "3 attempts at 2 trials on 2 machines, from 2026-01-01 12:00 to 2026-01-01 18:00 UTC: 6 h 0 min." in told
    assert "At most 4 CPUs were in use at once, and of these 33 % over the whole time." in told
    assert "Nothing ran for 3 h 0 min in 1 gap, the longest of 3 h 0 min." in told
    assert "2 times: a worker died and another went on with its trials." in told
    assert "1 attempt went on with a trial or began it again, of 1 trial." in told
    rows = re.findall(r'<th scope="row">all methods</th>(.*?)</tr>', cluster_section(found).replace("&nbsp;", " "))
    assert re.findall("<td>(.*?)</td>", rows[0]) == ["2", "3", "1", "8.00", "2.00", "25 %", "6.80"]
    assert "Prices: 0.1 a CPU hour and 3 a GPU hour." in told
    assert "<b>" not in cluster_section(found)


def test_without_a_price_it_says_how_to_give_one(trials: Make, material: Make) -> None:
    told = text(cluster_section(material(trials({}), attempts=frame(attempt(0)))))
    assert "cluster.prices.gpu_hour=…" in told
    assert "Cost" not in told
    assert "Of 1 attempt: all completed. None was repeated." in told


def test_what_the_ledger_does_not_tell_is_assumed_and_said(trials: Make, material: Make) -> None:
    unknown = attempt(0, cpus=None, gpus=None, host=None, worker=None, device=None)
    config = {"cluster": {"cpus_per_pack": 3, "gpus_per_pack": "auto"}}
    html = cluster_section(material(trials({}), attempts=frame(unknown), config=config))
    assert "they count with what was configured" in html
    assert "At most 3 CPUs" in html
    assert "device not known" in html


def test_nothing_ran(trials: Make, material: Make) -> None:
    assert "Nothing was planned yet." in cluster_section(material(trials()))
    assert "No worker has begun" in cluster_section(material(trials({"state": "planned"})))
    reused = cluster_section(
        material(trials({"reused": True}), attempts=frame(attempt(0, None, None, ended="released")))
    )
    assert "all trials had been trained for other studies" in reused
    untold = cluster_section(material(trials({}), attempts=frame(attempt(0, None))))
    assert "does not tell when workers had the trials" in untold
    assert "Of 1 attempt: all completed." in untold
