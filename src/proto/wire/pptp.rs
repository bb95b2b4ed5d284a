//! Control messages (RFC 2637 section 2).
