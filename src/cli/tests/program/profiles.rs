//! `culvert profile`, in a home of its own.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A home with nothing in it, and no keyring.
pub struct Home(TempDir);

impl Home {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_culvert"));
        command.env_clear().env("HOME", self.path()).current_dir(self.path()).args(words);
        command
    }

    pub fn run(&self, words: &[&str]) -> Output {
        self.command(words).stdin(Stdio::null()).output().unwrap()
    }

    fn with_input(&self, words: &[&str], input: &str) -> Output {
        let mut command = self.command(words);
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = child.unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// What it says to a script.
    fn json(&self, words: &[&str]) -> Value {
        let output = self.run(&[words, &["--json"]].concat());
        assert!(output.status.success(), "{words:?}: {output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    pub fn names(&self) -> Vec<String> {
        let profiles = self.json(&["profile", "list"])["profiles"].take();
        let name = |profile: &Value| profile["display_name"].as_str().unwrap().to_owned();
        profiles.as_array().unwrap().iter().map(name).collect()
    }

    pub fn add(&self, name: &str, more: &[&str]) {
        let least = ["profile", "add", name, "--server", "vpn.example.com", "--user", r"CORP\alice"];
        let output = self.run(&[&least, more].concat());
        assert!(output.status.success(), "{output:?}");
    }
}

pub fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout)
}

#[test]
fn a_profile_is_saved_shown_changed_and_removed() {
    let home = Home::new();
    for words in [&["profile", "list"][..], &["profile", "show", "Office"], &["connect", "Office"]] {
        let said = said(&home.run(words));
        assert!(said.contains("There are no profiles yet") && !said.contains("There are:"), "{said}");
    }
    home.add("Office", &["--lan", "--mtu", "1300", "--notes", "ask Bob"]);
    let shown = home.json(&["profile", "show", "office"]);
    let expect =
        [("username", "alice"), ("domain", "CORP"), ("server", "vpn.example.com"), ("notes", "ask Bob")];
    expect.iter().for_each(|(key, value)| assert_eq!(shown[key], *value));
    assert_eq!((&shown["lan"], &shown["is_weaker"]), (&true.into(), &true.into()));
    let file = home.path().join(format!(".config/culvert/profiles/{}.toml", shown["id"].as_str().unwrap()));
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);

    let edited =
        home.json(&["profile", "edit", "Office", "--no-lan", "--mtu", "auto", "--route", "10.20.0.0/16"]);
    assert_eq!((&edited["lan"], &edited["mtu"]), (&false.into(), &"auto".into()));
    assert_eq!(edited["notes"], "ask Bob", "what is not named stays");
    assert_eq!(home.json(&["profile", "edit", "Office", "--all-traffic"])["traffic"], "all");

    home.json(&["profile", "rename", "Office", "Work"]);
    home.json(&["profile", "duplicate", "Work"]);
    home.json(&["profile", "duplicate", "Work", "Third"]);
    assert_eq!(home.names(), ["Third", "Work", "Work (2)"]);
    assert!(home.run(&["profile", "remove", "Work", "Third"]).status.success());
    assert_eq!(home.names(), ["Work (2)"]);
}

/// With sudo somebody looks at other profiles than those that the window shows.
#[test]
fn whoever_is_root_is_told_whose_profiles_these_are() {
    let home = Home::new();
    let of_root = "These are the profiles of root, in ";
    let is_root = nix::unistd::geteuid().is_root();
    assert_eq!(said(&home.run(&["profile", "list"])).contains(of_root), is_root);
    if is_root {
        let nobody = 65_534;
        std::os::unix::fs::chown(home.path(), Some(nobody), Some(nobody)).unwrap();
        // What lies in the build's own directory may be out of its reach.
        let program = home.path().join("culvert");
        fs::copy(env!("CARGO_BIN_EXE_culvert"), &program).unwrap();
        let mut command = Command::new(&program);
        command.env_clear().env("HOME", home.path()).args(["profile", "list"]).uid(nobody).gid(nobody);
        let said = said(&command.current_dir(home.path()).output().unwrap());
        assert!(said.contains("There are no profiles yet") && !said.contains(of_root), "{said}");
    }
}

#[test]
fn what_can_not_be_changes_nothing_and_says_what_to_do() {
    let home = Home::new();
    home.add("Office", &[]);
    let before = home.json(&["profile", "list"]);
    for (words, status, expected) in [
        (vec!["profile", "show", "Offices"], 2, "no profile called Offices"),
        (vec!["profile", "add", "New"], 2, "--server and --user"),
        (vec!["profile", "edit", "Office", "--auth", "pap"], 2, "--encryption none"),
        (vec!["profile", "edit", "Office", "--through-other-vpn"], 2, "--no-guard"),
        (vec!["profile", "edit", "Office", "--mtu", "12"], 2, "576 to 1500"),
        (vec!["profile", "import", "nothing.pbk"], 7, "nothing.pbk"),
        (vec!["connect", "Nobody"], 2, "Office"),
        (vec!["connect", "Office", "--server", "h"], 2, "cannot be used with"),
    ] {
        let output = home.run(&words);
        assert_eq!(output.status.code(), Some(status), "{words:?}: {}", said(&output));
        assert!(said(&output).contains(expected), "{words:?}: {}", said(&output));
    }
    assert_eq!(home.json(&["profile", "list"]), before);
}

#[test]
fn a_damaged_file_is_named_and_the_others_are_there() {
    let home = Home::new();
    home.add("Office", &[]);
    let directory = home.path().join(".config/culvert/profiles");
    fs::write(directory.join("broken.toml"), "server = \"vpn.example.com\"\nusername = 7\n").unwrap();
    let output = home.run(&["profile", "list"]);
    assert!(said(&output).contains("broken.toml") && said(&output).contains("line 2"), "{}", said(&output));
    assert_eq!(home.names(), ["Office"]);
    assert_eq!(home.json(&["profile", "list"])["unreadable"].as_array().map(Vec::len), Some(1));
}

#[test]
fn without_a_keyring_a_password_goes_nowhere_and_it_is_said() {
    let home = Home::new();
    let words = ["profile", "add", "Office", "--server", "h", "--user", "alice", "--password-stdin"];
    let output = home.with_input(&words, "canary-7f3a\n");
    assert_eq!(output.status.code(), Some(7), "{output:?}");
    assert!(said(&output).contains("The password is not saved"), "{}", said(&output));
    assert_eq!(home.names(), ["Office"]);
    let found = Command::new("grep").args(["-r", "canary-7f3a"]).arg(home.path()).output().unwrap();
    assert!(found.stdout.is_empty(), "{found:?}");
}

#[test]
fn what_is_exported_is_imported_again_beside_what_is_there() {
    let home = Home::new();
    home.add("Office", &["--encryption", "required", "--route", "10.20.0.0/16"]);
    let exported = home.json(&["profile", "export", "Office", "--format", "networkmanager"]);
    let file = home.path().join("Office.nmconnection");
    assert_eq!(exported["files"].as_array().map(Vec::len), Some(1));
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let again = home.run(&["profile", "export", "Office", "--format", "networkmanager"]);
    assert!(said(&again).contains("is there already"), "{}", said(&again));

    let shown = said(&home.run(&["profile", "import", "--dry-run", "Office.nmconnection"]));
    assert!(shown.contains(r"Office: CORP\alice at vpn.example.com"), "{shown}");
    assert_eq!(home.names(), ["Office"]);
    fs::write(home.path().join("nonsense"), "once upon a time").unwrap();
    let imported = home.json(&["profile", "import", "Office.nmconnection", "nonsense"]);
    assert_eq!(imported["imported"].as_array().map(Vec::len), Some(1));
    assert_eq!(imported["refused"][0]["why"], "unknown");
    assert_eq!(home.names(), ["Office", "Office (2)"]);
    let text = fs::read_to_string(&file).unwrap();
    let pasted = home.with_input(&["profile", "import", "-"], &text);
    assert!(said(&pasted).contains("Imported 1 of 1"), "{}", said(&pasted));
}

#[test]
fn a_file_with_a_passphrase_is_read_with_that_alone() {
    let home = Home::new();
    home.add("Office", &["--notes", "ask Bob"]);
    let output = home.with_input(&["profile", "export", "Office", "--encrypt"], "correct horse\n");
    assert!(output.status.success(), "{}", said(&output));
    let text = fs::read_to_string(home.path().join("Office.culvert")).unwrap();
    assert!(text.starts_with("-----BEGIN AGE") && !text.contains("example"));
    let wrong = home.with_input(&["profile", "import", "Office.culvert"], "battery\n");
    assert!(said(&wrong).contains("the passphrase is wrong") && !wrong.status.success());
    let right = home.with_input(&["profile", "import", "Office.culvert"], "correct horse\n");
    assert!(said(&right).contains("Imported 1 of 1"), "{}", said(&right));
    assert_eq!(home.json(&["profile", "show", "Office (2)"])["notes"], "ask Bob");
    let other = home.with_input(&["profile", "export", "Office", "--encrypt", "--format", "uci"], "x\n");
    assert_eq!(other.status.code(), Some(2));
}

#[test]
fn shells_and_the_manual_know_every_word() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let output = home.run(&["completions", shell]);
        for word in ["profile", "duplicate", "with-passwords", "lockdown"] {
            assert!(said(&output).contains(word), "{shell}: {word}");
        }
    }
    assert!(home.run(&["man", "."]).status.success());
    for page in ["culvert.1", "culvert-connect.1", "culvert-profile-import.1"] {
        assert!(fs::metadata(home.path().join(page)).is_ok_and(|page| page.len() > 500), "{page}");
    }
}
