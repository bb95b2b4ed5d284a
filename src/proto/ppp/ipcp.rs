//! The IP Control Protocol (RFC 1332) with name servers (RFC 1877).
