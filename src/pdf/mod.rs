//! PDF: writes the archive's own reports and attestations as PDF/A, and prepares them for a signature.
