-- Requests to be given archives, and what agencies said of the derogations that they need.

CREATE TABLE requests (
    tenant TEXT NOT NULL REFERENCES tenants (id),
    id TEXT NOT NULL,
    actor TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    on_day TEXT NOT NULL,
    requester TEXT NOT NULL,
    is_agency BOOLEAN NOT NULL,
    motive TEXT NOT NULL,
    list TEXT NOT NULL CHECK (length(list) = 128),
    units BIGINT NOT NULL,
    blocked BIGINT NOT NULL,
    state TEXT NOT NULL,
    delivery TEXT,
    PRIMARY KEY (tenant, id)
);

-- One row per agency asked; the answer's columns are empty until it answers.
CREATE TABLE derogations (
    tenant TEXT NOT NULL,
    request TEXT NOT NULL,
    role TEXT NOT NULL,
    agency TEXT NOT NULL,
    granted BOOLEAN,
    actor TEXT,
    at BIGINT,
    message TEXT,
    PRIMARY KEY (tenant, request, role, agency)
);

-- Where what was sent to another archive is now, as its reply says.
CREATE TABLE destinations (
    tenant TEXT NOT NULL,
    disposal TEXT NOT NULL,
    agency TEXT NOT NULL,
    reply TEXT,
    archive TEXT,
    PRIMARY KEY (tenant, disposal)
);
