//! Calls to the outside over HTTP: time-stamp authorities and witnesses. Every call has a limit of time and of bytes.
