"""The shop's pages, one router each."""
