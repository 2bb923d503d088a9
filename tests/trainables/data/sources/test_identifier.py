from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s4mcl_trainables.data.sources.identifier import identifier_fault, identifier_of, shown


@pytest.mark.parametrize(
    ("name", "identifier"),
    [
        ("a.png", "a"),
        ("a.JPEG", "a"),
        ("a.b.dcm", "a.b"),
        ("scan.v2", "scan.v2"),
        (".png", ".png"),
        ("e\u0301.tif", "\xe9"),
    ],
)
def test_known_endings_are_left_out_and_letters_composed(name: str, identifier: str) -> None:
    assert identifier_of(name) == identifier


@pytest.mark.parametrize(
    "bad", ["", ".", "..", "../a", "/etc/passwd", "a/b", "a\\b", "C:a", "a\nb", "a\x00", "\udcff", "..\\a"]
)
def test_what_leads_elsewhere_is_refused(bad: str) -> None:
    assert identifier_fault(bad)


@given(st.text())
def test_what_is_accepted_stays_in_its_folder_and_can_be_stored(text: str) -> None:
    if identifier_fault(text) is None:
        path = Path("/somewhere") / text
        assert path.parent == Path("/somewhere")
        assert path.name == text
        assert text.encode("utf-8")


@given(st.text())
def test_messages_hold_no_control_characters(text: str) -> None:
    assert shown(text).isprintable()
