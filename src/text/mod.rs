//! Words of a text as the full-text indexes of both engines hold them.
