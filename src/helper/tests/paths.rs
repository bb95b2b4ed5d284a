//! No path that a program names is ever opened.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use culvert_ipc::{Answer, Outcome, Request};
use culvert_model::{Fault, FaultCode, Profile, Secret};
use culvert_policy::Fact;
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};
use serde_json::json;

use super::scripted::{Helper, profile};

/// Files of every kind in a directory that tells when somebody touches one.
struct Canaries {
    dir: tempfile::TempDir,
    watch: Inotify,
}

impl Canaries {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("file"), "precious").unwrap();
        fs::hard_link(at("file"), at("hard")).unwrap();
        symlink("/etc/shadow", at("link")).unwrap();
        assert!(Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
        fs::create_dir(at("directory")).unwrap();
        let watch = Inotify::init(InitFlags::IN_NONBLOCK).unwrap();
        watch.add_watch(dir.path(), AddWatchFlags::IN_ALL_EVENTS).unwrap();
        Self { dir, watch }
    }

    fn paths(&self) -> Vec<String> {
        let names = ["file", "hard", "link", "pipe", "directory", "missing", "directory/../file"];
        names.iter().map(|name| self.dir.path().join(name).to_str().unwrap().to_owned()).collect()
    }

    fn is_touched(&self) -> bool {
        self.watch.read_events().is_ok_and(|events| !events.is_empty())
    }
}

/// Profiles with `text` in one field each: in every field that takes it.
fn everywhere(text: &str) -> Vec<Profile> {
    let full = Profile {
        name: "Office".to_owned(),
        domain: Some("EXAMPLE".to_owned()),
        search_domains: vec!["example.com".to_owned()],
        ..profile()
    };
    let full = serde_json::to_value(full).unwrap();
    let mut all = Vec::new();
    for field in full.as_object().unwrap().keys() {
        for value in [json!(text), json!([text])] {
            let mut changed = full.clone();
            changed[field] = value;
            all.extend(serde_json::from_value::<Profile>(changed).ok());
        }
    }
    assert!(all.len() >= 4, "the profile's texts were not found");
    all
}

#[tokio::test]
async fn a_path_in_any_field_is_only_text() {
    let canaries = Canaries::new();
    let mut helper = Helper::start();
    let mut client = helper.client().await;
    for path in canaries.paths() {
        for profile in everywhere(&path) {
            let password = || Secret::new(path.clone());
            let request = Request::Connect { profile: Box::new(profile), password: Some(password()) };
            let Outcome::Started { connection } = client.request(request).await.unwrap() else { continue };
            let session = helper.session().await;
            session.facts.tell(Fact::PasswordWanted { refused: None }).await;
            let answer = Request::Answer { connection, answer: Answer::Password(password()) };
            while client.request(answer.clone()).await.unwrap() != Outcome::Done {}
            session.end.send(Some(Fault::new(FaultCode::AuthRejected))).unwrap();
            client.request(Request::Disconnect { connection }).await.unwrap();
        }
    }
    assert!(!canaries.is_touched());
    fs::read(canaries.dir.path().join("file")).unwrap();
    assert!(canaries.is_touched(), "the canaries tell when one is touched");
}

/// What crosses the socket has no type for a path: nobody can begin to open one without a change here.
#[test]
fn no_message_has_a_field_for_a_path() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let files = ["ipc/message.rs", "ipc/outline.rs", "model/status.rs"].map(|file| root.join(file));
    let profile = fs::read_dir(root.join("model/profile")).unwrap().map(|entry| entry.unwrap().path());
    for file in files.into_iter().chain(profile) {
        let text = fs::read_to_string(&file).unwrap();
        for word in ["Path", "OsStr", "CStr", "std::fs"] {
            let found =
                text.split(|c: char| !c.is_alphanumeric() && c != ':').any(|one| one.starts_with(word));
            assert!(!found, "{}: {word}", file.display());
        }
    }
}
