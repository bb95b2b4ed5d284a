//! A script for Windows' PowerShell that adds the connection.

use culvert_model::{AuthMethod, Encryption, Traffic};

use super::{Entry, Exported};
use crate::PasswordMode;

/// What the commands have no word for.
const LOST: [&str; 7] = ["username", "domain", "stateful", "mtu", "keepalive", "dns", "reconnect"];

/// Writes one script.
pub(super) fn write(entry: &Entry<'_>, exported: &mut Exported) {
    let profile = &entry.saved.profile;
    exported.lose(entry, &LOST);
    if entry.password.is_some() {
        exported.lose_password(entry);
    }
    if profile.encryption == Encryption::Required {
        exported.lose(entry, &["encryption"]);
    }
    if profile.auth.allows(AuthMethod::MsChapV1) {
        exported.lose(entry, &["auth"]);
    }
    if profile.search_domains.len() > 1 {
        exported.lose(entry, &["search_domains"]);
    }
    exported.lose(entry, &["unclassful"]);
    exported.push(format!("{}.ps1", exported.stem(entry, ".ps1")), script(entry));
}

fn script(entry: &Entry<'_>) -> String {
    let profile = &entry.saved.profile;
    let name = quoted(profile.display_name());
    let encryption = match profile.encryption {
        Encryption::Required128 | Encryption::Required => "Required",
        Encryption::Preferred => "Optional",
        Encryption::None => "NoEncryption",
    };
    let mut words = vec![
        format!("Add-VpnConnection -Name {name}"),
        format!("-ServerAddress {}", quoted(profile.server.as_str())),
        "-TunnelType Pptp".to_owned(),
        format!("-EncryptionLevel {encryption}"),
        format!("-AuthenticationMethod {}", methods(entry)),
    ];
    if matches!(profile.traffic, Traffic::Only { .. }) {
        words.push("-SplitTunneling".to_owned());
    }
    words.push(format!(
        "-RememberCredential:{}",
        if entry.saved.password == PasswordMode::Ask { "$false" } else { "$true" }
    ));
    if let [domain] = profile.search_domains.as_slice() {
        words.push(format!("-DnsSuffix {}", quoted(domain)));
    }
    words.push("-Force".to_owned());
    let mut script = words.join(" `\r\n    ") + "\r\n";
    if let Traffic::Only { routes, .. } = &profile.traffic {
        for route in routes {
            script += &format!(
                "Add-VpnConnectionRoute -ConnectionName {name} -DestinationPrefix {}\r\n",
                quoted(&route.to_string())
            );
        }
    }
    script
}

/// MS-CHAPv1 is gone from Windows.
fn methods(entry: &Entry<'_>) -> String {
    let auth = &entry.saved.profile.auth;
    let words = [(AuthMethod::MsChapV2, "MSChapv2"), (AuthMethod::ChapMd5, "Chap"), (AuthMethod::Pap, "Pap")];
    let allowed =
        words.iter().filter(|(method, _)| auth.allows(*method) && !auth.allows(AuthMethod::MsChapV1));
    let allowed: Vec<_> = allowed.map(|(_, word)| *word).collect();
    if allowed.is_empty() { "MSChapv2".to_owned() } else { allowed.join(", ") }
}

/// In single quotes nothing is worked out; PowerShell takes typographic ones for them too.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("'");
    for c in text.chars() {
        quoted.push(c);
        if matches!(c, '\'' | '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}') {
            quoted.push(c);
        }
    }
    quoted.push('\'');
    quoted
}
