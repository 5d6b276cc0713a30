-- What is computed of rules, to search by due date. A rebuild does not restore it: everything is then computed again.

-- What is in force for a unit in a category. `until` is the day from which no rule of it holds, NULL when there is none
-- that anybody can tell; `year` is its year. `final_action` is as written, or `CONFLICT`.
CREATE TABLE due (
    tenant TEXT NOT NULL,
    cursor BIGINT NOT NULL,
    category TEXT NOT NULL,
    until TEXT,
    year BIGINT,
    final_action TEXT,
    PRIMARY KEY (tenant, cursor, category)
);
-- Newest deposit first within each year: a page merges as many beginnings as there are years.
CREATE INDEX due_year ON due (tenant, category, year, cursor, until, final_action) WHERE year IS NOT NULL;

-- Archives whose rules are to be computed again. `mark` is raised each time; `spreads` when what lies below in other
-- archives is to be marked too.
CREATE TABLE stale (
    tenant TEXT NOT NULL,
    archive TEXT NOT NULL,
    mark BIGINT NOT NULL,
    spreads BOOLEAN NOT NULL,
    PRIMARY KEY (tenant, archive)
);

-- Rules of the referential that changed, whose users are to be marked.
CREATE TABLE changed_rules (
    tenant TEXT NOT NULL,
    rule TEXT NOT NULL,
    PRIMARY KEY (tenant, rule)
);

-- Which archives have units just under units of another archive, as of their last computation.
CREATE TABLE beneath (
    tenant TEXT NOT NULL,
    archive TEXT NOT NULL,
    above TEXT NOT NULL,
    PRIMARY KEY (tenant, archive, above)
);
CREATE INDEX beneath_above ON beneath (tenant, above, archive);
