CREATE TABLE shopprivacy_mail_asked (
    subject VARCHAR(61) NOT NULL,
    day VARCHAR(10) NOT NULL,
    CONSTRAINT shopprivacy_mail_asked_pk PRIMARY KEY (subject, day)
);

CREATE TABLE shopprivacy_subject_ring (
    fingerprint VARCHAR(61) NOT NULL,
    CONSTRAINT shopprivacy_subject_ring_pk PRIMARY KEY (fingerprint)
);
