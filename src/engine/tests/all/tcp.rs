use culvert_engine::tcp;
use culvert_model::{Evidence, FaultCode};
use tokio::net::TcpListener;
use tokio::time::Instant;

use crate::namespace::{CLIENT, Namespace, SERVER};

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_stream_bears_its_mark() {
    let (client, server) = Namespace::pair();
    let listener = server.block_on(|| async { TcpListener::bind((SERVER, 1723)).await.unwrap() });
    // Without the mark there is no way out of this host.
    client.ip("rule add fwmark 0x1723 lookup main priority 10");
    client.ip("rule add unreachable priority 20");
    let stream = client.block_on(|| tcp::connect(SERVER, 1723, Some(0x1723))).unwrap();
    assert!(stream.nodelay().unwrap());
    let (_stream, from) = listener.accept().await.unwrap();
    assert_eq!(from.ip(), CLIENT);
    let fault = client.block_on(|| tcp::connect(SERVER, 1723, None)).unwrap_err();
    assert_eq!(fault.code, FaultCode::NetUnreachable);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn each_way_to_fail_has_its_code() {
    let (client, _server) = Namespace::pair();
    let code =
        |namespace: &Namespace| namespace.block_on(|| tcp::connect(SERVER, 1723, Some(1))).unwrap_err().code;
    assert_eq!(code(&client), FaultCode::TcpRefused);
    client.ip("route add blackhole 198.51.100.1");
    assert_eq!(code(&client), FaultCode::NetUnreachable);
    assert_eq!(code(&Namespace::new()), FaultCode::NetUnreachable);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn silence_is_a_timeout() {
    let (client, server) = Namespace::pair();
    // What comes for an address that the server routes into nothing is neither answered nor refused.
    server.ip("route add blackhole 203.0.113.1");
    server.set_conf("all/forwarding", 1);
    let (fault, waited) = client.run(|| {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let before = Instant::now();
            (tcp::connect([203, 0, 113, 1].into(), 1723, None).await.unwrap_err(), before.elapsed())
        })
    });
    assert_eq!(fault.code, FaultCode::TcpTimeout);
    assert_eq!(fault.evidence, [Evidence::SilentFor(15)]);
    assert_eq!(waited.as_secs(), 15);
}
