"""What domains keep in Django's own database: each one's models and store, in files of its own."""
