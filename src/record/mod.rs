//! What stands on volumes in JSON and CSV: archive.json, description lines, journal lines, referentials.
