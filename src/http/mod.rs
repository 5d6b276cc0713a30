//! The HTTP face: it translates and renders, and decides nothing.
