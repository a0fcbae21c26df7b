"""One shop's privacy: policy, keys and store put together."""

from typing import TYPE_CHECKING

from shopprivacy.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from shopprivacy.privacy.root import Privacy

__all__ = ["Privacy"]

if not TYPE_CHECKING:
    __getattr__ = lazy_exports(__name__, {"Privacy": "root"})
