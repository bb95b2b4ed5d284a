//! pppd's files: a peer, the options that it shares with others, and the secrets.
//!
//! What pppd would run to reach the server (`pty`) is read for the server's name and never run; of what it would run
//! otherwise, nothing is even kept.

mod options;
mod secrets;
mod words;

pub(super) use secrets::Secrets;

use super::Source;
use super::draft::Draft;

/// The deepest `file` and `call` that are followed.
const DEEPEST: usize = 4;
/// The most of them in one connection: files that name each other again and again would have no end.
const MOST: usize = 32;

/// The connection of a peers file.
pub(super) fn read(source: &Source, text: &str) -> Vec<Draft> {
    let mut peer = options::Peer::new(source.name());
    peer.take(source, text, 0);
    vec![peer.finish()]
}

/// Whether this is a peers file that reaches its server by PPTP.
pub(super) fn is_peer(text: &str) -> bool {
    let lines = || text.lines().map(str::trim_start).filter(|line| !line.starts_with('#'));
    lines().any(|line| line.starts_with("pty") && line.contains("pptp"))
        || lines().any(|line| line.starts_with("plugin") && line.contains("pptp"))
        || lines().any(|line| line.starts_with("pptp_server"))
}

#[cfg(test)]
pub(super) mod tests;
