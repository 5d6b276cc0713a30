-- A line's place in the log is told with the log: the empty text is the installation's own, `TENANT/log-N` one that a
-- tenant brought with it when it was taken over.
ALTER TABLE lines ADD COLUMN log TEXT NOT NULL DEFAULT '';
DROP INDEX lines_entry;
CREATE UNIQUE INDEX lines_entry ON lines (log, entry);

-- Where a taken journal passes from one log to the next: its lines before `until`, from the seam before on, are entries
-- of the log that the tenant's record `log-NUMBER` keeps; `first` is the entry there of the first of all its lines in
-- that log. Lines past the last seam are entries of the installation's own log.
CREATE TABLE seams (
    journal TEXT NOT NULL,
    until BIGINT NOT NULL,
    number BIGINT NOT NULL,
    first BIGINT NOT NULL,
    PRIMARY KEY (journal, until)
);
