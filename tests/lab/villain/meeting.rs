//! A client that falls into a villain's hands.

use std::thread;
use std::time::{Duration, Instant};

use culvert_model::FaultCode;

use super::{CHAP, PAP, Script, Villain};
use crate::client::Client;
use crate::house::House;
use crate::router::{Passage, Router};
use crate::run::Run;
use crate::server::PASSWORD;

/// Plays them all at once, each on a thread of its own, and panics where one of them did.
pub fn side_by_side<T: Sync>(plays: &[T], act: impl Fn(&T) + Sync) {
    let act = &act;
    let results: Vec<_> = thread::scope(|scope| {
        let acts: Vec<_> = plays.iter().map(|play| scope.spawn(move || act(play))).collect();
        acts.into_iter().map(thread::ScopedJoinHandle::join).collect()
    });
    assert!(results.iter().all(Result::is_ok), "the panics are above");
}

/// A client and a villain, with a router between them.
pub struct Meeting {
    /// The client.
    pub client: Client,
    /// The villain.
    pub villain: Villain,
    /// Kept for as long as they meet.
    _router: Router,
}

impl Meeting {
    /// A client that has not called yet.
    pub fn new(script: Script) -> Self {
        let router = Router::new(Passage::Plain);
        let villain = Villain::start(&router, script);
        Self { client: Client::new(&router, 10), villain, _router: router }
    }

    /// The client calls.
    pub fn connect(&self, arguments: &[&str]) -> Run {
        self.client.connect_to(&House::SERVER.to_string(), PASSWORD, arguments)
    }

    /// The client calls in vain. Says why, and after how long.
    pub fn fails(&self, arguments: &[&str]) -> (Option<FaultCode>, Duration) {
        let begin = Instant::now();
        let run = self.connect(arguments);
        assert!(run.code.is_some_and(|code| code != 0), "{}{}", run.stdout, run.stderr);
        (self.client.last_fault(), begin.elapsed())
    }

    /// How often the password stands in what the villain heard, and how many answers to a question for it.
    pub fn secrets_heard(&self) -> (usize, usize) {
        let utf_16: Vec<u8> = PASSWORD.encode_utf16().flat_map(u16::to_le_bytes).collect();
        self.villain.seen(|seen| {
            let copies = seen.copies(PASSWORD.as_bytes()) + seen.copies(&utf_16);
            (copies, seen.count(PAP, None) + seen.count(CHAP, Some(2)))
        })
    }
}
