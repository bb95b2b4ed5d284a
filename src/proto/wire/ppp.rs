//! PPP frames, control packets and option lists (RFC 1661 sections 2, 5 and 6).
