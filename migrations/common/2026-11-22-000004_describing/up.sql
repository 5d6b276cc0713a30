-- Holds that archivists placed; what SIPs say of holds stands among the rules.
CREATE TABLE holds (
    tenant TEXT NOT NULL REFERENCES tenants (id),
    id TEXT NOT NULL,
    reason TEXT NOT NULL,
    owner TEXT,
    placed_at BIGINT NOT NULL,
    placed_by TEXT NOT NULL,
    reassess TEXT,
    until_day TEXT,
    prevents_rearrangement BOOLEAN NOT NULL,
    lifted_at BIGINT,
    lifted_by TEXT,
    lifting_reason TEXT,
    PRIMARY KEY (tenant, id)
);

-- The units that a hold names; it covers those below them too.
CREATE TABLE hold_units (
    tenant TEXT NOT NULL,
    unit TEXT NOT NULL,
    hold TEXT NOT NULL,
    PRIMARY KEY (tenant, unit, hold)
);
CREATE INDEX hold_units_hold ON hold_units (tenant, hold, unit);

-- What was amended in each archive, in order; an amendment may span archives.
CREATE TABLE amendments (
    tenant TEXT NOT NULL REFERENCES tenants (id),
    archive TEXT NOT NULL,
    ordinal BIGINT NOT NULL,
    id TEXT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    reverts TEXT,
    units BIGINT NOT NULL,
    PRIMARY KEY (tenant, archive, ordinal)
);
CREATE UNIQUE INDEX amendments_id ON amendments (tenant, id, archive);

CREATE TABLE amended_units (
    tenant TEXT NOT NULL,
    unit TEXT NOT NULL,
    ordinal BIGINT NOT NULL,
    archive TEXT NOT NULL,
    PRIMARY KEY (tenant, unit, ordinal)
);
CREATE INDEX amended_units_archive ON amended_units (tenant, archive, ordinal);
