//! A peer for pppd with its secret, as pptp-linux starts it.

use std::fmt::Write;

use culvert_model::{AuthMethod, Dns, Encryption, Mtu, Traffic};
use zeroize::Zeroizing;

use super::{Entry, Exported};

/// What pppd has no word for.
const LOST: [&str; 4] = ["name", "search_domains", "reconnect", "password"];

/// Writes a file for `/etc/ppp/peers`, and one to add to `/etc/ppp/chap-secrets` where a password is to be written.
pub(super) fn write(entry: &Entry<'_>, exported: &mut Exported) {
    let profile = &entry.saved.profile;
    let stem = exported.stem(entry, "");
    exported.lose(entry, if stem == profile.display_name() { &LOST[1..] } else { &LOST });
    if profile.encryption == Encryption::None {
        exported.lose(entry, &["encryption"]);
    }
    if profile.dns != Dns::FromServer {
        exported.lose(entry, &["dns"]);
    }
    exported.lose(entry, &["routes"]);
    exported.push(stem.clone(), peer(entry, &stem).unwrap_or_default());
    // However it is quoted, pppd takes what begins like this for the name of a file.
    if entry.password.is_some_and(|password| password.expose().starts_with('@')) {
        exported.lose_password(entry);
    } else if let Some(password) = entry.password {
        let name = word(&profile.login_name());
        let line = Zeroizing::new(format!("{} {} {} *\n", *name, *word(&stem), *word(password.expose())));
        exported.push(format!("{stem}.chap-secrets"), line.to_string());
    }
}

fn peer(entry: &Entry<'_>, stem: &str) -> Result<String, std::fmt::Error> {
    let profile = &entry.saved.profile;
    let mut text = format!("pty \"/usr/sbin/pptp {} --nolaunchpppd\"\n", profile.server.as_str());
    text += "lock\nnoauth\nnobsdcomp\nnodeflate\nrefuse-eap\n";
    let methods = [
        (AuthMethod::Pap, "refuse-pap"),
        (AuthMethod::ChapMd5, "refuse-chap"),
        (AuthMethod::MsChapV1, "refuse-mschap"),
        (AuthMethod::MsChapV2, "refuse-mschap-v2"),
    ];
    for (_, word) in methods.iter().filter(|(method, _)| !profile.auth.allows(*method)) {
        writeln!(text, "{word}")?;
    }
    match profile.encryption {
        Encryption::Required128 => text += "require-mppe-128\n",
        Encryption::Required => text += "require-mppe\n",
        Encryption::Preferred | Encryption::None => {}
    }
    if profile.stateful {
        text += "mppe-stateful\n";
    }
    writeln!(
        text,
        "name {}\nremotename {}\nipparam {}",
        *word(&profile.login_name()),
        *word(stem),
        *word(stem)
    )?;
    text += if profile.traffic == Traffic::All { "defaultroute\n" } else { "nodefaultroute\n" };
    text += "usepeerdns\n";
    if let Mtu::Bytes(bytes) = profile.mtu {
        writeln!(text, "mtu {bytes}\nmru {bytes}")?;
    }
    writeln!(text, "lcp-echo-interval {}\nlcp-echo-failure 5", profile.keepalive.seconds())?;
    Ok(text)
}

/// A word as pppd reads it back: in quotes, with every backslash doubled.
fn word(text: &str) -> Zeroizing<String> {
    let mut word = Zeroizing::new(String::from("\""));
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            word.push('\\');
        }
        word.push(c);
    }
    word.push('"');
    word
}
