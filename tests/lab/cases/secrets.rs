//! Where a password must not be: in the helper's memory after it was used, in its log, on the disk.

use std::time::Duration;

use culvert_proto::ppp::auth::ms_chap::{hash_nt_password_hash, nt_password_hash};

use crate::client::Client;
use crate::house::House;
use crate::router::{Passage, Router};
use crate::run::eventually;
use crate::server::{PASSWORD, USER};

#[test]
fn a_password_is_nowhere_once_it_was_used() {
    let router = Router::new(Passage::Plain);
    let _house = House::start(&router);
    let client = Client::new(&router, 10);
    let password = PASSWORD.as_bytes();
    let utf_16: Vec<u8> = PASSWORD.encode_utf16().flat_map(u16::to_le_bytes).collect();
    // It opens the same doors (RFC 2759 section 8.3), and the keys come from its own hash (RFC 3079 section 3.4).
    let hash = nt_password_hash(PASSWORD);
    let hash_of_hash = hash_nt_password_hash(&hash);
    let copies = |what: &[u8]| client.copies_in_helper(what);
    let hashes = || (copies(&*hash), copies(&*hash_of_hash));
    let connect = || client.connect_to(&House::SERVER.to_string(), PASSWORD, &[]);
    assert_eq!(connect().code, Some(0));
    assert!(copies(USER.as_bytes()) > 0, "the control: what is no secret is found");
    let (connected, hashes_connected) = ((copies(password), copies(&utf_16)), hashes());
    client.disconnect();
    let gone = || copies(password) + copies(&utf_16) == 0 && hashes() == (0, 0);
    let is_gone = eventually(Duration::from_secs(1), gone);
    println!(
        "figure: copies of the password: {connected:?} while connected, {:?} after; of its hash and the hash of that: \
         {hashes_connected:?}, then {:?}",
        (copies(password), copies(&utf_16)),
        hashes()
    );
    assert_eq!(connected, (0, 0), "with MS-CHAPv2 the hash is enough");
    assert!(hashes_connected.0 > 0, "the control: what the next try takes is there");
    assert!(is_gone, "a second after the end");
    assert_eq!(client.files_with(password), Vec::<String>::new());
    assert_eq!(client.files_with(b"connecting").len(), 1, "the control: the log is looked at");
    client.finish();
}
