//! The option negotiation automaton as one table (RFC 1661 section 4).
