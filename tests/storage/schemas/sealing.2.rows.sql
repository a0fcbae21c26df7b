INSERT INTO shopprivacy_sealing (id, store, newest) VALUES (1, 'abababababababababababababababab', '2026-01-01T12:00:00.000000Z');
INSERT INTO shopprivacy_sealing_erased (handle, at) VALUES ('cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd', '2026-01-02T12:00:00.000000Z');
INSERT INTO shopprivacy_schema (part, version) VALUES ('sealing', 2);
