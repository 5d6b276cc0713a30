-- Archival profiles: grammars and schemas that transfers must follow. Their texts stand on the volumes, in the tenant's
-- record of profiles; `files` lists them, the main one first, one a line: digest, size, name.
CREATE TABLE profiles (
    tenant TEXT NOT NULL REFERENCES tenants (id),
    identifier TEXT NOT NULL,
    language TEXT NOT NULL,
    version BIGINT NOT NULL,
    imported_at BIGINT NOT NULL,
    files TEXT NOT NULL,
    PRIMARY KEY (tenant, identifier)
);
