//! The Compression Control Protocol (RFC 1962), spoken for MPPE alone (RFC 3078).
