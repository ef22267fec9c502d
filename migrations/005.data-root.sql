-- A catalog belongs to one data root: study ids and file names say nothing about whose they are.

CREATE TABLE data_root (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  path TEXT NOT NULL              -- absolute, free of links
);
