"""Groups as salted hashes: who belongs together stays, who it was does not."""

import hashlib
import secrets
from collections.abc import Sequence

from s4mcl_trainables.data.sources.source import Item


def hash_groups(items: Sequence[Item]) -> list[str]:
    """One hash (24 hexadecimal digits) an item; equal where the groups are equal. No group: a group of its own.

    The salt is random and thrown away, so the hashes cannot be undone by trying out names, and differ from run to run.
    """
    salt = secrets.token_bytes(32)

    def hashed(kind: bytes, text: str) -> str:
        return hashlib.blake2b(kind + text.encode(), digest_size=12, key=salt).hexdigest()

    return [hashed(b"group:", item.group) if item.group else hashed(b"image:", item.id) for item in items]
