//! Every sentence, from `i18n/`.

use culvert_model::{Evidence, Fault, FaultCode, NameServerSaid, Stage, VpnKind, Weakness};
use fluent_bundle::{FluentArgs, FluentBundle, FluentResource};
use unic_langid::LanguageIdentifier;

const ENGLISH: &str = include_str!("../../i18n/en/culvert.ftl");

macro_rules! words {
    ($($name:ident = $id:literal;)+) => {
        /// A sentence that is neither a fault nor a stage.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Word { $($name),+ }

        impl Word {
            #[cfg(test)]
            const ALL: &'static [Self] = &[$(Self::$name),+];

            const fn id(self) -> &'static str {
                match self { $(Self::$name => $id),+ }
            }
        }
    };
}

words! {
    LikeWindows = "like-windows";
    ServerSays = "server-says";
    SystemSays = "system-says";
    MethodsAsked = "methods-asked";
    Rejected = "rejected";
    NameServer = "name-server";
    NoNameServer = "no-name-server";
    Connected = "connected";
    ConnectedAfter = "connected-after";
    Connecting = "connecting";
    Disconnecting = "disconnecting";
    Reconnecting = "reconnecting";
    Blocked = "blocked";
    Lockdown = "lockdown";
    LockdownOn = "lockdown-on";
    LockdownOff = "lockdown-off";
    PortalOpen = "portal-open";
    PortalLooking = "portal-looking";
    PortalNone = "portal-none";
    PortalNotClosed = "portal-not-closed";
    PortalBusy = "portal-busy";
    SignInPage = "sign-in-page";
    ResetDone = "reset-done";
    ResetByHand = "reset-by-hand";
    ResetNotKept = "reset-not-kept";
    DetailGuard = "detail-guard";
    GuardOwned = "guard-owned";
    GuardWatched = "guard-watched";
    GuardOff = "guard-off";
    DetailRoutes = "detail-routes";
    RoutesInPlace = "routes-in-place";
    DetailNames = "detail-names";
    NotConnected = "not-connected";
    Disconnected = "disconnected";
    Cancelled = "cancelled";
    LowProtection = "low-protection";
    PasswordPrompt = "password-prompt";
    PasswordAgain = "password-again";
    DetailAddress = "detail-address";
    DetailServer = "detail-server";
    DetailEncryption = "detail-encryption";
    DetailLogin = "detail-login";
    DetailNameServers = "detail-name-servers";
    DetailTraffic = "detail-traffic";
    Mppe = "mppe";
    MppeStateful = "mppe-stateful";
    NotEncrypted = "not-encrypted";
    Traffic = "traffic";
    WarningEncryptionNone = "warning-encryption-none";
    WarningEncryptionPreferred = "warning-encryption-preferred";
    WarningEncryptionRequired = "warning-encryption-required";
    WarningStateful = "warning-stateful";
    WarningNoGuard = "warning-no-guard";
    WarningIpv6 = "warning-ipv6";
    WarningLan = "warning-lan";
    WarningDns = "warning-dns";
    WarningPap = "warning-pap";
    WarningChapMd5 = "warning-chap-md5";
    WarningMsChapV1 = "warning-ms-chap-v1";
    NoPassword = "no-password";
    NoPasswordLine = "no-password-line";
    HelperNotRunning = "helper-not-running";
    HelperNotAllowed = "helper-not-allowed";
    HelperUntrusted = "helper-untrusted";
    HelperImpostor = "helper-impostor";
    HelperOtherVersion = "helper-other-version";
    HelperLost = "helper-lost";
    OtherVpn = "other-vpn";
    VpnWireGuard = "vpn-wireguard";
    VpnOpenVpn = "vpn-openvpn";
    VpnTun = "vpn-tun";
    VpnPpp = "vpn-ppp";
    VpnIpsec = "vpn-ipsec";
    VpnPlain = "vpn-plain";
    ManagedNone = "managed-none";
    ManagedAtBoot = "managed-at-boot";
    ManagedManual = "managed-manual";
    ManagedUnknown = "managed-unknown";
    NotKept = "not-kept";
    HelperEnding = "helper-ending";
    HelperSilent = "helper-silent";
    HelperTrouble = "helper-trouble";
    Busy = "busy";
    BusyOther = "busy-other";
    OtherConnected = "other-connected";
    OtherConnecting = "other-connecting";
    OtherBlocked = "other-blocked";
    DeniedAdministrator = "denied-administrator";
    DeniedRemote = "denied-remote";
    DeniedForbidden = "denied-forbidden";
    DeniedNoAuthority = "denied-no-authority";
    DeniedNoAuthorityGroup = "denied-no-authority-group";
    DeniedTooSlow = "denied-too-slow";
    DeniedAlreadyAsking = "denied-already-asking";
    DeniedUnrecognised = "denied-unrecognised";
    Unusable = "unusable";
    EndedElsewhere = "ended-elsewhere";
    ProfilesOfRoot = "profiles-of-root";
    ProfilesNone = "profiles-none";
    ProfileWeaker = "profile-weaker";
    ProfileUnreadable = "profile-unreadable";
    ProfileUnknown = "profile-unknown";
    ProfileGone = "profile-gone";
    ProfileChanged = "profile-changed";
    ProfileTrouble = "profile-trouble";
    ProfileWrong = "profile-wrong";
    ProfileSaved = "profile-saved";
    ProfileRemoved = "profile-removed";
    ProfileKept = "profile-kept";
    AskServer = "ask-server";
    AskUser = "ask-user";
    AskRemove = "ask-remove";
    AskImport = "ask-import";
    Imported = "imported";
    ImportFound = "import-found";
    ImportKept = "import-kept";
    ImportChanged = "import-changed";
    ImportIgnored = "import-ignored";
    ImportPassword = "import-password";
    ImportRefused = "import-refused";
    ImportUnread = "import-unread";
    ImportNoUser = "import-no-user";
    PasswordNotKept = "password-not-kept";
    PasswordNotRead = "password-not-read";
    PasswordNotForgotten = "password-not-forgotten";
    KeyringUnlock = "keyring-unlock";
    KeyringAbsent = "keyring-absent";
    KeyringLocked = "keyring-locked";
    KeyringRefused = "keyring-refused";
    KeyringSlow = "keyring-slow";
    KeyringBroken = "keyring-broken";
    PassphrasePrompt = "passphrase-prompt";
    PassphraseAgain = "passphrase-again";
    PassphraseDiffers = "passphrase-differs";
    ExportLost = "export-lost";
    ExportPasswords = "export-passwords";
}

impl From<VpnKind> for Word {
    fn from(kind: VpnKind) -> Self {
        match kind {
            VpnKind::WireGuard => Self::VpnWireGuard,
            VpnKind::OpenVpn => Self::VpnOpenVpn,
            VpnKind::Tun => Self::VpnTun,
            VpnKind::Ppp => Self::VpnPpp,
            VpnKind::Ipsec => Self::VpnIpsec,
            VpnKind::Plain => Self::VpnPlain,
        }
    }
}

impl From<Weakness> for Word {
    fn from(weakness: Weakness) -> Self {
        match weakness {
            Weakness::FewBits => Self::WarningEncryptionRequired,
            Weakness::EncryptionOptional => Self::WarningEncryptionPreferred,
            Weakness::NoEncryption => Self::WarningEncryptionNone,
            Weakness::Stateful => Self::WarningStateful,
            Weakness::MsChapV1 => Self::WarningMsChapV1,
            Weakness::ChapMd5 => Self::WarningChapMd5,
            Weakness::Pap => Self::WarningPap,
            Weakness::NoGuard => Self::WarningNoGuard,
            Weakness::Lan => Self::WarningLan,
            Weakness::Ipv6 => Self::WarningIpv6,
            Weakness::Dns => Self::WarningDns,
        }
    }
}

/// What stands for the names in a sentence.
pub(crate) type Names<'a> = &'a [(&'static str, &'a str)];

/// The sentences of one language.
pub(crate) struct Words(FluentBundle<FluentResource>);

impl Words {
    pub(crate) fn english() -> Self {
        let mut bundle = FluentBundle::new(vec!["en".parse::<LanguageIdentifier>().unwrap_or_default()]);
        // The marks around names, for mixed directions of writing, would show on a terminal.
        bundle.set_use_isolating(false);
        // A test reads the same text: here it is in order.
        let (Ok(resource) | Err((resource, _))) = FluentResource::try_new(ENGLISH.to_owned());
        bundle.add_resource_overriding(resource);
        Self(bundle)
    }

    /// The sentence, and what to do if the sentence says that something is wrong.
    pub(crate) fn say(&self, word: Word, names: Names<'_>) -> String {
        let sentences = [self.find(word.id(), None, names), self.find(word.id(), Some("remedy"), names)];
        sentences.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    pub(crate) fn stage(&self, stage: Stage) -> String {
        self.find(stage_id(stage), None, &[]).unwrap_or_default()
    }

    /// A fault in lines: what happened and why; what to do, with the number that people search for; and what the
    /// other side said about it.
    pub(crate) fn fault(&self, fault: &Fault, server: &str) -> Vec<String> {
        self.fault_with(
            fault,
            &[("server", server), ("port", "unknown"), ("direction", lost_direction(fault))],
        )
    }

    /// The same where the server's TCP port is known too.
    pub(crate) fn fault_at_port(&self, fault: &Fault, server: &str, port: u16) -> Vec<String> {
        let port = port.to_string();
        self.fault_with(fault, &[("server", server), ("port", &port), ("direction", lost_direction(fault))])
    }

    fn fault_with(&self, fault: &Fault, names: Names<'_>) -> Vec<String> {
        let id = fault_id(fault.code);
        let part = |attribute| self.find(&id, attribute, names);
        let happened = [part(None), part(Some("why"))];
        let number = fault.code.windows_error().map(|number| number.to_string());
        let number = number.map(|number| self.say(Word::LikeWindows, &[("number", &number)]));
        let remedy = [part(Some("remedy")), number];
        let lines = [happened, remedy].map(|line| line.into_iter().flatten().collect::<Vec<_>>().join(" "));
        lines.into_iter().chain(fault.evidence.iter().filter_map(|seen| self.evidence(seen))).collect()
    }

    /// What of the evidence a person can use; the rest is for a report.
    fn evidence(&self, evidence: &Evidence) -> Option<String> {
        match evidence {
            Evidence::ServerText(text) if text.trim().is_empty() => None,
            Evidence::ServerText(text) => Some(self.say(Word::ServerSays, &[("text", text)])),
            Evidence::System(text) => Some(self.say(Word::SystemSays, &[("text", text)])),
            Evidence::MethodsAsked(methods) => {
                Some(self.say(Word::MethodsAsked, &[("methods", &methods.join(", "))]))
            }
            Evidence::Rejected { from, kind, code } => {
                let (from, reason) = (from.to_string(), rejection(*kind, *code));
                let (kind, code) = (kind.to_string(), code.to_string());
                let names = [("from", &*from), ("reason", reason), ("kind", &kind), ("code", &code)];
                Some(self.say(Word::Rejected, &names))
            }
            Evidence::NameServer { address, said } => {
                let names = [("address", &*address.to_string()), ("said", name_server_said(*said))];
                Some(self.say(Word::NameServer, &names))
            }
            Evidence::SignInPage(page) => Some(self.say(Word::SignInPage, &[("page", page)])),
            Evidence::OtherVpn { kind, interface } => {
                let name = self.say(Word::from(*kind), &[]);
                let name =
                    interface.as_ref().map_or(name.clone(), |interface| format!("{name} ({interface})"));
                Some(self.say(Word::OtherVpn, &[("name", &name)]))
            }
            Evidence::NoNameServer => Some(self.say(Word::NoNameServer, &[])),
            Evidence::ControlResult { .. }
            | Evidence::RasError(_)
            | Evidence::GreSent(_)
            | Evidence::GreReceived(_)
            | Evidence::GreForeign(_)
            | Evidence::Method(_)
            | Evidence::SilentFor(_)
            | Evidence::Unanswered(_) => None,
        }
    }

    pub(crate) fn find(&self, id: &str, attribute: Option<&str>, names: Names<'_>) -> Option<String> {
        let message = self.0.get_message(id)?;
        let pattern = match attribute {
            None => message.value()?,
            Some(name) => message.get_attribute(name)?.value(),
        };
        let arguments: FluentArgs<'_> = names.iter().copied().collect();
        let text = self.0.format_pattern(pattern, Some(&arguments), &mut Vec::new()).into_owned();
        Some(text.chars().filter(|c| !c.is_control()).collect())
    }
}

/// The reason that an ICMP error gives (RFC 792, RFC 1812 section 5.2.7.1), as the sentence names it.
const fn rejection(kind: u8, code: u8) -> &'static str {
    match (kind, code) {
        (3, 2 | 3) => "protocol",
        (3, 9 | 10 | 13 | 14 | 15) => "prohibited",
        (3, 0 | 1 | 6 | 7 | 8 | 11 | 12) => "unreachable",
        _ => "other",
    }
}

/// In which direction GRE does not pass: where the server's comes, it is ours that does not get through.
fn lost_direction(fault: &Fault) -> &'static str {
    let has_come = |seen: &Evidence| matches!(seen, Evidence::GreReceived(1..));
    if fault.evidence.iter().any(has_come) { "out" } else { "in" }
}

fn fault_id(code: FaultCode) -> String {
    format!("fault-{}", code.as_str().replace('_', "-"))
}

const fn stage_id(stage: Stage) -> &'static str {
    match stage {
        Stage::LookingUpName => "stage-looking-up-name",
        Stage::ReachingServer => "stage-reaching-server",
        Stage::OpeningControlConnection => "stage-opening-control-connection",
        Stage::PlacingCall => "stage-placing-call",
        Stage::WaitingForGre => "stage-waiting-for-gre",
        Stage::AgreeingOnLink => "stage-agreeing-on-link",
        Stage::CheckingPassword => "stage-checking-password",
        Stage::StartingEncryption => "stage-starting-encryption",
        Stage::GettingAddress => "stage-getting-address",
        Stage::SettingUpNetwork => "stage-setting-up-network",
    }
}

const fn name_server_said(said: NameServerSaid) -> &'static str {
    match said {
        NameServerSaid::NoSuchName => "no-such-name",
        NameServerSaid::NoAddress => "no-address",
        NameServerSaid::Failed(_) => "failed",
        NameServerSaid::Nonsense => "nonsense",
        NameServerSaid::Nothing => "nothing",
        NameServerSaid::Unreachable => "unreachable",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use culvert_profiles::import::{Reason, Refusal};

    use super::*;

    /// Everything with words, as the file has it: its name and whether it says what to do.
    fn written() -> BTreeSet<String> {
        let resource = FluentResource::try_new(ENGLISH.to_owned()).expect("the file is in order");
        let ids = ENGLISH.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()));
        let ids: Vec<_> = ids.filter_map(|line| Some(line.split_once(" =")?.0.to_owned())).collect();
        let unique: BTreeSet<_> = ids.iter().cloned().collect();
        assert_eq!(unique.len(), ids.len(), "something is said twice");
        let messages = resource.entries().filter(|entry| format!("{entry:?}").starts_with("Message"));
        assert_eq!(messages.count(), ids.len());
        unique
    }

    #[test]
    fn everything_has_words_and_there_are_no_words_for_nothing() {
        let faults = FaultCode::ALL.iter().map(|&code| fault_id(code));
        let stages = Stage::ALL.iter().map(|&stage| stage_id(stage).to_owned());
        let words = Word::ALL.iter().map(|word| word.id().to_owned());
        let reasons = Reason::ALL.iter().map(|reason| format!("import-reason-{}", reason.as_str()));
        let refusals = Refusal::WORDS.iter().map(|word| format!("import-refusal-{word}"));
        let needed: BTreeSet<_> = faults.chain(stages).chain(words).chain(reasons).chain(refusals).collect();
        let written = written();
        let missing: Vec<_> = needed.difference(&written).collect();
        let idle: Vec<_> = written.difference(&needed).collect();
        assert!(missing.is_empty() && idle.is_empty(), "without words: {missing:?}; for nothing: {idle:?}");
    }

    #[test]
    fn every_fault_says_what_happened_and_what_to_do_in_whole_sentences() {
        let words = Words::english();
        for &code in FaultCode::ALL {
            let lines = words.fault(&Fault::new(code), "vpn.example.com");
            let [happened, remedy] = lines.as_slice() else { panic!("{code}: {lines:?}") };
            assert!(happened.ends_with('.') && !happened.contains('$'), "{code}: {happened}");
            let number = code.windows_error().map(|number| format!("(like Windows error {number})"));
            assert!(
                remedy.ends_with(&number.unwrap_or_default()) && remedy.contains('.'),
                "{code}: {remedy}"
            );
        }
    }

    #[test]
    fn gre_blocked_reads_like_this() {
        let lines = Words::english().fault(&Fault::new(FaultCode::GreBlocked), "vpn.example.com");
        assert!(lines[0].starts_with("vpn.example.com answers, but its data packets do not come back."));
        assert!(lines[1].starts_with("Try a phone hotspot"));
        assert!(lines[1].ends_with("(like Windows error 806)"));
        let out = Fault::new(FaultCode::GreBlocked).with(Evidence::GreReceived(4));
        let lines = Words::english().fault(&out, "vpn.example.com");
        assert!(lines[0].starts_with("vpn.example.com answers, but your data packets do not reach it."));
    }

    #[test]
    fn the_port_is_named_where_it_is_known() {
        let words = Words::english();
        for code in [FaultCode::TcpRefused, FaultCode::NotPptp, FaultCode::TcpTimeout] {
            let fault = Fault::new(code);
            let known = words.fault_at_port(&fault, "vpn.example.com", 1724)[0].clone();
            assert!(known.contains("TCP port 1724"), "{known}");
            let unknown = words.fault(&fault, "vpn.example.com")[0].clone();
            assert!(!unknown.contains("1724") && !unknown.contains("unknown"), "{unknown}");
        }
    }

    #[test]
    fn what_of_a_profile_cannot_be_used_is_said_in_words() {
        let said = |field| Words::english().say(Word::Unusable, &[("field", field)]);
        assert_eq!(said("password"), "The password can't be used: it is too long.");
        for field in ["name", "username", "domain", "port", "auth", "mtu", "traffic", "dns", "search_domains"]
        {
            assert!(!said(field).contains("A setting"), "{field}");
        }
        assert!(said("colour").contains("colour"));
    }

    #[test]
    fn whoever_rejects_gre_is_named_with_the_reason() {
        let words = |kind, code| {
            let from = "192.0.2.7".parse().unwrap();
            let fault = Fault::new(FaultCode::GreBlocked).with(Evidence::Rejected { from, kind, code });
            Words::english().fault(&fault, "h").pop().unwrap()
        };
        assert_eq!(
            words(3, 13),
            "192.0.2.7 rejects the packets: a rule there forbids them (ICMP type 3, code 13)."
        );
        assert!(words(3, 2).contains("nothing there takes them (ICMP type 3, code 2)"));
        assert!(words(3, 1).contains("knows no way for them"));
        assert!(words(11, 0).starts_with("192.0.2.7 rejects the packets (ICMP type 11"));
    }

    #[test]
    fn what_the_server_says_is_quoted_without_its_control_characters() {
        let fault = Fault::new(FaultCode::AuthRejected)
            .with(Evidence::ServerText("go\u{1b}[31m away".to_owned()))
            .with(Evidence::ServerText(" ".to_owned()))
            .with(Evidence::GreSent(3));
        let lines = Words::english().fault(&fault, "h");
        assert_eq!(lines[2..], ["The server says: “go[31m away”"]);
    }

    #[test]
    fn what_a_name_server_said_is_said() {
        let line = |said| {
            let address = [192, 0, 2, 53].into();
            let fault = Fault::new(FaultCode::DnsFailed).with(Evidence::NameServer { address, said });
            Words::english().fault(&fault, "h").pop().unwrap()
        };
        let start = "The name server 192.0.2.53";
        assert_eq!(line(NameServerSaid::NoSuchName), format!("{start} says that there is no such name."));
        assert_eq!(line(NameServerSaid::Failed(2)), format!("{start} could not find out."));
        assert_eq!(line(NameServerSaid::Nothing), format!("{start} does not answer."));
    }
}
