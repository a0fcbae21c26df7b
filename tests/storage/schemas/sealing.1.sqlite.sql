CREATE TABLE shopprivacy_sealing (
    id INTEGER NOT NULL,
    store VARCHAR(32) NOT NULL,
    CONSTRAINT shopprivacy_sealing_pk PRIMARY KEY (id)
);
