CREATE TABLE shopprivacy_journals (
    name VARCHAR(32) NOT NULL,
    at VARCHAR(27) NOT NULL,
    empty BOOLEAN NOT NULL,
    CONSTRAINT shopprivacy_journals_pk PRIMARY KEY (name)
);
