INSERT INTO shopprivacy_subject_ring (fingerprint) VALUES ('ring:1111111111111111111111111111111111111111');
INSERT INTO shopprivacy_mail_asked (subject, day) VALUES ('email:1111111111111111111111111111111111111111', '2026-01-01');
INSERT INTO shopprivacy_schema (part, version) VALUES ('mail', 1);
