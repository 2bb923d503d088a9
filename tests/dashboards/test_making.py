import html
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import polars as pl

from s4mcl_dashboards.frames.origins import origins_frame
from s4mcl_dashboards.sections.making import how_made
from s4mcl_dashboards.sections.provenance import provenance_section

Make = Callable[..., Any]
MADE = {"command": "s4mcl run 'methods=[unet]'", "commit": "abc123", "python": "3.11", "versions": {"torch": "2.1"}}


def origin(**changes: Any) -> str:
    told = {"commit": "abc", "python": "3.11", "machine": {"device": "cpu", "threads": 1}, "versions": {"torch": "2.1"}}
    return json.dumps({**told, **changes})


def text(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", page)).replace("\xa0", " ")


def test_origins_are_told_apart_and_counted(trials: Make) -> None:
    other = origin(machine={"device": "cuda", "threads": 1})
    again = origin(command="another command")
    rows = trials(*({"provenance": told} for told in (origin(), other, again, None, "{broken", "[1]")))
    found = origins_frame(pl.concat([rows, rows.with_columns(stage=pl.lit("search"))]))  # shared with another stage
    assert found.select("commit", "device", "threads", "torch", "trials").rows() == [
        ("abc", "cpu", "1", "2.1", 2),
        (None, None, None, None, 2),
        ("abc", "cuda", "1", "2.1", 1),
    ]
    assert origins_frame(trials()).is_empty()
    assert origins_frame(pl.DataFrame()).is_empty()


def test_commands_that_make_it_again(trials: Make, material: Make) -> None:
    found = material(trials({}), provenance={**MADE, "reproduction": "s4mcl run name=demo seeds=[0]"})
    page = how_made(found)
    codes = [html.unescape(code) for code in re.findall("<code>(.*?)</code>", page, flags=re.S)]
    assert codes[0] == "git checkout abc123\ns4mcl run 'methods=[unet]'"
    assert codes[1] == "git checkout abc123\ns4mcl run name=demo seeds=[0]"
    assert "torch" in text(page)
    assert "Which commit" not in page


def test_what_keeps_it_from_being_made_again_is_said(trials: Make, material: Make) -> None:
    changed = how_made(material(trials({}), provenance={**MADE, "commit": "abc123 with changes"}))
    assert "The code had changes that this commit does not hold." in changed
    assert "git checkout abc123\n" in changed
    unknown = how_made(material(trials({}), provenance={**MADE, "commit": "unknown"}))
    assert "Which commit it was is not known." in unknown
    assert "git checkout" not in unknown
    assert "does not tell with which command" in how_made(material(trials({}), provenance={}))


def test_what_happened_to_the_study(trials: Make, material: Make) -> None:
    at = [datetime(2026, 1, day, 12, tzinfo=UTC) for day in (1, 2, 3)]
    events = pl.DataFrame({"at": at, "kind": ["extended", "interrupted", "interrupted"], "text": ["/secret"] * 3})
    told = text(how_made(material(trials({}), events=events)))
    assert "extended 2026-01-01 12:00 UTC" in re.sub(r"\s+", " ", told)
    assert "2 times, first 2026-01-02 12:00 UTC, the last time 2026-01-03 12:00 UTC" in told
    assert "/secret" not in told


def test_the_origins_stand_in_a_table_where_they_differ(trials: Make, material: Make) -> None:
    same = trials({"provenance": origin()}, {"provenance": origin()})
    assert "What trained the trials" not in how_made(material(same))
    differing = trials({"provenance": origin()}, {"provenance": origin(commit="<b>def</b>")})
    page = how_made(material(differing))
    assert "What trained the trials" in page
    assert "<b>" not in page


def test_budgets_tell_the_proposals_of_each_method(trials: Make, proposals: Make, material: Make) -> None:
    planned = trials({"method": "s4mcl", "stage": "search"}, {"method": "s4mcl"}, {"method": "unet"})
    told = provenance_section(material(planned, proposals({"score": 0.5}, {"score": 0.6})))
    rows = dict(re.findall(r'<th scope="row">(S4MCL|U-Net)</th><td>(\d+)</td>', told))
    assert rows == {"S4MCL": "2", "U-Net": "0"}
    assert "Proposals" not in provenance_section(material(planned))
