//! Servers that cannot be reached at all: no guest is booted for these.

use std::net::{Ipv4Addr, UdpSocket};
use std::time::Duration;

use culvert_model::FaultCode;

use crate::client::Client;
use crate::router::{Passage, Router};

#[test]
fn port_that_is_closed() {
    let router = Router::new(Passage::Plain);
    let client = Client::new(&router, 10);
    tells(&client, &Router::OUTSIDE.to_string(), FaultCode::TcpRefused);
    client.finish();
}

#[test]
fn port_that_never_answers() {
    let router = Router::new(Passage::Plain);
    router.swallow_tcp(1723);
    let client = Client::new(&router, 10);
    tells(&client, &Router::OUTSIDE.to_string(), FaultCode::TcpTimeout);
    client.finish();
}

#[test]
fn name_that_does_not_exist() {
    let router = Router::new(Passage::Plain);
    let client = Client::with_name_server(&router, 10, Router::INSIDE);
    let socket = router.outside().enter(|| UdpSocket::bind((Router::INSIDE, 53))).expect("port 53 is free");
    socket.set_read_timeout(Some(Duration::from_millis(100))).expect("a timeout");
    let questions = std::thread::scope(|scope| {
        let (done, ended) = std::sync::mpsc::channel::<()>();
        let server = scope.spawn(move || deny_everything(&socket, || ended.try_recv().is_ok()));
        tells(&client, "no-such-server.example", FaultCode::DnsFailed);
        done.send(()).expect("the name server still runs");
        server.join().expect("the name server does not panic")
    });
    assert!(questions > 0, "the name server was asked");
    client.finish();
}

#[test]
fn name_server_that_does_not_answer() {
    let router = Router::new(Passage::Plain);
    let client = Client::with_name_server(&router, 10, Ipv4Addr::new(192, 0, 2, 99));
    tells(&client, "no-such-server.example", FaultCode::DnsFailed);
    client.finish();
}

fn tells(client: &Client, server: &str, fault: FaultCode) {
    let failed = client.connect_to(server, "any", &[]);
    assert_eq!(failed.code, Some(4), "{}{}", failed.stdout, failed.stderr);
    assert_eq!(client.last_fault(), Some(fault));
    println!("figure: told after {} ms", failed.took.as_millis());
}

/// A name server that knows no name (RFC 1035 section 4.1.1: response, recursion available, code 3); returns how often
/// it was asked.
fn deny_everything(socket: &UdpSocket, ended: impl Fn() -> bool) -> u32 {
    let mut questions = 0;
    let mut buffer = [0; 512];
    while !ended() {
        // An error is the timeout: nobody asked for a moment.
        let Ok((length, from)) = socket.recv_from(&mut buffer) else { continue };
        let Some(message) = buffer.get_mut(..length).filter(|message| message.len() > 12) else { continue };
        message[2] |= 0x80;
        message[3] = 0x83;
        socket.send_to(message, from).expect("the answer goes out");
        questions += 1;
    }
    questions
}
