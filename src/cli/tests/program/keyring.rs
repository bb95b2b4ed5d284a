//! Profiles whose passwords are in a real keyring.

use std::process::Stdio;
use std::time::Duration;

use culvert_ipc::{Outcome, Request};
use culvert_model::{Protection, Secret};

use crate::desktop::{Desktop, copies_in};
use crate::play::{CONNECTION, finished, greeted, listener, up};

const CANARY: &str = "canary-99c2 \"\\";

/// What the program says in this desktop, with this on its standard input.
fn culvert(desktop: &Desktop, words: &[&str], input: &str) -> String {
    desktop.run_with_input(env!("CARGO_BIN_EXE_culvert"), words, input)
}

fn add(desktop: &Desktop, name: &str) {
    let words =
        ["profile", "add", name, "--server", "vpn.example.com", "--user", "alice", "--password-stdin"];
    let said = culvert(desktop, &words, &format!("{CANARY}\n"));
    assert!(said.contains("is saved") && !said.contains("not saved"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::print_stdout, reason = "the checks show the figure")]
async fn a_profile_whose_password_is_kept_connects_and_asks_nothing() {
    let desktop = Desktop::new();
    let mut keyring = desktop.start_unlocked();
    add(&desktop, "Office");
    let (dir, listener) = listener();
    let mut command = desktop.command(env!("CARGO_BIN_EXE_culvert"));
    command.args(["connect", "office", "--lan"]).env("CULVERT_SOCKET", dir.path().join("culvert.sock"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let program = tokio::process::Command::from(command).kill_on_drop(true).spawn().unwrap();
    let mut helper = greeted(dir, &listener).await;
    assert_eq!(helper.asked().await, Request::Subscribe);
    let nothing = Outcome::Status { connections: vec![], others: vec![], protection: Protection::default() };
    helper.reply(nothing).await;
    let Request::Connect { profile, password } = helper.asked().await else { panic!("no connect") };
    assert_eq!((profile.name.as_str(), profile.lan), ("Office", true));
    assert_eq!(password.as_ref().map(Secret::expose), Some(CANARY));
    drop(password);
    helper.reply(Outcome::Started { connection: CONNECTION }).await;
    // It waits now, and has no more use for it.
    let process = program.id().unwrap();
    let place = |name: &str| std::fs::read(format!("/proc/{process}/{name}")).unwrap();
    for name in ["environ", "cmdline"] {
        let text = String::from_utf8_lossy(&place(name)).into_owned();
        assert!(!text.is_empty() && !text.contains("canary-99c2"), "{name}: {text}");
    }
    assert!(copies_in(process, "vpn.example.com") > 0, "the control: what is no secret is found");
    let is_gone = async {
        while copies_in(process, CANARY) + copies_in(process, "canary-99c2") > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(5), is_gone).await;
    println!("figure: {} copies of the password in culvert while it connects", copies_in(process, CANARY));
    assert!(waited.is_ok(), "{} copies", copies_in(process, CANARY));
    helper.tell(up()).await;
    let (status, _, said) = finished(program).await;
    assert_eq!(status, 0, "{said}");
    assert!(!said.contains(CANARY));
    keyring.kill();
}

#[test]
fn a_password_goes_with_its_profile_and_stands_in_no_file() {
    let desktop = Desktop::new();
    let mut keyring = desktop.start_unlocked();
    for name in ["Office", "Campus", "Third"] {
        add(&desktop, name);
    }
    let kept = || {
        desktop
            .run("secret-tool", &["search", "--all", "service", "org.culvert.Culvert"])
            .matches("label = ")
            .count()
    };
    assert_eq!(kept(), 3);
    culvert(&desktop, &["profile", "remove", "Office"], "");
    assert_eq!(kept(), 2);
    // Whoever wants to be asked has none kept.
    culvert(&desktop, &["profile", "edit", "Third", "--password", "ask"], "");
    assert_eq!(kept(), 1);
    add(&desktop, "Fourth");
    culvert(&desktop, &["profile", "edit", "Fourth", "--password", "session"], "");
    assert_eq!(kept(), 1);
    // Somebody removes a file by hand: its password is swept with the next that is saved.
    let directory = desktop.directory().join(".config/culvert/profiles");
    let files = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let campus = files.into_iter().find(|path| path.to_string_lossy().contains("campus")).unwrap();
    std::fs::remove_file(campus).unwrap();
    add(&desktop, "Fifth");
    let labels = desktop.run("secret-tool", &["search", "--all", "service", "org.culvert.Culvert"]);
    assert!(kept() == 1 && labels.contains("Fifth"), "{labels}");
    culvert(&desktop, &["profile", "remove", "Fifth"], "");
    assert_eq!(kept(), 0);
    keyring.kill();
    assert!(desktop.find_in_files(CANARY).is_empty());
}

#[test]
fn with_an_export_it_goes_only_if_that_is_said() {
    let desktop = Desktop::new();
    let mut keyring = desktop.start_unlocked();
    add(&desktop, "Office");
    let directory = desktop.directory().join("out");
    std::fs::create_dir(&directory).unwrap();
    let to = directory.to_str().unwrap();
    let export = ["profile", "export", "Office", "--format", "networkmanager", "--to", to];
    culvert(&desktop, &export, "");
    assert!(desktop.find_in_files(CANARY).is_empty() && directory.join("Office.nmconnection").exists());
    std::fs::remove_file(directory.join("Office.nmconnection")).unwrap();
    let said = culvert(&desktop, &[&export[..], &["--with-passwords"]].concat(), "");
    assert!(said.contains("can read the passwords"), "{said}");
    let file = directory.join("Office.nmconnection");
    assert!(std::fs::read_to_string(&file).unwrap().contains("canary-99c2"));
    // Imported again it is in the keyring, and nowhere else.
    culvert(&desktop, &["profile", "import", file.to_str().unwrap()], "");
    std::fs::remove_file(&file).unwrap();
    let shown = desktop.run("secret-tool", &["search", "--all", "service", "org.culvert.Culvert"]);
    assert_eq!(shown.matches("secret = canary-99c2").count(), 2, "{shown}");
    assert!(desktop.find_in_files("canary-99c2").is_empty());
    keyring.kill();
}

/// A file can name any connection and any server: the password that NetworkManager keeps goes there only if that is said.
#[test]
fn a_password_of_network_manager_is_taken_along_only_if_that_is_said() {
    let desktop = Desktop::new();
    let mut keyring = desktop.start_unlocked();
    let words =
        ["store", "--label=VPN", "connection-uuid", "3f0e", "setting-name", "vpn", "setting-key", "password"];
    desktop.run_with_input("secret-tool", &words, CANARY);
    let file = desktop.directory().join("office.nmconnection");
    let text = "[connection]\nid=Office\nuuid=3f0e\ntype=vpn\n[vpn]\nservice-type=org.freedesktop.NetworkManager.pptp\n\
                gateway=vpn.example.com\nuser=alice\npassword-flags=1\n";
    std::fs::write(&file, text).unwrap();
    let import = ["profile", "import", file.to_str().unwrap()];
    let kept = || {
        let ours = desktop.run("secret-tool", &["search", "--all", "service", "org.culvert.Culvert"]);
        ours.matches("secret = canary-99c2").count()
    };
    let said = culvert(&desktop, &import, "");
    assert!(said.contains("--with-passwords") && said.contains("Imported 1 of 1"), "{said}");
    assert_eq!(kept(), 0);
    culvert(&desktop, &[&import[..], &["--with-passwords"]].concat(), "");
    assert_eq!(kept(), 1);
    keyring.kill();
}

/// Where nobody can be asked, it is said why there is no password; nothing waits for a keyring that hangs.
#[test]
fn a_keyring_that_is_locked_or_hangs_is_named() {
    let desktop = Desktop::new();
    let mut keyring = desktop.start_unlocked();
    add(&desktop, "Office");
    keyring.kill();
    let mut keyring = desktop.start_locked();
    let said = || {
        culvert(
            &desktop,
            &["profile", "export", "Office", "--format", "uci", "--with-passwords", "--to", "/nonexistent"],
            "",
        )
    };
    assert!(said().contains("The keyring is locked."), "{}", said());
    keyring.kill();
    let keyring = desktop.start_unlocked();
    keyring.stop();
    assert!(said().contains("The keyring does not answer."), "{}", said());
}
