use std::fs;
use std::time::{Duration, Instant};

use culvert_model::{AuthMethods, Encryption, Keepalive, Mtu, Secret, Traffic};

use super::super::{Preview, Reason, Refusal, Source, Treatment};

/// What pptpsetup writes, with its one backslash.
pub(in crate::import) const PPTPSETUP: &str = "# written by pptpsetup\npty \"/usr/sbin/pptp vpn.example.com --nolaunchpppd\"\nlock\nnoauth\n\
    nobsdcomp\nnodeflate\nname CORP\\bob\nremotename office\nipparam office\nrequire-mppe-128\n";
const SECRETS: &str = "# Secrets for authentication using CHAP\n# client server secret IP addresses\n\n# added by pptpsetup for office\n\
    CORP\\bob office \"a \\\"b\\\" \\x41\" *\n* * wildcard *\neve office @/etc/shadow *\n";

fn preview(files: &[(&str, &str)]) -> Preview {
    let sources: Vec<_> = files.iter().map(|(name, text)| Source::of_bytes(*name, text.as_bytes())).collect();
    super::super::read(&sources)
}

#[test]
fn what_pptpsetup_wrote_is_what_it_meant() {
    for files in [
        [("office", PPTPSETUP), ("chap-secrets", SECRETS)],
        [("chap-secrets", SECRETS), ("office", PPTPSETUP)],
    ] {
        let preview = preview(&files);
        assert!(preview.refused.is_empty(), "{preview:?}");
        let found = &preview.found[0];
        let profile = &found.saved.profile;
        assert_eq!((profile.name.as_str(), profile.login_name().as_str()), ("office", "CORP\\bob"));
        assert_eq!(
            (profile.server.as_str(), profile.encryption),
            ("vpn.example.com", Encryption::Required128)
        );
        assert_eq!(found.password.as_ref().map(Secret::expose), Some("a \"b\" A"));
        let name = found.remarks.iter().rfind(|remark| remark.key == "name").unwrap();
        assert_eq!(name.treatment, Treatment::Changed(Reason::Backslash));
    }
    let doubled = preview(&[
        ("office", &PPTPSETUP.replace("CORP\\bob", "CORP\\\\bob")),
        ("chap-secrets", &SECRETS.replace("CORP\\bob", "CORP\\\\bob")),
    ]);
    assert_eq!(doubled.found[0].saved.profile.login_name(), "CORP\\bob");
    assert!(doubled.found[0].password.as_ref().is_some_and(|password| password.expose().starts_with("a ")));
}

#[test]
fn secrets_alone_are_none_of_a_connection_and_files_of_theirs_are_not_opened() {
    let alone = preview(&[("chap-secrets", SECRETS)]);
    assert_eq!(alone.refused[0].why, Refusal::OnlySecrets);
    let eve = preview(&[
        ("office", &PPTPSETUP.replace("CORP\\bob", "eve")),
        ("chap-secrets", &SECRETS.replace("* * wildcard *\n", "")),
    ]);
    assert!(eve.found[0].password.is_none());
    let other = preview(&[("office", &PPTPSETUP.replace("CORP\\bob", "zoe")), ("chap-secrets", SECRETS)]);
    assert_eq!(other.found[0].password.as_ref().map(Secret::expose), Some("wildcard"));
}

#[test]
fn variants_by_hand_are_understood() {
    let of = |text: &str| {
        let mut preview = preview(&[("peer", text)]);
        assert!(preview.refused.is_empty(), "{preview:?}");
        preview.found.remove(0)
    };
    let debian = of(
        "pty \"sudo /usr/sbin/pptp --loglevel 0 --timeout 10 vpn.example.com --nolaunchpppd\"\nuser alice\nname other\n\
        refuse-pap\nrefuse-chap\nrefuse-mschap\nmtu 1400\nmru 1300\nlcp-echo-interval 30\nnodefaultroute\nrequire-mschap-v2\n\
        mppe required,stateless,no40,no56\nip-up-script /tmp/evil\nconnect '/bin/sh -c id'\n",
    );
    let profile = &debian.saved.profile;
    assert_eq!((profile.server.as_str(), profile.username.as_str()), ("vpn.example.com", "alice"));
    assert_eq!((profile.mtu, profile.keepalive), (Mtu::Bytes(1300), Keepalive::Seconds(30)));
    assert_eq!((profile.encryption, &profile.auth), (Encryption::Required128, &AuthMethods::default()));
    assert_eq!(profile.traffic, Traffic::Only { routes: vec![], classful: true });
    let of_key = |key: &str| debian.remarks.iter().find(|remark| remark.key == key).unwrap().treatment;
    assert_eq!(of_key("require-mschap-v2"), Treatment::Ignored(Reason::ServerLogin));
    assert_eq!(of_key("ip-up-script"), Treatment::Ignored(Reason::RunsProgram));
    assert_eq!(of_key("connect"), Treatment::Ignored(Reason::RunsProgram));
    let plugin = of("plugin \"pptp.so\"\npptp_server 192.0.2.1\nname bob\n");
    assert_eq!(
        (plugin.saved.profile.server.as_str(), plugin.saved.profile.encryption),
        ("192.0.2.1", Encryption::Preferred)
    );
    assert_eq!(preview(&[("x", "pty \"pptp\"\nname bob\n")]).refused[0].why, Refusal::NoServer);
    assert!(matches!(
        preview(&[("x", "pty \"pptp h\nname bob\n")]).refused[0].why,
        Refusal::Syntax { line: 1, .. }
    ));
}

/// Forty bits that are refused leave the others.
#[test]
fn any_encryption_but_the_weak_one_is_the_strong_one() {
    for order in ["require-mppe\nnomppe-40\n", "nomppe-40\nrequire-mppe\n"] {
        let found = preview(&[("office", &PPTPSETUP.replace("require-mppe-128\n", order))]).found.remove(0);
        assert_eq!(found.saved.profile.encryption, Encryption::Required128, "{order}");
    }
}

/// Each names itself a thousand times: to follow them all would take for ever.
#[test]
fn files_that_name_each_other_come_to_an_end() {
    let directory = tempfile::tempdir().unwrap();
    let text = format!("pty \"pptp vpn.example.com\"\nname bob\n{}", "file office\n".repeat(1000));
    fs::write(directory.path().join("office"), text).unwrap();
    let (begin, source) = (Instant::now(), Source::file(&directory.path().join("office")).unwrap());
    assert_eq!(super::super::read(&[source]).found.len(), 1);
    assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
}

#[test]
fn files_beside_it_are_followed_and_no_others() {
    let directory = tempfile::tempdir().unwrap();
    let peers = directory.path().join("peers");
    fs::create_dir(&peers).unwrap();
    fs::write(directory.path().join("outside"), "mppe-stateful\n").unwrap();
    fs::write(
        peers.join("options.pptp"),
        "require-mppe-128\nrefuse-pap\nrefuse-chap\nrefuse-mschap\ncall office\n",
    )
    .unwrap();
    std::os::unix::fs::symlink(directory.path().join("outside"), peers.join("link")).unwrap();
    let text =
        "pty \"pptp vpn.example.com\"\nname bob\nfile /etc/ppp/options.pptp\nfile link\nfile ../outside\n";
    fs::write(peers.join("office"), text).unwrap();
    let preview = super::super::read(&[Source::file(&peers.join("office")).unwrap()]);
    let profile = &preview.found[0].saved.profile;
    assert_eq!((profile.encryption, profile.stateful), (Encryption::Required128, false));
    let ignored = preview.found[0]
        .remarks
        .iter()
        .filter(|remark| remark.treatment == Treatment::Ignored(Reason::NamesFile));
    assert!(ignored.count() >= 2);
}
