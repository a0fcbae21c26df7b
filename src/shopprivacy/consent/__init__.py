"""Consent: what was chosen, the cookie that carries it, and the ledger that proves it."""
