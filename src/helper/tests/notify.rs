//! What a service manager hears, with a socket that the test owns; and what it hands to the next helper.

use std::ffi::OsString;
use std::fs::File;
use std::io::{IoSliceMut, Read};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{env, io};

use culvert_ipc::Request;
use culvert_model::{Secret, State};
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};
use tokio::time::{Instant, timeout};

use super::scripted::{Helper, connect, started, told};
use crate::beginning::{Beginning, Place, Plan};
use crate::state::State as Store;
use crate::{Authority, Inherited, Keepsake, Notifier, NtHash};

/// The manager's end.
struct Manager {
    socket: UnixDatagram,
    name: OsString,
    _directory: tempfile::TempDir,
}

impl Manager {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        Self { socket, name: path.into(), _directory: directory }
    }

    /// The next message, and the descriptor with it.
    fn hear(&self) -> (String, Option<OwnedFd>) {
        let mut bytes = [0; 1024];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let mut parts = [IoSliceMut::new(&mut bytes)];
        let heard = recvmsg(&self.socket, &mut parts, &mut control, RecvFlags::CMSG_CLOEXEC).unwrap();
        let descriptor = control.drain().find_map(|message| match message {
            RecvAncillaryMessage::ScmRights(mut descriptors) => descriptors.next(),
            _ => None,
        });
        (String::from_utf8(bytes[..heard.bytes].to_vec()).unwrap(), descriptor)
    }

    fn words(&self) -> String {
        let (words, descriptor) = self.hear();
        assert!(descriptor.is_none());
        words
    }
}

#[test]
fn the_manager_hears_what_is() {
    let manager = Manager::new();
    let notifier = Notifier::connect(&manager.name, None).unwrap();
    notifier.ready().unwrap();
    assert_eq!(manager.words(), "READY=1");
    notifier.status("Connected\nFDSTORE=1").unwrap();
    assert_eq!(manager.words(), "STATUS=Connected FDSTORE=1");
    notifier.status(&"ä".repeat(1000)).unwrap();
    assert_eq!(manager.words(), format!("STATUS={}", "ä".repeat(120)));
    notifier.alive().unwrap();
    assert_eq!(manager.words(), "WATCHDOG=1");
    notifier.stopping().unwrap();
    assert_eq!(manager.words(), "STOPPING=1");
    drop(manager);
    assert!(notifier.ready().is_err());
}

#[test]
fn a_name_may_have_no_path_and_no_manager_is_none() {
    let name = format!("culvert-notify-{}", std::process::id());
    let socket = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
    Notifier::connect(format!("@{name}").as_ref(), None).unwrap().ready().unwrap();
    let mut bytes = [0; 16];
    let length = socket.recv(&mut bytes).unwrap();
    assert_eq!(&bytes[..length], b"READY=1");

    assert!(Notifier::connect("/nowhere/at/all".as_ref(), None).is_err());
    let silent = Notifier::default();
    silent.ready().unwrap();
    silent.keep(io::stdin()).unwrap();
}

#[test]
fn what_is_kept_takes_the_place_of_what_was() {
    let manager = Manager::new();
    let notifier = Notifier::connect(&manager.name, None).unwrap();
    let hash = NtHash::new(&[7; 16]);
    let profile = culvert_model::Profile::new("vpn.example.com".parse().unwrap(), "alice");
    let keepsake = Keepsake { owner: 1000, profile, server: None, hash };
    notifier.keep(keepsake.seal().unwrap()).unwrap();
    assert_eq!(manager.words(), "FDSTOREREMOVE=1\nFDNAME=session");
    let (words, descriptor) = manager.hear();
    assert_eq!(words, "FDSTORE=1\nFDNAME=session");
    assert_eq!(Keepsake::unseal(descriptor.unwrap()).unwrap(), keepsake);
    notifier.forget().unwrap();
    assert_eq!(manager.words(), "FDSTOREREMOVE=1\nFDNAME=session");
}

#[tokio::test(start_paused = true)]
async fn the_watchdog_is_fed_three_times_as_often_as_it_bites() {
    let manager = Manager::new();
    let notifier = Notifier::connect(&manager.name, Some(Duration::from_secs(15))).unwrap();
    let (mut watchdog, begin) = (notifier.watchdog(), Instant::now());
    for beat in 0..4 {
        watchdog.due().await;
        assert_eq!(begin.elapsed().as_secs(), beat * 5);
    }
    for none in [None, Some(Duration::ZERO)] {
        let notifier = Notifier::connect(&manager.name, none).unwrap();
        assert!(timeout(Duration::from_secs(1000), notifier.watchdog().due()).await.is_err());
    }
}

/// The loop itself feeds the watchdog: where that hangs, the service manager hears no more of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_helper_tells_how_it_is_until_it_hangs_or_ends() {
    for hangs in [false, true] {
        let manager = Manager::new();
        let notifier = Notifier::connect(&manager.name, Some(Duration::from_millis(60))).unwrap();
        let mut helper = Helper::managed_by(notifier, Authority::owner_only(), Plan::default());
        assert_eq!(manager.words(), "READY=1");
        for _ in 0..3 {
            assert_eq!(manager.words(), "WATCHDOG=1");
        }
        if hangs {
            helper.disk.lock().unwrap().is_stuck = true;
            let mut client = helper.client().await;
            client.request(connect(None)).await.unwrap();
            manager.socket.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
            let falls_silent = (0..50).any(|_| manager.socket.recv(&mut [0; 64]).is_err());
            assert!(falls_silent, "the watchdog is fed by something else");
        } else {
            helper.shut_down();
            while manager.words() != "STOPPING=1" {}
            helper.ended().await;
        }
    }
}

/// What a helper that dies while it is connected has left, and what the next one does with it.
#[tokio::test(flavor = "multi_thread")]
async fn the_next_helper_dials_again_with_what_was_left() {
    let manager = Manager::new();
    let notifier = Notifier::connect(&manager.name, None).unwrap();
    let mut helper = Helper::managed_by(notifier, Authority::owner_only(), Plan::default());
    let mut client = helper.watcher().await;
    let connection = started(&mut client, connect(Some("clientPass"))).await;
    let session = helper.session().await;
    session.up().await;
    told(&mut client, |state| matches!(state, State::Connected { .. })).await;
    let (words, left) = loop {
        if let (words, Some(left)) = manager.hear() {
            break (words, left);
        }
    };
    assert_eq!(words, "FDSTORE=1\nFDNAME=session");
    let keepsake = Keepsake::unseal(left).unwrap();
    let disk = helper.disk.lock().unwrap().clone();
    client.request(Request::Disconnect { connection }).await.unwrap();
    while manager.words() != "FDSTOREREMOVE=1\nFDNAME=session" {}
    session.stop().await;

    let place = tempfile::tempdir().unwrap();
    let place = Place { state: place.path().join("state"), managed: place.path().join("etc") };
    let found = |keepsake: &Keepsake| {
        Store::open(&place.state).unwrap().set_wish(disk.wish.as_ref()).unwrap();
        let mut beginning = Beginning::read(place.clone());
        beginning.recall(keepsake.clone());
        beginning.plan
    };
    let others = Keepsake { owner: keepsake.owner + 1, ..keepsake.clone() };
    assert!(found(&others).resume.unwrap().password.is_none());
    let mut helper = Helper::after(Authority::owner_only(), found(&keepsake));
    let mut client = helper.watcher().await;
    let session = helper.session().await;
    assert_eq!(session.password, Some(Secret::of_nt_hash(keepsake.hash.expose())));
    session.up().await;
    told(&mut client, |state| matches!(state, State::Connected { .. })).await;
    assert!(!helper.host().contains(&"nothing"));
}

/// Says to [`child`] that it is one.
const CHILD: &str = "CULVERT_TEST_INHERITED";

/// No test: the next helper, started by `what_was_kept_is_handed_to_the_next_helper`.
#[test]
#[ignore = "run by another test"]
fn child() {
    assert!(env::var_os(CHILD).is_some());
    let mut inherited = Inherited::from_environment();
    let session = inherited.take_kept().unwrap().unwrap();
    assert!(session.as_raw_fd() > 4, "not the number that was handed over, but one of our own");
    assert!(inherited.take_kept().unwrap().is_none());
    let keepsake = Keepsake::unseal(&session).unwrap();
    assert_eq!(keepsake.hash, NtHash::new(&[7; 16]));
    drop(inherited);
    assert!(nix::sys::stat::fstat(io::stdin().as_fd()).is_ok());
    for number in [3, 4] {
        assert!(std::fs::read_link(format!("/proc/self/fd/{number}")).is_err(), "{number} is open still");
    }
}

/// The descriptors 3 and 4 as a manager hands them over: the newer of two has what counts.
#[test]
fn what_was_kept_is_handed_to_the_next_helper() {
    let profile = culvert_model::Profile::new("vpn.example.com".parse().unwrap(), "alice");
    let keepsake = |byte| {
        let hash = NtHash::new(&[byte; 16]);
        Keepsake { owner: 1000, profile: profile.clone(), server: None, hash }.seal().unwrap()
    };
    let (old, new) = (keepsake(6), keepsake(7));
    let exe = env::current_exe().unwrap();
    // A shell puts them in their places: that takes no unsafe code here.
    let script = format!(
        "exec 3<>/proc/{pid}/fd/{old} 4<>/proc/{pid}/fd/{new}; LISTEN_FDS=2 LISTEN_PID=$$ LISTEN_FDNAMES=session:session exec \"$0\" --ignored --exact tests::notify::child",
        pid = std::process::id(),
        old = old.as_raw_fd(),
        new = new.as_raw_fd()
    );
    let mut shell = Command::new("sh");
    shell.arg0("sh").arg("-c").arg(script).arg(exe).env(CHILD, "1");
    let output = shell.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let mut left = Vec::new();
    File::from(new).read_to_end(&mut left).unwrap();
    assert!(!left.is_empty() && left.iter().all(|byte| *byte == 0), "the secret was not wiped");
}
