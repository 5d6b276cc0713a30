-- The full-text index: one row per unit, of our tokens. Each token begins with its tenant, so that the index is
-- tenant-first without an extension. What waits to be merged into the index is read by every search: it is kept small.
CREATE TABLE words (
    tenant TEXT NOT NULL,
    cursor BIGINT NOT NULL,
    tokens TSVECTOR NOT NULL,
    PRIMARY KEY (tenant, cursor)
);
CREATE INDEX words_tokens ON words USING gin (tokens) WITH (gin_pending_list_limit = 256);
