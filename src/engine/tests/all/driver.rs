//! The driver against a server that does what no good server does.

use std::time::{Duration, Instant};

use culvert_engine::{ConnectRequest, EngineCommand, GreSocket};
use culvert_model::{Evidence, Fault, FaultCode, Stage};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::connection::{Client, password, profile};
use crate::namespace::{CLIENT, Namespace, SERVER};
use crate::script::{self, Script, code};

/// A client and a server of one's own making.
struct Play {
    namespace: Namespace,
    server: Namespace,
    stage: script::Stage,
}

impl Play {
    fn new() -> Self {
        let (namespace, server) = Namespace::pair();
        let stage = script::Stage::new(&server);
        Self { namespace, server, stage }
    }

    /// The client's attempt and the server's end of the call, from the moment when it is up.
    async fn call(&self) -> (Client, Script) {
        let request = ConnectRequest::new(profile(), Some(password("clientPass")));
        let mut client = Client::start(&self.namespace, request);
        client.reach().await;
        (client, self.stage.call().await)
    }

    fn gre(&self) -> GreSocket {
        self.server.run(|| GreSocket::connect(CLIENT, None).unwrap())
    }
}

fn rejected(fault: &Fault) -> Option<&Evidence> {
    fault.evidence.iter().find(|evidence| matches!(evidence, Evidence::Rejected { .. }))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_gre_is_found_out_at_once() {
    let play = Play::new();
    let (client, script) = play.call().await;
    let start = Instant::now();
    let fault = tokio::spawn(client.end());
    // Hears the client out, so that it need not wait for an answer.
    drain(script).await;
    let fault = fault.await.unwrap().unwrap();
    assert_eq!((fault.code, fault.stage), (FaultCode::GreBlocked, Some(Stage::WaitingForGre)));
    assert_eq!(rejected(&fault), Some(&Evidence::Rejected { from: SERVER, kind: 3, code: 2 }));
    assert!(start.elapsed() < Duration::from_secs(2), "after {:?}", start.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rule_on_the_way_that_forbids_gre_is_named() {
    let play = Play::new();
    // A rule before the table of local addresses makes a router of the server.
    play.server.set_conf("all/forwarding", 1);
    for rule in ["add pref 2 lookup local", "del pref 0", "add pref 1 iif in0 ipproto gre prohibit"] {
        play.server.ip(&format!("rule {rule}"));
    }
    let _gre = play.gre();
    let (client, script) = play.call().await;
    let fault = tokio::spawn(client.end());
    drain(script).await;
    let fault = fault.await.unwrap().unwrap();
    assert_eq!(fault.code, FaultCode::GreBlocked);
    assert_eq!(rejected(&fault), Some(&Evidence::Rejected { from: SERVER, kind: 3, code: 13 }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_opens_gre_late_is_waited_for() {
    let play = Play::new();
    let (client, mut script) = play.call().await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let gre = play.gre();
    script.open(&gre).await;
    client.commands.send(EngineCommand::Disconnect).await.unwrap();
    drain(script).await;
    assert_eq!(client.end().await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reason_that_comes_by_gre_wins_over_the_close() {
    let play = Play::new();
    // Before the close, and within the grace after it.
    for delay in [None, None, None, None, Some(Duration::from_millis(100))] {
        let gre = play.gre();
        let (client, mut script) = play.call().await;
        script.open(&gre).await;
        let reason = script.seal(code::TERMINATE_REQUEST, 7, b"Link inactive");
        match delay {
            None => {
                gre.send(&[reason]).await;
                script.control.shutdown().await.unwrap();
            }
            Some(delay) => {
                script.control.shutdown().await.unwrap();
                tokio::time::sleep(delay).await;
                gre.send(&[reason]).await;
            }
        }
        let fault = client.end().await.unwrap();
        assert_eq!(fault.code, FaultCode::IdleTimeout, "{delay:?}: {fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_close_without_a_reason_is_told_after_the_grace() {
    let play = Play::new();
    let gre = play.gre();
    let (client, mut script) = play.call().await;
    script.open(&gre).await;
    let start = Instant::now();
    script.control.shutdown().await.unwrap();
    assert_eq!(client.end().await.unwrap().code, FaultCode::ClosedEarly);
    assert!(start.elapsed() > Duration::from_millis(150), "after {:?}", start.elapsed());
    assert!(start.elapsed() < Duration::from_secs(1), "after {:?}", start.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn long_control_frames_go_both_ways() {
    let play = Play::new();
    let gre = play.gre();
    let (client, mut script) = play.call().await;
    script.next(&gre, code::CONFIGURE_REQUEST).await;
    // Options that nobody knows, which are all to be repeated in the refusal (RFC 1661 section 5.4).
    let options: Vec<u8> =
        (0..30).flat_map(|number| [&[200 + number, 200], &[number; 198][..]].concat()).collect();
    script.send(&gre, code::CONFIGURE_REQUEST, 9, &options).await;
    assert_eq!(script.next(&gre, code::CONFIGURE_REJECT).await, (9, options));
    client.commands.send(EngineCommand::Disconnect).await.unwrap();
    drain(script).await;
    assert_eq!(client.end().await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_echo_requests_takes_no_memory_and_holds_nothing_up() {
    let play = Play::new();
    let gre = play.gre();
    let (client, mut script) = play.call().await;
    script.open(&gre).await;
    let before = resident();
    for round in 0..128 {
        for _ in 0..8 {
            let batch: Vec<_> = (0..50).map(|_| script.seal(code::ECHO_REQUEST, round, &[0; 1400])).collect();
            gre.send(&batch).await;
        }
        // The kernel's queues are those of the tests beside this one too.
        while script.next(&gre, code::ECHO_REPLY).await.0 != round {}
    }
    // Answers that could have piled up: 70 MB. Other tests run at the same time.
    let more = resident().saturating_sub(before);
    assert!(more < 40 << 20, "{} MiB more", more >> 20);
    let start = Instant::now();
    client.commands.send(EngineCommand::Disconnect).await.unwrap();
    drain(script).await;
    assert_eq!(client.end().await, None);
    assert!(start.elapsed() < Duration::from_secs(5), "after {:?}", start.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_asks_on_the_control_connection_and_never_reads_is_given_up() {
    let play = Play::new();
    let gre = play.gre();
    let (client, mut script) = play.call().await;
    script.open(&gre).await;
    let end = tokio::spawn(client.end());
    // Echo-Requests (RFC 2637 section 2.5) until nobody takes them any more.
    let request = [0, 16, 0, 1, 0x1A, 0x2B, 0x3C, 0x4D, 0, 5, 0, 0, 0, 0, 0, 1].repeat(1000);
    while script.control.write_all(&request).await.is_ok() && !end.is_finished() {}
    assert_eq!(end.await.unwrap().unwrap().code, FaultCode::ControlLost);
}

/// Reads what the client still has to say on the control connection, then closes it.
async fn drain(mut script: Script) {
    let mut bytes = Vec::new();
    let request = |bytes: &[u8]| bytes.windows(6).any(|part| part == [0x3C, 0x4D, 0, 12, 0, 0]);
    while !request(&bytes) && script.control.read_buf(&mut bytes).await.is_ok_and(|count| count > 0) {}
}

/// This process's memory in bytes.
fn resident() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}
