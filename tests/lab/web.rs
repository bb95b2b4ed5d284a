//! A web server that gives one answer to every request.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::namespace::Namespace;

/// What the page says that is asked for to find out about portals, where nothing is in the way.
pub const ONLINE: &str = "HTTP/1.1 200 OK\r\nContent-Length: 25\r\n\r\nNetworkManager is online\n";

/// Port 80 of every address of a network, until it is dropped.
pub struct Web {
    is_over: Arc<AtomicBool>,
    desk: Option<JoinHandle<()>>,
}

impl Web {
    /// Answers a request with what `answer` makes of it.
    pub fn start(network: &Namespace, answer: impl Fn(&[u8]) -> &'static str + Send + 'static) -> Self {
        let listener = network.enter(|| TcpListener::bind("0.0.0.0:80").expect("port 80 is free"));
        listener.set_nonblocking(true).expect("a listener that does not wait");
        let is_over = Arc::<AtomicBool>::default();
        let over = Arc::clone(&is_over);
        let desk = thread::spawn(move || {
            while !over.load(Ordering::Relaxed) {
                match listener.accept() {
                    Ok((stream, _)) => serve(stream, &answer),
                    Err(_) => thread::sleep(Duration::from_millis(5)),
                }
            }
        });
        Self { is_over, desk: Some(desk) }
    }
}

impl Drop for Web {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        // It fails only where a case failed.
        let _ = self.desk.take().map(JoinHandle::join);
    }
}

fn serve(mut stream: TcpStream, answer: impl Fn(&[u8]) -> &'static str) {
    let mut request = [0; 1024];
    let waits = stream.set_nonblocking(false).and(stream.set_read_timeout(Some(Duration::from_millis(500))));
    let length = waits.and_then(|()| stream.read(&mut request)).unwrap_or(0);
    // Who asked may be gone.
    let _ = stream.write_all(answer(request.get(..length).unwrap_or_default()).as_bytes());
}
