//! Windows' phonebook, `rasphone.pbk` ([MS-RRASM] section 2.2.2).

use std::net::Ipv4Addr;

use culvert_model::{AuthMethod, Dns, Encryption, Traffic};

use super::{Entry, Exported};
use crate::import::phonebook::LINES;
use crate::{Format, PasswordMode};

/// What Windows asks for, decides by itself or has no word for.
const LOST: [&str; 7] = ["username", "domain", "stateful", "mtu", "keepalive", "routes", "reconnect"];

/// What a new entry has beside what the profile says, in Windows' order: the phonebook's own lines, and before
/// [`BLOCKS`] those that are filled in.
const USUAL: [(&str, &str); 35] = [
    ("Encoding", "1"),
    ("PBVersion", "1"),
    ("Type", "2"),
    ("AutoLogon", "0"),
    ("UseRasCredentials", "1"),
    ("LowDateTime", "0"),
    ("HighDateTime", "0"),
    ("VpnStrategy", "1"),
    ("ExcludedProtocols", "8"),
    ("LcpExtensions", "1"),
    ("DataEncryption", "256"),
    ("SwCompression", "0"),
    ("NegotiateMultilinkAlways", "0"),
    ("BaseProtocol", "1"),
    ("CustomAuthKey", "0"),
    ("AuthRestrictions", "512"),
    ("IpPrioritizeRemote", "1"),
    ("IpHeaderCompression", "0"),
    ("IpAssign", "1"),
    ("IpNameAssign", "1"),
    ("IpDnsAddress", "0.0.0.0"),
    ("IpDns2Address", "0.0.0.0"),
    ("IpDnsFlags", "0"),
    ("IpDnsSuffix", ""),
    ("DisableClassBasedDefaultRoute", "0"),
    ("RedialOnLinkFailure", "0"),
    ("RedialAttempts", "3"),
    ("RedialSeconds", "60"),
    ("IdleDisconnectSeconds", "0"),
    ("PreviewUserPw", "1"),
    ("PreviewDomain", "1"),
    ("ShowDialingProgress", "1"),
    ("CacheCredentials", "1"),
    ("PreferredPort", "VPN4-0"),
    ("PreferredDevice", "WAN Miniport (PPTP)"),
];
const BLOCKS: [(&str, &str); 17] = [
    ("NETCOMPONENTS", ""),
    ("ms_msclient", "1"),
    ("ms_server", "0"),
    ("MEDIA", "rastapi"),
    ("Port", "VPN4-0"),
    ("Device", "WAN Miniport (PPTP)"),
    ("DEVICE", "vpn"),
    ("PhoneNumber", ""),
    ("AreaCode", ""),
    ("CountryCode", "0"),
    ("CountryID", "0"),
    ("UseDialingRules", "0"),
    ("Comment", ""),
    ("FriendlyName", ""),
    ("LastSelectedPhone", "0"),
    ("PromoteAlternates", "0"),
    ("TryNextAlternateOnFail", "1"),
];

/// Writes one entry, in a file of its own.
pub(super) fn write(entry: &Entry<'_>, exported: &mut Exported) {
    let profile = &entry.saved.profile;
    exported.lose(entry, &LOST);
    if entry.password.is_some() {
        exported.lose_password(entry);
    }
    if profile.encryption == Encryption::Required {
        exported.lose(entry, &["encryption"]);
    }
    if profile.search_domains.len() > 1 {
        exported.lose(entry, &["search_domains"]);
    }
    if matches!(&profile.dns, Dns::Leave) || name_servers(entry).len() > 2 {
        exported.lose(entry, &["dns"]);
    }
    let mut text = format!("[{}]\r\n", profile.display_name());
    for (key, value) in lines(entry) {
        if matches!(key.as_str(), "NETCOMPONENTS" | "MEDIA" | "DEVICE") {
            text.push_str("\r\n");
        }
        text.push_str(&format!("{key}={value}\r\n"));
    }
    exported.push(format!("{}.pbk", exported.stem(entry, ".pbk")), text);
}

/// The lines of the entry: those that it came with, or the usual ones, as the profile says.
fn lines(entry: &Entry<'_>) -> Vec<(String, String)> {
    let kept = entry.saved.extras.get(Format::Phonebook.as_str()).and_then(|extras| extras.get(LINES));
    let mut lines: Vec<(String, String)> = match kept {
        Some(lines) => lines.lines().filter_map(|line| line.split_once('=')).map(owned).collect(),
        None => USUAL.into_iter().map(owned).chain(numbers()).chain(BLOCKS.into_iter().map(owned)).collect(),
    };
    for (key, value) in said(entry) {
        match lines.iter_mut().find(|(other, _)| *other == key) {
            Some(line) => line.1 = value,
            None => lines.insert(0, (key.to_owned(), value)),
        }
    }
    lines
}

/// By which Windows tells entries apart.
fn numbers() -> [(String, String); 2] {
    // Without randomness Windows makes them itself.
    let number = || getrandom::u64().unwrap_or_default();
    let guid = format!("{:016X}{:016X}", number(), number());
    [("DialParamsUID".to_owned(), (number() >> 33).to_string()), ("Guid".to_owned(), guid)]
}

fn owned((key, value): (&str, &str)) -> (String, String) {
    (key.to_owned(), value.to_owned())
}

/// What the profile says.
fn said(entry: &Entry<'_>) -> Vec<(&'static str, String)> {
    let profile = &entry.saved.profile;
    let (is_split, is_classful) = match &profile.traffic {
        Traffic::All => (false, true),
        Traffic::Only { routes, classful } => (true, *classful || !routes.is_empty()),
    };
    let encryption = match profile.encryption {
        Encryption::Required128 | Encryption::Required => 256,
        Encryption::Preferred => 8,
        Encryption::None => 0,
    };
    let bit = |method| match method {
        AuthMethod::Pap => 8,
        AuthMethod::ChapMd5 => 32,
        AuthMethod::MsChapV1 => 64,
        AuthMethod::MsChapV2 => 512,
    };
    let servers = name_servers(entry);
    let server = |index: usize| servers.get(index).copied().unwrap_or(Ipv4Addr::UNSPECIFIED).to_string();
    let suffix = profile.search_domains.first().filter(|_| profile.search_domains.len() == 1);
    let flag = |is: bool| u8::from(is).to_string();
    vec![
        ("VpnStrategy", "1".to_owned()),
        ("DataEncryption", encryption.to_string()),
        ("AuthRestrictions", profile.auth.iter().map(bit).sum::<u32>().to_string()),
        ("IpPrioritizeRemote", flag(!is_split)),
        ("DisableClassBasedDefaultRoute", flag(!is_classful)),
        ("IpNameAssign", if servers.is_empty() || servers.len() > 2 { "1" } else { "2" }.to_owned()),
        ("IpDnsAddress", server(0)),
        ("IpDns2Address", server(1)),
        ("IpDnsSuffix", suffix.cloned().unwrap_or_default()),
        ("RedialOnLinkFailure", flag(profile.reconnect)),
        ("CacheCredentials", flag(entry.saved.password != PasswordMode::Ask)),
        ("PhoneNumber", profile.server.as_str().to_owned()),
    ]
}

fn name_servers(entry: &Entry<'_>) -> Vec<Ipv4Addr> {
    match &entry.saved.profile.dns {
        Dns::Servers(servers) => servers.clone(),
        Dns::FromServer | Dns::Leave => Vec::new(),
    }
}
