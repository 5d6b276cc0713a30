//! Tenants and service credentials.
