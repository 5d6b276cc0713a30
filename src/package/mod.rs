//! Containers: limits, safe names, one entry at a time.
