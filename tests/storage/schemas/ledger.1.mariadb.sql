CREATE TABLE shopprivacy_checkpoint (
    id INTEGER NOT NULL AUTO_INCREMENT,
    at VARCHAR(27) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    counted BIGINT NOT NULL,
    hash VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    rolling VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    tenant VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    key_id VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    public_key VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    signature VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    CONSTRAINT shopprivacy_checkpoint_pk PRIMARY KEY (id)
)ENGINE=InnoDB;

CREATE TABLE shopprivacy_ledger (
    seq BIGINT NOT NULL,
    at VARCHAR(27) CHARACTER SET ascii COLLATE ascii_bin,
    subject VARCHAR(61) CHARACTER SET ascii COLLATE ascii_bin,
    purpose VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin,
    action VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin,
    version VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin,
    meaning VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin,
    text_hash VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin,
    how VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin,
    consent_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin,
    data TEXT,
    ground VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin,
    pruned_keep VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin,
    pruned_rows TEXT,
    salt VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin,
    digest VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    hash VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    key_id VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    CONSTRAINT shopprivacy_ledger_pk PRIMARY KEY (seq)
)ENGINE=InnoDB;

CREATE INDEX shopprivacy_ledger_digest ON shopprivacy_ledger (digest);

CREATE INDEX shopprivacy_ledger_subject_seq ON shopprivacy_ledger (subject, seq);

CREATE TABLE shopprivacy_ledger_head (
    id INTEGER NOT NULL,
    counted BIGINT NOT NULL,
    hash VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    rolling VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    CONSTRAINT shopprivacy_ledger_head_pk PRIMARY KEY (id)
)ENGINE=InnoDB;

CREATE TABLE shopprivacy_policy (
    version VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    digest VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    effective VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    first_enforced_at VARCHAR(27) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    canonical MEDIUMTEXT NOT NULL,
    CONSTRAINT shopprivacy_policy_pk PRIMARY KEY (version, digest)
)ENGINE=InnoDB;

CREATE TABLE shopprivacy_refusal (
    day VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    purpose VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    counted BIGINT NOT NULL,
    CONSTRAINT shopprivacy_refusal_pk PRIMARY KEY (day, purpose)
)ENGINE=InnoDB;

CREATE TABLE shopprivacy_schema (
    part VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    version INTEGER NOT NULL,
    CONSTRAINT shopprivacy_schema_pk PRIMARY KEY (part)
)ENGINE=InnoDB;
