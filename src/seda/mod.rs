//! SEDA messages, every version: read and write.
