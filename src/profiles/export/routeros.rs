//! Lines for MikroTik's RouterOS.

use culvert_model::{AuthMethod, Encryption, Mtu, Traffic};

use super::{Entry, Exported, kept};
use crate::Format;

/// What the router has no word for, or decides by itself.
const LOST: [&str; 5] = ["stateful", "dns", "search_domains", "reconnect", "password"];

/// Writes the lines for one connection.
pub(super) fn write(entry: &Entry<'_>, exported: &mut Exported) {
    let profile = &entry.saved.profile;
    exported.lose(entry, &LOST);
    if profile.encryption == Encryption::Required {
        exported.lose(entry, &["encryption"]);
    }
    if matches!(&profile.traffic, Traffic::Only { routes, .. } if !routes.is_empty()) {
        exported.lose(entry, &["classful"]);
    }
    let stem = exported.stem(entry, ".rsc");
    exported.push(format!("{stem}.rsc"), lines(entry, &format!("pptp-{stem}")));
}

fn lines(entry: &Entry<'_>, interface: &str) -> String {
    let profile = &entry.saved.profile;
    let (uses, name) = match profile.encryption {
        Encryption::Required128 | Encryption::Required => ("required", "required"),
        Encryption::Preferred => ("yes", "preferred"),
        Encryption::None => ("no", "none"),
    };
    let methods = [
        (AuthMethod::Pap, "pap"),
        (AuthMethod::ChapMd5, "chap"),
        (AuthMethod::MsChapV1, "mschap1"),
        (AuthMethod::MsChapV2, "mschap2"),
    ];
    let allowed: Vec<_> =
        methods.iter().filter(|(method, _)| profile.auth.allows(*method)).map(|(_, word)| *word).collect();
    let is_all = profile.traffic == Traffic::All;
    let mut fields = vec![
        format!("add-default-route={}", if is_all { "yes" } else { "no" }),
        format!("allow={}", allowed.join(",")),
        format!("comment={}", quoted(profile.display_name())),
        format!("connect-to={}", profile.server.as_str()),
        "disabled=no".to_owned(),
        format!("keepalive-timeout={}", profile.keepalive.seconds()),
    ];
    if let Mtu::Bytes(bytes) = profile.mtu {
        fields.push(format!("max-mtu={bytes}"));
    }
    fields.push(format!("name={}", quoted(interface)));
    if let Some(password) = entry.password {
        fields.push(format!("password={}", quoted(password.expose())));
    }
    fields.extend(kept(entry, Format::RouterOs).map(|(key, value)| format!("{key}={}", quoted(value))));
    fields.push(format!("profile=culvert-{name}"));
    fields.push(format!("user={}", quoted(&profile.login_name())));
    let mut text = format!(
        "/ppp profile\r\nadd name=culvert-{name} use-encryption={uses}\r\n/interface pptp-client\r\nadd {}\r\n",
        fields.join(" ")
    );
    if let Traffic::Only { routes, .. } = &profile.traffic {
        text += "/ip route\r\n";
        for route in routes {
            text += &format!("add dst-address={route} gateway={}\r\n", quoted(interface));
        }
    }
    text
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        if matches!(c, '"' | '\\' | '$' | '?') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}
