//! Servers that take their time: they say a part of what they should, and then nothing, or next to nothing.

use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};

use culvert_model::FaultCode;

use crate::villain::{Meeting, Pace, Phase, Script, side_by_side};

/// How long a phase may take, with what the phases before it, an orderly end and a busy computer add.
const PATIENCE: Duration = Duration::from_secs(30 + 15);
/// Some servers ask a person's telephone before their verdict.
const PATIENCE_WITH_A_PERSON: Duration = Duration::from_secs(60 + 15);
/// What one server may cost the helper in kB: 64, and what the allocator takes in reserve.
const MEMORY: u64 = 256;

/// What a server does, and what the client makes of it.
struct Play {
    name: &'static str,
    script: Script,
    faults: &'static [FaultCode],
    patience: Duration,
}

fn silent(name: &'static str, from: Phase, faults: &'static [FaultCode]) -> Play {
    Play { name, script: Script { silent_from: from, ..Script::default() }, faults, patience: PATIENCE }
}

fn paced(name: &'static str, from: Phase, pace: Pace) -> Play {
    let script = Script { pace: (from, pace), ..Script::default() };
    Play { name, script, faults: &[FaultCode::ControlTimeout], patience: PATIENCE }
}

fn plays() -> Vec<Play> {
    let anew = Script { silent_from: Phase::LinkAnswer, begins_anew: true, ..Script::default() };
    vec![
        silent("silent once TCP is open", Phase::Start, &[FaultCode::ControlTimeout]),
        silent("silent once asked for a call", Phase::Call, &[FaultCode::ControlTimeout]),
        silent("silent once the call is up", Phase::Link, &[FaultCode::GreBlocked]),
        silent("never answers LCP", Phase::LinkAnswer, &[FaultCode::PppTimeout]),
        silent("never asks for the login", Phase::Challenge, &[FaultCode::AuthTimeout]),
        silent("never answers CCP", Phase::Encryption, &[FaultCode::MppeNotOffered, FaultCode::PppTimeout]),
        silent("never answers IPCP", Phase::Address, &[FaultCode::IpcpFailed, FaultCode::PppTimeout]),
        paced("half a first reply", Phase::Start, Pace::Half),
        paced("half a reply to the call", Phase::Call, Pace::Half),
        paced("a first reply in drops", Phase::Start, Pace::Drops),
        paced("a reply to the call in drops", Phase::Call, Pace::Drops),
        Play {
            name: "begins LCP anew for ever",
            script: anew,
            faults: &[FaultCode::PppTimeout, FaultCode::PppNoAgreement],
            patience: PATIENCE,
        },
        Play {
            patience: PATIENCE_WITH_A_PERSON,
            ..silent("never says whether the login is right", Phase::Verdict, &[FaultCode::AuthTimeout])
        },
    ]
}

/// Side by side: none costs much more than its silence.
#[test]
fn who_takes_his_time_is_given_up_within_half_a_minute() {
    let plays = plays();
    assert_eq!(plays.iter().map(|play| play.name).collect::<BTreeSet<_>>().len(), plays.len());
    side_by_side(&plays, act);
}

fn act(play: &Play) {
    let meeting = Meeting::new(play.script);
    let (result, grown) = thread::scope(|scope| {
        let attempt = scope.spawn(|| meeting.fails(&[]));
        let grown = growth(&meeting, || attempt.is_finished());
        (attempt.join(), grown)
    });
    let (fault, took) = result.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    println!(
        "figure: {}: {} after {:.1} s, {grown} kB grown meanwhile",
        play.name,
        fault.map_or("no fault", FaultCode::as_str),
        took.as_secs_f32()
    );
    assert!(fault.is_some_and(|fault| play.faults.contains(&fault)), "{}: {fault:?}", play.name);
    assert!(took <= play.patience, "{}: {took:?}", play.name);
    assert!(grown <= MEMORY, "{}: {grown} kB", play.name);
    meeting.client.finish();
}

/// What the helper grew by between the call's beginning and its end, which both need things of their own, in kB.
fn growth(meeting: &Meeting, is_over: impl Fn() -> bool) -> u64 {
    let start = Instant::now();
    let settled = Duration::from_secs(4);
    let mut sizes = Vec::new();
    while !is_over() {
        thread::sleep(Duration::from_millis(250));
        if start.elapsed() >= settled {
            sizes.push(meeting.client.helper_heap());
        }
    }
    // Around the end everything is undone.
    let waiting = sizes.len().saturating_sub(4);
    let waiting = sizes.get(..waiting).unwrap_or_default();
    waiting.iter().max().copied().unwrap_or_default() - waiting.first().copied().unwrap_or_default()
}
