//! What servers do that the RFC does not expect.

use core::time::Duration;

use culvert_model::Stage;

use super::*;
use crate::wire::pptp::{
    CallClearRequest, EchoReply, EchoResult, IncomingCallReply, IncomingCallRequest, IncomingCallResult,
    OutgoingCallRequest, SetLinkInfo, StartControlConnectionRequest, StopControlConnectionReply,
    StopControlConnectionRequest, StopReason, StopResult, WanErrorNotify,
};

#[test]
fn the_call_request_says_what_servers_expect() {
    let mut client = Client::starting();
    client.hears(start_reply(StartResult::OK, GeneralError::NONE));
    let sent = client.sent();
    let [Message::OutgoingCallRequest(request)] = sent[..] else { panic!("{sent:?}") };
    let expected = OutgoingCallRequest {
        call_id: CALL_ID,
        call_serial_number: CALL_ID,
        minimum_bps: 300,
        maximum_bps: 100_000_000,
        bearer_type: 3,
        framing_type: 3,
        packet_receive_window_size: 64,
        ..Default::default()
    };
    assert_eq!(request, expected);
}

#[test]
fn a_start_reply_with_result_zero_is_a_yes() {
    let mut client = Client::starting();
    client.hears(start_reply(StartResult::ZERO, GeneralError::NONE));
    assert_eq!(names(&client.sent()), ["Outgoing-Call-Request"]);
}

#[test]
fn a_refused_start_has_its_reason() {
    for (result, error, code) in [
        (2, 0, FaultCode::CallFailed),
        (2, 4, FaultCode::Busy),
        (3, 0, FaultCode::SessionStillOpen),
        (4, 0, FaultCode::NotAuthorised),
        (5, 0, FaultCode::VersionMismatch),
        (77, 0, FaultCode::CallFailed),
    ] {
        let mut client = Client::starting();
        client.hears(start_reply(StartResult(result), GeneralError(error)));
        let evidence = shows("Start-Control-Connection-Reply", result, error, 0);
        let stage = Some(Stage::OpeningControlConnection);
        assert_eq!(client.fault(), Fault { code, stage, evidence });
    }
}

#[test]
fn a_refused_call_has_its_reason() {
    for (result, error, code) in [
        (0, 0, FaultCode::CallFailed),
        (2, 0, FaultCode::CallFailed),
        (2, 4, FaultCode::Busy),
        (3, 0, FaultCode::CallFailed),
        (4, 0, FaultCode::Busy),
        (5, 0, FaultCode::CallFailed),
        (6, 0, FaultCode::CallFailed),
        (7, 0, FaultCode::CallRefused),
    ] {
        let mut client = Client::calling();
        let reply = call_reply(OutgoingCallResult(result), GeneralError(error));
        client.hears(OutgoingCallReply { cause_code: 17, ..reply });
        assert_eq!(names(&client.sent()), ["Stop-Control-Connection-Request"]);
        client.hears(StopControlConnectionReply { result: StopResult::OK, ..Default::default() });
        let evidence = shows("Outgoing-Call-Reply", result, error, 17);
        assert_eq!(client.fault(), Fault { code, stage: Some(Stage::PlacingCall), evidence });
    }
}

/// Windows writes speed and window of its reply in little-endian order.
#[test]
fn a_window_in_the_wrong_order_of_octets_is_clamped() {
    let mut reply = bytes(call_reply(OutgoingCallResult::CONNECTED, GeneralError::NONE));
    reply[20..24].copy_from_slice(&[0x00, 0xCA, 0x9A, 0x3B]);
    reply[24..26].copy_from_slice(&[0x40, 0x00]);
    let Ok(Message::OutgoingCallReply(read)) = Message::parse(&reply) else { panic!("not a reply") };
    assert_eq!(read.connect_speed.swap_bytes(), 1_000_000_000);
    let mut client = Client::calling();
    client.control.handle_bytes(&reply, client.now);
    assert!(matches!(client.events()[..], [Event::CallEstablished { peer_window: 64, .. }]));
}

#[test]
fn every_window_comes_out_between_1_and_64() {
    for (window, expected) in [(0, 1), (1, 1), (3, 3), (64, 64), (65, 64), (u16::MAX, 64)] {
        let mut client = Client::calling();
        let reply = call_reply(OutgoingCallResult::CONNECTED, GeneralError::NONE);
        client.hears(OutgoingCallReply { packet_receive_window_size: window, ..reply });
        let events = client.events();
        let [Event::CallEstablished { peer_window, .. }] = events[..] else { panic!("{events:?}") };
        assert_eq!(peer_window, expected);
    }
}

/// The first call of a pptpd has the id 0.
#[test]
fn a_server_may_choose_call_id_0() {
    let mut client = Client::calling();
    let reply = call_reply(OutgoingCallResult::CONNECTED, GeneralError::NONE);
    client.hears(OutgoingCallReply { call_id: 0, ..reply });
    assert!(matches!(client.events()[..], [Event::CallEstablished { peer_call_id: 0, .. }]));
}

/// A NAT may have rewritten it.
#[test]
fn a_call_reply_with_another_peer_call_id_is_taken() {
    let mut client = Client::calling();
    let reply = call_reply(OutgoingCallResult::CONNECTED, GeneralError::NONE);
    client.hears(OutgoingCallReply { peer_call_id: 0x7777, ..reply });
    assert!(matches!(client.events()[..], [Event::CallEstablished { local_call_id: CALL_ID, .. }]));
}

/// The server's id (RFC, Windows), ours (accel-ppp, Linux NAT), ours swapped (older accel-ppp), a NAT's.
#[test]
fn a_disconnect_notify_ends_the_call_whatever_its_id() {
    for call_id in [SERVER_CALL_ID, CALL_ID, CALL_ID.swap_bytes(), SERVER_CALL_ID.swap_bytes(), 0] {
        let mut client = Client::connected();
        client.hears(disconnect(call_id, DisconnectResult::LOST_CARRIER));
        assert_eq!(names(&client.sent()), ["Stop-Control-Connection-Request"]);
        let ended = Ended::ByPeer(
            Fault::new(FaultCode::PeerClosed).with(shows("Call-Disconnect-Notify", 1, 0, 0).remove(0)),
        );
        assert_eq!(client.events(), [Event::CallCleared(ended.clone())]);
        client.control.handle_closed(client.now);
        assert_eq!(client.events(), [Event::Closed(ended)]);
    }
}

#[test]
fn a_disconnect_notify_has_its_reason() {
    for (result, error, code) in [
        (1, 0, FaultCode::PeerClosed),
        (2, 6, FaultCode::PeerClosed),
        (2, 4, FaultCode::Busy),
        (3, 0, FaultCode::AdministratorClosed),
        (4, 0, FaultCode::PeerClosed),
        (99, 0, FaultCode::PeerClosed),
    ] {
        for (mut client, stage) in
            [(Client::connected(), None), (Client::calling(), Some(Stage::PlacingCall))]
        {
            let notify = disconnect(SERVER_CALL_ID, DisconnectResult(result));
            client.hears(CallDisconnectNotify { error: GeneralError(error), cause_code: 3, ..notify });
            client.control.handle_closed(client.now);
            let evidence = shows("Call-Disconnect-Notify", result, error, 3);
            assert_eq!(client.fault(), Fault { code, stage, evidence });
        }
    }
}

/// RRAS sends what only a PNS should.
#[test]
fn a_call_clear_request_from_the_server_is_answered() {
    for mut client in [Client::calling(), Client::connected()] {
        client.hears(CallClearRequest { call_id: SERVER_CALL_ID });
        let sent = client.sent();
        let [Message::CallDisconnectNotify(notify), Message::StopControlConnectionRequest(_)] = sent[..]
        else {
            panic!("{sent:?}")
        };
        assert_eq!((notify.call_id, notify.result), (CALL_ID, DisconnectResult::REQUEST));
        client.control.handle_closed(client.now);
        assert_eq!(client.fault().evidence, shows("Call-Clear-Request", 0, 0, 0));
    }
}

#[test]
fn calls_from_the_server_are_refused() {
    for mut client in [Client::starting(), Client::calling(), Client::connected()] {
        client.hears(IncomingCallRequest { call_id: 5, ..Default::default() });
        client.hears(OutgoingCallRequest { call_id: 6, ..Default::default() });
        let sent = client.sent();
        let [Message::IncomingCallReply(incoming), Message::OutgoingCallReply(outgoing)] = sent[..] else {
            panic!("{sent:?}")
        };
        let expected = IncomingCallReply {
            peer_call_id: 5,
            result: IncomingCallResult::DO_NOT_ACCEPT,
            ..Default::default()
        };
        assert_eq!(incoming, expected);
        assert_eq!((outgoing.peer_call_id, outgoing.result), (6, OutgoingCallResult::DO_NOT_ACCEPT));
        assert!(client.events().is_empty());
    }
}

#[test]
fn duplicates_and_strays_are_ignored() {
    let mut client = Client::connected();
    client.hears(start_reply(StartResult::GENERAL_ERROR, GeneralError::NONE));
    client.hears(call_reply(OutgoingCallResult::BUSY, GeneralError::NONE));
    client.hears(StartControlConnectionRequest::default());
    client.hears(Message::Unknown { control_type: 0, body: Vec::new() });
    client.hears(Message::Unknown { control_type: 16, body: Vec::from([1; 300]) });
    assert!(client.sent().is_empty());
    assert!(client.events().is_empty());
}

/// Windows sends it right after its call reply, with maps of all ones and of none.
#[test]
fn link_info_is_of_no_meaning() {
    let mut client = Client::connected();
    for (send_accm, receive_accm) in [(u32::MAX, u32::MAX), (0, u32::MAX), (0, 0)] {
        client.hears(SetLinkInfo { peer_call_id: CALL_ID, send_accm, receive_accm });
    }
    assert!(client.sent().is_empty() && client.events().is_empty());
}

#[test]
fn link_errors_are_told() {
    let mut client = Client::connected();
    let errors = WanErrorNotify { peer_call_id: CALL_ID, crc_errors: 3, ..Default::default() };
    client.hears(errors);
    assert_eq!(client.events(), [Event::LinkErrors(errors)]);
}

#[test]
fn echoes_are_answered_in_every_state() {
    for mut client in [
        Client::starting(),
        Client::calling(),
        Client::connected(),
        Client::disconnecting(),
        Client::stopping(),
    ] {
        client.hears(echo(0xDEAD_BEEF));
        let expected =
            EchoReply { identifier: 0xDEAD_BEEF, result: EchoResult::OK, error: GeneralError::NONE };
        assert_eq!(client.sent(), [Message::from(expected)]);
    }
}

/// accel-ppp's reason is 0.
#[test]
fn a_stop_request_is_answered_and_ends_everything() {
    for (reason, code) in [
        (0, FaultCode::PeerClosed),
        (1, FaultCode::PeerClosed),
        (2, FaultCode::VersionMismatch),
        (3, FaultCode::ServerShutdown),
    ] {
        for mut client in [Client::starting(), Client::calling(), Client::connected()] {
            client.hears(StopControlConnectionRequest { reason: StopReason(reason) });
            assert_eq!(names(&client.sent()), ["Stop-Control-Connection-Reply"]);
            let fault = client.fault();
            assert_eq!(fault.code, code);
            assert_eq!(fault.evidence, shows("Stop-Control-Connection-Request", reason, 0, 0));
        }
    }
}

#[test]
fn a_stop_request_during_our_own_shutdown_keeps_our_reason() {
    for mut client in [Client::disconnecting(), Client::stopping()] {
        client.hears(StopControlConnectionRequest { reason: StopReason::NONE });
        assert_eq!(names(&client.sent()), ["Stop-Control-Connection-Reply"]);
        assert_eq!(client.events(), [Event::Closed(Ended::Requested)]);
    }
}

#[test]
fn a_stop_reply_out_of_the_blue_closes() {
    let mut client = Client::connected();
    client.hears(StopControlConnectionReply { result: StopResult::OK, ..Default::default() });
    assert_eq!(client.fault().code, FaultCode::PeerClosed);
}

/// pptpd hangs up as its answer to a Call-Clear-Request.
#[test]
fn a_hang_up_during_the_shutdown_is_no_fault() {
    for mut client in [Client::disconnecting(), Client::stopping()] {
        client.control.handle_closed(client.now);
        assert_eq!(client.events(), [Event::Closed(Ended::Requested)]);
    }
}

/// accel-ppp hangs up without a word on a call id that is in use.
#[test]
fn a_hang_up_before_the_call_is_told_with_its_stage() {
    for (mut client, stage) in
        [(Client::starting(), Stage::OpeningControlConnection), (Client::calling(), Stage::PlacingCall)]
    {
        client.control.handle_closed(client.now);
        assert_eq!(client.fault(), Fault::new(FaultCode::ClosedEarly).at(stage));
    }
}

#[test]
fn what_is_not_pptp_is_shown() {
    let mut client = Client::starting();
    client.control.handle_bytes(b"SSH-2.0-OpenSSH_9.2p1\r\n", client.now);
    let expected = Fault::new(FaultCode::NotPptp)
        .at(Stage::OpeningControlConnection)
        .with(Evidence::ServerText("SSH-2.0-OpenSSH_9.2p1  ".into()));
    assert_eq!(client.fault(), expected);
}

#[test]
fn nonsense_in_a_call_ends_it() {
    let mut client = Client::connected();
    client.control.handle_bytes(&[0; 20], client.now);
    let lost = Ended::Failed(Fault::new(FaultCode::ControlLost));
    let events = client.events();
    assert!(matches!(events[0], Event::NotUnderstood(_)));
    assert_eq!(events[1..], [Event::CallCleared(lost.clone()), Event::Closed(lost)]);
}

#[test]
fn what_follows_the_end_is_not_looked_at() {
    let mut client = Client::disconnecting();
    let mut stream = bytes(StopControlConnectionRequest { reason: StopReason::NONE });
    stream.extend(bytes(echo(1)));
    stream.extend([0; 20]);
    client.control.handle_bytes(&stream, client.now);
    assert_eq!(names(&client.sent()), ["Stop-Control-Connection-Reply"]);
    assert_eq!(client.events(), [Event::Closed(Ended::Requested)]);
}

#[test]
fn a_disconnect_before_the_call_stands() {
    let mut client = Client::starting();
    client.control.disconnect(client.now);
    assert_eq!(client.events(), [Event::Closed(Ended::Requested)]);

    let mut client = Client::calling();
    client.control.disconnect(client.now);
    assert_eq!(names(&client.sent()), ["Call-Clear-Request"]);
    client.hears(call_reply(OutgoingCallResult::CONNECTED, GeneralError::NONE));
    client.hears(disconnect(SERVER_CALL_ID, DisconnectResult::REQUEST));
    assert_eq!(names(&client.sent()), ["Stop-Control-Connection-Request"]);
    client.hears(StopControlConnectionReply { result: StopResult::OK, ..Default::default() });
    assert_eq!(client.events(), [Event::Closed(Ended::Requested)]);
}

#[test]
fn a_second_disconnect_changes_nothing() {
    for mut client in [Client::disconnecting(), Client::stopping()] {
        let due = client.control.poll_timeout();
        client.now += Duration::from_secs(1);
        client.control.disconnect(client.now);
        assert_eq!(client.control.poll_timeout(), due);
        assert!(client.sent().is_empty() && client.events().is_empty());
    }
}

/// As a Windows client opens: no host name, and 16 binary octets as the subaddress.
#[test]
fn a_windows_client_is_served() {
    let now = Instant::ZERO;
    let mut server = Control::pac(PacConfig::default(), SERVER_CALL_ID, now);
    let start = StartControlConnectionRequest {
        protocol_version: 0x0100,
        framing_capabilities: 1,
        bearer_capabilities: 1,
        vendor_name: "Microsoft".into(),
        ..Default::default()
    };
    server.handle_bytes(&bytes(start), now);
    let mut call = OutgoingCallRequest {
        call_id: CALL_ID,
        minimum_bps: 300,
        maximum_bps: 100_000_000,
        bearer_type: 3,
        framing_type: 3,
        packet_receive_window_size: 64,
        ..Default::default()
    };
    call.subaddress.0[..16].copy_from_slice(&core::array::from_fn::<u8, 16, _>(|_| 0xF7));
    server.handle_bytes(&bytes(call), now);
    let microsoft = PeerIdentity { vendor: "Microsoft".into(), ..PeerIdentity::default() };
    assert_eq!(server.poll_event(), Some(Event::ConnectionEstablished(microsoft)));
    assert!(matches!(server.poll_event(), Some(Event::CallEstablished { peer_call_id: CALL_ID, .. })));
}

#[test]
fn the_server_refuses_a_second_call_and_another_version() {
    let now = Instant::ZERO;
    let mut server = hostile::server_connected();
    while server.poll_transmit().is_some() || server.poll_event().is_some() {}
    server.handle_bytes(&bytes(OutgoingCallRequest { call_id: 9, ..Default::default() }), now);
    let reply = server.poll_transmit().unwrap();
    let Ok(Message::OutgoingCallReply(reply)) = Message::parse(&reply) else { panic!("not a reply") };
    assert_eq!((reply.peer_call_id, reply.error), (9, GeneralError::NO_RESOURCE));
    assert!(!server.is_closed());

    let mut server = Control::pac(PacConfig::default(), SERVER_CALL_ID, now);
    server.handle_bytes(&bytes(StartControlConnectionRequest::default()), now);
    let reply = server.poll_transmit().unwrap();
    let Ok(Message::StartControlConnectionReply(reply)) = Message::parse(&reply) else {
        panic!("not a reply")
    };
    assert_eq!(reply.result, StartResult::VERSION_UNSUPPORTED);
    assert!(server.is_closed());
}
