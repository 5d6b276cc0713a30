//! Referentials: imported whole, versioned, kept on the volumes.
