CREATE TABLE shopprivacy_sealing (
    id INTEGER NOT NULL,
    store VARCHAR(32) NOT NULL,
    newest VARCHAR(27),
    CONSTRAINT shopprivacy_sealing_pk PRIMARY KEY (id)
);
CREATE TABLE shopprivacy_sealing_erased (
    handle VARCHAR(32) NOT NULL,
    at VARCHAR(27) NOT NULL,
    CONSTRAINT shopprivacy_sealing_erased_pk PRIMARY KEY (handle)
);
