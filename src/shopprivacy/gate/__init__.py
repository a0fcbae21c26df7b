"""The cookie gate, without any I/O: which cookies pass, in which direction, and what caches are told."""
