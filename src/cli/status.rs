//! `culvert status`.

use std::path::Path;
use std::time::Duration;

use culvert_ipc::{Client, ClientError, Notice, Outcome, Outline, Phase, Request};
use culvert_model::{
    ConnectionId, DnsMethod, GuardReading, Held, HostReading, Network, NextTry, Protection, State,
    Statistics, Status,
};
use serde::Serialize;
use tokio::signal::ctrl_c;

use crate::screen::Screen;
use crate::{Exit, portal};
use culvert_words::{Word, Words};

/// Tells what is, and with `is_watching` what changes.
pub(crate) async fn status(
    socket: &Path,
    is_json: bool,
    is_watching: bool,
    screen: &Screen,
) -> Result<Exit, ClientError> {
    let mut client = Client::connect(socket).await?;
    let request = if is_watching { Request::Subscribe } else { Request::Status };
    let Outcome::Status { connections, others, protection } = client.request(request).await? else {
        return Err(ClientError::Unexpected);
    };
    for other in &others {
        tell(other, screen);
    }
    let status = connections.into_iter().next().unwrap_or_else(nothing);
    let report = Report { status, protection, others };
    let shown = show(&report, is_json, screen);
    if !is_watching {
        return Ok(Exit::Done);
    }
    tokio::select! {
        ended = watch(client, report, shown, is_json, screen) => ended,
        _ = ctrl_c() => {
            screen.wipe();
            Ok(Exit::Cancelled)
        }
    }
}

/// Shows what changes, as long as the helper tells it.
async fn watch(
    mut client: Client,
    mut report: Report,
    mut shown: Vec<String>,
    is_json: bool,
    screen: &Screen,
) -> Result<Exit, ClientError> {
    loop {
        match client.notice().await? {
            Notice::Changed(changed) => report.status = *changed,
            Notice::Protected(protection) => report.protection = protection,
            Notice::Counted { connection, statistics } => {
                if connection == report.status.connection {
                    report.status.statistics = statistics;
                    count(&report, is_json, screen);
                }
                continue;
            }
            Notice::OtherChanged(other) => {
                tell(&other, screen);
                report.others = vec![other];
                if !is_json {
                    continue;
                }
            }
        }
        shown = show_anew(&report, &shown, is_json, screen);
    }
}

/// Everything there is to tell.
#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    status: Status,
    protection: Protection,
    /// What else there is, of other users: that, and no more.
    others: Vec<Outline>,
}

impl Report {
    /// Whether another user's connection is all there is.
    fn is_of_others(&self) -> bool {
        let is_there = |other: &Outline| other.phase != Phase::Disconnected;
        self.status.connection == ConnectionId::default() && self.others.iter().any(is_there)
    }
}

/// The status before the first connection.
fn nothing() -> Status {
    Status::new(ConnectionId::default(), String::new(), State::default())
}

/// What there is to tell of another user's connection.
fn tell(other: &Outline, screen: &Screen) {
    match other.phase {
        Phase::Connected | Phase::Disconnecting => screen.say(Word::OtherConnected, &[]),
        Phase::Connecting | Phase::Reconnecting => screen.say(Word::OtherConnecting, &[]),
        Phase::Blocked => screen.say(Word::OtherBlocked, &[]),
        Phase::Disconnected => {}
    }
}

/// Shows the report and says what was shown.
fn show(report: &Report, is_json: bool, screen: &Screen) -> Vec<String> {
    show_anew(report, &[], is_json, screen)
}

/// The same, unless it would be what was `shown` last: not every change is one for a person.
fn show_anew(report: &Report, shown: &[String], is_json: bool, screen: &Screen) -> Vec<String> {
    let lines: Vec<_> = if is_json {
        serde_json::to_string(report).into_iter().collect()
    } else {
        let protection = protection(&report.protection, &screen.words);
        // What is known of it was told.
        let own = (!report.is_of_others()).then(|| lines(&report.status, &report.protection, &screen.words));
        own.into_iter().flatten().chain(protection).collect()
    };
    if lines != shown {
        screen.wipe();
        // What stands above already is not said again, but for the line that says what is.
        let is_new = |(index, line): &(usize, &String)| *index == 0 || !shown.contains(line);
        lines.iter().enumerate().filter(is_new).for_each(|(_, line)| screen.result(line));
    }
    lines
}

fn count(report: &Report, is_json: bool, screen: &Screen) {
    if is_json {
        screen.json(report);
    } else {
        screen.passing(&traffic(&report.status.statistics, &screen.words));
    }
}

/// What was read back from the host, a line each.
fn protection(protection: &Protection, words: &Words) -> Vec<String> {
    let Protection {
        lockdown,
        host: HostReading { guard, routes, dns },
        fault,
        sign_in,
        is_demanded,
        is_assumed,
        ..
    } = protection;
    let mut lines = vec![];
    if *lockdown {
        let word = match (is_demanded, is_assumed) {
            (true, _) => Word::LockdownDemanded,
            (false, true) => Word::LockdownAssumed,
            (false, false) => Word::Lockdown,
        };
        lines.push(words.say(word, &[]));
    }
    lines.extend(sign_in.iter().map(|sign_in| portal::opening(sign_in, words)));
    if let Some(fault) = fault {
        // What was read back before is not what stands now.
        lines.extend(words.fault(fault, ""));
        return lines;
    }
    let stands = match guard {
        Some(GuardReading { owned: true, .. }) => Some(Word::GuardOwned),
        Some(GuardReading { owned: false, .. }) => Some(Word::GuardWatched),
        None => routes.then_some(Word::GuardOff),
    };
    lines.extend(stands.map(|word| detail(Word::DetailGuard, &words.say(word, &[]), words)));
    if *routes {
        lines.push(detail(Word::DetailRoutes, &words.say(Word::RoutesInPlace, &[]), words));
    }
    let names = match dns {
        Some(method) => Some(resolver(*method).to_owned()),
        None => routes.then(|| words.say(Word::NamesAsUsual, &[])),
    };
    lines.extend(names.map(|names| detail(Word::DetailNames, &names, words)));
    lines
}

const fn resolver(method: DnsMethod) -> &'static str {
    match method {
        DnsMethod::Resolved => "systemd-resolved",
        DnsMethod::NetworkManager => "NetworkManager",
        DnsMethod::Resolvconf => "resolvconf",
        DnsMethod::File => "/etc/resolv.conf",
    }
}

fn lines(status: &Status, protection: &Protection, words: &Words) -> Vec<String> {
    let name = [("name", status.name.as_str())];
    let held = status.held.on(protection);
    match &status.state {
        State::Disconnected { last_fault } => {
            let fault = last_fault.as_ref().map(|fault| words.fault(fault, &status.server));
            let mut lines = vec![words.say(Word::NotConnected, &[])];
            lines.extend(fault.into_iter().flatten());
            lines
        }
        State::Connecting { stage, question } => {
            let stage = words.stage(*stage);
            let asks = question.as_ref().map(|_| words.say(Word::StatusAsks, &[]));
            [words.say(Word::Connecting, &[("name", &status.name), ("stage", &stage)])]
                .into_iter()
                .chain(asks)
                .collect()
        }
        State::Connected { network } => {
            let mut lines = vec![words.say(Word::Connected, &name)];
            if status.internet == Some(false) {
                lines.push(words.say(Word::NoInternet, &name));
                lines.push(words.say(Word::NoInternetRemedy, &[]));
            }
            lines.extend(details(network, words));
            let up = status.up_ms.map(|up| words.span(Duration::from_millis(up)));
            lines.extend(up.map(|up| detail(Word::DetailUp, &up, words)));
            lines.push(detail(Word::DetailTraffic, &traffic(&status.statistics, words), words));
            lines
        }
        State::Reconnecting { attempt, next, fault } => {
            let attempt = attempt.to_string();
            let mut lines = vec![
                words.say(Word::Reconnecting, &[("name", &status.name), ("attempt", &attempt)]),
                words.held(held),
                words.next_try(*next),
            ];
            // Without a network nothing else is to blame.
            if *next != NextTry::WithNetwork {
                lines.extend(words.fault(fault, &status.server));
            }
            lines
        }
        State::Blocked { fault } => {
            let blocked = match held {
                _ if protection.lockdown => Word::BlockedLocked,
                Held::Tunnel => Word::BlockedPart,
                Held::Everything | Held::Nothing => Word::Blocked,
            };
            let mut lines = vec![words.say(blocked, &name)];
            lines.extend(words.fault(fault, &status.server));
            lines
        }
        State::Disconnecting => vec![words.say(Word::Disconnecting, &name)],
    }
}

/// What was agreed with the server, a line each.
pub(crate) fn details(network: &Network, words: &Words) -> Vec<String> {
    words.network(network).into_iter().map(|(name, value)| aligned(&name, &value, words)).collect()
}

fn detail(word: Word, value: &str, words: &Words) -> String {
    aligned(&words.say(word, &[]), value, words)
}

/// The values stand below one another.
fn aligned(name: &str, value: &str, words: &Words) -> String {
    format!("  {name:<width$}  {value}", width = words.detail_width())
}

fn traffic(statistics: &Statistics, words: &Words) -> String {
    let (received, sent) = (words.amount(statistics.received_bytes), words.amount(statistics.sent_bytes));
    words.say(Word::Traffic, &[("received", &received), ("sent", &sent)])
}

#[cfg(test)]
mod tests {
    use culvert_model::{AuthMethod, Cipher, Fault, FaultCode, KeyStrength, Stage};

    use super::*;

    fn said(state: State) -> Vec<String> {
        let statistics = Statistics { received_bytes: 2_150_000, sent_bytes: 999, ..Statistics::default() };
        let up_ms = matches!(state, State::Connected { .. }).then_some(754_000);
        lines(
            &Status {
                name: "Office".to_owned(),
                server: "vpn.example.com".to_owned(),
                state,
                statistics,
                up_ms,
                ..nothing()
            },
            &Protection::default(),
            &Words::english(),
        )
    }

    #[test]
    fn anothers_connection_is_not_called_none() {
        let report = |status: Status, phase| {
            let others = vec![Outline { connection: ConnectionId(4), phase }];
            Report { status, protection: Protection::default(), others }
        };
        assert!(report(nothing(), Phase::Blocked).is_of_others());
        assert!(!report(nothing(), Phase::Disconnected).is_of_others());
        let own = Status { connection: ConnectionId(1), ..nothing() };
        assert!(!report(own, Phase::Connected).is_of_others());
        let json = serde_json::to_string(&report(nothing(), Phase::Blocked)).unwrap();
        assert!(json.contains(r#""others":[{"connection":4,"phase":"blocked"}]"#), "{json}");
    }

    #[test]
    fn under_lockdown_nobody_is_sent_past_the_tunnel() {
        let status = Status { state: State::Blocked { fault: Fault::new(FaultCode::LinkLost) }, ..nothing() };
        let said = |lockdown| {
            let protection = Protection { lockdown, ..Protection::default() };
            lines(&status, &protection, &Words::english()).join(" ")
        };
        assert!(said(false).contains("culvert disconnect") && !said(true).contains("culvert disconnect"));
    }

    #[test]
    fn what_was_read_before_a_fault_is_not_told_as_what_stands() {
        let guard = Some(GuardReading { owned: true, firewall_helper: false });
        let host = HostReading { guard, routes: true, ..HostReading::default() };
        let said = |fault: Option<Fault>| {
            protection(&Protection { host: host.clone(), fault, ..Protection::default() }, &Words::english())
        };
        assert!(said(None).iter().any(|line| line.contains("in place")));
        let faulty = said(Some(Fault::new(FaultCode::LocalNetwork)));
        assert!(
            faulty.iter().all(|line| !line.contains("in place") && !line.contains("Guard")),
            "{faulty:?}"
        );
    }

    #[test]
    fn what_a_guard_does_not_hold_is_not_called_held() {
        let fault = Fault::new(FaultCode::LinkLost);
        let guard = Some(GuardReading { owned: true, firewall_helper: false });
        let guarded =
            Protection { host: HostReading { guard, ..HostReading::default() }, ..Protection::default() };
        let said = |state: State, held, protection: &Protection| {
            lines(&Status { state, held, ..nothing() }, protection, &Words::english()).join(" ")
        };
        let lost = || State::Reconnecting { attempt: 5, next: NextTry::In(7_200), fault: fault.clone() };
        let whole = said(lost(), Held::Everything, &guarded);
        assert!(whole.contains("Nothing leaves") && whole.contains("again in 8 s"), "{whole}");
        let offline = State::Reconnecting { attempt: 5, next: NextTry::WithNetwork, fault: fault.clone() };
        let offline = said(offline, Held::Everything, &guarded);
        assert!(offline.contains("has no network") && !offline.contains("server"), "{offline}");
        let part = said(lost(), Held::Tunnel, &guarded);
        assert!(part.contains("Everything else goes its usual way"), "{part}");
        for (held, protection) in [(Held::Nothing, &guarded), (Held::Everything, &Protection::default())] {
            let open = said(lost(), held, protection);
            assert!(open.contains("everything goes past the VPN"), "{open}");
        }
        let locked = Protection { lockdown: true, ..guarded.clone() };
        assert!(said(lost(), Held::Tunnel, &locked).contains("Nothing leaves"));
        let blocked = said(State::Blocked { fault: fault.clone() }, Held::Tunnel, &guarded);
        assert!(blocked.contains("Everything else goes its usual way"), "{blocked}");
    }

    #[test]
    fn every_state_has_its_lines() {
        assert_eq!(said(State::default()), ["Not connected."]);
        assert_eq!(said(State::Disconnecting), ["Disconnecting from Office …"]);
        let connecting = State::Connecting { stage: Stage::CheckingPassword, question: None };
        assert_eq!(said(connecting), ["Connecting to Office: Checking the password"]);
        let fault = said(State::Disconnected { last_fault: Some(Fault::new(FaultCode::TcpTimeout)) });
        assert_eq!(fault.len(), 3);
        assert!(fault[1].starts_with("vpn.example.com does not answer."));
    }

    #[test]
    fn a_connection_is_told_with_what_was_agreed() {
        let cipher = Some(Cipher { strength: KeyStrength::Bits128, stateful: false });
        let network = Network {
            server: [198, 51, 100, 1].into(),
            address: [10, 0, 0, 7].into(),
            peer: None,
            dns: vec![[10, 0, 0, 1].into(), [10, 0, 0, 2].into()],
            nbns: vec![],
            mtu: 1400,
            cipher,
            auth: Some(AuthMethod::MsChapV2),
            interface: None,
        };
        let expected = [
            "Connected to Office.",
            "  Address       10.0.0.7",
            "  Server        198.51.100.1",
            "  Encryption    MPPE, 128 bit",
            "  Login         MS-CHAPv2",
            "  Name servers  10.0.0.1, 10.0.0.2",
            "  Up for        12 min",
            "  Traffic       2.1 MB received, 999 B sent",
        ];
        assert_eq!(said(State::Connected { network: network.clone() }), expected);
        let state = State::Connected { network: network.clone() };
        let nowhere = lines(
            &Status { internet: Some(false), state, ..nothing() },
            &Protection::default(),
            &Words::english(),
        );
        assert!(nowhere[1].contains("does not pass on internet traffic"), "{nowhere:?}");
        let clear = said(State::Connected { network: Network { cipher: None, ..network } });
        assert_eq!(clear[3], "  Encryption    none: everybody on the way can read it");
    }
}
