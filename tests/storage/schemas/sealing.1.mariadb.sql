CREATE TABLE shopprivacy_sealing (
    id INTEGER NOT NULL,
    store VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    CONSTRAINT shopprivacy_sealing_pk PRIMARY KEY (id)
)ENGINE=InnoDB;
