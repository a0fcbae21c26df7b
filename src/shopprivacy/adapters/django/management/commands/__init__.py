"""One command: ``shopprivacy``."""
