//! What the archive remembers, in SQLite or PostgreSQL; all SQL.
