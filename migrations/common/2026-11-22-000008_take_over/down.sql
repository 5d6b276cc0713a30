DROP TABLE seams;
DROP INDEX lines_entry;
DELETE FROM lines WHERE log <> '';
ALTER TABLE lines DROP COLUMN log;
CREATE UNIQUE INDEX lines_entry ON lines (entry);
