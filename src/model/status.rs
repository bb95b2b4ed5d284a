//! What is: the state of a connection as the helper tells it.

use alloc::string::String;
use alloc::vec::Vec;
use core::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use crate::{AuthMethod, Dns, Fault, KeyStrength, Profile, Traffic};

/// Names one connection in requests and notices, so that there can be several one day. Zero names none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConnectionId(pub u64);

/// A step of connecting, in the order in which they are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Looking up the server's name.
    LookingUpName,
    /// Reaching the server on TCP.
    ReachingServer,
    /// Start-Control-Connection (RFC 2637 section 2.1).
    OpeningControlConnection,
    /// Outgoing-Call (RFC 2637 section 2.7).
    PlacingCall,
    /// The call is up, no GRE packet has come yet.
    WaitingForGre,
    /// LCP (RFC 1661).
    AgreeingOnLink,
    /// PAP, CHAP or MS-CHAP.
    CheckingPassword,
    /// CCP and MPPE (RFC 1962, RFC 3078).
    StartingEncryption,
    /// IPCP (RFC 1332).
    GettingAddress,
    /// Addresses and routes on this computer.
    SettingUpNetwork,
}

impl Stage {
    /// Every stage in order.
    pub const ALL: [Self; 10] = [
        Self::LookingUpName,
        Self::ReachingServer,
        Self::OpeningControlConnection,
        Self::PlacingCall,
        Self::WaitingForGre,
        Self::AgreeingOnLink,
        Self::CheckingPassword,
        Self::StartingEncryption,
        Self::GettingAddress,
        Self::SettingUpNetwork,
    ];
}

/// A stage that was reached, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The stage.
    pub stage: Stage,
    /// Milliseconds since the connection was asked for.
    pub after_ms: u64,
}

/// Something only the person can answer while connecting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Question {
    /// The password; the refusal of the last one, where there was one.
    Password {
        /// Why the last password was not taken.
        refused: Option<Fault>,
    },
}

/// The state of a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum State {
    /// Nothing of ours is installed.
    Disconnected {
        /// Why the last attempt or connection ended, if it did not end by request.
        last_fault: Option<Fault>,
    },
    /// On the way.
    Connecting {
        /// Where on the way.
        stage: Stage,
        /// What the person is asked, if anything.
        question: Option<Question>,
    },
    /// Addresses and routes were read back: the tunnel carries traffic.
    Connected {
        /// What was agreed with the server.
        network: Network,
    },
    /// The tunnel was lost and is dialled again. Where the profile has a guard, nothing leaves past it meanwhile.
    Reconnecting {
        /// Which try runs or comes next, from 1.
        attempt: u32,
        /// When that try begins.
        next: NextTry,
        /// Why the tunnel was lost, or the last try failed.
        fault: Fault,
    },
    /// Taking everything down.
    Disconnecting,
    /// Nothing leaves, and nobody dials: a tunnel was lost, or could not be had under lockdown, and dialling again by
    /// itself would not help. A disconnect gives the network back.
    Blocked {
        /// Why.
        fault: Fault,
    },
}

/// When a lost tunnel is dialled again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NextTry {
    /// It runs.
    Now,
    /// After so many milliseconds from this notice.
    In(u64),
    /// As soon as this computer has a network.
    WithNetwork,
}

impl Default for State {
    fn default() -> Self {
        Self::Disconnected { last_fault: None }
    }
}

/// What was agreed with the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// The server's address outside the tunnel.
    pub server: Ipv4Addr,
    /// Our address inside the tunnel.
    pub address: Ipv4Addr,
    /// The server's address inside the tunnel, where it told one.
    pub peer: Option<Ipv4Addr>,
    /// Name servers inside the tunnel, without doubles.
    pub dns: Vec<Ipv4Addr>,
    /// NetBIOS name servers inside the tunnel, without doubles.
    pub nbns: Vec<Ipv4Addr>,
    /// The largest IP packet that fits, in bytes.
    pub mtu: u16,
    /// How the traffic is encrypted; `None` is clear text.
    pub cipher: Option<Cipher>,
    /// How we logged in.
    pub auth: Option<AuthMethod>,
    /// The TUN device, where there is one.
    pub interface: Option<String>,
}

/// An agreed kind of MPPE.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cipher {
    /// The key length.
    pub strength: KeyStrength,
    /// Whether the key changes every 256 packets (true) or with every packet.
    pub stateful: bool,
}

/// Counters since the tunnel came up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statistics {
    /// IP packets received from the tunnel.
    pub received_packets: u64,
    /// Their bytes.
    pub received_bytes: u64,
    /// IP packets sent into the tunnel.
    pub sent_packets: u64,
    /// Their bytes.
    pub sent_bytes: u64,
    /// GRE packets that arrived for this call, of any content.
    pub gre_received: u64,
    /// GRE packets from the server that carried another call id.
    pub gre_foreign: u64,
    /// Packets lost on the way in, as the GRE sequence tells.
    pub lost: u64,
    /// Packets that came out of order and were put back into it.
    pub reordered: u64,
    /// Packets dropped: on the way in duplicates, stragglers, garbled ones and clear ones where encryption is required;
    /// on the way out what is not IPv4, and everything while the link is agreed on anew.
    pub dropped: u64,
}

/// What stands on this computer, whatever connections there are: as it was read back, not as it was meant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Protection {
    /// Whether nothing may leave but through a tunnel, also while there is none.
    pub lockdown: bool,
    /// What was found on the host.
    pub host: HostReading,
    /// Why the host is not as it should be, while it is not.
    pub fault: Option<Fault>,
    /// Whether it is being looked for a captive portal, or the way to its sign-in page is open.
    #[serde(default)]
    pub sign_in: Option<SignIn>,
    /// Whether it takes an administrator to connect with less than the default protection.
    #[serde(default)]
    pub forbids_weaker: bool,
    /// Whether lockdown is what an administrator's files want, so that nobody switches it off.
    #[serde(default)]
    pub is_demanded: bool,
    /// Whether lockdown is on because what was wanted can't be read.
    #[serde(default)]
    pub is_assumed: bool,
}

/// The way to a captive portal's sign-in page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum SignIn {
    /// It is being looked whether there is one.
    Looking,
    /// It is open.
    Open {
        /// Where a browser gets to the page. The network's word: fit to be shown, and for nothing else.
        page: String,
        /// For how long at most.
        left_ms: u64,
    },
}

/// What was read back from the host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostReading {
    /// The guard that stands, if any.
    pub guard: Option<GuardReading>,
    /// Whether routes and rules lead into a tunnel, or, without one, nowhere.
    pub routes: bool,
    /// By whom the tunnel's name servers are asked, where they are.
    pub dns: Option<DnsMethod>,
}

impl HostReading {
    /// Whether `profile` wants names in some domains looked up behind the tunnel, there are name servers in that
    /// `network`, and nobody on this computer can ask those for some names and others for the rest.
    pub fn misses_names(&self, profile: &Profile, network: &Network) -> bool {
        let servers = match &profile.dns {
            Dns::FromServer => &network.dns,
            Dns::Servers(servers) => servers,
            Dns::Leave => return false,
        };
        profile.splits_names() && self.dns.is_none() && !servers.is_empty()
    }
}

/// A guard that was read back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuardReading {
    /// Whether the kernel keeps others from removing it; if not, it is put back at once.
    pub owned: bool,
    /// Whether the kernel helps GRE through a firewall of this computer's own that lets in only answers
    /// (`nf_conntrack_pptp`).
    pub firewall_helper: bool,
}

/// Who was told the tunnel's name servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DnsMethod {
    /// systemd-resolved.
    Resolved,
    /// NetworkManager.
    NetworkManager,
    /// The `resolvconf` program.
    Resolvconf,
    /// The file `/etc/resolv.conf`.
    File,
}

/// One connection as the helper tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Which connection.
    pub connection: ConnectionId,
    /// The name of the profile, or of the server where it has none.
    pub name: String,
    /// The server's name or address, as the profile has it.
    #[serde(default)]
    pub server: String,
    /// Its state.
    pub state: State,
    /// The stages reached so far, with their times.
    pub steps: Vec<Step>,
    /// The counters.
    pub statistics: Statistics,
    /// For how many milliseconds the tunnel has carried traffic, as of now; `None` while it carries none.
    #[serde(default)]
    pub up_ms: Option<u64>,
    /// Whether anybody on the internet answers through a tunnel that all traffic goes into; `None` before that is
    /// known, and for other tunnels.
    #[serde(default)]
    pub internet: Option<bool>,
    /// What its guard holds back while the tunnel is down, as it was asked for: [`Held::on`] tells what is.
    #[serde(default)]
    pub held: Held,
    /// The administrator's profile that it is made from; `None` for a user's own.
    #[serde(default)]
    pub managed: Option<String>,
}

/// What does not leave this computer while a tunnel is down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Held {
    /// Nothing is held back: everything goes its usual way.
    #[default]
    Nothing,
    /// What would go into the tunnel; the rest goes its usual way.
    Tunnel,
    /// Everything.
    Everything,
}

impl Held {
    /// What a profile asks for.
    pub const fn of(profile: &Profile) -> Self {
        match (profile.guard, &profile.traffic) {
            (false, _) => Self::Nothing,
            (true, Traffic::Only { .. }) => Self::Tunnel,
            (true, Traffic::All) => Self::Everything,
        }
    }

    /// What is held back where `protection` was read back.
    #[must_use]
    pub const fn on(self, protection: &Protection) -> Self {
        match (&protection.host.guard, protection.lockdown) {
            (None, _) => Self::Nothing,
            (Some(_), true) => Self::Everything,
            (Some(_), false) => self,
        }
    }
}

impl Status {
    /// That of a connection of which nothing else is known.
    pub fn new(connection: ConnectionId, name: String, state: State) -> Self {
        let statistics = Statistics::default();
        Self {
            connection,
            name,
            server: String::new(),
            state,
            steps: Vec::new(),
            statistics,
            up_ms: None,
            internet: None,
            held: Held::default(),
            managed: None,
        }
    }
}
