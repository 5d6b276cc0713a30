-- The full-text index: one row per unit, whose rowid is the unit's cursor and whose tokens are ours, parted by blanks.
-- Nothing but the index is stored; each token begins with its tenant.
CREATE VIRTUAL TABLE words USING fts5 (
    tokens,
    content = '',
    contentless_delete = 1,
    detail = none,
    tokenize = "ascii tokenchars '-/~=_'"
);

-- The index read backwards, to compare two catalogs.
CREATE VIRTUAL TABLE words_read USING fts5vocab (words, instance);
