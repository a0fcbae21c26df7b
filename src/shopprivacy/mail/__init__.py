"""Marketing by mail: unsubscribe links, the suppression list, and who may be written to."""
