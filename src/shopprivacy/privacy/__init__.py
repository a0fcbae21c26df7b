"""One shop's privacy: policy, keys and store put together."""

from shopprivacy.privacy.root import Privacy

__all__ = ["Privacy"]
