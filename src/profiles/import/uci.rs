//! OpenWrt's `/etc/config/network`.

use culvert_model::{AuthMethod, Dns, Encryption};

use super::draft::{Draft, Field, mask_length};
use super::{Reason, Refusal};

/// A section: its kind, its name, and its options in their order.
struct Section {
    line: u32,
    kind: String,
    name: String,
    options: Vec<(u32, String, String)>,
}

/// The connections of a configuration.
pub(super) fn read(text: &str) -> Vec<Draft> {
    let sections = match sections(text) {
        Ok(sections) => sections,
        Err((line, what)) => return vec![Draft::broken_at(line, what)],
    };
    let interfaces = sections.iter().filter(|section| section.kind == "interface");
    interfaces.filter_map(|interface| draft(interface, &sections)).collect()
}

fn draft(interface: &Section, sections: &[Section]) -> Option<Draft> {
    let mut draft = Draft::new(interface.line);
    draft.name(Field { line: interface.line, key: "interface", value: &interface.name });
    match interface.value("proto")? {
        "pptp" => {}
        proto @ ("l2tp" | "wireguard" | "openvpn" | "sstp" | "vpnc" | "openconnect" | "pppoe") => {
            draft.refuse(Refusal::OtherVpn(proto.to_owned()));
        }
        _ => return None,
    }
    // What pppd does on a router: it requires nothing.
    draft.profile().encryption = Encryption::Preferred;
    let (mut servers, mut is_encrypted) = (Vec::new(), false);
    for field in interface.fields() {
        match field.key {
            "proto" => draft.used(field),
            "server" => draft.server(field),
            "username" => draft.login(field),
            "password" => draft.password(field),
            "defaultroute" => {
                if field.value == "0" {
                    draft.split();
                }
                draft.used(field);
            }
            "peerdns" => {
                if field.value == "0" && draft.profile().dns == Dns::FromServer {
                    draft.profile().dns = Dns::Leave;
                }
                draft.used(field);
            }
            "dns" => {
                for address in field.value.split_whitespace() {
                    match address.parse() {
                        Ok(address) => servers.push(address),
                        Err(_) => draft.broken(field, "it is no IPv4 address"),
                    }
                }
                draft.used(field);
            }
            "dns_search" => {
                let domains = field.value.split_whitespace().map(str::to_owned);
                draft.profile().search_domains.extend(domains);
                draft.used(field);
            }
            "mtu" => draft.mtu(field),
            "keepalive" => keepalive(&mut draft, field),
            "pppd_options" => is_encrypted |= options(&mut draft, field),
            "auto" if field.value == "0" => draft.changed(field, Reason::SwitchedOff),
            "ipv6" => draft.ignored(field, Reason::OnlyIpv4),
            key => draft.kept(field, key),
        }
    }
    if !servers.is_empty() {
        draft.profile().dns = Dns::Servers(servers);
    }
    if !is_encrypted {
        draft.encryption_not_asked("pppd_options");
    }
    let is_for_us =
        |section: &&Section| section.kind == "route" && section.value("interface") == Some(&interface.name);
    for route in sections.iter().filter(is_for_us) {
        if let Some(target) = route.fields().find(|field| field.key == "target") {
            let mask = route.value("netmask").and_then(mask_length);
            let network =
                mask.map_or_else(|| target.value.to_owned(), |length| format!("{}/{length}", target.value));
            if network == "0.0.0.0/0" { draft.everything(target) } else { draft.route(target, &network) }
        }
    }
    Some(draft)
}

/// `FAILURES INTERVAL`, with a blank or a comma between; one number is the failures, five seconds apart.
fn keepalive(draft: &mut Draft, field: Field<'_>) {
    match field.value.split([' ', ',']).filter(|part| !part.is_empty()).nth(1) {
        Some(interval) => draft.keepalive(Field { value: interval, ..field }),
        None => draft.ignored(field, Reason::Always),
    }
}

/// The words of pppd that mean something here; the rest is dropped, for it could run programs. Whether it asks for
/// encryption.
fn options(draft: &mut Draft, field: Field<'_>) -> bool {
    let mut is_encrypted = false;
    let mut words = field.value.split_whitespace();
    while let Some(word) = words.next() {
        let at = |key| Field { line: field.line, key, value: "" };
        match word {
            "require-mppe-128" | "require-mppe" | "require-mppe-40" => {
                is_encrypted = true;
                let any =
                    if word == "require-mppe-128" { Encryption::Required128 } else { Encryption::Required };
                draft.profile().encryption = any;
                draft.used(at("pppd_options"));
            }
            // As the pppd of these routers writes it, with all that is said of it in one word.
            "mppe" => {
                let said: Vec<_> = words.next().unwrap_or_default().split(',').collect();
                let says = |word| said.contains(&word);
                let profile = draft.profile();
                profile.stateful |= says("stateful");
                if says("required") {
                    is_encrypted = true;
                    let is_short = !(says("no40") && says("no56"));
                    profile.encryption =
                        if is_short { Encryption::Required } else { Encryption::Required128 };
                }
                draft.used(at("pppd_options"));
            }
            "mppe-stateful" => {
                draft.profile().stateful = true;
                draft.used(at("pppd_options"));
            }
            "refuse-pap" => draft.without(AuthMethod::Pap),
            "refuse-chap" => draft.without(AuthMethod::ChapMd5),
            "refuse-mschap" => draft.without(AuthMethod::MsChapV1),
            "refuse-mschap-v2" => draft.without(AuthMethod::MsChapV2),
            "refuse-eap" | "noauth" | "nobsdcomp" | "nodeflate" => {}
            "plugin" | "connect" | "disconnect" | "init" | "pty" => {
                draft.ignored(at("pppd_options"), Reason::RunsProgram);
                break;
            }
            _ => draft.ignored(at("pppd_options"), Reason::NotSupported),
        }
    }
    is_encrypted
}

impl Section {
    fn value(&self, key: &str) -> Option<&str> {
        self.options.iter().find(|(_, other, _)| other == key).map(|(_, _, value)| value.as_str())
    }

    fn fields(&self) -> impl Iterator<Item = Field<'_>> {
        self.options.iter().map(|(line, key, value)| Field { line: *line, key, value })
    }
}

fn sections(text: &str) -> Result<Vec<Section>, (u32, &'static str)> {
    let mut sections: Vec<Section> = Vec::new();
    for (line, raw) in (1..).zip(text.lines()) {
        let words = words(raw).ok_or((line, "a quote that does not end"))?;
        let mut words = words.into_iter();
        match (words.next().as_deref(), words.next(), words.next()) {
            (Some("config"), Some(kind), name) => {
                sections.push(Section { line, kind, name: name.unwrap_or_default(), options: Vec::new() });
            }
            (Some("option" | "list"), Some(key), Some(value)) => {
                let section = sections.last_mut().ok_or((line, "an option before any section"))?;
                section.options.push((line, key, value));
            }
            (None, ..) | (Some("package"), ..) => {}
            _ => return Err((line, "neither a section nor an option")),
        }
    }
    Ok(sections)
}

/// The words of a line, with or without quotes of either kind, up to a comment.
fn words(line: &str) -> Option<Vec<String>> {
    let (mut words, mut chars) = (Vec::new(), line.chars().peekable());
    loop {
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        match chars.peek() {
            None | Some('#') => return Some(words),
            Some(_) => {}
        }
        let mut word = String::new();
        while let Some(c) = chars.next_if(|c| !c.is_whitespace()) {
            match c {
                '\'' | '"' => loop {
                    match chars.next()? {
                        end if end == c => break,
                        '\\' if c == '"' => word.push(chars.next()?),
                        inner => word.push(inner),
                    }
                },
                '\\' => word.push(chars.next()?),
                c => word.push(c),
            }
        }
        words.push(word);
    }
}

#[cfg(test)]
pub(super) mod tests {
    use culvert_model::{AuthMethods, Keepalive, Mtu, Secret, Traffic};

    use super::super::{Preview, Source};
    use super::*;

    pub(in crate::import) const NETWORK: &str = "package network\n\nconfig interface 'loopback'\n\toption proto 'static'\n\n\
        config interface 'office'\n\toption proto 'pptp'\n\toption server vpn.example.com\n\toption username \"CORP\\\\alice\"\n\
        \toption password 'it'\\''s a secret' # comment\n\toption keepalive '5 30'\n\toption defaultroute '0'\n\toption mtu '1400'\n\
        \toption pppd_options 'refuse-eap require-mppe-128 refuse-pap refuse-chap refuse-mschap plugin evil.so'\n\tlist dns '10.0.0.53'\n\
        \tlist dns '10.0.0.54'\n\toption metric '20'\n\n\
        config route\n\toption interface 'office'\n\toption target '10.20.0.0'\n\toption netmask '255.255.0.0'\n\n\
        config interface 'other'\n\toption proto 'wireguard'\n";

    fn preview(text: &str) -> Preview {
        super::super::read(&[Source::pasted(text)])
    }

    #[test]
    fn a_configuration_is_understood() {
        let preview = preview(NETWORK);
        assert_eq!((preview.found.len(), preview.refused.len()), (1, 1), "{preview:?}");
        assert_eq!(preview.refused[0].why, Refusal::OtherVpn("wireguard".to_owned()));
        let found = &preview.found[0];
        let profile = &found.saved.profile;
        assert_eq!((profile.name.as_str(), profile.server.as_str()), ("office", "vpn.example.com"));
        assert_eq!(
            (profile.login_name().as_str(), profile.encryption),
            ("CORP\\alice", Encryption::Required128)
        );
        assert_eq!((profile.mtu, profile.keepalive), (Mtu::Bytes(1400), Keepalive::Seconds(30)));
        assert_eq!(
            (&profile.auth, &profile.traffic),
            (&AuthMethods::default(), &Traffic::only(["10.20.0.0/16".parse().unwrap()]))
        );
        assert_eq!(profile.dns, Dns::Servers(vec![[10, 0, 0, 53].into(), [10, 0, 0, 54].into()]));
        assert_eq!(found.password.as_ref().map(Secret::expose), Some("it's a secret"));
        assert_eq!(found.saved.extras["uci"]["metric"], "20");
    }

    #[test]
    fn the_older_word_for_encryption_is_understood() {
        for (options, encryption, stateful) in [
            ("mppe required,no40,no56,stateless", Encryption::Required128, false),
            ("mppe required,stateful noauth", Encryption::Required, true),
            ("mppe no40", Encryption::Preferred, false),
            ("mppe", Encryption::Preferred, false),
        ] {
            let text = NETWORK.replace("require-mppe-128", options);
            let profile = preview(&text).found.remove(0).saved.profile;
            assert_eq!((profile.encryption, profile.stateful), (encryption, stateful), "{options}");
        }
    }

    #[test]
    fn what_can_not_be_is_refused() {
        for (from, to) in [
            ("'1400'", "'14 00'"),
            ("'10.0.0.53'", "'x'"),
            ("'5 30'", "'5 30s'"),
            ("config interface 'loop", "confg 'loop"),
        ] {
            let preview = preview(&NETWORK.replace(from, to));
            assert!(preview.found.is_empty(), "{to}: {preview:?}");
        }
    }
}
