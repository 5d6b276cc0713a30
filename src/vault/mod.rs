//! What the archive keeps: OCFL volumes; all writing of bytes.
