"""What Django's admin shows of each domain, in a file of its own."""
