//! A profile whose password is in a real keyring: it connects and asks nothing, and the password is nowhere else.

use std::cell::Cell;
use std::fs;

use crate::client::Client;
use crate::desktop::Desktop;
use crate::router::{Passage, Router};
use crate::server::{INNER, OUTER, Options, PASSWORD, Pptpd, USER};

#[test]
fn a_saved_password_connects_and_is_in_the_keyring_alone() {
    let router = Router::new(Passage::Plain);
    let _server = Pptpd::start(&router, Options::STRONG);
    let client = Client::new(&router, 10);
    let desktop = Desktop::new();
    let mut keyring = desktop.start_unlocked();
    let server = OUTER.to_string();
    let (looked, told) = (Cell::new(0), Cell::new(0));
    // What everybody on the computer can see of a program, and its user of its environment.
    let look = |process: u32| {
        for name in ["cmdline", "environ"] {
            let text = fs::read(format!("/proc/{process}/{name}")).unwrap_or_default();
            let text = String::from_utf8_lossy(&text);
            assert!(!text.contains(PASSWORD), "{name} of a program");
            looked.set(looked.get() + usize::from(text.contains("DBUS_SESSION_BUS_ADDRESS")));
            told.set(told.get() + usize::from(text.contains(USER)));
        }
    };
    let add = ["profile", "add", "Office", "--server", &server, "--user", USER, "--password-stdin"];
    let added = client.culvert_at(&desktop, &add, &format!("{PASSWORD}\n"), look);
    assert_eq!(added.code, Some(0), "{}{}", added.stdout, added.stderr);
    assert!(!added.stderr.contains("not saved"), "{}", added.stderr);

    let connected = client.culvert_at(&desktop, &["connect", "office"], "", look);
    assert_eq!(connected.code, Some(0), "{}{}", connected.stdout, connected.stderr);
    assert!(looked.get() > 0 && told.get() > 0, "the control: environment and command line were seen");
    println!("figure: connected with a saved password in {} ms", connected.took.as_millis());
    client.ping(INNER);
    for said in [&added, &connected] {
        assert!(!said.stdout.contains(PASSWORD) && !said.stderr.contains(PASSWORD));
    }
    assert_eq!(client.copies_in_helper(PASSWORD.as_bytes()), 0, "with MS-CHAPv2 the hash is enough");
    assert_eq!(client.files_with(PASSWORD.as_bytes()), Vec::<String>::new());
    assert!(desktop.find_in_files(PASSWORD).is_empty());
    assert!(!desktop.find_in_files(USER).is_empty(), "the control: the profile is found");
    client.disconnect();

    let removed = client.culvert_at(&desktop, &["profile", "remove", "Office"], "", look);
    assert_eq!(removed.code, Some(0), "{}{}", removed.stdout, removed.stderr);
    let left = desktop.run("secret-tool", &["search", "--all", "service", "org.culvert.Culvert"]);
    assert!(!left.contains("secret = "), "{left}");
    keyring.kill();
    client.finish();
}
