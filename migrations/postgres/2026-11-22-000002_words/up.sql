-- The full-text index: one row per unit, of our tokens. Each token begins with its tenant, so that the index is
-- tenant-first without an extension.
CREATE TABLE words (
    tenant TEXT NOT NULL,
    cursor BIGINT NOT NULL,
    tokens TSVECTOR NOT NULL,
    PRIMARY KEY (tenant, cursor)
);
CREATE INDEX words_tokens ON words USING gin (tokens);
