//! Peers that fall silent.

use core::time::Duration;

use culvert_model::Stage;

use super::*;
use crate::wire::pptp::{EchoReply, EchoResult};

const SECOND: Duration = Duration::from_secs(1);

impl Client {
    /// Lets time pass from timer to timer, with nobody answering.
    fn waits(&mut self, span: Duration) {
        let end = self.now + span;
        while let Some((due, _)) = self.control.poll_timeout().filter(|(due, _)| *due <= end) {
            self.now = due;
            self.control.handle_timeout(due);
        }
        self.now = end;
    }
}

#[test]
fn no_start_reply() {
    let mut client = Client::starting();
    client.waits(15 * SECOND - Duration::from_micros(1));
    assert!(client.events().is_empty());
    client.waits(Duration::from_micros(1));
    let expected = Fault::new(FaultCode::ControlTimeout)
        .at(Stage::OpeningControlConnection)
        .with(Evidence::SilentFor(15));
    assert_eq!(client.fault(), expected);
}

#[test]
fn no_call_reply() {
    let mut client = Client::calling();
    client.waits(15 * SECOND);
    assert_eq!(names(&client.sent()), ["Stop-Control-Connection-Request"]);
    client.waits(2 * SECOND);
    let expected = Fault::new(FaultCode::ControlTimeout).at(Stage::PlacingCall).with(Evidence::SilentFor(15));
    assert_eq!(client.fault(), expected);
}

#[test]
fn a_client_that_says_nothing_is_not_waited_for() {
    let mut control = Control::pac(PacConfig::default(), SERVER_CALL_ID, Instant::ZERO);
    assert_eq!(control.poll_timeout(), Some((Instant::ZERO + 15 * SECOND, Timer::StartControlConnection)));
    control.handle_timeout(Instant::ZERO + 15 * SECOND);
    assert!(control.is_closed());
}

#[test]
fn an_echo_goes_out_after_silence_and_its_loss_ends_the_call() {
    let mut client = Client::connected();
    client.waits(54 * SECOND);
    assert!(client.sent().is_empty());
    client.waits(SECOND);
    assert_eq!(names(&client.sent()), ["Echo-Request"]);
    client.waits(60 * SECOND);
    let lost = Ended::Failed(
        Fault::new(FaultCode::LinkLost).with(Evidence::SilentFor(115)).with(Evidence::Unanswered(1)),
    );
    assert_eq!(client.events(), [Event::CallCleared(lost.clone()), Event::Closed(lost)]);
}

#[test]
fn a_computer_that_slept_asks_once_more() {
    let mut client = Client::connected();
    client.waits(55 * SECOND);
    assert_eq!(names(&client.sent()), ["Echo-Request"]);
    // No timer went off meanwhile, and the answer may not have been read yet.
    let woken = client.now + 8 * 3600 * SECOND;
    client.now = woken;
    client.control.handle_timeout(woken);
    assert_eq!(names(&client.sent()), ["Echo-Request"]);
    assert_eq!(client.events(), []);
    client.waits(60 * SECOND);
    assert!(matches!(client.events()[..], [Event::CallCleared(_), Event::Closed(_)]));
}

#[test]
fn an_echo_reply_keeps_the_call() {
    let mut client = Client::connected();
    for _ in 0..20 {
        client.waits(55 * SECOND);
        let sent = client.sent();
        let [Message::EchoRequest(request)] = sent[..] else { panic!("{sent:?}") };
        client.hears(EchoReply {
            identifier: request.identifier,
            result: EchoResult::OK,
            error: GeneralError::NONE,
        });
    }
    assert!(client.events().is_empty());
}

#[test]
fn the_peers_echoes_do_not_put_off_ours() {
    let mut client = Client::connected();
    for identifier in 0..6 {
        client.waits(10 * SECOND);
        client.hears(echo(identifier));
    }
    let asked = client.sent().iter().filter(|message| matches!(message, Message::EchoRequest(_))).count();
    assert_eq!(asked, 1);
}

#[test]
fn a_silent_server_does_not_hold_up_the_shutdown() {
    let mut client = Client::disconnecting();
    client.waits(2 * SECOND);
    assert_eq!(names(&client.sent()), ["Stop-Control-Connection-Request"]);
    client.waits(2 * SECOND);
    assert_eq!(client.events(), [Event::Closed(Ended::Requested)]);
    assert_eq!(client.control.poll_timeout(), None);
}

#[test]
fn a_client_that_only_clears_its_call_is_closed_by_the_server() {
    let mut control = hostile::server_after_clear();
    let now = Instant::ZERO;
    while control.poll_transmit().is_some() || control.poll_event().is_some() {}
    control.handle_timeout(now + 2 * SECOND);
    let bytes = control.poll_transmit().unwrap();
    assert_eq!(Message::parse(&bytes).unwrap().name(), "Stop-Control-Connection-Request");
    control.handle_timeout(now + 4 * SECOND);
    assert!(matches!(control.poll_event(), Some(Event::Closed(Ended::ByPeer(_)))));
}
