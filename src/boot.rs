//! Makes an archive out of a configuration; where the system clock lets time in.
