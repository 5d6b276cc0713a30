//! The offices: one file per thing the archive does.
