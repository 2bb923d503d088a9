"""The frozen phantom: the one made-up dataset that results are published on, by version and fingerprint.

`write_phantom(DST)` and `s4mcl data phantom DST` write it, without further words. Whatever changes a pixel, a mask, a
label or a group of it is a new version, with a fingerprint of its own, reported beside the old.
"""

VERSION = 1  # of 2026-11-23
IMAGES, SEED, SIZE = 894, 0, 128
FINGERPRINT = "215fc3f0d35addb673489c2b968f1a94bf9939bb7270dc48d27babe2dfad5e93"


def frozen_version(fingerprint: str) -> int | None:
    """The version of the frozen phantom that has this fingerprint (`dataset.fingerprint`); None: another dataset."""
    return VERSION if fingerprint == FINGERPRINT else None
