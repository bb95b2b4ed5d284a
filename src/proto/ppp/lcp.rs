//! The Link Control Protocol (RFC 1661 section 5).
