import pytest

from s4mcl_trainables.data.sources.private_columns import looks_private

PATIENT = ["patient", "PatientID", "patient_name", "PATIENT_BIRTH_DATE", "name", "Last Name", "first_name"]
NUMBERS = ["MRN", "AccessionNumber", "accession_no", "StudyInstanceUID", "dob", "birthdate", "BirthDate", "email"]


@pytest.mark.parametrize("column", [*PATIENT, *NUMBERS])
def test_columns_that_identify_a_person(column: str) -> None:
    assert looks_private(column)


@pytest.mark.parametrize("column", ["site", "original_width", "label_conflict", "mask_files", "age", "sex", "density"])
def test_columns_that_do_not(column: str) -> None:
    assert not looks_private(column)
