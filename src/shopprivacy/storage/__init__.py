"""Where the ledger is kept: in memory, in a SQL database, and the journal file beside it. Import what you use."""
