from pathlib import Path

import pytest

from s4mcl_trainables.data.sources.label_table import LabelTable, read_label_table
from s4mcl_trainables.data.sources.offences import Offences
from s4mcl_trainables.problems import InputError


def read(folder: Path, content: str | bytes, *, keep_column: bool = False) -> tuple[LabelTable, Offences]:
    path = folder / "labels.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    offences = Offences(folder)
    return read_label_table(path, offences, keep_column=keep_column), offences


def message(offences: Offences) -> str:
    with pytest.raises(InputError) as caught:
        offences.raise_if_any()
    return str(caught.value)


def test_all_columns(tmp_path: Path) -> None:
    text = "id,label,group,split,keep,site,PatientName\na.png,x,g1,VAL,1,7,Ann\n\nb,,,,0,,Bo\n"
    table, offences = read(tmp_path, text)
    assert not offences
    first, second = table.rows
    assert (first.id, first.label, first.group, first.split, first.keep) == ("a", "x", "g1", "validation", True)
    assert (second.label, second.group, second.split, second.keep, second.line) == (None, None, None, False, 4)
    assert table.metadata == ("site",)
    assert first.metadata == ("7",)
    assert "PatientName" in table.notices[0]
    assert "Ann" not in table.notices[0]


def test_keep_can_stay_as_metadata(tmp_path: Path) -> None:
    table, _ = read(tmp_path, "id,label,Keep,site\na,x,0,s\n", keep_column=True)
    assert table.metadata == ("Keep", "site")
    assert table.rows[0].metadata == ("0", "s")


def test_a_byte_order_mark_and_quotes_are_fine(tmp_path: Path) -> None:
    table, offences = read(tmp_path, b'\xef\xbb\xbf"id",label\r\n"a, b",x\r\n')
    assert not offences
    assert table.rows[0].id == "a, b"


def test_latin_1_names_every_line_and_byte(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"UTF-8") as caught:
        read(tmp_path, b"id,label\na,b\xe9nin\nb,x\nc,\xfcber\n")
    text = str(caught.value)
    assert "line 2: byte 0xe9 at position 4" in text
    assert "line 4: byte 0xfc" in text
    assert "iconv" in text


def test_utf_16_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="UTF-16"):
        read(tmp_path, "id,label\na,x\n".encode("utf-16"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "nothing was found"),
        ("id,label\n", "only a header"),
        ("name,class\na,x\n", "column 'id' is missing"),
        ("id;label\na;x\n", "commas are expected"),
        ("id,label,label\na,x,y\n", "'label' stands twice"),
        ('id,label\n"a,x\n', "line 2"),
    ],
)
def test_a_table_that_cannot_be_read(tmp_path: Path, text: str, found: str) -> None:
    with pytest.raises(InputError, match=found) as caught:
        read(tmp_path, text)
    assert "labels.csv" in str(caught.value)
    assert "Cure:" in str(caught.value)


def test_every_bad_row_is_named_at_once(tmp_path: Path) -> None:
    rows = ["../../etc/passwd,x,,,", "a,x,,,", "a.jpg,x,,,", "b", "c,x,,holdout,", "d,x,,,maybe", "e,x,g,test,1,extra"]
    _, offences = read(tmp_path, "id,label,group,split,keep\n" + "\n".join(rows) + "\n")
    text = message(offences)
    for part in (
        "line 2: id '../../etc/passwd'",
        "line 4: id 'a' stands in line 3",
        "line 5: 1 fields",
        "holdout",
        "maybe",
    ):
        assert part in text
    assert "line 8: 6 fields" in text
