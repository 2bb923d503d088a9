"""Columns that look like patient identifiers: they never reach a prepared dataset."""

import re

_PERSON = {"name", "firstname", "lastname", "surname", "forename", "fullname", "initials", "dob"}
_NUMBER = {"mrn", "ssn", "nhs", "uid", "insurance"}
_PLACE = {"address", "street", "phone", "email", "postcode", "zip"}
_WORDS = _PERSON | _NUMBER | _PLACE
_STARTS = ("patient", "birth", "accession", "studyinstance", "seriesinstance", "sopinstance")


def looks_private(column: str) -> bool:
    """Whether a column's name suggests that its cells identify a person.

    >>> [looks_private(c) for c in ("PatientID", "birth_date", "Last Name", "dob", "site", "original_width")]
    [True, True, True, True, False, False]
    """
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", column)
    parts = [word.lower() for word in words]
    joined = "".join(parts)
    return (
        any(part in _WORDS or part.startswith(_STARTS) for part in parts)
        or joined.startswith(_STARTS)
        or joined in _WORDS
    )
