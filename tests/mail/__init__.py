"""Marketing by mail."""
