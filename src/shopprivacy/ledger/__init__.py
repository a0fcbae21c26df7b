"""The ledger: an append-only, chained record of what data subjects chose, and what proves it."""
