"""What is wrong with a folder of images, by kind: each kind has a heading, a cure, and lists every offender."""

from pathlib import Path

from s4mcl_trainables.problems import InputError, Problems

# kind: (heading, cure), in the order in which they are told
KINDS = {
    "identifier": (
        "Identifiers that are not plain file names",
        "name images by plain file names: no folder, no '..', no '/', '\\' or control characters, UTF-8",
    ),
    "duplicate": (
        "Identifiers that stand more than once",
        "give every image one name and one row; names that differ by their ending alone (a.png, a.jpg) are the same",
    ),
    "row": (
        "Rows of labels.csv that cannot be read",
        "one field for every column; keep is 0 or 1; split is train, validation or test",
    ),
    "no_image": ("Rows without an image", "add the image to images/, or take the row out, or set its keep to 0"),
    "lonely_mask": ("Masks without an image", "give the mask the name of its image, or take it away"),
    "nested": ("Folders where images are expected", "move their images one folder up, or take the folders away"),
    "classes": ("Classes that cannot be used", "correct the labels; leave a label empty where the class is not known"),
    "structures": (
        "Structures that cannot be used",
        "give each image that has masks one of every structure, an empty one (all 0) where it is not there",
    ),
    "no_pixels": ("DICOM files without pixels", "take them away: reports and plans are no images"),
    "unreferable": (
        "DICOM files that no segmentation can refer to",
        "give them the UIDs of SOP class, instance, study and series, or save them as PNG to have masks as PNG alone",
    ),
    "frames": ("Files that hold several images", "save each frame as an image of its own"),
    "unreadable": (
        "Files that cannot be read as images",
        "save them again as PNG, TIFF, JPEG or DICOM, or take them away",
    ),
    "nan": ("Images with values that are not numbers", "replace NaN and infinite values before saving"),
    "overflow": (
        "Images whose values do not fit into 16 bits",
        "save them as 8 or 16 bit grey (0 to 65535); a DICOM may be given a window instead",
    ),
    "constant": (
        "Images that hold one value alone",
        "take them away, or set their keep to 0: there is nothing to learn from",
    ),
    "size": ("Masks whose size is not their image's", "draw the mask on the image's own pixels"),
    "jpeg_mask": ("Masks saved as JPEG", "JPEG cannot hold a mask: it smears the edges into grey; save masks as PNG"),
    "grey_mask": ("Masks with grey values", "a mask is 0 (background) and one other value: save it without smoothing"),
    "label_map": (
        "Label maps with other values than the structures' numbers",
        "0 is background and n the n-th of --structures; without --structures a mask shows one structure",
    ),
}


class Offence(Exception):
    """One offender: its kind (a key of `KINDS`) and what was found."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(kind, text)
        self.kind = kind
        self.text = text


class Offences:
    """Collects offenders of all kinds so that one message tells them all; `done` is what cannot be done with them."""

    def __init__(self, source: Path, done: str = "prepared") -> None:
        self.source, self.done = source, done
        self._kinds: dict[str, list[str]] = {}

    def add(self, kind: str, text: str) -> None:
        """Note one offender; `text` names the file or the row and what was found."""
        assert kind in KINDS, kind
        self._kinds.setdefault(kind, []).append(text)

    def __bool__(self) -> bool:
        return bool(self._kinds)

    def raise_if_any(self) -> None:
        """Raise `InputError` with a block a kind: how many, the first 20, the count of the rest, the cure."""
        if not self._kinds:
            return
        blocks = [f"{self.source} cannot be {self.done}, and nothing was written."]
        for kind, (heading, cure) in KINDS.items():
            if texts := self._kinds.get(kind):
                problems = Problems(f"{heading} ({len(texts)})")
                problems.extend(texts)
                blocks.append(problems.text(cure))
        raise InputError("\n".join(blocks))
