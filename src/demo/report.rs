//! What is shown, to people or to programs.

use std::fmt;
use std::io::{self, Write};
use std::time::Duration;

use culvert_model::{AuthMethod, Cipher, Network, Stage};
use serde::Serialize;

use crate::transfer::Moved;

/// What was found out, as one object.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// From the wish to a tunnel that carries traffic, in milliseconds.
    pub connect_ms: f64,
    /// The median time of an echo through the tunnel, in milliseconds.
    pub ping_ms: f64,
    /// TCP to the server, in megabits a second.
    pub up_mbit: f64,
    /// TCP from the server, in megabits a second.
    pub down_mbit: f64,
    /// How the traffic was encrypted.
    pub cipher: String,
    /// How we logged in.
    pub auth: String,
    /// Devices, addresses, routes, rules and tables of the packet filter that were not as before.
    pub leftovers: usize,
}

impl Report {
    /// The report of a run.
    pub fn new(connect: Duration, network: &Network, ping: Duration, [up, down]: [Moved; 2]) -> Self {
        Self {
            connect_ms: millis(connect),
            ping_ms: millis(ping),
            up_mbit: round(up.mbit(), 1),
            down_mbit: round(down.mbit(), 1),
            cipher: cipher(network.cipher),
            auth: auth(network.auth).to_owned(),
            leftovers: 0,
        }
    }
}

/// Shows people what happens while it happens; says nothing where a program reads.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    /// Whether a program reads.
    pub is_silent: bool,
}

impl Screen {
    /// Shows a line.
    pub fn say(self, line: impl fmt::Display) {
        if !self.is_silent {
            // Nobody looks: no reason to fail.
            writeln!(io::stdout(), "{line}").ok();
        }
    }

    /// Shows something that took a time.
    pub fn timed(self, time: Duration, line: impl fmt::Display) {
        self.say(format_args!("{:>7} ms       {line}", time.as_millis()));
    }
}

/// A stage in words.
pub const fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::LookingUpName => "looking up the server's name",
        Stage::ReachingServer => "reaching the server",
        Stage::OpeningControlConnection => "opening the control connection",
        Stage::PlacingCall => "placing the call",
        Stage::WaitingForGre => "waiting for the first data packet",
        Stage::AgreeingOnLink => "agreeing on the link",
        Stage::CheckingPassword => "checking the password, ours and the server's proof",
        Stage::StartingEncryption => "starting encryption",
        Stage::GettingAddress => "getting an address",
        Stage::SettingUpNetwork => "setting up the network",
    }
}

/// A login method in words.
pub const fn auth(method: Option<AuthMethod>) -> &'static str {
    match method {
        Some(method) => method.name(),
        None => "none",
    }
}

/// A cipher in words.
pub fn cipher(cipher: Option<Cipher>) -> String {
    match cipher {
        Some(Cipher { strength, stateful }) => {
            format!("MPPE-{} {}", strength.bits(), if stateful { "stateful" } else { "stateless" })
        }
        None => "none".to_owned(),
    }
}

fn millis(time: Duration) -> f64 {
    round(time.as_secs_f64() * 1000.0, 3)
}

fn round(value: f64, digits: i32) -> f64 {
    let factor = 10_f64.powi(digits);
    (value * factor).round() / factor
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use culvert_model::KeyStrength;

    use super::*;

    #[test]
    fn the_object_has_the_promised_keys() {
        let network = Network {
            server: Ipv4Addr::LOCALHOST,
            address: Ipv4Addr::LOCALHOST,
            peer: None,
            dns: vec![],
            nbns: vec![],
            mtu: 1396,
            cipher: Some(Cipher { strength: KeyStrength::Bits128, stateful: false }),
            auth: Some(AuthMethod::MsChapV2),
            interface: None,
        };
        let moved = Moved { bytes: 1_000_000, time: Duration::from_millis(10) };
        let time = Duration::from_micros(1234);
        let report = Report::new(time, &network, time, [moved, moved]);
        let text = serde_json::to_string(&report).unwrap();
        assert_eq!(
            text,
            r#"{"connect_ms":1.234,"ping_ms":1.234,"up_mbit":800.0,"down_mbit":800.0,"cipher":"MPPE-128 stateless","auth":"MS-CHAPv2","leftovers":0}"#
        );
    }
}
