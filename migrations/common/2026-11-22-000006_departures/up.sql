-- What left for good: each unit, and each archive of which nothing remains, with the plan under which it left.
CREATE TABLE departed (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    archive TEXT NOT NULL,
    generation BIGINT NOT NULL,
    disposal TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX departed_disposal ON departed (tenant, disposal, id);

-- Generations of archives that were destroyed, and whose bytes may still stand on some volume: work to be done.
CREATE TABLE erasures (
    tenant TEXT NOT NULL,
    archive TEXT NOT NULL,
    generation BIGINT NOT NULL,
    PRIMARY KEY (tenant, archive, generation)
);

-- Archives that a replay saw accepted and found on no volume: a later line must tell that they were destroyed. Empty
-- whenever a replay has come to its end.
CREATE TABLE awaited (
    tenant TEXT NOT NULL,
    archive TEXT NOT NULL,
    PRIMARY KEY (tenant, archive)
);

-- Whoever is attached to a unit, or refers to a group, of another archive.
CREATE INDEX units_attached_to ON units (tenant, attachment_value) WHERE attachment_value IS NOT NULL;
CREATE INDEX units_existing_group ON units (tenant, existing_group) WHERE existing_group IS NOT NULL;
