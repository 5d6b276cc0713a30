//! Rebuilds the catalog from one volume.
