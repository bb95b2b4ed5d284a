//! Keyfiles of NetworkManager and its plugin for PPTP.

use std::fmt::{self, Write};

use culvert_model::{AuthMethod, Dns, Encryption, Traffic};

use super::{Entry, Exported};
use crate::{Extras, Format, PasswordMode};

/// What the plugin has no key for. It refuses to start with one that it does not know.
const LOST: [&str; 3] = ["mtu", "reconnect", "classful"];

/// Writes one keyfile.
pub(super) fn write(entry: &Entry<'_>, exported: &mut Exported) {
    exported.lose(entry, &LOST);
    if entry.saved.profile.encryption == Encryption::None {
        exported.lose(entry, &["encryption"]);
    }
    let name = format!("{}.nmconnection", exported.stem(entry, ".nmconnection"));
    exported.push(name, text(entry));
}

fn text(entry: &Entry<'_>) -> String {
    let mut text = String::new();
    // A String takes whatever is written.
    let _ = connection(entry, &mut text)
        .and_then(|()| vpn(entry, &mut text))
        .and_then(|()| ipv4(entry, &mut text))
        .and_then(|()| text.write_str("\n[ipv6]\nmethod=disabled\n"));
    text
}

fn connection(entry: &Entry<'_>, text: &mut String) -> fmt::Result {
    let profile = &entry.saved.profile;
    writeln!(text, "[connection]\nid={}", escape(profile.display_name()))?;
    let kept = kept(&entry.saved.extras, "connection.");
    if !kept.iter().any(|(key, _)| *key == "uuid") {
        writeln!(text, "uuid={}", uuid())?;
    }
    text.write_str("type=vpn\n")?;
    kept.iter().try_for_each(|(key, value)| writeln!(text, "{key}={}", escape(value)))
}

fn vpn(entry: &Entry<'_>, text: &mut String) -> fmt::Result {
    let profile = &entry.saved.profile;
    writeln!(
        text,
        "\n[vpn]\nservice-type=org.freedesktop.NetworkManager.pptp\ngateway={}",
        profile.server.as_str()
    )?;
    writeln!(text, "user={}", escape(&profile.username))?;
    if let Some(domain) = &profile.domain {
        writeln!(text, "domain={}", escape(domain))?;
    }
    // 0: in this file; 1: in the user's keyring; 2: asked for each time.
    let flags = match (entry.password, entry.saved.password) {
        (Some(_), _) => 0,
        (None, PasswordMode::Keyring) => 1,
        (None, _) => 2,
    };
    writeln!(text, "password-flags={flags}\nrefuse-eap=yes")?;
    let methods = [
        (AuthMethod::Pap, "pap"),
        (AuthMethod::ChapMd5, "chap"),
        (AuthMethod::MsChapV1, "mschap"),
        (AuthMethod::MsChapV2, "mschapv2"),
    ];
    for (_, word) in methods.iter().filter(|(method, _)| !profile.auth.allows(*method)) {
        writeln!(text, "refuse-{word}=yes")?;
    }
    match profile.encryption {
        Encryption::Required128 => text.write_str("require-mppe-128=yes\n")?,
        Encryption::Required => text.write_str("require-mppe=yes\n")?,
        Encryption::Preferred | Encryption::None => {}
    }
    if profile.stateful {
        text.write_str("mppe-stateful=yes\n")?;
    }
    // Without these nobody asks whether the server is still there.
    writeln!(text, "lcp-echo-failure=5\nlcp-echo-interval={}", profile.keepalive.seconds())?;
    for (key, value) in kept(&entry.saved.extras, "vpn.") {
        writeln!(text, "{key}={}", escape(value))?;
    }
    match entry.password {
        Some(password) => writeln!(text, "\n[vpn-secrets]\npassword={}", escape(password.expose())),
        None => Ok(()),
    }
}

fn ipv4(entry: &Entry<'_>, text: &mut String) -> fmt::Result {
    let profile = &entry.saved.profile;
    text.write_str("\n[ipv4]\nmethod=auto\n")?;
    match &profile.dns {
        Dns::FromServer => {}
        Dns::Leave => text.write_str("ignore-auto-dns=true\n")?,
        Dns::Servers(servers) => {
            text.write_str("ignore-auto-dns=true\ndns=")?;
            servers.iter().try_for_each(|server| write!(text, "{server};"))?;
            text.write_str("\n")?;
        }
    }
    if !profile.search_domains.is_empty() {
        writeln!(text, "dns-search={};", profile.search_domains.join(";"))?;
    }
    if let Traffic::Only { routes, .. } = &profile.traffic {
        text.write_str("never-default=true\n")?;
        for (number, route) in (1..).zip(routes) {
            writeln!(text, "route{number}={route}")?;
        }
    }
    kept(&entry.saved.extras, "ipv4.")
        .iter()
        .try_for_each(|(key, value)| writeln!(text, "{key}={}", escape(value)))
}

/// What an import brought of this group.
fn kept<'a>(extras: &'a Extras, group: &str) -> Vec<(&'a str, &'a str)> {
    let extras = extras.get(Format::NetworkManager.as_str());
    let of_group = |(key, value): (&'a String, &'a String)| Some((key.strip_prefix(group)?, value.as_str()));
    extras.into_iter().flatten().filter_map(of_group).collect()
}

/// A value with the escapes of a key file.
fn escape(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            // A reader takes away what stands before a value.
            ' ' => text.push_str("\\s"),
            c => text.push(c),
        }
    }
    text
}

/// A random UUID (RFC 9562 section 5.4).
fn uuid() -> String {
    let mut bytes = [0; 16];
    // Without randomness it is one that the reader replaces.
    let _ = getrandom::fill(&mut bytes);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}
