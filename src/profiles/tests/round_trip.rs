//! What is exported and imported again is the same connection, but for what was told to be lost.

use std::net::Ipv4Addr;

use culvert_model::{
    AuthMethod, AuthMethods, Dns, Encryption, Ipv6, Keepalive, Mtu, Prefix, Profile, Secret, Traffic,
};
use culvert_profiles::export::{self, Entry, ExportedFile, Lost};
use culvert_profiles::import::{self, Source};
use culvert_profiles::{Autostart, Format, PasswordMode, SavedProfile};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::subsequence;

/// Signs that some format needs an escape for, and some that none has.
fn text(longest: usize) -> impl Strategy<Value = String> {
    vec(prop_oneof![8 => proptest::char::range(' ', '~'), 1 => prop::sample::select(vec!['ä', 'ß', '€', '会', '😀', '\u{a0}', '‚', '“'])], 0..=longest)
        .prop_map(String::from_iter)
}

fn name() -> impl Strategy<Value = String> {
    text(40).prop_map(|name| name.trim().to_owned()).prop_filter("no name", |name| !name.is_empty())
}

fn password() -> impl Strategy<Value = Option<String>> {
    option::of(text(40).prop_filter("no password", |text| !text.is_empty()))
}

/// User names have no backslash: what stands before one is the domain.
fn user() -> impl Strategy<Value = String> {
    name().prop_filter("a domain", |name| !name.contains('\\'))
}

fn host() -> impl Strategy<Value = String> {
    "[a-z][a-z0-9-]{0,20}(\\.[a-z][a-z0-9]{0,9}){0,3}"
}

fn address() -> impl Strategy<Value = Ipv4Addr> {
    any::<u16>().prop_map(|low| Ipv4Addr::from_bits(0xc0a8_0000 | u32::from(low)))
}

fn traffic() -> impl Strategy<Value = Traffic> {
    let prefix = (any::<u32>(), 1..=32_u8).prop_map(|(bits, length)| Prefix::around(bits.into(), length));
    let only = (vec(prefix, 0..5), any::<bool>()).prop_map(|(mut routes, classful)| {
        routes.sort_unstable();
        routes.dedup();
        let classful = classful || routes.is_empty();
        Traffic::Only { routes, classful }
    });
    prop_oneof![Just(Traffic::All), only]
}

fn dns() -> impl Strategy<Value = Dns> {
    prop_oneof![Just(Dns::FromServer), Just(Dns::Leave), vec(address(), 1..=2).prop_map(Dns::Servers)]
}

fn encryption() -> impl Strategy<Value = Encryption> {
    use Encryption::{None, Preferred, Required, Required128};
    prop_oneof![Just(Required128), Just(Required), Just(Preferred), Just(None)]
}

prop_compose! {
    fn login()(
        username in user(),
        domain in option::of("[A-Z][A-Z0-9.-]{0,14}"),
        encryption in encryption(),
        methods in subsequence(AuthMethod::ALL.to_vec(), 1..=4),
        stateful: bool,
    ) -> (String, Option<String>, Encryption, AuthMethods, bool) {
        // Without keys there is no encryption: no import makes anything else of it.
        let mut methods = methods;
        methods.retain(|method| !encryption.is_required() || method.gives_keys());
        let methods = if methods.is_empty() { vec![AuthMethod::MsChapV2] } else { methods };
        (username, domain, encryption, AuthMethods::new(methods), stateful)
    }
}

prop_compose! {
    fn profile()(
        name in name(),
        server in host(),
        further in vec(host(), 0..3),
        port in prop_oneof![Just(1723), 1..=u16::MAX],
        (username, domain, encryption, auth, stateful) in login(),
        mtu in option::of(576..=1500_u16),
        keepalive in option::of(5..=300_u16),
        traffic in traffic(),
        dns in dns(),
        search_domains in vec(host(), 0..3),
        flags: [bool; 4],
    ) -> Profile {
        let [lan, guard, reconnect, leave] = flags;
        Profile {
            name,
            further_servers: further.iter().map(|host| host.parse().expect("a host")).collect(),
            port,
            domain,
            encryption,
            auth,
            stateful,
            mtu: mtu.map_or(Mtu::Auto, Mtu::Bytes),
            // 20 seconds is another word for the default.
            keepalive: keepalive.filter(|seconds| *seconds != 20).map_or(Keepalive::Auto, Keepalive::Seconds),
            traffic,
            dns,
            search_domains,
            ipv6: if leave { Ipv6::Leave } else { Ipv6::Block },
            lan,
            guard,
            reconnect,
            through_other_vpn: !guard && lan,
            ..Profile::new(server.parse().expect("a host"), username)
        }
    }
}

prop_compose! {
    fn saved()(profile in profile(), asks: bool, login: bool, notes in text(30)) -> SavedProfile {
        let password = if asks { PasswordMode::Ask } else { PasswordMode::Keyring };
        let autostart = if login { Autostart::Login } else { Autostart::Off };
        SavedProfile { password, autostart, notes, ..SavedProfile::new(profile) }
    }
}

/// What is left of it where these fields are as by default.
fn without(mut saved: SavedProfile, lost: &[Lost]) -> SavedProfile {
    let usual = SavedProfile::new(Profile::new(saved.profile.server.clone(), ""));
    for Lost { field, .. } in lost {
        let (profile, from) = (&mut saved.profile, usual.profile.clone());
        match *field {
            "further_servers" => profile.further_servers = from.further_servers,
            "port" => profile.port = from.port,
            "username" => profile.username = from.username,
            "domain" => profile.domain = from.domain,
            // What a format can't require, nor forbid, is used where it is to be had.
            "encryption" => {
                profile.encryption = match profile.encryption {
                    Encryption::Required => Encryption::Required128,
                    _ => Encryption::Preferred,
                }
            }
            "auth" => profile.auth = from.auth,
            "stateful" => profile.stateful = from.stateful,
            "mtu" => profile.mtu = from.mtu,
            "keepalive" => profile.keepalive = from.keepalive,
            "traffic" => profile.traffic = from.traffic,
            "classful" | "unclassful" => {
                if let Traffic::Only { classful, .. } = &mut profile.traffic {
                    *classful = !*classful;
                }
            }
            "routes" => profile.traffic = Traffic::Only { routes: Vec::new(), classful: true },
            "dns" => profile.dns = from.dns,
            "search_domains" => profile.search_domains = from.search_domains,
            "ipv6" => profile.ipv6 = from.ipv6,
            "lan" => profile.lan = from.lan,
            "guard" => profile.guard = from.guard,
            "reconnect" => profile.reconnect = from.reconnect,
            "through_other_vpn" => profile.through_other_vpn = from.through_other_vpn,
            "password" => saved.password = usual.password,
            "name" | "secret" => {}
            "autostart" => saved.autostart = usual.autostart,
            "notes" => saved.notes.clone_from(&usual.notes),
            other => panic!("{other} is no field"),
        }
    }
    saved
}

/// There and back. Where the password goes too, it comes back.
fn goes_and_comes_back(format: Format, saved: &SavedProfile, password: Option<&str>) {
    let secret = password.map(|text| Secret::new(text.to_owned()));
    let exported = export::write(format, &[Entry { saved, password: secret.as_ref() }]);
    let source = |file: &ExportedFile| Source::of_bytes(file.name.as_str(), file.text.as_bytes());
    let sources: Vec<_> = exported.files.iter().map(source).collect();
    let preview = import::read(&sources);
    let texts: Vec<_> = exported.files.iter().map(|file| file.text.as_str()).collect();
    let told = || format!("{format:?}: {:?}\n{}", preview.refused, texts.join("\n-----\n"));
    assert_eq!(preview.found.len(), 1, "{}", told());
    let found = &preview.found[0];
    let mut back = found.saved.clone();
    back.extras.clear();
    let mut expected = without(saved.clone(), &exported.lost);
    if exported.lost.iter().any(|lost| lost.field == "name") {
        // A router's word for it, made of the same letters.
        expected.profile.name.clone_from(&back.profile.name);
    }
    if exported.lost.iter().any(|lost| lost.field == "secret") || password.is_none() {
        assert!(found.password.is_none(), "{}", told());
    } else {
        assert_eq!(found.password.as_ref().map(Secret::expose), password, "{}", told());
        if format != Format::Culvert {
            expected.password = PasswordMode::Keyring;
        }
    }
    assert_eq!(back, expected, "lost {:?}\n{}", exported.lost, told());
}

/// What a file is, is not said by a name that stands in it, nor by a key that another program would know.
#[test]
fn words_of_other_formats_change_nothing() {
    let text = "[connection]\nid=x\ntype=vpn\n[vpn]\nservice-type=org.freedesktop.NetworkManager.pptp\ngateway=h\nVpnStrategy=9\n";
    let mut saved = import::read(&[Source::pasted(text)]).found.remove(0).saved;
    for name in
        ["# by RouterOS", "by RouterOS", "format = \"culvert-profile\"", "network:", "add-vpnconnection"]
    {
        name.clone_into(&mut saved.profile.name);
        saved.profile.username = "u".to_owned();
        for format in Format::WRITTEN {
            let exported = export::write(format, &[Entry { saved: &saved, password: None }]);
            let again = import::read(&[Source::pasted(exported.files[0].text.as_str())]);
            assert_eq!(
                again.found.first().map(|found| found.format),
                Some(format),
                "{name}: {:?}",
                again.refused
            );
        }
    }
}

/// Names that differ only in what no file's name has.
#[test]
fn many_at_once_have_a_file_each() {
    let named = |name: &str| {
        let mut saved = SavedProfile::new(Profile::new("h".parse().unwrap(), "u"));
        name.clone_into(&mut saved.profile.name);
        saved
    };
    let saved = ["A B", "A-B", "a/b", "-"].map(named);
    let secret = Secret::new("secret".to_owned());
    let entries: Vec<_> = saved.iter().map(|saved| Entry { saved, password: Some(&secret) }).collect();
    for format in Format::WRITTEN {
        let directory = tempfile::tempdir().unwrap();
        let exported = export::write(format, &entries);
        exported.keep(directory.path()).unwrap();
        let files = std::fs::read_dir(directory.path()).unwrap().map(|file| file.unwrap().path());
        let sources: Vec<_> = files.map(|file| Source::file(&file).unwrap()).collect();
        let preview = import::read(&sources);
        assert_eq!((preview.found.len(), preview.refused.len()), (4, 0), "{format:?}");
    }
}

/// Other programs know a connection by its number, and a second one of that number takes its place.
#[test]
fn a_copy_has_no_number_of_the_first() {
    let number = "3f0e2d6a-6f7a-4a0e-9a1c-0d4d6f1e2b33";
    let keyfile = format!(
        "[connection]\nid=x\nuuid={number}\n[vpn]\nservice-type=org.freedesktop.NetworkManager.pptp\ngateway=h\nunit=3\n"
    );
    let book =
        format!("[x]\nType=2\nVpnStrategy=1\nGuid={number}\nStrange=kept\nDEVICE=vpn\nPhoneNumber=h\n");
    for (format, text, kept) in
        [(Format::NetworkManager, keyfile, "unit=3"), (Format::Phonebook, book, "Strange=kept")]
    {
        let saved = import::read(&[Source::pasted(text)]).found.remove(0).saved;
        let written = |saved: &SavedProfile| {
            export::write(format, &[Entry { saved, password: None }]).files.remove(0).text.to_string()
        };
        assert!(written(&saved).contains(number), "{format:?}: the first keeps it");
        let copy = written(&saved.copy());
        assert!(!copy.contains(number) && copy.contains(kept), "{format:?}: {copy}");
    }
}

/// What means nothing here goes back to where it came from.
#[test]
fn what_was_kept_goes_back() {
    for (format, text) in [
        (
            Format::Uci,
            "config interface 'x'\n\toption proto 'pptp'\n\toption server 'h'\n\toption metric '20'\n",
        ),
        (Format::RouterOs, "/interface pptp-client add connect-to=h dial-on-demand=yes\n"),
        (
            Format::NetworkManager,
            "[connection]\nid=x\n[vpn]\nservice-type=org.freedesktop.NetworkManager.pptp\ngateway=h\nunit=3\n",
        ),
    ] {
        let found = import::read(&[Source::pasted(text)]).found.remove(0);
        let exported = export::write(format, &[Entry { saved: &found.saved, password: None }]);
        let again = import::read(&[Source::pasted(exported.files[0].text.as_str())]).found.remove(0);
        let mut kept = again.saved.extras[format.as_str()].clone();
        kept.remove("connection.uuid");
        assert_eq!(kept, found.saved.extras[format.as_str()], "{format:?}");
        assert_eq!(kept.len(), 1);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn what_goes_to_another_format_comes_back(saved in saved(), password in password()) {
        for format in Format::WRITTEN {
            goes_and_comes_back(format, &saved, password.as_deref());
        }
    }
}
