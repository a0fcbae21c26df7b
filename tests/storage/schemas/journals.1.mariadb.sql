CREATE TABLE shopprivacy_journals (
    name VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    at VARCHAR(27) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    empty BOOL NOT NULL,
    PRIMARY KEY (name)
)ENGINE=InnoDB;
