CREATE TABLE shopprivacy_mail_asked (
    subject VARCHAR(61) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    day VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    CONSTRAINT shopprivacy_mail_asked_pk PRIMARY KEY (subject, day)
)ENGINE=InnoDB;

CREATE TABLE shopprivacy_subject_ring (
    fingerprint VARCHAR(61) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    CONSTRAINT shopprivacy_subject_ring_pk PRIMARY KEY (fingerprint)
)ENGINE=InnoDB;
