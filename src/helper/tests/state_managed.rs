//! What an administrator wrote down: what counts, what does not, and what becomes of the rest.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::Path;
use std::process::Command;

use culvert_model::{Encryption, Traffic};
use nix::unistd::{getegid, geteuid};
use tempfile::TempDir;

use super::state::Dice;
use crate::state::managed::{Connect, Managed, Owner, Rules};

const OFFICE: &str = r#"
name = "Office"
server = "vpn.example.com"
username = "branch-7"
traffic = { only = { routes = ["10.0.0.0/8"] } }

[managed]
connect = "boot"
lockdown = true
gateway = "eth1"
password-file = "office.password"
"#;
const PLAIN: &str = "server = 'vpn.example.net'\nusername = 'alice'\n";

/// Who writes in these tests.
fn owner() -> Owner {
    Owner(geteuid().as_raw())
}

/// A directory as `/etc/culvert`, with these files below it.
pub(super) fn etc(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("managed.d")).unwrap();
    for (name, text) in files {
        write(dir.path(), name, text.as_bytes(), 0o644);
    }
    dir
}

pub(super) fn write(dir: &Path, name: &str, bytes: &[u8], mode: u32) {
    fs::write(dir.join(name), bytes).unwrap();
    fs::set_permissions(dir.join(name), Permissions::from_mode(mode)).unwrap();
}

fn read(dir: &TempDir) -> Managed {
    Managed::read_of(dir.path(), owner())
}

fn ids(managed: &Managed) -> Vec<&str> {
    managed.profiles.iter().map(|profile| profile.id.as_str()).collect()
}

#[test]
fn profiles_come_in_order_with_what_is_said_about_them() {
    let dir = etc(&[
        ("managed.d/20-office.toml", OFFICE),
        ("managed.d/10-plain.toml", PLAIN),
        ("managed.d/.hidden.toml", "?"),
        ("managed.d/office.password", "?"),
    ]);
    let managed = read(&dir);
    assert!(managed.faults.is_empty(), "{:?}", managed.faults);
    assert_eq!(ids(&managed), ["10-plain", "20-office"]);
    let office = managed.boot().unwrap();
    assert_eq!((office.id.as_str(), office.connect), ("20-office", Connect::Boot));
    assert_eq!(office.profile.name, "Office");
    assert_eq!(office.profile.traffic, Traffic::only(["10.0.0.0/8".parse().unwrap()]));
    assert_eq!(office.profile.encryption, Encryption::Required128);
    assert_eq!(office.profile.gateway.as_deref(), Some("eth1"));
    assert!(office.lockdown && managed.demands_lockdown());
    let plain = managed.profile("10-plain").unwrap();
    assert_eq!((plain.connect, plain.lockdown), (Connect::Manual, false));
    assert!(plain.profile.gateway.is_none() && managed.profile("20").is_none());
}

#[test]
fn nothing_is_there_where_nothing_is_managed() {
    let dir = tempfile::tempdir().unwrap();
    for path in [dir.path().to_owned(), dir.path().join("missing")] {
        let managed = Managed::read_of(&path, owner());
        assert!(managed.profiles.is_empty() && managed.faults.is_empty() && !managed.demands_lockdown());
        assert_eq!(managed.rules, Rules::default());
    }
}

#[test]
fn a_file_that_makes_no_sense_is_named_and_the_others_are_read() {
    // What is in the file, what is said of it, and whether it may demand lockdown.
    let cases = [
        ("colour = 'red'\n", "unknown field `colour`", false),
        ("[managed]\nlock-down = true\n", "unknown field `lock-down`", false),
        ("[managed]\nlockdown = true\ncolour = 'red'\n", "unknown field `colour`", true),
        ("[managed]\nlockdown = 'yes'\n", "invalid type", true),
        ("[managed]\nlockdown = tru", "TOML parse error", true),
        ("[managed]\nconnect = 'boot'\n", "takes a password-file", false),
        ("[managed]\nconnect = 'always'\n", "unknown variant `always`", false),
        ("[managed]\ngateway = 'eth0; reboot'\n", "no name of a network interface", false),
        ("[managed]\ngateway = 'culvert0'\n", "no name of a network interface", false),
        ("[managed]\npassword-file = '../shadow'\n", "a plain name is wanted", false),
        ("[managed]\npassword-credential = 'a/b'\n", "a plain name is wanted", false),
        ("[managed]\npassword-file = 'a'\npassword-credential = 'b'\n", "not both", false),
        ("managed = 7\n", "invalid type", false),
        ("port = 0\n", "the profile's port cannot be used", false),
        ("port = 65536\n", "invalid value", false),
    ];
    for (text, said, demands_lockdown) in cases {
        let dir = etc(&[
            ("managed.d/a.toml", PLAIN),
            ("managed.d/b.toml", &format!("{PLAIN}{text}")),
            ("managed.d/c.toml", PLAIN),
        ]);
        let managed = read(&dir);
        assert_eq!(ids(&managed), ["a", "c"]);
        let [fault] = managed.faults.as_slice() else { panic!("{text}: {:?}", managed.faults) };
        assert!(
            fault.path.ends_with("managed.d/b.toml") && fault.to_string().contains(said),
            "{text}: {fault}"
        );
        assert_eq!(managed.demands_lockdown(), demands_lockdown, "{text}");
    }
}

#[test]
fn only_ordinary_files_that_root_alone_can_change_count() {
    let dir = etc(&[("managed.d/a.toml", PLAIN), ("elsewhere", PLAIN)]);
    let at = |name: &str| dir.path().join("managed.d").join(name);
    symlink("../elsewhere", at("link.toml")).unwrap();
    assert!(Command::new("mkfifo").arg(at("pipe.toml")).status().unwrap().success());
    fs::create_dir(at("directory.toml")).unwrap();
    write(dir.path(), "managed.d/writable.toml", PLAIN.as_bytes(), 0o664);
    write(dir.path(), "managed.d/long.toml", &[b'#'; 65 << 10], 0o644);
    write(dir.path(), "managed.d/latin.toml", b"name = '\xE4'", 0o644);
    write(dir.path(), "managed.d/sp ace.toml", PLAIN.as_bytes(), 0o644);
    let managed = read(&dir);
    assert_eq!(ids(&managed), ["a"]);
    let faults: Vec<_> = managed.faults.iter().map(ToString::to_string).collect();
    assert_eq!(faults.len(), 7, "{faults:?}");
    assert!(managed.demands_lockdown(), "nobody knows what they say");

    let others = Managed::read_of(dir.path(), Owner(geteuid().as_raw() + 1));
    assert!(others.profiles.is_empty() && others.demands_lockdown());
    if geteuid().is_root() {
        chown(at("a.toml"), Some(1234), None).unwrap();
        assert!(read(&dir).profiles.is_empty());
    }
    fs::set_permissions(dir.path().join("managed.d"), Permissions::from_mode(0o777)).unwrap();
    let managed = read(&dir);
    assert!(managed.faults[0].why.contains("others may write to it") && managed.demands_lockdown());
}

#[test]
fn rules_that_cannot_be_read_are_the_strictest() {
    let rules = |text: &str| {
        let managed = read(&etc(&[("policy.toml", text)]));
        (managed.rules.forbid_weaker, managed.faults.len())
    };
    assert_eq!(rules(""), (false, 0));
    assert_eq!(rules("forbid-weaker = false"), (false, 0));
    assert_eq!(rules("forbid-weaker = true"), (true, 0));
    assert_eq!(rules("forbid-weaker = 'no'"), (true, 1));
    assert_eq!(rules("forbid_weaker = false"), (true, 1));
    let dir = etc(&[]);
    symlink("/dev/null", dir.path().join("policy.toml")).unwrap();
    assert!(read(&dir).rules.forbid_weaker);
}

#[test]
fn a_password_is_read_from_where_nobody_else_reads_it() {
    let dir = etc(&[("managed.d/a.toml", &OFFICE.replace("boot", "manual")), ("managed.d/b.toml", PLAIN)]);
    let managed = read(&dir);
    let folder = dir.path().join("managed.d");
    let office = managed.profile("a").unwrap();
    let password = || {
        let secret = office.password_from(&folder, owner(), None).map_err(|error| error.to_string())?;
        Ok::<_, String>(secret.unwrap().expose().to_owned())
    };
    assert!(password().unwrap_err().contains("can't be read"));
    for (mode, is_read) in [(0o600, true), (0o640, true), (0o400, true), (0o644, false), (0o660, false)] {
        write(&folder, "office.password", "geheim ä\r\n".as_bytes(), mode);
        assert_eq!(password().is_ok(), is_read, "{mode:o}");
    }
    for (text, is_read) in
        [("a\nb\n", false), ("", false), ("\n", false), (&"x".repeat(1025), false), ("x", true)]
    {
        write(&folder, "office.password", text.as_bytes(), 0o600);
        assert_eq!(password().is_ok(), is_read, "{text:?}");
    }
    if geteuid().is_root() {
        write(&folder, "office.password", b"x", 0o640);
        chown(folder.join("office.password"), None, Some(getegid().as_raw() + 1234)).unwrap();
        assert!(password().unwrap_err().contains("0640"), "another group reads it");
    }
    fs::remove_file(folder.join("office.password")).unwrap();
    write(dir.path(), "elsewhere", b"x", 0o600);
    symlink("../elsewhere", folder.join("office.password")).unwrap();
    password().unwrap_err();
    let plain = managed.profile("b").unwrap();
    assert!(plain.password_from(&folder, owner(), None).unwrap().is_none());
}

#[test]
fn a_credential_of_the_service_is_a_password() {
    let text = format!("{PLAIN}[managed]\npassword-credential = 'office'\n");
    let dir = etc(&[("managed.d/a.toml", &text), ("office", "geheim\n")]);
    let managed = read(&dir);
    let password = |from| managed.profiles[0].password_from(Path::new("/nowhere"), owner(), from);
    assert_eq!(password(Some(dir.path())).unwrap().unwrap().expose(), "geheim");
    assert!(password(None).unwrap_err().to_string().contains("the service manager hands over none"));
    password(Some(&dir.path().join("managed.d"))).unwrap_err();
}

#[test]
#[expect(clippy::print_stdout, reason = "the checks show the figure")]
fn ten_thousand_damaged_profiles_stop_nobody() {
    let mut dice = Dice(0x5EED);
    let (mut tried, mut refused) = (0, 0);
    for _ in 0..100 {
        let dir = etc(&[("managed.d/a.toml", PLAIN), ("managed.d/z.toml", OFFICE)]);
        for at in 0..100 {
            let bytes = dice.corrupt(OFFICE.as_bytes());
            write(dir.path(), &format!("managed.d/m{at}.toml"), &bytes, 0o644);
            tried += 1;
        }
        let managed = read(&dir);
        let found = ids(&managed);
        assert_eq!((found.first(), found.last()), (Some(&"a"), Some(&"z")));
        assert_eq!(found.len() + managed.faults.len(), 102);
        refused += managed.faults.len();
    }
    println!(
        "figure: managed profiles: {tried} damaged ones, 0 panics, {refused} refused and named, those beside them read"
    );
}
