"""What a browser says on its visitor's behalf: Global Privacy Control and Do Not Track.

Sources: Global Privacy Control, W3C working draft, section 3.1 (the field is on only with the value ``1``);
Tracking Preference Expression (DNT), section 5.2 (the first character is ``1``).
"""

from __future__ import annotations

from collections.abc import Callable, Collection

GPC_FIELD = "sec-gpc"
DNT_FIELD = "dnt"


def objects(fields: Collection[str], header: Callable[[str], str | None]) -> bool:
    """Whether one of the heeded ``fields`` is switched on.

    ``fields`` are the signals that the policy lets count; ``header`` looks a request's field up by its
    lower-case name. One that was sent twice has both values in it, with a comma between (RFC 9110, section 5.3).
    """
    for field in fields:
        value = header(field)
        if value is not None and _is_on(field, value):
            return True
    return False


def _is_on(field: str, value: str) -> bool:
    each = [one.strip(" \t") for one in value.split(",")]
    return "1" in each if field == GPC_FIELD else any(one.startswith("1") for one in each)
