//! What a control connection is told once.

use alloc::string::String;
use core::time::Duration;

/// How long each end waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// For the message that opens the control connection or the call. The RFC allows 60 s; nobody watches a
    /// window for so long.
    pub reply: Duration,
    /// Silence after which an Echo-Request goes out (RFC 2637 section 3.1.3). A little less than the 60 s after
    /// which some firewalls (Cisco PIX) drop a connection that had no echo from our side.
    pub echo_interval: Duration,
    /// For the Echo-Reply.
    pub echo_reply: Duration,
    /// For each answer while closing.
    pub shutdown: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            reply: Duration::from_secs(15),
            echo_interval: Duration::from_secs(55),
            echo_reply: Duration::from_secs(60),
            shutdown: Duration::from_secs(2),
        }
    }
}

/// The client's end: the PPTP Network Server of the RFC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PnsConfig {
    /// Our name, as much of it as the server should know.
    pub host_name: String,
    /// Who made this software.
    pub vendor: String,
    /// The revision of this software.
    pub firmware: u16,
    /// How many GRE packets we say to buffer.
    pub window: u16,
    /// How long to wait.
    pub timing: Timing,
}

impl Default for PnsConfig {
    fn default() -> Self {
        Self {
            host_name: String::new(),
            vendor: String::from("Culvert"),
            firmware: 1,
            window: 64,
            timing: Timing::default(),
        }
    }
}

/// The server's end: the PPTP Access Concentrator of the RFC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PacConfig {
    /// The server's name.
    pub host_name: String,
    /// Who made this software.
    pub vendor: String,
    /// The revision of this software.
    pub firmware: u16,
    /// How many GRE packets the server says to buffer.
    pub window: u16,
    /// How many calls the server says to take in all.
    pub maximum_channels: u16,
    /// How long to wait.
    pub timing: Timing,
}

impl Default for PacConfig {
    fn default() -> Self {
        Self {
            host_name: String::new(),
            vendor: String::from("Culvert"),
            firmware: 1,
            window: 64,
            maximum_channels: 1,
            timing: Timing::default(),
        }
    }
}
