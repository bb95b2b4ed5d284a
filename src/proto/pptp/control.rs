//! The control connection (RFC 2637 section 3), both ends of it.
