//! Errors that name the guilty.

/// Why a message could not be taken or made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The bytes are not what they claim to be; the field is named.
    #[error("malformed: {0}")]
    Malformed(&'static str),
    /// A well-formed message that has no place in the present state.
    #[error("unexpected: {0}")]
    Unexpected(&'static str),
    /// The peer broke a rule of the protocol.
    #[error("the peer misbehaved: {0}")]
    PeerMisbehaved(&'static str),
    /// Legal, but not spoken here.
    #[error("unsupported: {0}")]
    Unsupported(&'static str),
    /// The caller's own mistake.
    #[error("local: {0}")]
    Local(&'static str),
}
