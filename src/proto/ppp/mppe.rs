//! Microsoft Point-to-Point Encryption (RFC 3078) and its keys (RFC 3079).
