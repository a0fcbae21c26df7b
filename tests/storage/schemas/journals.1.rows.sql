INSERT INTO shopprivacy_journals (name, at, empty)
VALUES ('0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a', '2026-01-01T12:00:00.000000Z', TRUE);
INSERT INTO shopprivacy_schema (part, version)
VALUES ('journals', 1);
