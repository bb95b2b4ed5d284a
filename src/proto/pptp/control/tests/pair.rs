//! Our client and our server.

use core::time::Duration;

use super::*;

struct Pair {
    now: Instant,
    client: Control,
    server: Control,
}

impl Pair {
    fn new(server: PacConfig) -> Self {
        let now = Instant::ZERO;
        let client = PnsConfig { host_name: "laptop".into(), firmware: 7, ..PnsConfig::default() };
        Self {
            now,
            client: Control::pns(client, CALL_ID, now),
            server: Control::pac(server, SERVER_CALL_ID, now),
        }
    }

    fn connected() -> Self {
        let server = PacConfig { host_name: "gate".into(), firmware: 9, window: 20, ..PacConfig::default() };
        let mut pair = Self::new(server);
        pair.exchange();
        pair
    }

    /// Carries messages until both are silent.
    fn exchange(&mut self) {
        loop {
            if let Some(bytes) = self.client.poll_transmit() {
                self.server.handle_bytes(&bytes, self.now);
            } else if let Some(bytes) = self.server.poll_transmit() {
                self.client.handle_bytes(&bytes, self.now);
            } else {
                break;
            }
        }
    }

    /// Lets time pass, from timer to timer.
    fn pass(&mut self, span: Duration) {
        let end = self.now + span;
        while let Some(due) = [&self.client, &self.server]
            .iter()
            .filter_map(|control| Some(control.poll_timeout()?.0))
            .min()
            .filter(|due| *due <= end)
        {
            self.now = due.max(self.now);
            self.client.handle_timeout(self.now);
            self.server.handle_timeout(self.now);
            self.exchange();
        }
        self.now = end;
    }

    fn events(&mut self) -> (Vec<Event>, Vec<Event>) {
        let client = core::iter::from_fn(|| self.client.poll_event()).collect();
        let server = core::iter::from_fn(|| self.server.poll_event()).collect();
        (client, server)
    }
}

fn identity(host: &str, firmware: u16) -> PeerIdentity {
    PeerIdentity { vendor: "Culvert".into(), host: host.into(), firmware }
}

#[test]
fn a_call_comes_up() {
    let (client, server) = Pair::connected().events();
    let (gate, laptop) = (identity("gate", 9), identity("laptop", 7));
    assert_eq!(
        client,
        [
            Event::ConnectionEstablished(gate.clone()),
            Event::CallEstablished {
                local_call_id: CALL_ID,
                peer_call_id: SERVER_CALL_ID,
                peer_window: 20,
                peer: gate
            },
        ]
    );
    assert_eq!(
        server,
        [
            Event::ConnectionEstablished(laptop.clone()),
            Event::CallEstablished {
                local_call_id: SERVER_CALL_ID,
                peer_call_id: CALL_ID,
                peer_window: 64,
                peer: laptop
            },
        ]
    );
}

#[test]
fn an_idle_connection_lives_on_echoes_from_both_ends() {
    let mut pair = Pair::connected();
    pair.events();
    let mut asked = [0, 0];
    for _ in 0..3600 {
        pair.now += Duration::from_secs(1);
        pair.client.handle_timeout(pair.now);
        pair.server.handle_timeout(pair.now);
        for (count, control) in asked.iter_mut().zip([&pair.client, &pair.server]) {
            *count += usize::from(matches!(control.poll_timeout(), Some((_, Timer::EchoReply))));
        }
        pair.exchange();
    }
    assert!(asked.iter().all(|count| (60..=66).contains(count)), "{asked:?}");
    assert_eq!(pair.events(), (Vec::new(), Vec::new()));
}

#[test]
fn the_client_disconnects_in_good_order() {
    let mut pair = Pair::connected();
    pair.events();
    pair.client.disconnect(pair.now);
    pair.exchange();
    let (client, server) = pair.events();
    assert_eq!(client, [Event::CallCleared(Ended::Requested), Event::Closed(Ended::Requested)]);
    let ended = Ended::ByPeer(Fault {
        code: FaultCode::PeerClosed,
        stage: None,
        evidence: shows("Call-Clear-Request", 0, 0, 0),
    });
    assert_eq!(server, [Event::CallCleared(ended.clone()), Event::Closed(ended)]);
    assert!(pair.client.is_closed() && pair.server.is_closed());
    assert_eq!((pair.client.poll_timeout(), pair.server.poll_timeout()), (None, None));
}

#[test]
fn the_server_disconnects_in_good_order() {
    for (shut_down, result, code) in
        [(false, 1, FaultCode::PeerClosed), (true, 3, FaultCode::AdministratorClosed)]
    {
        let mut pair = Pair::connected();
        pair.events();
        if shut_down {
            pair.server.shut_down(pair.now);
        } else {
            pair.server.disconnect(pair.now);
        }
        pair.exchange();
        let (client, server) = pair.events();
        assert_eq!(server, [Event::CallCleared(Ended::Requested), Event::Closed(Ended::Requested)]);
        let evidence = shows("Call-Disconnect-Notify", result, 0, 0);
        let ended = Ended::ByPeer(Fault { code, stage: None, evidence });
        assert_eq!(client, [Event::CallCleared(ended.clone()), Event::Closed(ended)]);
    }
}

#[test]
fn both_disconnect_at_once() {
    let mut pair = Pair::connected();
    pair.events();
    pair.client.disconnect(pair.now);
    pair.server.disconnect(pair.now);
    pair.exchange();
    pair.pass(Duration::from_secs(10));
    let (client, server) = pair.events();
    assert_eq!(client.last(), Some(&Event::Closed(Ended::Requested)));
    assert_eq!(server.last(), Some(&Event::Closed(Ended::Requested)));
}

#[test]
fn a_lost_server_is_noticed() {
    let mut pair = Pair::connected();
    pair.events();
    pair.server.handle_closed(pair.now);
    pair.client.handle_closed(pair.now);
    let (client, server) = pair.events();
    for events in [client, server] {
        let lost = Ended::Failed(Fault::new(FaultCode::ControlLost));
        assert_eq!(events, [Event::CallCleared(lost.clone()), Event::Closed(lost)]);
    }
}
