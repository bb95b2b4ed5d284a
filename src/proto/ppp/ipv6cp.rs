//! The IPv6 Control Protocol (RFC 5072), refused politely.
