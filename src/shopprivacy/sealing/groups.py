"""The names of groups of keys."""

from __future__ import annotations

import re
from typing import Final

from shopprivacy.errors import SealRefused

_GROUP: Final = re.compile(r"[a-z][a-z0-9_-]{0,19}", re.ASCII)


def checked_group(group: object) -> str:
    """Return the group. Raises SealRefused for what is no lower-case word of at most 20 characters."""
    if not isinstance(group, str) or _GROUP.fullmatch(group) is None:
        raise SealRefused("a group of keys is a lower-case word of at most 20 characters")
    return group
