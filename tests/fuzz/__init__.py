"""The gate under a million generated requests: ``python -m tests.fuzz``; docs/how-to/slow-checks.md says when."""
