use std::time::Duration;
use std::vec;
use std::vec::Vec;

use culvert_model::{Fault, FaultCode, Instant};

use super::machine::NEGOTIATION_LIMIT;
use super::testing::{Line, answer, events, exchange, judge, options, packet, sent, start};
use super::{End, Event, MAX_CONFIGURE, MAX_TERMINATE, Negotiation, RESTART_INTERVAL, Rules, Verdict};
use crate::Error;
use crate::ppp::fsm::State;
use crate::wire::ppp::code;

/// One option, 1, whose value both ends should have as 5.
#[derive(Debug, Default)]
struct Five {
    asking: Option<u8>,
    insists: bool,
}

const FIVE: (u8, &[u8]) = (1, &[5]);
const SIX: (u8, &[u8]) = (1, &[6]);

impl Rules for Five {
    type Agreed = Option<u8>;
    type Notice = ();

    fn begin(&mut self) {
        self.asking = Some(5);
    }

    fn request(&self, options: &mut Vec<u8>) {
        options.extend(self.asking.into_iter().flat_map(|value| [1, 3, value]));
    }

    fn handle_nak(&mut self, _kind: u8, value: &[u8]) -> Result<(), Fault> {
        self.asking = self.asking.and(value.first().copied());
        Ok(())
    }

    fn handle_reject(&mut self, _kind: u8) -> Result<(), Fault> {
        self.asking = None;
        Ok(())
    }

    fn begin_judging(&mut self) {}

    fn judge(&mut self, kind: u8, value: &[u8]) -> Result<Verdict, Fault> {
        Ok(match (kind, value) {
            FIVE => Verdict::Acknowledge,
            (1, _) => Verdict::Nak(vec![5]),
            _ => Verdict::Reject,
        })
    }

    fn insists(&self) -> Option<Fault> {
        self.insists.then(|| Fault::new(FaultCode::BadAddress))
    }

    fn agreed(&self) -> Result<Option<u8>, Fault> {
        Ok(self.asking)
    }

    fn end(&self, end: End<'_>) -> Option<Fault> {
        Some(Fault::new(match end {
            End::Unanswered(_) => FaultCode::PppTimeout,
            End::Terminated { .. } => FaultCode::PeerClosed,
            End::Refused => FaultCode::IpcpRejected,
            End::Endless => FaultCode::PppNoAgreement,
        }))
    }
}

type Layer = Negotiation<Five>;

fn layer() -> Layer {
    Layer::with_rules(Five::default())
}

fn opened() -> Layer {
    let mut layer = layer();
    let request = start(&mut layer);
    judge(&mut layer, 1, &[FIVE]);
    answer(&mut layer, &request, code::CONFIGURE_ACK, &[]);
    assert_eq!(events(&mut layer), [Event::Up(Some(5))]);
    layer
}

fn finished(code: FaultCode) -> Event<Option<u8>, ()> {
    Event::Finished(Some(Fault::new(code)))
}

fn code_of(packet: &[u8]) -> u8 {
    packet[0]
}

#[test]
fn rejects_go_before_naks_and_an_ack_is_an_exact_echo() {
    let mut layer = layer();
    start(&mut layer);
    let strange: (u8, &[u8]) = (9, &[1, 2]);
    assert_eq!(judge(&mut layer, 1, &[SIX, strange]), (code::CONFIGURE_REJECT, options(&[strange])));
    assert_eq!(judge(&mut layer, 2, &[SIX]), (code::CONFIGURE_NAK, options(&[FIVE])));
    assert_eq!(judge(&mut layer, 3, &[FIVE]), (code::CONFIGURE_ACK, options(&[FIVE])));
    assert_eq!(judge(&mut layer, 4, &[]), (code::CONFIGURE_ACK, vec![]));
}

#[test]
fn after_five_naks_it_rejects_or_gives_up() {
    let mut rejecting = layer();
    start(&mut rejecting);
    for identifier in 0..5 {
        assert_eq!(judge(&mut rejecting, identifier, &[SIX]).0, code::CONFIGURE_NAK);
    }
    assert_eq!(judge(&mut rejecting, 5, &[SIX]), (code::CONFIGURE_REJECT, options(&[SIX])));
    assert_eq!(judge(&mut rejecting, 6, &[FIVE]).0, code::CONFIGURE_ACK);
    assert_eq!(judge(&mut rejecting, 7, &[SIX]).0, code::CONFIGURE_NAK);

    let mut insisting = Layer::with_rules(Five { insists: true, ..Five::default() });
    start(&mut insisting);
    for identifier in 0..5 {
        judge(&mut insisting, identifier, &[SIX]);
    }
    let sent = exchange(&mut insisting, &packet(1, 5, &options(&[SIX])), Instant::ZERO);
    assert_eq!(sent.iter().map(|packet| code_of(packet)).collect::<Vec<_>>(), [code::TERMINATE_REQUEST]);
    assert_eq!(events(&mut insisting), [finished(FaultCode::BadAddress)]);
}

#[test]
fn requests_are_repeated_every_three_seconds_ten_times_in_all() {
    let mut layer = layer();
    let request = start(&mut layer);
    let mut now = Instant::ZERO;
    for _ in 1..MAX_CONFIGURE {
        assert_eq!(layer.poll_timeout(), Some(now + RESTART_INTERVAL));
        layer.handle_timeout(now + RESTART_INTERVAL / 2);
        assert_eq!(layer.poll_transmit(), None);
        now += RESTART_INTERVAL;
        layer.handle_timeout(now);
        assert_eq!(layer.poll_transmit().as_ref(), Some(&request), "a repetition keeps its identifier");
        assert_eq!(layer.poll_transmit(), None);
    }
    now += RESTART_INTERVAL;
    layer.handle_timeout(now);
    assert_eq!(layer.poll_transmit(), None);
    assert_eq!(events(&mut layer), [finished(FaultCode::PppTimeout)]);
    assert_eq!((layer.state(), layer.poll_timeout()), (State::Stopped, None));
}

#[test]
fn a_changed_request_has_an_identifier_of_its_own() {
    let mut layer = layer();
    let first = start(&mut layer);
    let second = answer(&mut layer, &first, code::CONFIGURE_NAK, &[SIX]).remove(0);
    assert_ne!(first[1], second[1]);
    assert_eq!(second[4..], options(&[SIX]));
}

#[test]
fn an_answer_to_no_request_changes_nothing() {
    let mut layer = layer();
    let request = start(&mut layer);
    let stranger = request[1].wrapping_add(1);
    for code in [code::CONFIGURE_ACK, code::CONFIGURE_NAK, code::CONFIGURE_REJECT] {
        let late = packet(code, stranger, &options(&[FIVE]));
        let error = layer.handle_packet(&late, Instant::ZERO);
        assert_eq!(error, Err(Error::Unexpected("an answer to no request of ours")));
    }
    let forged = packet(code::CONFIGURE_ACK, request[1], &options(&[SIX]));
    assert!(matches!(layer.handle_packet(&forged, Instant::ZERO), Err(Error::PeerMisbehaved(_))));
    let strange = packet(code::CONFIGURE_REJECT, request[1], &options(&[(7, &[])]));
    assert!(matches!(layer.handle_packet(&strange, Instant::ZERO), Err(Error::PeerMisbehaved(_))));
    assert_eq!((layer.state(), sent(&mut layer).len()), (State::RequestSent, 0));
}

#[test]
fn a_second_ack_does_not_tear_down_what_the_first_one_opened() {
    let mut layer = layer();
    let request = start(&mut layer);
    judge(&mut layer, 1, &[FIVE]);
    answer(&mut layer, &request, code::CONFIGURE_ACK, &[]);
    assert_eq!(answer(&mut layer, &request, code::CONFIGURE_ACK, &[]), Vec::<Vec<u8>>::new());
    assert_eq!(answer(&mut layer, &request, code::CONFIGURE_NAK, &[SIX]), Vec::<Vec<u8>>::new());
    assert_eq!(events(&mut layer), [Event::Up(Some(5))]);
    assert!(layer.is_opened());
}

#[test]
fn a_lost_ack_is_given_again_without_tearing_anything_down() {
    let mut layer = opened();
    for identifier in [1, 1, 2] {
        assert_eq!(judge(&mut layer, identifier, &[FIVE]).0, code::CONFIGURE_ACK);
        assert!(layer.is_opened());
    }
    let later = Instant::from_micros(10_000_000);
    let sent = exchange(&mut layer, &packet(1, 3, &options(&[FIVE])), later);
    assert_eq!(
        sent.iter().map(|packet| code_of(packet)).collect::<Vec<_>>(),
        [code::CONFIGURE_REQUEST, code::CONFIGURE_ACK],
        "whoever asks that late has started over"
    );
    assert_eq!((layer.state(), events(&mut layer)), (State::AckSent, vec![Event::Down]));
}

#[test]
fn another_request_while_opened_starts_the_whole_negotiation_over() {
    let mut layer = opened();
    let sent = exchange(&mut layer, &packet(1, 2, &options(&[SIX])), Instant::ZERO);
    assert_eq!(events(&mut layer), [Event::Down]);
    assert_eq!((code_of(&sent[0]), code_of(&sent[1])), (code::CONFIGURE_REQUEST, code::CONFIGURE_NAK));
    judge(&mut layer, 3, &[FIVE]);
    answer(&mut layer, &sent[0], code::CONFIGURE_ACK, &[]);
    assert_eq!(events(&mut layer), [Event::Up(Some(5))]);
}

#[test]
fn a_rejected_option_may_be_asked_for_again_in_a_new_negotiation_only() {
    let mut layer = layer();
    let request = start(&mut layer);
    let next = answer(&mut layer, &request, code::CONFIGURE_REJECT, &[FIVE]).remove(0);
    assert_eq!(next[4..], []);
    judge(&mut layer, 1, &[FIVE]);
    answer(&mut layer, &next, code::CONFIGURE_ACK, &[]);
    assert_eq!(events(&mut layer), [Event::Up(None)]);
    let sent = exchange(&mut layer, &packet(1, 2, &[]), Instant::ZERO);
    assert_eq!(sent[0][4..], options(&[FIVE]));
}

#[test]
fn closing_is_tried_twice_and_says_why() {
    let mut layer = opened();
    layer.close_with(b"bye".to_vec(), Instant::ZERO);
    let mut now = Instant::ZERO;
    for _ in 0..MAX_TERMINATE {
        let terminate = layer.poll_transmit().unwrap();
        assert_eq!((code_of(&terminate), &terminate[4..]), (code::TERMINATE_REQUEST, &b"bye"[..]));
        now += RESTART_INTERVAL;
        layer.handle_timeout(now);
    }
    assert_eq!(layer.poll_transmit(), None);
    assert_eq!(events(&mut layer), [Event::Down, Event::Finished(None)]);
    assert_eq!(layer.state(), State::Closed);

    let mut answered = opened();
    answered.close(Instant::ZERO);
    let terminate = sent(&mut answered).remove(0);
    exchange(&mut answered, &packet(code::TERMINATE_ACK, terminate[1], &[]), Instant::ZERO);
    assert_eq!(events(&mut answered), [Event::Down, Event::Finished(None)]);
}

#[test]
fn a_peer_that_terminates_is_acknowledged_and_told_of_at_once() {
    let terminate = packet(code::TERMINATE_REQUEST, 40, b"enough");
    let mut open = opened();
    assert_eq!(exchange(&mut open, &terminate, Instant::ZERO), [packet(code::TERMINATE_ACK, 40, &[])]);
    assert_eq!(events(&mut open), [Event::Down, finished(FaultCode::PeerClosed)]);

    let mut negotiating = layer();
    start(&mut negotiating);
    assert_eq!(exchange(&mut negotiating, &terminate, Instant::ZERO), [packet(code::TERMINATE_ACK, 40, &[])]);
    assert_eq!(events(&mut negotiating), [finished(FaultCode::PeerClosed)]);

    for layer in [&mut open, &mut negotiating] {
        assert_eq!(exchange(layer, &terminate, Instant::ZERO), [packet(code::TERMINATE_ACK, 40, &[])]);
        let due = layer.poll_timeout().unwrap();
        layer.handle_timeout(due);
        assert_eq!((layer.state(), layer.poll_timeout()), (State::Stopped, None));
        assert_eq!((events(layer), sent(layer)), (vec![], vec![]), "told once");
    }
}

#[test]
fn a_stopped_layer_answers_a_peer_that_tries_again() {
    let mut layer = opened();
    exchange(&mut layer, &packet(code::TERMINATE_REQUEST, 1, &[]), Instant::ZERO);
    layer.handle_timeout(layer.poll_timeout().unwrap());
    events(&mut layer);
    let sent = exchange(&mut layer, &packet(1, 9, &options(&[FIVE])), Instant::ZERO);
    assert_eq!((code_of(&sent[0]), code_of(&sent[1])), (code::CONFIGURE_REQUEST, code::CONFIGURE_ACK));
    answer(&mut layer, &sent[0], code::CONFIGURE_ACK, &[]);
    assert_eq!(events(&mut layer), [Event::Up(Some(5))]);
}

#[test]
fn a_closed_layer_answers_a_request_with_a_terminate_ack_but_not_for_ever() {
    let mut layer = layer();
    layer.up(Instant::ZERO);
    let request = packet(1, 3, &options(&[FIVE]));
    assert_eq!(exchange(&mut layer, &request, Instant::ZERO), [packet(code::TERMINATE_ACK, 3, &[])]);
    let answers: usize = (0..100).map(|_| exchange(&mut layer, &request, Instant::ZERO).len()).sum();
    assert_eq!(answers, 9);
    assert_eq!(exchange(&mut layer, &request, Instant::from_micros(2_000_000)).len(), 1);
}

#[test]
fn packets_for_a_layer_that_is_down_are_discarded() {
    let mut layer = layer();
    let request = packet(1, 3, &options(&[FIVE]));
    assert!(matches!(layer.handle_packet(&request, Instant::ZERO), Err(Error::Unexpected(_))));
    layer.open(Instant::ZERO);
    assert!(matches!(layer.handle_packet(&request, Instant::ZERO), Err(Error::Unexpected(_))));
    assert_eq!(layer.poll_transmit(), None);
}

#[test]
fn an_unknown_code_is_rejected_within_what_any_peer_can_receive() {
    let mut layer = layer();
    start(&mut layer);
    let unknown = packet(200, 7, &[3; 1000]);
    let rejection = exchange(&mut layer, &unknown, Instant::ZERO).remove(0);
    assert_eq!((code_of(&rejection), rejection.len()), (code::CODE_REJECT, 128));
    assert_eq!(rejection[4..], unknown[..124]);
    let echo = packet(code::ECHO_REQUEST, 7, &[0; 4]);
    assert_eq!(code_of(&exchange(&mut layer, &echo, Instant::ZERO)[0]), code::CODE_REJECT);
}

#[test]
fn a_rejected_code_ends_the_layer_only_where_it_is_needed() {
    let mut harmless = opened();
    exchange(&mut harmless, &packet(code::CODE_REJECT, 1, &[200, 1, 0, 4]), Instant::ZERO);
    assert!(harmless.is_opened());
    let mut fatal = layer();
    start(&mut fatal);
    exchange(&mut fatal, &packet(code::CODE_REJECT, 1, &[1, 1, 0, 4]), Instant::ZERO);
    assert_eq!(
        (fatal.state(), events(&mut fatal)),
        (State::Stopped, vec![finished(FaultCode::IpcpRejected)])
    );
    let empty = packet(code::CODE_REJECT, 1, &[]);
    assert_eq!(opened().handle_packet(&empty, Instant::ZERO), Err(Error::Malformed("Code-Reject")));
}

#[test]
fn naks_without_end_are_the_end() {
    let mut layer = layer();
    let mut request = start(&mut layer);
    let mut rounds = 0;
    while let Some(next) = answer(&mut layer, &request, code::CONFIGURE_NAK, &[SIX]).pop() {
        rounds += 1;
        if code_of(&next) == code::TERMINATE_REQUEST {
            break;
        }
        request = next;
    }
    assert_eq!(rounds, 20);
    assert_eq!(events(&mut layer), [finished(FaultCode::PppNoAgreement)]);
}

#[test]
fn the_layer_below_may_come_and_go() {
    let mut layer = opened();
    layer.down(Instant::ZERO);
    assert_eq!((events(&mut layer), layer.poll_timeout()), (vec![Event::Down], None));
    layer.up(Instant::ZERO);
    let request = sent(&mut layer).remove(0);
    judge(&mut layer, 1, &[FIVE]);
    answer(&mut layer, &request, code::CONFIGURE_ACK, &[]);
    assert_eq!(events(&mut layer), [Event::Up(Some(5))]);
}

#[test]
fn a_malformed_request_is_not_answered() {
    let mut layer = layer();
    start(&mut layer);
    for data in [&[1, 0][..], &[1, 1], &[1, 9, 5], &[1]] {
        let error = layer.handle_packet(&packet(code::CONFIGURE_REQUEST, 1, data), Instant::ZERO);
        assert!(matches!(error, Err(Error::Malformed(_))), "{data:?}");
    }
    assert_eq!(layer.poll_transmit(), None);
}

#[test]
fn one_round_trip_is_enough_on_a_good_line() {
    let mut line = Line::new([layer(), layer()], 0, 1);
    line.open();
    line.run(Duration::from_millis(50));
    assert!(line.both_opened());
    assert_eq!(line.carried, 4);
    line.ends[0].close(line.now);
    line.run(Duration::from_secs(60));
    assert_eq!(line.events[0].last(), Some(&Event::Finished(None)));
    assert_eq!(line.events[1].last(), Some(&finished(FaultCode::PeerClosed)));
}

#[test]
fn a_peer_that_acknowledges_and_never_asks_is_given_up() {
    let mut layer = layer();
    let mut request = start(&mut layer);
    let mut now = Instant::ZERO;
    while now < Instant::ZERO + NEGOTIATION_LIMIT {
        exchange(&mut layer, &packet(code::CONFIGURE_ACK, request[1], &request[4..]), now);
        now = layer.poll_timeout().unwrap();
        layer.handle_timeout(now);
        request = layer.poll_transmit().unwrap_or(request);
    }
    assert_eq!(now, Instant::ZERO + NEGOTIATION_LIMIT);
    assert_eq!(events(&mut layer), [finished(FaultCode::PppNoAgreement)]);
    assert_eq!(layer.poll_timeout(), None);
}
