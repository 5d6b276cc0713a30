//! Deliveries: chosen units and what they hold, as a SEDA package that another system can take in.
