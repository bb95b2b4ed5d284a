//! The option negotiation automaton as one table (RFC 1661 section 4).
//!
//! The table says what to do and where to go, and does nothing itself; `negotiation` feeds it and carries out its
//! actions. Of what the RFC leaves open, neither the restart nor the passive option is taken.

use Action::*;
use State::*;

/// The states of the automaton (RFC 1661 section 4.2), in the order of the RFC's numbers 0 to 9.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// The lower layer is down, and no Open has occurred.
    Initial,
    /// Opened, but the lower layer is still down.
    Starting,
    /// The lower layer is up, and no Open has occurred.
    Closed,
    /// Opened, but the peer ended it or never answered.
    Stopped,
    /// A Terminate-Request of ours, sent to close, waits for its answer.
    Closing,
    /// As Closing, but the layer stays open to a new attempt of the peer.
    Stopping,
    /// A Configure-Request was sent; nothing is acknowledged yet.
    RequestSent,
    /// Our Configure-Request was acknowledged, the peer's was not.
    AckReceived,
    /// The peer's Configure-Request was acknowledged, ours was not.
    AckSent,
    /// Both were acknowledged.
    Opened,
}

impl State {
    /// Whether the restart timer runs in this state (RFC 1661 section 4.2).
    pub const fn is_timed(self) -> bool {
        matches!(self, Closing | Stopping | RequestSent | AckReceived | AckSent)
    }

    /// Whether options are being agreed on.
    pub const fn is_negotiating(self) -> bool {
        matches!(self, RequestSent | AckReceived | AckSent)
    }
}

/// What can happen to the automaton (RFC 1661 section 4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Up: the lower layer is up.
    Up,
    /// Down: the lower layer is down.
    Down,
    /// Open: the layer is wanted.
    Open,
    /// Close: the layer is no longer wanted.
    Close,
    /// TO+: the restart timer expired, and there are tries left.
    TimedOut,
    /// TO-: the restart timer expired for the last time.
    GaveUp,
    /// RCR+: an acceptable Configure-Request came.
    GoodConfigureRequest,
    /// RCR-: a Configure-Request came that is not acceptable.
    BadConfigureRequest,
    /// RCA: a valid Configure-Ack came.
    ConfigureAck,
    /// RCN: a valid Configure-Nak or Configure-Reject came.
    ConfigureNakOrReject,
    /// RTR: a Terminate-Request came.
    TerminateRequest,
    /// RTA: a Terminate-Ack came.
    TerminateAck,
    /// RUC: a packet with an unknown code came.
    UnknownCode,
    /// RXJ+: a Code-Reject or Protocol-Reject came that can be lived with.
    HarmlessReject,
    /// RXJ-: a Code-Reject or Protocol-Reject came that ends the layer.
    FatalReject,
    /// RXR: an Echo-Request, Echo-Reply, Discard-Request or another packet that changes no state came.
    Echo,
}

/// What the automaton wants done (RFC 1661 section 4.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// tlu: tell that this layer is up.
    ThisLayerUp,
    /// tld: tell that this layer is down.
    ThisLayerDown,
    /// tls: tell that the lower layer is needed.
    ThisLayerStarted,
    /// tlf: tell that the lower layer is no longer needed.
    ThisLayerFinished,
    /// irc: set the restart counter to Max-Configure or Max-Terminate.
    InitializeRestartCount,
    /// zrc: set the restart counter to zero.
    ZeroRestartCount,
    /// scr: send a Configure-Request.
    SendConfigureRequest,
    /// sca: acknowledge the peer's Configure-Request.
    SendConfigureAck,
    /// scn: answer the peer's Configure-Request with a Configure-Nak or a Configure-Reject.
    SendConfigureNakOrReject,
    /// str: send a Terminate-Request.
    SendTerminateRequest,
    /// sta: send a Terminate-Ack.
    SendTerminateAck,
    /// scj: send a Code-Reject.
    SendCodeReject,
    /// ser: answer an Echo-Request, or take what else came.
    SendEchoReply,
}

/// Actions in the order in which they are to be carried out.
pub type Actions = &'static [Action];

/// The cell of the table for `event` in `state`; `None` where the RFC has a dash: it cannot happen, or a packet
/// came while the lower layer is down.
pub const fn transition(state: State, event: Event) -> Option<(Actions, State)> {
    match event {
        Event::Up | Event::Down | Event::Open | Event::Close => administered(state, event),
        Event::TimedOut | Event::GaveUp => timed_out(state, event),
        Event::GoodConfigureRequest
        | Event::BadConfigureRequest
        | Event::ConfigureAck
        | Event::ConfigureNakOrReject => configured(state, event),
        _ => received(state, event),
    }
}

const fn administered(state: State, event: Event) -> Option<(Actions, State)> {
    Some(match (event, state) {
        (Event::Up, Initial) => (&[], Closed),
        (Event::Up, Starting) => (&[InitializeRestartCount, SendConfigureRequest], RequestSent),

        (Event::Down, Closed | Closing) => (&[], Initial),
        (Event::Down, Stopped) => (&[ThisLayerStarted], Starting),
        (Event::Down, Stopping | RequestSent | AckReceived | AckSent) => (&[], Starting),
        (Event::Down, Opened) => (&[ThisLayerDown], Starting),

        (Event::Open, Initial) => (&[ThisLayerStarted], Starting),
        (Event::Open, Closed) => (&[InitializeRestartCount, SendConfigureRequest], RequestSent),
        (Event::Open, Closing) => (&[], Stopping),
        (Event::Open, same) => (&[], same),

        (Event::Close, Initial) => (&[], Initial),
        (Event::Close, Starting) => (&[ThisLayerFinished], Initial),
        (Event::Close, Closed | Stopped) => (&[], Closed),
        (Event::Close, Closing | Stopping) => (&[], Closing),
        (Event::Close, RequestSent | AckReceived | AckSent) => {
            (&[InitializeRestartCount, SendTerminateRequest], Closing)
        }
        (Event::Close, Opened) => (&[ThisLayerDown, InitializeRestartCount, SendTerminateRequest], Closing),
        _ => return None,
    })
}

const fn timed_out(state: State, event: Event) -> Option<(Actions, State)> {
    Some(match (event, state) {
        (Event::TimedOut, Closing | Stopping) => (&[SendTerminateRequest], state),
        (Event::TimedOut, RequestSent | AckReceived) => (&[SendConfigureRequest], RequestSent),
        (Event::TimedOut, AckSent) => (&[SendConfigureRequest], AckSent),

        (Event::GaveUp, Closing) => (&[ThisLayerFinished], Closed),
        (Event::GaveUp, Stopping | RequestSent | AckReceived | AckSent) => (&[ThisLayerFinished], Stopped),
        _ => return None,
    })
}

const fn configured(state: State, event: Event) -> Option<(Actions, State)> {
    Some(match (event, state) {
        (_, Initial | Starting) => return None,
        (_, Closed) => (&[SendTerminateAck], Closed),
        (_, Closing | Stopping) => (&[], state),

        (Event::GoodConfigureRequest, Stopped) => {
            (&[InitializeRestartCount, SendConfigureRequest, SendConfigureAck], AckSent)
        }
        (Event::GoodConfigureRequest, RequestSent | AckSent) => (&[SendConfigureAck], AckSent),
        (Event::GoodConfigureRequest, AckReceived) => (&[SendConfigureAck, ThisLayerUp], Opened),
        (Event::GoodConfigureRequest, Opened) => {
            (&[ThisLayerDown, SendConfigureRequest, SendConfigureAck], AckSent)
        }

        (Event::BadConfigureRequest, Stopped) => {
            (&[InitializeRestartCount, SendConfigureRequest, SendConfigureNakOrReject], RequestSent)
        }
        (Event::BadConfigureRequest, RequestSent | AckSent) => (&[SendConfigureNakOrReject], RequestSent),
        (Event::BadConfigureRequest, AckReceived) => (&[SendConfigureNakOrReject], AckReceived),
        (Event::BadConfigureRequest, Opened) => {
            (&[ThisLayerDown, SendConfigureRequest, SendConfigureNakOrReject], RequestSent)
        }

        (_, Stopped) => (&[SendTerminateAck], Stopped),
        (_, AckReceived) => (&[SendConfigureRequest], RequestSent),
        (_, Opened) => (&[ThisLayerDown, SendConfigureRequest], RequestSent),
        (Event::ConfigureAck, RequestSent) => (&[InitializeRestartCount], AckReceived),
        (Event::ConfigureAck, AckSent) => (&[InitializeRestartCount, ThisLayerUp], Opened),
        (_, RequestSent | AckSent) => (&[InitializeRestartCount, SendConfigureRequest], state),
    })
}

const fn received(state: State, event: Event) -> Option<(Actions, State)> {
    Some(match (event, state) {
        (_, Initial | Starting) => return None,

        (Event::TerminateRequest, Opened) => (&[ThisLayerDown, ZeroRestartCount, SendTerminateAck], Stopping),
        (Event::TerminateRequest, RequestSent | AckReceived | AckSent) => (&[SendTerminateAck], RequestSent),
        (Event::TerminateRequest, _) => (&[SendTerminateAck], state),

        (Event::TerminateAck, Closing) => (&[ThisLayerFinished], Closed),
        (Event::TerminateAck, Stopping) => (&[ThisLayerFinished], Stopped),
        (Event::TerminateAck, Opened) => (&[ThisLayerDown, SendConfigureRequest], RequestSent),
        (Event::TerminateAck | Event::HarmlessReject, AckReceived) => (&[], RequestSent),

        (Event::UnknownCode, _) => (&[SendCodeReject], state),

        (Event::FatalReject, Closed | Closing) => (&[ThisLayerFinished], Closed),
        (Event::FatalReject, Opened) => {
            (&[ThisLayerDown, InitializeRestartCount, SendTerminateRequest], Stopping)
        }
        (Event::FatalReject, _) => (&[ThisLayerFinished], Stopped),

        (Event::Echo, Opened) => (&[SendEchoReply], Opened),
        (_, same) => (&[], same),
    })
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    const STATES: [State; 10] =
        [Initial, Starting, Closed, Stopped, Closing, Stopping, RequestSent, AckReceived, AckSent, Opened];

    /// RFC 1661 section 4.1, to be laid beside the RFC. Footnotes: `r` restart, `p` passive, `x` crossed.
    const TABLE: &str = "
 Up   |    2     irc,scr/6     -         -         -         -
 Down |    -         -         0       tls/1       0         1
 Open |  tls/1       1     irc,scr/6     3r        5r        5r
 Close|    0       tlf/0       2         2         4         4
  TO+ |    -         -         -         -       str/4     str/5
  TO- |    -         -         -         -       tlf/2     tlf/3
 RCR+ |    -         -       sta/2 irc,scr,sca/8   4         5
 RCR- |    -         -       sta/2 irc,scr,scn/6   4         5
 RCA  |    -         -       sta/2     sta/3       4         5
 RCN  |    -         -       sta/2     sta/3       4         5
 RTR  |    -         -       sta/2     sta/3     sta/4     sta/5
 RTA  |    -         -         2         3       tlf/2     tlf/3
 RUC  |    -         -       scj/2     scj/3     scj/4     scj/5
 RXJ+ |    -         -         2         3         4         5
 RXJ- |    -         -       tlf/2     tlf/3     tlf/2     tlf/3
 RXR  |    -         -         2         3         4         5

 Up   |    -         -         -           -
 Down |    1         1         1         tld/1
 Open |    6         7         8           9r
 Close|irc,str/4 irc,str/4 irc,str/4 tld,irc,str/4
  TO+ |  scr/6     scr/6     scr/8         -
  TO- | tlf/3p    tlf/3p    tlf/3p         -
 RCR+ |  sca/8   sca,tlu/9   sca/8   tld,scr,sca/8
 RCR- |  scn/6     scn/7     scn/6   tld,scr,scn/6
 RCA  |  irc/7     scr/6x  irc,tlu/9   tld,scr/6x
 RCN  |irc,scr/6   scr/6x  irc,scr/8   tld,scr/6x
 RTR  |  sta/6     sta/6     sta/6   tld,zrc,sta/5
 RTA  |    6         6         8       tld,scr/6
 RUC  |  scj/6     scj/7     scj/8       scj/9
 RXJ+ |    6         6         8           9
 RXJ- |  tlf/3     tlf/3     tlf/3   tld,irc,str/5
 RXR  |    6         7         8         ser/9
";

    fn event(word: &str) -> Event {
        match word {
            "Up" => Event::Up,
            "Down" => Event::Down,
            "Open" => Event::Open,
            "Close" => Event::Close,
            "TO+" => Event::TimedOut,
            "TO-" => Event::GaveUp,
            "RCR+" => Event::GoodConfigureRequest,
            "RCR-" => Event::BadConfigureRequest,
            "RCA" => Event::ConfigureAck,
            "RCN" => Event::ConfigureNakOrReject,
            "RTR" => Event::TerminateRequest,
            "RTA" => Event::TerminateAck,
            "RUC" => Event::UnknownCode,
            "RXJ+" => Event::HarmlessReject,
            "RXJ-" => Event::FatalReject,
            "RXR" => Event::Echo,
            other => panic!("no event {other}"),
        }
    }

    fn action(word: &str) -> Action {
        match word {
            "tlu" => ThisLayerUp,
            "tld" => ThisLayerDown,
            "tls" => ThisLayerStarted,
            "tlf" => ThisLayerFinished,
            "irc" => InitializeRestartCount,
            "zrc" => ZeroRestartCount,
            "scr" => SendConfigureRequest,
            "sca" => SendConfigureAck,
            "scn" => SendConfigureNakOrReject,
            "str" => SendTerminateRequest,
            "sta" => SendTerminateAck,
            "scj" => SendCodeReject,
            "ser" => SendEchoReply,
            other => panic!("no action {other}"),
        }
    }

    fn cell(text: &str) -> Option<(Vec<Action>, State)> {
        let text = text.trim_end_matches(['r', 'p', 'x']);
        if text == "-" {
            return None;
        }
        let (actions, state) = text.split_once('/').unwrap_or(("", text));
        let actions = actions.split(',').filter(|word| !word.is_empty()).map(action).collect();
        Some((actions, STATES[state.parse::<usize>().unwrap()]))
    }

    #[test]
    fn every_cell_is_the_rfc_s() {
        let mut seen = 0;
        for line in TABLE.lines().filter(|line| !line.is_empty()) {
            let (name, cells) = line.split_once('|').unwrap();
            let cells: Vec<_> = cells.split_whitespace().map(cell).collect();
            let first = if cells.len() == 6 { 0 } else { 6 };
            for (offset, expected) in cells.into_iter().enumerate() {
                let state = STATES[first + offset];
                let found = transition(state, event(name.trim())).map(|(actions, to)| (actions.to_vec(), to));
                assert_eq!(found, expected, "{} in {state:?}", name.trim());
                seen += 1;
            }
        }
        assert_eq!(seen, 160);
    }

    #[test]
    fn the_timer_runs_exactly_where_a_timeout_means_something() {
        for state in STATES {
            assert_eq!(state.is_timed(), transition(state, Event::TimedOut).is_some(), "{state:?}");
            assert_eq!(state.is_timed(), transition(state, Event::GaveUp).is_some(), "{state:?}");
        }
    }
}
