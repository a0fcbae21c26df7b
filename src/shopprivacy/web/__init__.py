"""The web core without any I/O: heads of requests and responses, the gate, and the pages under ``/privacy``."""
