//! Keyfiles of NetworkManager and its plugin for PPTP.

use std::net::Ipv4Addr;

use culvert_model::{AuthMethod, Dns, Encryption};

use super::draft::{Draft, Field};
use super::keyfile::{self, Group};
use super::{Reason, Refusal};
use crate::PasswordMode;

const SERVICE: &str = "org.freedesktop.NetworkManager.pptp";

/// The connection in a keyfile.
pub(super) fn read(text: &str) -> Vec<Draft> {
    let mut draft = Draft::new(1);
    match keyfile::groups(text) {
        Ok(groups) => read_groups(&groups, &mut draft),
        Err(why) => draft.refuse(why),
    }
    vec![draft]
}

/// The connection in these groups.
pub(super) fn read_groups(groups: &[Group<'_>], draft: &mut Draft) {
    if let Some(other) = other_kind(groups) {
        draft.refuse(Refusal::OtherVpn(other));
    }
    let mut plugin = Plugin::default();
    for group in groups {
        for field in &group.fields {
            // Only of a password is a blank at its end meant.
            let is_exact = group.name == "vpn-secrets";
            let value = keyfile::unescape(if is_exact { field.value } else { field.value.trim_end() });
            let field = Field { value: &value, ..*field };
            match group.name {
                "connection" => connection(draft, field),
                "vpn" => plugin.take(draft, field),
                "vpn-secrets" if field.key == "password" => draft.password(field),
                "ipv4" => ipv4(draft, field),
                "ipv6" => draft.ignored(field, Reason::OnlyIpv4),
                "proxy" => draft.ignored(field, Reason::NotSupported),
                // They are part of no connection by PPTP, and could be anybody's secrets.
                _ => draft.ignored(field, Reason::NotSupported),
            }
        }
    }
    plugin.settle(draft);
}

/// What it is instead of PPTP.
fn other_kind(groups: &[Group<'_>]) -> Option<String> {
    let value = |group: &str, key: &str| {
        let group = groups.iter().find(|one| one.name == group)?;
        group.fields.iter().find(|field| field.key == key).map(|field| field.value)
    };
    match (value("connection", "type"), value("vpn", "service-type")) {
        (_, Some(SERVICE)) => None,
        (_, Some(service)) => Some(service.rsplit('.').next().unwrap_or(service).to_owned()),
        (kind, None) => Some(kind.unwrap_or("unknown").to_owned()),
    }
}

fn connection(draft: &mut Draft, field: Field<'_>) {
    match field.key {
        "id" => draft.name(field),
        "type" => draft.used(field),
        "uuid" => {
            draft.network_manager = Some(field.value.to_owned());
            draft.kept(field, "connection.uuid");
        }
        key => draft.kept(field, format!("connection.{key}")),
    }
}

/// What the plugin is told, where one key means something only together with others.
#[derive(Default)]
struct Plugin {
    requires: [bool; 3],
    user: Option<String>,
    flags: u8,
}

impl Plugin {
    fn take(&mut self, draft: &mut Draft, field: Field<'_>) {
        let is_on = matches!(field.value, "yes" | "true" | "1");
        match field.key {
            "service-type" => draft.used(field),
            "gateway" => draft.server(field),
            "user" => draft.login(field),
            "user-name" => {
                self.user = Some(field.value.to_owned());
                draft.used(field);
            }
            "domain" => {
                draft.profile().domain = Some(field.value.to_owned()).filter(|domain| !domain.is_empty());
                draft.used(field);
            }
            "password-flags" => {
                self.flags = draft.number(field).unwrap_or_default();
                draft.used(field);
            }
            "require-mppe-128" => self.require(0, is_on, draft, field),
            "require-mppe-40" => self.require(1, is_on, draft, field),
            "require-mppe" => self.require(2, is_on, draft, field),
            "mppe-stateful" => {
                draft.profile().stateful = is_on;
                draft.used(field);
            }
            "lcp-echo-interval" => draft.keepalive(field),
            "lcp-echo-failure" | "nobsdcomp" | "nodeflate" | "no-vj-comp" => {
                draft.ignored(field, Reason::Always)
            }
            key => match key.strip_prefix("refuse-") {
                Some(method) => refuse(draft, field, method, is_on),
                None => draft.kept(field, format!("vpn.{key}")),
            },
        }
    }

    fn require(&mut self, which: usize, is_on: bool, draft: &mut Draft, field: Field<'_>) {
        if let Some(required) = self.requires.get_mut(which) {
            *required = is_on;
        }
        draft.used(field);
    }

    fn settle(self, draft: &mut Draft) {
        match self.requires {
            [true, ..] => draft.profile().encryption = Encryption::Required128,
            [false, false, false] => draft.encryption_not_asked("require-mppe-128"),
            _ => draft.profile().encryption = Encryption::Required,
        }
        if let Some(user) = self.user.filter(|_| draft.profile().username.is_empty()) {
            draft.profile().username = user;
        }
        // 1: in the user's keyring; 2: asked each time; 4: not needed. Together with 0 the file has it.
        if self.flags != 1 {
            draft.network_manager = None;
        }
        if self.flags & 2 != 0 && draft.password.is_none() {
            draft.saved.password = PasswordMode::Ask;
        }
    }
}

fn refuse(draft: &mut Draft, field: Field<'_>, method: &str, is_on: bool) {
    let method = match method {
        "eap" => return draft.ignored(field, Reason::Always),
        "pap" => AuthMethod::Pap,
        "chap" => AuthMethod::ChapMd5,
        "mschap" => AuthMethod::MsChapV1,
        "mschapv2" => AuthMethod::MsChapV2,
        _ => return draft.ignored(field, Reason::Unknown),
    };
    if is_on {
        draft.without(method);
    }
    draft.used(field);
}

fn ipv4(draft: &mut Draft, field: Field<'_>) {
    let is_on = matches!(field.value, "true" | "1" | "yes");
    match field.key {
        "method" if field.value == "auto" => draft.used(field),
        "method" => draft.ignored(field, Reason::ServerDecides),
        "never-default" => {
            if is_on {
                draft.split();
            }
            draft.used(field);
        }
        "dns" => dns(draft, field),
        "ignore-auto-dns" => {
            if is_on && draft.profile().dns == Dns::FromServer {
                draft.profile().dns = Dns::Leave;
            }
            draft.used(field);
        }
        "dns-search" => {
            let domains = keyfile::list(field.value).map(|domain| domain.trim_start_matches('~').to_owned());
            draft.profile().search_domains = domains.filter(|domain| !domain.is_empty()).collect();
            draft.used(field);
        }
        key if is_route(key) => route(draft, field),
        key if key.starts_with("address") => draft.ignored(field, Reason::ServerDecides),
        key => draft.kept(field, format!("ipv4.{key}")),
    }
}

fn dns(draft: &mut Draft, field: Field<'_>) {
    let servers: Result<Vec<Ipv4Addr>, _> = keyfile::list(field.value).map(str::parse).collect();
    match servers {
        Ok(servers) if servers.is_empty() => draft.ignored(field, Reason::Always),
        Ok(servers) => {
            draft.profile().dns = Dns::Servers(servers);
            draft.used(field);
        }
        Err(_) => draft.broken(field, "it is no list of IPv4 addresses"),
    }
}

/// `route1`, `routes1`, and so on; not `route1_options` nor `route-metric`.
fn is_route(key: &str) -> bool {
    let number = key.strip_prefix("routes").or_else(|| key.strip_prefix("route")).unwrap_or_default();
    !number.is_empty() && number.chars().all(|c| c.is_ascii_digit())
}

/// `network/length`, perhaps with a gateway and a metric behind it, which mean nothing in a tunnel.
fn route(draft: &mut Draft, field: Field<'_>) {
    let mut parts = keyfile::list(field.value);
    let network = parts.next().unwrap_or_default();
    draft.route(field, network);
}

#[cfg(test)]
pub(super) mod tests {
    use culvert_model::{AuthMethods, Keepalive, Traffic};

    use super::super::{Found, Preview, Source, Treatment};
    use super::*;
    use crate::Format;

    pub(in crate::import) const OFFICE: &str = "\
[connection]
id=Office / Süd
uuid=3f0e2d6a-6f7a-4a0e-9a1c-0d4d6f1e2b33
type=vpn
autoconnect=false
timestamp=1700000000

[vpn]
domain=CORP
gateway=vpn.example.com
lcp-echo-failure=5
lcp-echo-interval=30
password-flags=1
refuse-chap=yes
refuse-eap=yes
refuse-mschap=yes
refuse-pap=yes
require-mppe-128=yes
service-type=org.freedesktop.NetworkManager.pptp
unit=3
user=alice

[ipv4]
dns=10.0.0.53;10.0.0.54;
dns-search=corp.example;~lab.example;
method=auto
never-default=true
route1=10.20.0.0/16
routes2=10.30.1.7/16,10.0.0.1,50

[ipv6]
addr-gen-mode=stable-privacy
method=auto

[proxy]
";

    fn preview(text: &str) -> Preview {
        super::super::read(&[Source::pasted(text)])
    }

    fn found(text: &str) -> Found {
        let mut preview = preview(text);
        assert!(preview.refused.is_empty(), "{:?}", preview.refused);
        preview.found.pop().expect("a connection")
    }

    #[test]
    fn a_whole_keyfile_is_understood() {
        for text in [OFFICE.to_owned(), OFFICE.replace('\n', "\r\n"), format!("\u{feff}{OFFICE}")] {
            let found = found(&text);
            let profile = &found.saved.profile;
            assert_eq!(profile.name, "Office / Süd");
            assert_eq!(
                (profile.server.as_str(), profile.login_name().as_str()),
                ("vpn.example.com", "CORP\\alice")
            );
            assert_eq!((profile.encryption, profile.stateful), (Encryption::Required128, false));
            assert_eq!(profile.auth, AuthMethods::default());
            assert_eq!(profile.keepalive, Keepalive::Seconds(30));
            let networks = ["10.20.0.0/16", "10.30.0.0/16"].map(|network| network.parse().unwrap());
            assert_eq!(profile.traffic, Traffic::only(networks));
            assert_eq!(profile.dns, Dns::Servers(vec![[10, 0, 0, 53].into(), [10, 0, 0, 54].into()]));
            assert_eq!(profile.search_domains, ["corp.example", "lab.example"]);
            assert_eq!(found.format, Format::NetworkManager);
            assert_eq!(found.network_manager.as_deref(), Some("3f0e2d6a-6f7a-4a0e-9a1c-0d4d6f1e2b33"));
            assert!(found.password.is_none());
            assert_eq!(found.saved.extras["networkmanager"]["vpn.unit"], "3");
            let of = |key: &str| {
                found
                    .remarks
                    .iter()
                    .find(|remark| remark.key == key)
                    .map(|remark| (remark.line, remark.treatment))
            };
            assert_eq!(of("routes2"), Some((29, Treatment::Changed(Reason::HostBits))));
            assert_eq!(of("unit"), Some((20, Treatment::Kept)));
            assert_eq!(of("gateway"), Some((10, Treatment::Used)));
        }
    }

    #[test]
    fn where_the_password_is_depends_on_its_flags() {
        let with = |flags: &str, secret: &str| {
            found(&format!("{}{secret}", OFFICE.replace("password-flags=1\n", flags)))
        };
        let stored = with("password-flags=0\n", "[vpn-secrets]\npassword=\\s a\\\\b\\sc\n");
        assert_eq!(stored.password.unwrap().expose(), "  a\\b c");
        assert_eq!((stored.saved.password, stored.network_manager), (PasswordMode::Keyring, None));
        assert!(with("", "").password.is_none());
        assert_eq!(with("password-flags=2\n", "").saved.password, PasswordMode::Ask);
        assert_eq!(with("password-flags=4\n", "").saved.password, PasswordMode::Keyring);
        assert!(
            !format!("{:?}", preview(&format!("{OFFICE}[vpn-secrets]\npassword=canary\n")))
                .contains("canary")
        );
    }

    /// A foreign group can hold anybody's secrets: none of them is written into a profile.
    #[test]
    fn blanks_of_a_password_stay_and_other_secrets_go() {
        let hostile = "[vpn-secrets]\npassword= a b \u{a0} \nother=canary\n[wifi-security]\npsk=canary\n[user]\nx=canary\n";
        let found = found(&format!(
            "{}{hostile}",
            OFFICE.replace("unit=3", "unit=3\nmy-password=canary\npty=canary")
        ));
        assert_eq!(found.password.as_ref().map(culvert_model::Secret::expose), Some("a b \u{a0} "));
        assert!(!format!("{:?}", found.saved.extras).contains("canary"), "{:?}", found.saved.extras);
    }

    #[test]
    fn encryption_is_as_much_as_was_required() {
        let with =
            |keys: &str| found(&OFFICE.replace("require-mppe-128=yes\n", keys)).saved.profile.encryption;
        assert_eq!(with("require-mppe-40=yes\n"), Encryption::Required);
        assert_eq!(with("require-mppe=yes\n"), Encryption::Required);
        assert_eq!(
            with("require-mppe=yes\nrequire-mppe-128=yes\nrequire-mppe-40=yes\n"),
            Encryption::Required128
        );
        assert_eq!(with("require-mppe-128=no\n"), Encryption::Preferred);
        assert_eq!(with(""), Encryption::Preferred);
    }

    #[test]
    fn the_login_of_old_versions_is_found() {
        let old = OFFICE.replace("user=alice", "user-name=bob").replace("domain=CORP\n", "");
        assert_eq!(found(&old).saved.profile.login_name(), "bob");
        let without = OFFICE.replace("user=alice\n", "");
        assert_eq!(found(&without).saved.profile.username, "");
        let all = OFFICE.replace("refuse-", "x-").replace("require-mppe-128=yes\n", "");
        assert_eq!(found(&all).saved.profile.auth, AuthMethods::new(AuthMethod::ALL));
    }

    #[test]
    fn what_is_none_of_ours_is_named() {
        let refused = |text: &str| preview(text).refused.pop().expect("refused");
        let other = refused(&OFFICE.replace("NetworkManager.pptp", "NetworkManager.l2tp"));
        assert_eq!((other.why, other.name.as_str()), (Refusal::OtherVpn("l2tp".to_owned()), "Office / Süd"));
        let wifi = refused("[connection]\nid=Home\ntype=wifi\n[wifi]\nssid=x\n");
        assert_eq!(wifi.why, Refusal::OtherVpn("wifi".to_owned()));
        assert_eq!(refused(&OFFICE.replace("gateway=vpn.example.com\n", "")).why, Refusal::NoServer);
        assert!(matches!(refused(&OFFICE.replace("vpn.example.com", "a b")).why, Refusal::Server(_)));
        let no_login = OFFICE.replace("user=alice", "refuse-mschapv2=yes\nuser=alice");
        assert_eq!(refused(&no_login).why, Refusal::NoLogin);
        for (from, to, line) in [
            ("lcp-echo-interval=30", "lcp-echo-interval=30; pty evil", 12),
            ("10.20.0.0/16", "10.20.0.0/16x", 28),
            ("10.0.0.53;", "10.0.0.530;", 24),
            ("unit=3", "unit", 20),
        ] {
            let refused = refused(&OFFICE.replace(from, to));
            assert_eq!(refused.line, line, "{to}: {refused:?}");
        }
    }
}
