INSERT INTO shopprivacy_sealing (id, store) VALUES (1, 'abababababababababababababababab');
INSERT INTO shopprivacy_schema (part, version) VALUES ('sealing', 1);
