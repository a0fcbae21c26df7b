CREATE TABLE shopprivacy_checkpoint (
    id SERIAL NOT NULL,
    at VARCHAR(27) NOT NULL,
    counted BIGINT NOT NULL,
    hash VARCHAR(64) NOT NULL,
    rolling VARCHAR(64) NOT NULL,
    tenant VARCHAR(63) NOT NULL,
    key_id VARCHAR(8) NOT NULL,
    public_key VARCHAR(64) NOT NULL,
    signature VARCHAR(128) NOT NULL,
    CONSTRAINT shopprivacy_checkpoint_pk PRIMARY KEY (id)
);

CREATE TABLE shopprivacy_ledger (
    seq BIGINT NOT NULL,
    at VARCHAR(27),
    subject VARCHAR(61),
    purpose VARCHAR(64),
    action VARCHAR(16),
    version VARCHAR(64),
    meaning VARCHAR(64),
    text_hash VARCHAR(64),
    how VARCHAR(20),
    consent_id VARCHAR(64),
    data TEXT,
    ground VARCHAR(64),
    pruned_keep VARCHAR(64),
    pruned_rows TEXT,
    salt VARCHAR(32),
    digest VARCHAR(64) NOT NULL,
    hash VARCHAR(64) NOT NULL,
    key_id VARCHAR(8) NOT NULL,
    CONSTRAINT shopprivacy_ledger_pk PRIMARY KEY (seq)
);

CREATE INDEX shopprivacy_ledger_digest ON shopprivacy_ledger (digest);

CREATE INDEX shopprivacy_ledger_subject_seq ON shopprivacy_ledger (subject, seq);

CREATE TABLE shopprivacy_ledger_head (
    id INTEGER NOT NULL,
    counted BIGINT NOT NULL,
    hash VARCHAR(64) NOT NULL,
    rolling VARCHAR(64) NOT NULL,
    CONSTRAINT shopprivacy_ledger_head_pk PRIMARY KEY (id)
);

CREATE TABLE shopprivacy_policy (
    version VARCHAR(64) NOT NULL,
    digest VARCHAR(64) NOT NULL,
    effective VARCHAR(10) NOT NULL,
    first_enforced_at VARCHAR(27) NOT NULL,
    canonical TEXT NOT NULL,
    CONSTRAINT shopprivacy_policy_pk PRIMARY KEY (version, digest)
);

CREATE TABLE shopprivacy_refusal (
    day VARCHAR(10) NOT NULL,
    purpose VARCHAR(64) NOT NULL,
    counted BIGINT NOT NULL,
    CONSTRAINT shopprivacy_refusal_pk PRIMARY KEY (day, purpose)
);

CREATE TABLE shopprivacy_schema (
    part VARCHAR(20) NOT NULL,
    version INTEGER NOT NULL,
    CONSTRAINT shopprivacy_schema_pk PRIMARY KEY (part)
);
