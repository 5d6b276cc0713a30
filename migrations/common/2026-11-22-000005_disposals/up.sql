-- Plans by which units leave for good, and what agencies said of them. Their lists and papers stand on the volumes, in the
-- tenant's record `disposal-ID`.

CREATE TABLE disposals (
    tenant TEXT NOT NULL REFERENCES tenants (id),
    id TEXT NOT NULL,
    disposition TEXT NOT NULL,
    actor TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    on_day TEXT NOT NULL,
    list TEXT NOT NULL CHECK (length(list) = 128),
    receiver TEXT,
    replaces TEXT,
    agencies TEXT NOT NULL,
    state TEXT NOT NULL,
    archives BIGINT NOT NULL,
    units BIGINT NOT NULL,
    objects BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    message TEXT,
    package TEXT,
    certificate TEXT,
    notification TEXT,
    PRIMARY KEY (tenant, id)
);

-- `actor` is the account that spoke, or that handed the message in; `message` is the digest of the message, if one said so.
CREATE TABLE consents (
    tenant TEXT NOT NULL,
    disposal TEXT NOT NULL,
    role TEXT NOT NULL,
    agency TEXT NOT NULL,
    actor TEXT NOT NULL,
    at BIGINT NOT NULL,
    granted BOOLEAN NOT NULL,
    list TEXT NOT NULL CHECK (length(list) = 128),
    message TEXT,
    PRIMARY KEY (tenant, disposal, role, agency)
);
