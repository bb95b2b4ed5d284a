//! Sections for OpenWrt's `/etc/config/network`.

use culvert_model::{AuthMethod, Dns, Encryption, Mtu, Traffic};

use super::{Entry, Exported, kept};
use crate::Format;

/// What the router has no word for, or decides by itself.
const LOST: [&str; 2] = ["reconnect", "password"];

/// Writes the sections for one connection.
pub(super) fn write(entry: &Entry<'_>, exported: &mut Exported) {
    let profile = &entry.saved.profile;
    exported.lose(entry, &LOST);
    if profile.encryption == Encryption::None {
        exported.lose(entry, &["encryption"]);
    }
    if matches!(&profile.traffic, Traffic::Only { routes, .. } if !routes.is_empty()) {
        exported.lose(entry, &["classful"]);
    }
    let interface = interface(profile.display_name());
    if interface != profile.display_name() {
        exported.lose(entry, &["name"]);
    }
    exported.push(format!("{}.uci", exported.stem(entry, ".uci")), text(entry, &interface));
}

/// A name for an interface: letters, digits and `_`, at most 15 with what the router puts in front (IFNAMSIZ).
fn interface(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    let interface: String = name.chars().take(10).map(plain).collect();
    if interface.is_empty() { "pptp".to_owned() } else { interface }
}

fn text(entry: &Entry<'_>, interface: &str) -> String {
    let profile = &entry.saved.profile;
    let mut text = format!("config interface '{interface}'\n");
    let mut option = |key: &str, value: &str| text += &format!("\toption {key} {}\n", quoted(value));
    option("proto", "pptp");
    option("server", profile.server.as_str());
    option("username", &profile.login_name());
    if let Some(password) = entry.password {
        option("password", password.expose());
    }
    option("keepalive", &format!("5 {}", profile.keepalive.seconds()));
    option("defaultroute", if profile.traffic == Traffic::All { "1" } else { "0" });
    option("peerdns", if profile.dns == Dns::FromServer { "1" } else { "0" });
    if let Mtu::Bytes(bytes) = profile.mtu {
        option("mtu", &bytes.to_string());
    }
    option("ipv6", "0");
    option("pppd_options", &pppd(entry));
    kept(entry, Format::Uci).for_each(|(key, value)| option(key, value));
    let servers = match &profile.dns {
        Dns::Servers(servers) => servers.as_slice(),
        Dns::FromServer | Dns::Leave => &[],
    };
    for server in servers {
        text += &format!("\tlist dns '{server}'\n");
    }
    for domain in &profile.search_domains {
        text += &format!("\tlist dns_search {}\n", quoted(domain));
    }
    if let Traffic::Only { routes, .. } = &profile.traffic {
        for route in routes {
            text += &format!("\nconfig route\n\toption interface '{interface}'\n\toption target '{route}'\n");
        }
    }
    text
}

fn pppd(entry: &Entry<'_>) -> String {
    let profile = &entry.saved.profile;
    let methods = [
        (AuthMethod::Pap, "refuse-pap"),
        (AuthMethod::ChapMd5, "refuse-chap"),
        (AuthMethod::MsChapV1, "refuse-mschap"),
        (AuthMethod::MsChapV2, "refuse-mschap-v2"),
    ];
    let refused = methods.iter().filter(|(method, _)| !profile.auth.allows(*method)).map(|(_, word)| *word);
    let encryption = match profile.encryption {
        Encryption::Required128 => Some("require-mppe-128"),
        Encryption::Required => Some("require-mppe"),
        Encryption::Preferred | Encryption::None => None,
    };
    let stateful = profile.stateful.then_some("mppe-stateful");
    ["refuse-eap"].into_iter().chain(refused).chain(encryption).chain(stateful).collect::<Vec<_>>().join(" ")
}

/// In single quotes everything is itself but these.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}
