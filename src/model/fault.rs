//! Why not: codes that cross the socket, with the evidence for them.

use alloc::string::String;
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr};

use serde::{Deserialize, Serialize};

use crate::{AuthMethod, Stage};

macro_rules! fault_codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $word:literal, $class:ident, $windows:expr;)+) => {
        /// What went wrong, as a code. The sentences for it live in `i18n/`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum FaultCode {
            $($(#[doc = $doc])+ #[serde(rename = $word)] $name,)+
        }

        impl FaultCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The word for it on the socket and in a log.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word),+ }
            }

            /// What kind of fault it is.
            pub const fn class(self) -> FaultClass {
                match self { $(Self::$name => FaultClass::$class),+ }
            }

            /// The number under which Windows users know it, where there is one.
            pub const fn windows_error(self) -> Option<u16> {
                match self { $(Self::$name => $windows),+ }
            }
        }
    };
}

/// The kind of a fault: what a program that only wants to know "whose turn is it" looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FaultClass {
    /// The login was refused, or the server could not prove itself.
    Login,
    /// The server could not be reached on TCP.
    Unreachable,
    /// The control connection works, the data packets do not pass, or not one of them ever came.
    GreBlocked,
    /// No agreement on encryption.
    Encryption,
    /// Anything else.
    Other,
}

fault_codes! {
    /// The server's name does not exist, or no name server answers.
    DnsFailed = "dns_failed", Unreachable, Some(868);
    /// There is no way to the server: no network, no route, or the network says that it is unreachable.
    NetUnreachable = "net_unreachable", Unreachable, Some(769);
    /// The network wants a person to sign in on a web page first (a captive portal).
    CaptivePortal = "captive_portal", Unreachable, None;
    /// The server has only an IPv6 address; PPTP runs over IPv4.
    Ipv6Server = "ipv6_server", Unreachable, Some(825);
    /// Another VPN is up, and nobody said that one may run through the other.
    OtherVpn = "other_vpn", Unreachable, None;
    /// Nothing answered on the TCP port.
    TcpTimeout = "tcp_timeout", Unreachable, Some(809);
    /// A machine answered, but nothing listens on the TCP port.
    TcpRefused = "tcp_refused", Unreachable, Some(808);
    /// TCP connected, but what answers does not speak PPTP.
    NotPptp = "not_pptp", Unreachable, Some(800);
    /// TCP connected, but nobody answered the Start-Control-Connection-Request or the Outgoing-Call-Request.
    ControlTimeout = "control_timeout", Unreachable, Some(809);
    /// The control connection broke off.
    ControlLost = "control_lost", Other, Some(807);
    /// The server refuses our address (Start-Control-Connection-Reply result 4).
    NotAuthorised = "not_authorised", Other, Some(800);
    /// The server speaks another version of PPTP.
    VersionMismatch = "version_mismatch", Other, Some(800);
    /// The server still holds our last session (Start-Control-Connection-Reply result 3).
    SessionStillOpen = "session_still_open", Other, Some(629);
    /// All lines of the server are in use, or it lacks a resource.
    Busy = "busy", Other, Some(676);
    /// The server refuses the call (Outgoing-Call-Reply result 7).
    CallRefused = "call_refused", Other, Some(775);
    /// The server could not place the call (Outgoing-Call-Reply results 2, 3, 5 and 6).
    CallFailed = "call_failed", Other, Some(774);
    /// The call is up, but not one GRE packet came for it.
    GreBlocked = "gre_blocked", GreBlocked, Some(806);
    /// The server hung up before one GRE packet of its own came: its packets are rejected on the way, which it alone
    /// sees, or it could not start PPP.
    ClosedBeforeGre = "closed_before_gre", GreBlocked, Some(619);
    /// LCP started but the other side went silent, or one direction of GRE is lost.
    PppTimeout = "ppp_timeout", Other, Some(718);
    /// The server hung up before any reason was given.
    ClosedEarly = "closed_early", Other, Some(619);
    /// The server ended the session.
    PeerClosed = "peer_closed", Other, Some(629);
    /// The server's administrator ended the session (Call-Disconnect-Notify result 3).
    AdministratorClosed = "administrator_closed", Other, Some(629);
    /// The server is shutting down (Stop-Control-Connection-Request).
    ServerShutdown = "server_shutdown", Other, Some(629);
    /// User name, password or domain were not accepted.
    AuthRejected = "auth_rejected", Login, Some(691);
    /// The account may not log in at this time of day.
    AuthHours = "auth_hours", Login, Some(646);
    /// The account is switched off.
    AuthDisabled = "auth_disabled", Login, Some(647);
    /// The password is out of date.
    AuthExpired = "auth_expired", Login, Some(648);
    /// The account has no right to dial in.
    AuthNoVpnRight = "auth_no_vpn_right", Login, Some(649);
    /// The new password was refused.
    AuthChangeFailed = "auth_change_failed", Login, Some(709);
    /// The account itself has ended.
    AuthExpiredAccount = "auth_expired_account", Login, Some(708);
    /// The server did not say a word after the login.
    AuthTimeout = "auth_timeout", Other, Some(718);
    /// The server could not prove that it knows the password.
    ServerNotAuthentic = "server_not_authentic", Login, Some(778);
    /// The server asks for a login method that the profile does not allow.
    AuthMethodRefused = "auth_method_refused", Login, Some(919);
    /// The server asks for EAP, which this client does not speak.
    EapRequired = "eap_required", Login, Some(850);
    /// A rule of the server refuses this login.
    PolicyRefused = "policy_refused", Login, Some(812);
    /// The two sides kept on proposing different settings.
    PppNoAgreement = "ppp_no_agreement", Other, Some(732);
    /// The server ended the link while it was being agreed on.
    LcpTerminated = "lcp_terminated", Other, Some(734);
    /// The link is looped back: we talk to ourselves.
    Loopback = "loopback", Other, Some(737);
    /// Packets arrive garbled.
    PppGarbled = "ppp_garbled", Other, Some(722);
    /// The server's encryption does not fit what the profile asks for.
    MppeMismatch = "mppe_mismatch", Encryption, Some(741);
    /// The server has no encryption, and the profile requires it.
    MppeNotOffered = "mppe_not_offered", Encryption, Some(742);
    /// The server requires encryption, and the profile forbids it.
    MppeRequiredByPeer = "mppe_required_by_peer", Encryption, Some(743);
    /// The encryption keys of the two sides differ: nothing that arrives can be read.
    MppeKeysDiffer = "mppe_keys_differ", Encryption, Some(768);
    /// IPCP came to no agreement.
    IpcpFailed = "ipcp_failed", Other, Some(720);
    /// The server has no IP inside the tunnel (Protocol-Reject of IPCP).
    IpcpRejected = "ipcp_rejected", Other, Some(733);
    /// The server ended the IP set-up.
    NcpTerminated = "ncp_terminated", Other, Some(736);
    /// The server gave no address.
    NoAddress = "no_address", Other, Some(738);
    /// The server gave an address that cannot be used.
    BadAddress = "bad_address", Other, Some(735);
    /// The server stopped answering.
    LinkLost = "link_lost", Other, Some(829);
    /// The server closed the session because nothing was sent.
    IdleTimeout = "idle_timeout", Other, Some(828);
    /// The helper was started anew while there was a connection, and does not know the password any more.
    HelperRestarted = "helper_restarted", Other, None;
    /// Something leaves this computer that the guard forbids, by the device that the evidence names.
    GuardLeaks = "guard_leaks", Other, None;
    /// The helper may not do what it needs to (open a raw socket, make a TUN device).
    LocalPermission = "local_permission", Other, Some(5);
    /// This computer could not make the tunnel device.
    LocalDevice = "local_device", Other, Some(651);
    /// This computer could not set addresses or routes.
    LocalNetwork = "local_network", Other, Some(651);
}

impl core::fmt::Display for FaultCode {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A fault with what is known about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// What.
    pub code: FaultCode,
    /// Where on the way, if it was on the way.
    pub stage: Option<Stage>,
    /// What was seen that shows it.
    pub evidence: Vec<Evidence>,
}

impl Fault {
    /// A fault without a stage or evidence.
    pub const fn new(code: FaultCode) -> Self {
        Self { code, stage: None, evidence: Vec::new() }
    }

    /// The same with one more piece of evidence.
    #[must_use]
    pub fn with(mut self, evidence: Evidence) -> Self {
        self.evidence.push(evidence);
        self
    }

    /// The same, said to have happened at `stage`.
    #[must_use]
    pub fn at(mut self, stage: Stage) -> Self {
        self.stage = Some(stage);
        self
    }
}

impl core::fmt::Display for Fault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.code.fmt(f)
    }
}

/// Something that was seen and that shows a fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// Text from the server, at most 256 characters, without control characters.
    ServerText(String),
    /// The result of a control message (RFC 2637 section 2): its result, general error and cause codes.
    ControlResult {
        /// The message's name in the RFC.
        message: String,
        /// The Result Code.
        result: u8,
        /// The Error Code; 0 is none.
        error: u8,
        /// The Cause Code; 0 is none.
        cause: u16,
    },
    /// The error number in the data of an RRAS Terminate-Request, or in an MS-CHAP Failure.
    RasError(u32),
    /// GRE packets that we sent for the call.
    GreSent(u64),
    /// GRE packets that came for the call.
    GreReceived(u64),
    /// GRE packets from the server that carried another call id (a NAT rewrote it, or another session is open).
    GreForeign(u64),
    /// An ICMP error that answered GRE packets of ours (RFC 792, RFC 1812 section 5.2.7).
    Rejected {
        /// Who sent it.
        from: Ipv4Addr,
        /// Its type.
        kind: u8,
        /// Its code.
        code: u8,
    },
    /// What a name server had to say about the server's name.
    NameServer {
        /// Which one.
        address: IpAddr,
        /// What it said.
        said: NameServerSaid,
    },
    /// A VPN of somebody else's that takes our packets.
    OtherVpn {
        /// What it is.
        kind: VpnKind,
        /// Its device; IPsec may work without one.
        interface: Option<String>,
    },
    /// No name server is known that may be asked.
    NoNameServer,
    /// Where the network's sign-in page is, as the network says; fit to be shown.
    SignInPage(String),
    /// The login methods that the server asked for, by name.
    MethodsAsked(Vec<String>),
    /// The login method that was used.
    Method(AuthMethod),
    /// Seconds without an answer.
    SilentFor(u32),
    /// Requests that went unanswered.
    Unanswered(u32),
    /// What the operating system said.
    System(String),
}

/// What another VPN is, as far as can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VpnKind {
    /// A WireGuard device, of whichever program.
    WireGuard,
    /// OpenVPN in the kernel.
    OpenVpn,
    /// A device that a program serves: OpenVPN, OpenConnect, Tailscale and many more.
    Tun,
    /// A PPP device that is not the line itself: PPTP, L2TP, SSTP.
    Ppp,
    /// IPsec, with or without a device.
    Ipsec,
    /// A plain tunnel: GRE, IP in IP.
    Plain,
}

/// What a name server says about a name for which it gives no address (RFC 1035 section 4.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NameServerSaid {
    /// There is no such name (RCODE 3).
    NoSuchName,
    /// The name exists, but has no address.
    NoAddress,
    /// It could not find out, or would not say: the RCODE.
    Failed(u8),
    /// What it says makes no sense.
    Nonsense,
    /// Nothing.
    Nothing,
    /// There is no way to it, or nobody listens there.
    Unreachable,
}

impl Evidence {
    /// Text from the server, made fit to be shown: control characters become spaces, 256 characters at most.
    pub fn server_text(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let shown = |c: char| if c.is_control() { ' ' } else { c };
        Self::ServerText(text.chars().take(256).map(shown).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_code_has_a_word_of_its_own() {
        let words: BTreeSet<_> = FaultCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(words.len(), FaultCode::ALL.len());
    }

    #[test]
    fn text_from_the_server_is_made_harmless() {
        let Evidence::ServerText(text) = Evidence::server_text(b"\x1b[31mE=691\n\xff") else {
            panic!("no text")
        };
        assert_eq!(text, " [31mE=691 \u{fffd}");
        let Evidence::ServerText(text) = Evidence::server_text(&[b'x'; 1000]) else { panic!("no text") };
        assert_eq!(text.len(), 256);
    }
}
