"""labels.csv: one row an image, with columns id, label and optionally group, split, keep and metadata."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from s4mcl_trainables.data.sources.identifier import identifier_fault, identifier_of, shown
from s4mcl_trainables.data.sources.offences import Offences
from s4mcl_trainables.data.sources.private_columns import looks_private
from s4mcl_trainables.problems import InputError, Problems

KNOWN = ("id", "label", "group", "split", "keep")
MADE = ("has_mask",)  # columns of the prepared index that a table cannot give
SPLITS = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "val": "validation",
    "valid": "validation",
    "test": "test",
    "testing": "test",
}
KEEP = dict.fromkeys(("", "1", "1.0", "true", "yes"), True) | dict.fromkeys(("0", "0.0", "false", "no"), False)


@dataclass(frozen=True, slots=True)
class Row:
    """One row; `line` is its line in the file, counted from 1."""

    line: int
    id: str
    label: str | None
    group: str | None
    split: str | None
    keep: bool
    metadata: tuple[str, ...]


@dataclass(frozen=True)
class LabelTable:
    """The rows that can be read, the names of their metadata, and what was left out."""

    rows: list[Row]
    metadata: tuple[str, ...]
    notices: list[str]


def read_label_table(path: Path, offences: Offences, *, keep_column: bool = False) -> LabelTable:
    """Read labels.csv. UTF-8, with or without a byte order mark.

    Faults of single rows are noted in `offences`. `keep_column` makes `keep` a metadata column as well.

    Raises:
        InputError: the file cannot be read as a whole: not UTF-8, no header, columns missing, no rows.
    """
    records = _records(path, _text(path))
    header = [column.strip() for column in records[0][1]]
    columns = _columns(path, header)
    private = [name for name in header if looks_private(name) and name.lower() not in KNOWN]
    dropped = {name.lower() for name in private} | set(MADE) | (set(KNOWN) - ({"keep"} if keep_column else set()))
    metadata = tuple(name for name in header if name and name.lower() not in dropped)
    rows: list[Row] = []
    lines: dict[str, int] = {}
    for line, cells in records[1:]:
        row = _row(line, [cell.strip() for cell in cells], columns, metadata, offences)
        if row is None:
            continue
        if row.id in lines:
            offences.add("duplicate", f"labels.csv, line {line}: id {row.id!r} stands in line {lines[row.id]} already")
            continue
        lines[row.id] = line
        rows.append(row)
    return LabelTable(rows, metadata, _notices(private, header))


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror}\nCure: give the table as a file you may read"
        ) from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _not_utf8(path, content) from None


def _not_utf8(path: Path, content: bytes) -> InputError:
    cure = f"save it as 'CSV UTF-8', or: iconv -f LATIN1 -t UTF-8 {path.name} > new.csv"
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return InputError(f"{path}: UTF-16 was found, UTF-8 is expected.\nCure: {cure.replace('LATIN1', 'UTF-16')}")
    problems = Problems(f"{path} is not UTF-8")
    for number, line in enumerate(content.split(b"\n"), start=1):
        try:
            line.decode("utf-8")
        except UnicodeDecodeError as error:
            byte = line[error.start]
            guess = bytes([byte]).decode("cp1252", errors="replace")
            problems.add(
                f"line {number}: byte 0x{byte:02x} at position {error.start + 1} (in Latin-1 that is {guess!r})"
            )
    return InputError(problems.text(cure))


def _records(path: Path, text: str) -> list[tuple[int, list[str]]]:
    """Line number and cells of every row that is not blank, the header first."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        records = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        raise InputError(f"{path}, line {reader.line_num}: {error}\nCure: save it as CSV with commas") from error
    if len(records) < 2:
        found = "only a header" if records else "nothing"
        raise InputError(f"{path}: {found} was found.\nCure: one row an image, below the header: id,label")
    return records


def _columns(path: Path, header: list[str]) -> dict[str, int]:
    """Position of every named column; KNOWN ones by their lower-case name."""
    names = [name.lower() if name.lower() in KNOWN else name for name in header]
    problems = Problems(f"{path}: the header cannot be used")
    problems.extend(f"column {name!r} is missing" for name in ("id", "label") if name not in names)
    problems.extend(f"column {name!r} stands twice" for name in sorted({n for n in names if n and names.count(n) > 1}))
    if len(header) == 1 and any(mark in header[0] for mark in ";\t|"):
        problems.add("one column was found, with ';', tabs or '|' in it: commas are expected")
    problems.raise_if_any("the first line is: id,label and optionally group,split,keep and further columns")
    return {name: position for position, name in enumerate(names) if name}


def _row(
    line: int, cells: list[str], columns: dict[str, int], metadata: tuple[str, ...], offences: Offences
) -> Row | None:
    """One row, or None when it has a fault (which is noted)."""
    where = f"labels.csv, line {line}"
    width = max(columns.values()) + 1
    if len(cells) < width or any(cells[width:]):
        offences.add("row", f"{where}: {len(cells)} fields were found, {width} are expected")
        return None
    values = {name: cells[columns[name]] for name in KNOWN if name in columns}
    identifier = identifier_of(values["id"])
    if fault := identifier_fault(identifier):
        offences.add("identifier", f"{where}: id {shown(values['id'])!r} {fault}")
        return None
    split, keep = values.get("split", "").lower(), values.get("keep", "").lower()
    if split and split not in SPLITS:
        offences.add("row", f"{where}: split is {shown(split)!r}")
    if keep not in KEEP:
        offences.add("row", f"{where}: keep is {shown(keep)!r}")
    return Row(
        line=line,
        id=identifier,
        label=values["label"] or None,
        group=values.get("group") or None,
        split=SPLITS.get(split),
        keep=KEEP.get(keep, True),
        metadata=tuple(cells[columns[name.lower() if name.lower() in KNOWN else name]] for name in metadata),
    )


def _notices(private: list[str], header: list[str]) -> list[str]:
    notices = []
    if private:
        notices.append(
            f"labels.csv: columns that look like patient identifiers were left out: {', '.join(map(shown, private))}. "
            "To keep a patient's images together, name that column 'group': it is stored as a salted hash"
        )
    if made := [name for name in header if name.lower() in MADE]:
        notices.append(f"labels.csv: column {', '.join(made)} was left out: it follows from the mask files")
    return notices
