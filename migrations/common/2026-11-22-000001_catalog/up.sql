-- The catalog, in the SQL that both engines speak. Ids are text, instants are milliseconds since 1970 (UTC), days are
-- `YYYY-MM-DD`, digests are hexadecimal. The tenant comes first in every key and index of its data.

CREATE TABLE heads (
    journal TEXT PRIMARY KEY NOT NULL,
    position BIGINT NOT NULL,
    digest TEXT NOT NULL CHECK (length(digest) = 128),
    at BIGINT,
    first BIGINT
);

-- `entry` is the line's place in the installation's log.
CREATE TABLE lines (
    journal TEXT NOT NULL,
    position BIGINT NOT NULL,
    entry BIGINT NOT NULL,
    at BIGINT NOT NULL,
    salt TEXT NOT NULL,
    actor TEXT,
    kind TEXT NOT NULL,
    object TEXT NOT NULL,
    outcome TEXT NOT NULL,
    detail TEXT NOT NULL,
    body TEXT NOT NULL CHECK (length(body) = 128),
    previous TEXT NOT NULL CHECK (length(previous) = 128),
    digest TEXT NOT NULL CHECK (length(digest) = 128),
    PRIMARY KEY (journal, position)
);
CREATE UNIQUE INDEX lines_entry ON lines (entry);
CREATE INDEX lines_object ON lines (journal, object, position);

-- Sealed days of journals; the installation's owner is the empty text.
CREATE TABLE seals (
    owner TEXT NOT NULL,
    day TEXT NOT NULL,
    part BIGINT NOT NULL,
    closed BOOLEAN NOT NULL,
    seal TEXT NOT NULL CHECK (length(seal) = 128),
    events BIGINT NOT NULL,
    life_cycle BIGINT NOT NULL,
    PRIMARY KEY (owner, day, part)
);

CREATE TABLE counters (
    name TEXT PRIMARY KEY NOT NULL,
    value BIGINT NOT NULL
);

CREATE TABLE tenants (
    id TEXT PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    archival_agency TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE actors (
    tenant TEXT NOT NULL REFERENCES tenants (id),
    id TEXT NOT NULL,
    label TEXT NOT NULL,
    permissions TEXT NOT NULL,
    agency TEXT,
    revoked_at BIGINT,
    PRIMARY KEY (tenant, id)
);

-- Secrets' verifiers: never on the volumes, so absent after a rebuild (the accounts are then locked).
CREATE TABLE verifiers (
    tenant TEXT NOT NULL,
    actor TEXT NOT NULL,
    verifier TEXT NOT NULL,
    PRIMARY KEY (tenant, actor)
);
CREATE INDEX verifiers_verifier ON verifiers (verifier);

CREATE TABLE transfers (
    tenant TEXT NOT NULL REFERENCES tenants (id),
    id TEXT NOT NULL,
    actor TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    package_name TEXT NOT NULL,
    package_size BIGINT NOT NULL,
    package_digest TEXT NOT NULL CHECK (length(package_digest) = 128),
    transferring_agency TEXT,
    message_identifier TEXT,
    version TEXT,
    acknowledgement TEXT NOT NULL,
    status TEXT NOT NULL,
    status_at BIGINT,
    archive TEXT,
    reply TEXT,
    with_warnings BOOLEAN,
    PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX transfers_key ON transfers (tenant, transferring_agency, message_identifier)
    WHERE status <> 'refused';
CREATE INDEX transfers_status ON transfers (tenant, status, id);

CREATE TABLE archives (
    tenant TEXT NOT NULL REFERENCES tenants (id),
    sequence BIGINT NOT NULL,
    id TEXT NOT NULL,
    number BIGINT NOT NULL,
    inventory TEXT NOT NULL CHECK (length(inventory) = 128),
    generation BIGINT NOT NULL,
    transfer TEXT NOT NULL,
    version TEXT NOT NULL,
    dialect TEXT NOT NULL,
    message_identifier TEXT NOT NULL,
    date TEXT NOT NULL,
    comment TEXT,
    agreement TEXT,
    profile TEXT,
    service_level TEXT,
    acquisition TEXT,
    legal_status TEXT,
    archival_agency TEXT NOT NULL,
    transferring_agency TEXT NOT NULL,
    originating_agency TEXT,
    submission_agency TEXT,
    need_authorization BOOLEAN,
    accepted_at BIGINT NOT NULL,
    units BIGINT NOT NULL,
    groups BIGINT NOT NULL,
    objects BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    PRIMARY KEY (tenant, sequence),
    UNIQUE (tenant, id),
    UNIQUE (tenant, number)
);

-- `cursor` is the archive's sequence * 2^24 + the unit's place in the archive: the catalog's order is deposit order.
CREATE TABLE units (
    tenant TEXT NOT NULL,
    cursor BIGINT NOT NULL,
    id TEXT NOT NULL,
    archive TEXT NOT NULL,
    local_id TEXT NOT NULL,
    root BOOLEAN NOT NULL,
    group_id TEXT,
    existing_group TEXT,
    level TEXT,
    title TEXT NOT NULL,
    description TEXT,
    start_date TEXT,
    end_date TEXT,
    first_day TEXT,
    last_day TEXT,
    originating_agency TEXT,
    submission_agency TEXT,
    document_type TEXT,
    signing TEXT,
    need_authorization BOOLEAN,
    attachment_name TEXT,
    attachment_value TEXT,
    PRIMARY KEY (tenant, cursor),
    UNIQUE (tenant, id)
);

-- Searches by date and facets read this index and not the table.
CREATE INDEX units_facets ON units (tenant, cursor, first_day, last_day, originating_agency, level);

CREATE TABLE unit_parents (
    tenant TEXT NOT NULL,
    cursor BIGINT NOT NULL,
    ordinal BIGINT NOT NULL,
    parent TEXT NOT NULL,
    PRIMARY KEY (tenant, cursor, ordinal)
);
CREATE INDEX unit_parents_parent ON unit_parents (tenant, parent, cursor);

CREATE TABLE unit_identifiers (
    tenant TEXT NOT NULL,
    cursor BIGINT NOT NULL,
    ordinal BIGINT NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (tenant, cursor, ordinal)
);
CREATE INDEX unit_identifiers_value ON unit_identifiers (tenant, value, cursor);

CREATE TABLE unit_keywords (
    tenant TEXT NOT NULL,
    cursor BIGINT NOT NULL,
    ordinal BIGINT NOT NULL,
    keyword TEXT NOT NULL,
    PRIMARY KEY (tenant, cursor, ordinal)
);

-- What units, and archives for what their ManagementMetadata says, say of each category, as given.
CREATE TABLE rule_categories (
    tenant TEXT NOT NULL,
    holder TEXT NOT NULL,
    ordinal BIGINT NOT NULL,
    category TEXT NOT NULL,
    prevent_inheritance BOOLEAN NOT NULL,
    ref_non_rule_ids TEXT NOT NULL,
    final_action TEXT,
    PRIMARY KEY (tenant, holder, ordinal)
);

CREATE TABLE rule_uses (
    tenant TEXT NOT NULL,
    holder TEXT NOT NULL,
    category_ordinal BIGINT NOT NULL,
    ordinal BIGINT NOT NULL,
    rule TEXT NOT NULL,
    start_day TEXT,
    hold_end TEXT,
    PRIMARY KEY (tenant, holder, category_ordinal, ordinal)
);
CREATE INDEX rule_uses_rule ON rule_uses (tenant, rule, holder);

CREATE TABLE object_groups (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    archive TEXT NOT NULL,
    local_id TEXT,
    PRIMARY KEY (tenant, id)
);

CREATE TABLE objects (
    tenant TEXT NOT NULL,
    cursor BIGINT NOT NULL,
    id TEXT NOT NULL,
    archive TEXT NOT NULL,
    local_id TEXT NOT NULL,
    group_id TEXT NOT NULL,
    version TEXT,
    digital BOOLEAN NOT NULL,
    physical_id TEXT,
    name TEXT,
    raw_name TEXT,
    filename TEXT,
    size BIGINT,
    digest TEXT CHECK (length(digest) = 128),
    declared TEXT,
    puid TEXT,
    mime TEXT,
    format_name TEXT,
    PRIMARY KEY (tenant, cursor),
    UNIQUE (tenant, id)
);
CREATE INDEX objects_group ON objects (tenant, group_id, cursor);

CREATE TABLE referential_versions (
    tenant TEXT NOT NULL REFERENCES tenants (id),
    kind TEXT NOT NULL,
    version BIGINT NOT NULL,
    digest TEXT NOT NULL CHECK (length(digest) = 128),
    imported_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, kind, version)
);

CREATE TABLE agencies (
    tenant TEXT NOT NULL REFERENCES tenants (id),
    identifier TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    roles TEXT NOT NULL,
    certificate TEXT,
    PRIMARY KEY (tenant, identifier)
);

CREATE TABLE agreements (
    tenant TEXT NOT NULL REFERENCES tenants (id),
    identifier TEXT NOT NULL,
    name TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    transferring_agencies TEXT NOT NULL,
    originating_agencies TEXT NOT NULL,
    versions TEXT NOT NULL,
    dialects TEXT NOT NULL,
    acceptance TEXT NOT NULL,
    formats TEXT NOT NULL,
    signatures TEXT NOT NULL,
    profile TEXT,
    max_bytes BIGINT,
    max_objects BIGINT,
    master_mandatory BOOLEAN NOT NULL,
    PRIMARY KEY (tenant, identifier)
);

CREATE TABLE rules (
    tenant TEXT NOT NULL REFERENCES tenants (id),
    identifier TEXT NOT NULL,
    category TEXT NOT NULL,
    value TEXT NOT NULL,
    description TEXT,
    duration_unit TEXT,
    duration BIGINT,
    PRIMARY KEY (tenant, identifier)
);

-- Below: what a rebuild does not restore.

CREATE TABLE jobs (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    not_before BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    claimed_by TEXT,
    claimed_until BIGINT,
    failure TEXT,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX jobs_due ON jobs (not_before, id);

CREATE TABLE uploads (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    actor TEXT NOT NULL,
    length BIGINT NOT NULL,
    received BIGINT NOT NULL,
    path TEXT NOT NULL,
    metadata TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX uploads_expiry ON uploads (expires_at);

CREATE TABLE leases (
    name TEXT PRIMARY KEY NOT NULL,
    holder TEXT NOT NULL,
    until BIGINT NOT NULL
);

-- How far each volume's audit has come; the cursor is the last object looked at, empty before the first.
CREATE TABLE audits (
    volume TEXT PRIMARY KEY NOT NULL,
    cursor TEXT NOT NULL,
    since BIGINT NOT NULL,
    finished_at BIGINT,
    copies BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    bad BIGINT NOT NULL,
    repaired BIGINT NOT NULL
);

-- When each copy was last read whole; the installation's owner is the empty text.
CREATE TABLE fixity (
    tenant TEXT NOT NULL,
    volume TEXT NOT NULL,
    object TEXT NOT NULL,
    verified_at BIGINT NOT NULL,
    whole BOOLEAN NOT NULL,
    PRIMARY KEY (tenant, volume, object)
);
CREATE INDEX fixity_bad ON fixity (volume, object) WHERE NOT whole;
