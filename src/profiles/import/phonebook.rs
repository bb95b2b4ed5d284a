//! Windows' phonebook, `rasphone.pbk` ([MS-RRASM] section 2.2.2).
//!
//! It looks like an INI file and is none: `Device=` and `DEVICE=` are two things, and their order says what belongs to
//! what. A line that means nothing here is kept in its place, for the way back.

use culvert_model::{AuthMethod, Dns, Encryption};

use super::draft::{Draft, Field, never_kept};
use super::{Reason, Refusal};
use crate::PasswordMode;

/// Under this the lines of an entry are kept, in their order.
pub(crate) const LINES: &str = "lines";

/// The connections of a phonebook.
pub(super) fn read(text: &str) -> Vec<Draft> {
    let mut entries: Vec<Entry<'_>> = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim_end();
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            entries.push(Entry { line: number, name, fields: Vec::new() });
        } else if let Some((key, value)) = line.split_once('=') {
            match entries.last_mut() {
                Some(entry) => {
                    entry.fields.push(Field { line: number, key: key.trim(), value: value.trim() })
                }
                None => return vec![Draft::broken_at(number, "a line before the first entry")],
            }
        } else if !line.trim().is_empty() {
            return vec![Draft::broken_at(number, "neither an entry nor a line with =")];
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    entries.iter().map(|entry| entry.draft(!seen.insert(entry.name))).collect()
}

struct Entry<'a> {
    line: u32,
    name: &'a str,
    fields: Vec<Field<'a>>,
}

impl Entry<'_> {
    fn draft(&self, is_repeated: bool) -> Draft {
        let mut draft = Draft::new(self.line);
        draft.name(Field { line: self.line, key: "[]", value: self.name });
        if is_repeated {
            draft.refuse(Refusal::Syntax {
                line: self.line,
                what: "an entry of this name was there before".to_owned(),
            });
        }
        self.look_at_kind(&mut draft);
        let mut reading = Reading::default();
        for field in &self.fields {
            reading.take(&mut draft, *field);
        }
        reading.settle(&mut draft);
        draft.keep(LINES, self.lines());
        draft
    }

    fn value(&self, key: &str) -> Option<Field<'_>> {
        self.fields.iter().find(|field| field.key == key).copied()
    }

    /// Whether it is a VPN, and of which kind ([MS-RRASM] section 2.2.2.2, `Type` and `VpnStrategy`).
    fn look_at_kind(&self, draft: &mut Draft) {
        if let Some(kind) = self.value("Type").filter(|kind| kind.value != "2") {
            let kind = match kind.value {
                "1" => "a telephone line",
                "3" => "a cable between two computers",
                "5" => "broadband, PPPoE",
                _ => "an unknown kind",
            };
            return draft.refuse(Refusal::OtherVpn(kind.to_owned()));
        }
        let Some(strategy) = self.value("VpnStrategy") else { return };
        match strategy.value {
            "1" | "2" | "12" => draft.used(strategy),
            "0" | "" | "15" => draft.changed(strategy, Reason::Automatic),
            "3" | "4" | "13" => draft.refuse(Refusal::OtherVpn("L2TP".to_owned())),
            "5" | "6" => draft.refuse(Refusal::OtherVpn("SSTP".to_owned())),
            "7" | "8" | "14" => draft.refuse(Refusal::OtherVpn("IKEv2".to_owned())),
            _ => draft.broken(strategy, "no such kind is known"),
        }
    }

    /// The entry as it stands there, but for its server, which can be changed here.
    fn lines(&self) -> String {
        let kept = self.fields.iter().filter(|field| refused(**field).is_none());
        let lines = kept.map(|field| format!("{}={}", field.key, field.value));
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// Which block of the entry is read, and what means something only together with others.
#[derive(Default)]
struct Reading {
    block: Block,
    is_split: bool,
    has_own_dns: bool,
    servers: Vec<std::net::Ipv4Addr>,
    is_unclassful: bool,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Block {
    #[default]
    Entry,
    Components,
    Media,
    Device,
}

impl Reading {
    fn take(&mut self, draft: &mut Draft, field: Field<'_>) {
        match field.key {
            "NETCOMPONENTS" => self.block = Block::Components,
            "MEDIA" => self.block = Block::Media,
            "DEVICE" => self.block = Block::Device,
            _ => {}
        }
        match (self.block, field.key) {
            (Block::Entry, _) => self.entry(draft, field),
            (Block::Device, "PhoneNumber") => draft.server_or_further(field),
            _ => draft.ignored(field, Reason::Always),
        }
    }

    fn entry(&mut self, draft: &mut Draft, field: Field<'_>) {
        let is_on = field.value == "1";
        match field.key {
            "Type" | "VpnStrategy" => {}
            "DataEncryption" => encryption(draft, field),
            "AuthRestrictions" => logins(draft, field),
            "IpPrioritizeRemote" => {
                self.is_split = field.value == "0";
                draft.used(field);
            }
            "DisableClassBasedDefaultRoute" => {
                self.is_unclassful = is_on;
                draft.used(field);
            }
            "IpNameAssign" => {
                self.has_own_dns = field.value == "2";
                draft.used(field);
            }
            "IpDnsAddress" | "IpDns2Address" => self.name_server(draft, field),
            "IpDnsSuffix" if field.value.is_empty() => draft.used(field),
            "IpDnsSuffix" => {
                draft.profile().search_domains = vec![field.value.to_owned()];
                draft.used(field);
            }
            // Off is what Windows writes unless somebody switched it on: nobody's wish.
            "RedialOnLinkFailure" if is_on => draft.used(field),
            "RedialOnLinkFailure" => draft.changed(field, Reason::Always),
            "ExcludedProtocols" => protocols(draft, field),
            "IpAssign" if field.value == "2" => draft.ignored(field, Reason::ServerDecides),
            "PrerequisiteEntry" | "PrerequisitePbk" if !field.value.is_empty() => {
                draft.ignored(field, Reason::NotSupported);
            }
            "AutoLogon" if is_on => draft.ignored(field, Reason::NotSupported),
            "CacheCredentials" if field.value == "0" => {
                draft.saved.password = PasswordMode::Ask;
                draft.used(field);
            }
            key if key.starts_with("Ipv6") && !matches!(field.value, "" | "0" | "1" | "::") => {
                draft.ignored(field, Reason::OnlyIpv4);
            }
            _ => match refused(field) {
                Some(reason) => draft.ignored(field, reason),
                None => draft.kept_in_lines(field),
            },
        }
    }

    fn name_server(&mut self, draft: &mut Draft, field: Field<'_>) {
        match field.value.parse() {
            Ok(std::net::Ipv4Addr::UNSPECIFIED) => draft.used(field),
            Ok(server) => {
                self.servers.push(server);
                draft.used(field);
            }
            Err(_) if field.value.is_empty() => draft.used(field),
            Err(_) => draft.broken(field, "it is no IPv4 address"),
        }
    }

    fn settle(self, draft: &mut Draft) {
        if self.is_split {
            draft.split();
            // What Windows does unless it is told not to.
            draft.is_classful = !self.is_unclassful;
        }
        if self.has_own_dns && !self.servers.is_empty() {
            draft.profile().dns = Dns::Servers(self.servers);
        }
    }
}

/// Why a line is not even kept, unless what it says is that there is nothing.
fn refused(field: Field<'_>) -> Option<Reason> {
    never_kept(field.key).filter(|_| !matches!(field.value, "" | "0"))
}

/// `DataEncryption` ([MS-RRASM] section 2.2.2.2.14). Windows has had 128 bits alone since Vista, whatever it says here.
fn encryption(draft: &mut Draft, field: Field<'_>) {
    draft.profile().encryption = match field.value {
        "256" | "512" => Encryption::Required128,
        "8" => Encryption::Preferred,
        "0" => Encryption::None,
        _ => return draft.broken(field, "no such level of encryption is known"),
    };
    draft.used(field);
}

/// `AuthRestrictions` ([MS-RRASM] section 2.2.2.2.58), the sum of what may be used.
fn logins(draft: &mut Draft, field: Field<'_>) {
    const BITS: [(u32, AuthMethod); 4] = [
        (8, AuthMethod::Pap),
        (32, AuthMethod::ChapMd5),
        (64, AuthMethod::MsChapV1),
        (512, AuthMethod::MsChapV2),
    ];
    let Some(bits) = draft.number::<u32>(field) else { return };
    let methods: Vec<_> = BITS.iter().filter(|(bit, _)| bits & bit != 0).map(|(_, method)| *method).collect();
    if bits == 128 {
        // EAP carries MS-CHAPv2 at nearly every server that wants it, and those have it without EAP too.
        draft.allow_only(&[AuthMethod::MsChapV2]);
        return draft.changed(field, Reason::OnlyEap);
    }
    draft.allow_only(&methods);
    draft.used(field);
}

/// Which protocols are switched off; without IPv4 there is nothing to carry.
fn protocols(draft: &mut Draft, field: Field<'_>) {
    let Some(bits) = draft.number::<u32>(field) else { return };
    if bits & 4 != 0 { draft.broken(field, "IPv4 is switched off") } else { draft.used(field) }
}

#[cfg(test)]
pub(super) mod tests {
    use culvert_model::{AuthMethods, Traffic};

    use super::super::{Preview, Source, Treatment};
    use super::*;

    /// As Windows writes it, with what it writes in Russian.
    pub(in crate::import) const BOOK: &str = "[Office]\r\nEncoding=1\r\nPBVersion=4\r\nType=2\r\nAutoLogon=0\r\nDialParamsUID=12345\r\n\
        Guid=0123456789ABCDEF0123456789ABCDEF\r\nVpnStrategy=1\r\nExcludedProtocols=8\r\nDataEncryption=256\r\n\
        SwCompression=1\r\nCustomAuthKey=0\r\nAuthRestrictions=552\r\nIpPrioritizeRemote=0\r\nIpAddress=0.0.0.0\r\n\
        IpDnsAddress=10.0.0.53\r\nIpDns2Address=0.0.0.0\r\nIpAssign=1\r\nIpNameAssign=2\r\nIpDnsSuffix=corp.example\r\n\
        RedialOnLinkFailure=0\r\nIpv6Assign=1\r\nStrange=kept\r\n\r\nNETCOMPONENTS=\r\nms_msclient=1\r\n\r\n\
        MEDIA=rastapi\r\nPort=VPN2-0\r\nDevice=\u{41c}\u{438}\u{43d}\u{438}\u{43f}\u{43e}\u{440}\u{442} WAN (PPTP)\r\n\r\n\
        DEVICE=vpn\r\nPhoneNumber=vpn.example.com\r\nAreaCode=\r\n";

    fn preview(text: &str) -> Preview {
        super::super::read(&[Source::pasted(text)])
    }

    #[test]
    fn an_entry_is_understood() {
        let preview = preview(BOOK);
        assert!(preview.refused.is_empty(), "{preview:?}");
        let found = &preview.found[0];
        let profile = &found.saved.profile;
        assert_eq!((profile.name.as_str(), profile.server.as_str()), ("Office", "vpn.example.com"));
        assert_eq!((profile.username.as_str(), profile.reconnect), ("", true));
        assert_eq!(profile.encryption, Encryption::Required128);
        // 552 is MS-CHAPv2, CHAP and PAP: the last two give no keys, and encryption is required.
        assert_eq!(profile.auth, AuthMethods::default());
        assert_eq!(profile.traffic, Traffic::Only { routes: vec![], classful: true });
        assert_eq!(profile.dns, Dns::Servers(vec![[10, 0, 0, 53].into()]));
        assert_eq!(profile.search_domains, ["corp.example"]);
        assert!(found.saved.extras["phonebook"][LINES].contains("\nStrange=kept\nNETCOMPONENTS="));
    }

    #[test]
    fn other_kinds_are_named_and_their_siblings_taken() {
        let of = |strategy: &str| BOOK.replace("VpnStrategy=1", &format!("VpnStrategy={strategy}"));
        let named = |name: &str, text: String| text.replace("[Office]", &format!("[{name}]"));
        let book = [
            named("a", of("3")),
            named("b", of("5")),
            named("c", of("7")),
            named("d", of("0")),
            BOOK.to_owned(),
        ];
        let preview = preview(&book.concat());
        let refused: Vec<_> =
            preview.refused.iter().map(|refused| (refused.name.as_str(), refused.why.clone())).collect();
        let other = |kind: &str| Refusal::OtherVpn(kind.to_owned());
        assert_eq!(refused, [("a", other("L2TP")), ("b", other("SSTP")), ("c", other("IKEv2"))]);
        assert_eq!(preview.found.len(), 2);
        let automatic = preview.found[0].remarks.iter().find(|remark| remark.key == "VpnStrategy").unwrap();
        assert_eq!(automatic.treatment, Treatment::Changed(Reason::Automatic));
        let twice = super::super::read(&[Source::pasted(BOOK.repeat(2))]);
        assert_eq!((twice.found.len(), twice.refused.len()), (1, 1));
    }

    #[test]
    fn what_can_not_be_is_refused_with_its_line() {
        for (from, to, line) in [
            ("DataEncryption=256", "DataEncryption=256 ", None),
            ("DataEncryption=256", "DataEncryption=256;0", Some(10)),
            ("AuthRestrictions=552", "AuthRestrictions=552x", Some(13)),
            ("IpDnsAddress=10.0.0.53", "IpDnsAddress=10.0.0.530", Some(16)),
            ("ExcludedProtocols=8", "ExcludedProtocols=12", Some(9)),
            ("PhoneNumber=vpn.example.com", "PhoneNumber=", Some(1)),
            ("[Office]\r\n", "", Some(1)),
            ("Strange=kept", "strange", Some(23)),
        ] {
            let preview = preview(&BOOK.replace(from, to));
            assert_eq!(preview.refused.first().map(|refused| refused.line), line, "{to}: {preview:?}");
        }
        let utf16: Vec<u8> =
            [0xff, 0xfe].into_iter().chain(BOOK.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("rasphone.pbk");
        std::fs::write(&path, utf16).unwrap();
        let preview = super::super::read(&[Source::file(&path).unwrap()]);
        assert_eq!(preview.found.len(), 1, "what is readable is read, whatever Windows says of it");
    }

    #[test]
    fn a_dll_is_never_called() {
        let preview =
            preview(&BOOK.replace("Strange=kept", "CustomDialDll=C:\\evil.dll\r\nCustomAuthKey=26"));
        let dll = preview.found[0].remarks.iter().find(|remark| remark.key == "CustomDialDll").unwrap();
        assert_eq!(dll.treatment, Treatment::Ignored(Reason::RunsProgram));
        assert!(!preview.found[0].saved.extras["phonebook"][LINES].contains("evil"), "nor given back");
    }
}
