CREATE TABLE shopprivacy_sealing (
    id INTEGER NOT NULL,
    store VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    newest VARCHAR(27) CHARACTER SET ascii COLLATE ascii_bin,
    CONSTRAINT shopprivacy_sealing_pk PRIMARY KEY (id)
)ENGINE=InnoDB;
CREATE TABLE shopprivacy_sealing_erased (
    handle VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    at VARCHAR(27) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    CONSTRAINT shopprivacy_sealing_erased_pk PRIMARY KEY (handle)
)ENGINE=InnoDB;
