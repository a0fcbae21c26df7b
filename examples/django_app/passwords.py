"""How passwords are hashed in a shop with a clock to move, where they are nobody's."""

from __future__ import annotations

from django.contrib.auth.hashers import ScryptPasswordHasher


class QuickHasher(ScryptPasswordHasher):
    """In no time, and so not for passwords of people."""

    work_factor = 2
    block_size = 1
    parallelism = 1
