INSERT INTO shopprivacy_checkpoint (at, counted, hash, rolling, tenant, key_id, public_key, signature)
VALUES ('2026-01-01T12:00:00.000000Z', 4, 'a54b62aadf91bca6b909544f04af07a0c8951379357ac4a47f45aee9d839cc03', 'c94d43057a2560b389896db346510ea1f5544d47a1df247da2bbc54f4e384086', 'shop', 'b7947c6c', '806b4495485d4a87b403ad016778383fa04290b94165a718cb23394a9885f081', '1ffcbf9355170e6773d671be5e03ad8ae1029a82908974b9026e40f4cfacbd331b43c2655ebbbe8e2cbf189e1b699ff65f0c938d21c63b21b7985ba7bea72d0a');
INSERT INTO shopprivacy_ledger (seq, at, subject, purpose, action, version, meaning, text_hash, how, consent_id, data, ground, pruned_keep, pruned_rows, salt, digest, hash, key_id)
VALUES (1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '1fed3694539ee73b7e5eaf387fba636b6fadaf23c6d70b8a2056f9287fbad1d5', 'de609dda9f77504914408ba6d8e00b1c4a58c0ec0157ec4f510f36453c4f65c0', 'b7947c6c');
INSERT INTO shopprivacy_ledger (seq, at, subject, purpose, action, version, meaning, text_hash, how, consent_id, data, ground, pruned_keep, pruned_rows, salt, digest, hash, key_id)
VALUES (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '8b68c213abae15e311e112c58c227266c13060494a2c052dfae66eaa110f4fee', '75dd12282fc4b3a23fe2dbbc4bf54e14a4a7d47ac5a2b6bc5c266e3daae64c98', 'b7947c6c');
INSERT INTO shopprivacy_ledger (seq, at, subject, purpose, action, version, meaning, text_hash, how, consent_id, data, ground, pruned_keep, pruned_rows, salt, digest, hash, key_id)
VALUES (3, '2026-01-01T12:00:00.000000Z', 'customer:498fd1a2519bcec4256453c80846d1dcc188217d', 'newsletter', 'granted', '2026-01-01.44136fa3', 'abababababababababababababababababababababababababababababababab', 'cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd', 'preference_page', NULL, NULL, NULL, NULL, NULL, '2294d38aab125aa7db6470626e871fc0', '9aa7ce780d01faaabdebc10e72b8df0c319b7b5943ee9fb7e3a434cc989c173d', 'fbeafda9ed94fdef9d7046bf65698c2422e676e60dc995df5bd6e7f1cfca7343', 'b7947c6c');
INSERT INTO shopprivacy_ledger (seq, at, subject, purpose, action, version, meaning, text_hash, how, consent_id, data, ground, pruned_keep, pruned_rows, salt, digest, hash, key_id)
VALUES (4, '2033-01-02T12:01:00.000000Z', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '7 years', '1-2', '9638361411d73697b2648dcd4e2e41ba', '2d526f3beb45a3260342ff5ea48f59f903a2fb2232b2f71c20dcf242e9524115', 'a54b62aadf91bca6b909544f04af07a0c8951379357ac4a47f45aee9d839cc03', 'b7947c6c');
INSERT INTO shopprivacy_ledger_head (id, counted, hash, rolling)
VALUES (1, 4, 'a54b62aadf91bca6b909544f04af07a0c8951379357ac4a47f45aee9d839cc03', 'c94d43057a2560b389896db346510ea1f5544d47a1df247da2bbc54f4e384086');
INSERT INTO shopprivacy_policy (version, digest, effective, first_enforced_at, canonical)
VALUES ('2026-01-01.44136fa3', '158c224e04bc4cc682ab8c4e2cd71dc5e18e2aa6db0b0075799eedf20e4b9bda', '2026-01-01', '2026-01-01T12:00:00.000000Z', '{"effective":"2026-01-01"}');
INSERT INTO shopprivacy_refusal (day, purpose, counted)
VALUES ('2026-01-01', 'statistics', 1);
INSERT INTO shopprivacy_schema (part, version)
VALUES ('ledger', 1);
