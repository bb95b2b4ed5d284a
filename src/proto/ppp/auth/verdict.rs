//! The texts in Success and Failure (RFC 2433 sections 6 and 7, RFC 2759 sections 5 and 6), read leniently.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;

use culvert_model::{AuthMethod, Evidence, Fault, FaultCode};

use super::packet::{Challenge, counted};

/// The error number of a wrong name or password.
const AUTHENTICATION_FAILURE: u32 = 691;

/// The server's proof in a Success: `S=` and 40 hexadecimal digits in either case, whatever stands around them.
pub fn proof(text: &[u8]) -> Option<[u8; 20]> {
    octets(field(text, b"S=")?).get(..20)?.try_into().ok()
}

/// The text of a Success with the server's proof. Like Windows, it has no `M=`.
pub fn success_text(proof: &[u8; 20]) -> Vec<u8> {
    let mut text = String::from("S=");
    push_hex(&mut text, proof);
    text.into_bytes()
}

/// The text of a Failure for a wrong name or password; `next` is the challenge of another try, if there is one.
pub fn failure_text(method: AuthMethod, challenge: &[u8], retry: bool) -> Vec<u8> {
    let version = match method {
        AuthMethod::Pap | AuthMethod::ChapMd5 => return Vec::new(),
        AuthMethod::MsChapV1 => 2,
        AuthMethod::MsChapV2 => 3,
    };
    let mut text = String::new();
    // Writing to a `String` cannot fail.
    let _ = write!(text, "E={AUTHENTICATION_FAILURE} R={} C=", u8::from(retry));
    push_hex(&mut text, challenge);
    let _ = write!(text, " V={version}");
    text.into_bytes()
}

/// Why a login was refused.
#[derive(Debug, PartialEq, Eq)]
pub struct Failure<'a> {
    method: AuthMethod,
    number: Option<u32>,
    retry: bool,
    challenge: Vec<u8>,
    message: &'a [u8],
}

impl<'a> Failure<'a> {
    /// Reads the data of a Failure, or of PAP's Authenticate-Nak. Every part may be absent.
    pub fn parse(method: AuthMethod, data: &'a [u8]) -> Self {
        let text = match method {
            AuthMethod::Pap => counted(data).map_or(&[][..], |(message, _)| message),
            _ => data,
        };
        let (head, message) = split_message(text);
        let Some(number) = field(head, b"E=").and_then(number) else {
            return Self { method, number: None, retry: false, challenge: Vec::new(), message: text };
        };
        let retry = field(head, b"R=").and_then(self::number) == Some(1);
        let challenge = field(head, b"C=").map(octets).unwrap_or_default();
        Self { method, number: Some(number), retry, challenge, message }
    }

    /// What it means.
    pub fn fault(&self) -> Fault {
        let mut fault = Fault::new(self.code()).with(Evidence::Method(self.method));
        if let Some(number) = self.number {
            fault = fault.with(Evidence::RasError(number));
        }
        if !self.message.is_empty() {
            fault = fault.with(Evidence::server_text(self.message));
        }
        fault
    }

    /// The challenge of another try, if the server allows one that another name or password could help.
    ///
    /// It has the next identifier. Where the server names none, it is the old one again, in version 1 with 23
    /// added to its first octet (RFC 2433 section 7, RFC 2759 section 6).
    pub fn next(&self, refused: &Challenge) -> Option<Challenge> {
        if !self.retry || !self.method.gives_keys() || self.code() != FaultCode::AuthRejected {
            return None;
        }
        let mut value = refused.value.clone();
        if self.challenge.len() == value.len() {
            value.clone_from(&self.challenge);
        } else if let (AuthMethod::MsChapV1, Some(first)) = (self.method, value.first_mut()) {
            *first = first.wrapping_add(23);
        }
        Some(Challenge { identifier: refused.identifier.wrapping_add(1), value })
    }

    fn code(&self) -> FaultCode {
        match self.number {
            Some(646) => FaultCode::AuthHours,
            Some(647) => FaultCode::AuthDisabled,
            Some(648) => FaultCode::AuthExpired,
            Some(649) => FaultCode::AuthNoVpnRight,
            Some(708) => FaultCode::AuthExpiredAccount,
            Some(709) => FaultCode::AuthChangeFailed,
            _ => FaultCode::AuthRejected,
        }
    }
}

/// The refusal of a wrong name or password, as the end that refuses it sees it.
pub fn refusal(method: AuthMethod) -> Fault {
    Fault::new(FaultCode::AuthRejected)
        .with(Evidence::Method(method))
        .with(Evidence::RasError(AUTHENTICATION_FAILURE))
}

/// What stands before `M=` and behind it. The message comes last and may itself look like a field; some servers
/// put no blank before it.
fn split_message(text: &[u8]) -> (&[u8], &[u8]) {
    let at = text.windows(2).position(|pair| pair == b"M=").unwrap_or(text.len());
    let (head, message) = text.split_at_checked(at).unwrap_or((text, &[]));
    (head, message.strip_prefix(b"M=").unwrap_or(message).trim_ascii())
}

/// What follows `key`.
fn field<'a>(text: &'a [u8], key: &[u8; 2]) -> Option<&'a [u8]> {
    let at = text.windows(2).position(|pair| pair == key)?;
    text.get(at.checked_add(2)?..)
}

/// The decimal number that `text` begins with.
fn number(text: &[u8]) -> Option<u32> {
    let digits = text.iter().take_while(|octet| octet.is_ascii_digit()).count();
    core::str::from_utf8(text.get(..digits)?).ok()?.parse().ok()
}

/// The octets that `text` begins with in hexadecimal.
fn octets(text: &[u8]) -> Vec<u8> {
    let digit = |octet: u8| char::from(octet).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = text.as_chunks().0.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?));
    pairs.map_while(|octet| octet).collect()
}

fn push_hex(text: &mut String, octets: &[u8]) {
    for octet in octets {
        // Writing to a `String` cannot fail.
        let _ = write!(text, "{octet:02X}");
    }
}

#[cfg(test)]
mod tests {
    use std::{format, vec};

    use super::*;
    use crate::ppp::auth::testing::hex;

    const PROOF: [u8; 20] = *b"01234567890123456789";

    fn parse(text: &[u8]) -> Failure<'_> {
        Failure::parse(AuthMethod::MsChapV2, text)
    }

    #[test]
    fn a_proof_is_found_however_it_is_written() {
        let digits = "3031323334353637383930313233343536373839";
        assert_eq!(success_text(&PROOF), format!("S={digits}").into_bytes());
        for text in [
            format!("S={digits}"),
            format!("S={digits} M=Access granted"),
            format!("S={digits}M=Access granted"),
            format!(" S={digits}\0"),
            format!("S={digits} M=S=00"),
        ] {
            assert_eq!(proof(text.as_bytes()), Some(PROOF), "{text}");
        }
        let proof_of_letters = "407a5589115fd0d6209f510fe9c04566932cda56";
        let text = format!("S={proof_of_letters}");
        assert_eq!(proof(text.as_bytes()), Some(hex("407A5589115FD0D6209F510FE9C04566932CDA56")));
    }

    #[test]
    fn less_than_a_proof_is_none() {
        for text in ["", "S=", "M=Welcome", "S=30313233343536373839303132333435363738", "S= 3031"] {
            assert_eq!(proof(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_failure_with_every_part() {
        let failure = parse(b"E=691 R=1 C=000102030405060708090A0b0C0D0e0f V=3 M=Try again, R=0 tries left");
        assert_eq!(failure.number, Some(691));
        assert!(failure.retry);
        assert_eq!(failure.challenge, (0..16).collect::<Vec<u8>>());
        assert_eq!(failure.message, b"Try again, R=0 tries left");
    }

    #[test]
    fn parts_of_a_failure_may_be_absent_or_stick_together() {
        let accel = parse(b"E=691 R=0 V=3 M=Authentication failure");
        assert_eq!((accel.number, accel.retry, accel.challenge.len()), (Some(691), false, 0));
        assert_eq!(accel.message, b"Authentication failure");
        let windows = parse(b"E=691R=1C=000102030405060708090A0B0C0D0E0FV=3M=No");
        assert_eq!((windows.number, windows.retry, windows.challenge.len()), (Some(691), true, 16));
        assert_eq!(windows.message, b"No");
        let bare = parse(b"E=648");
        assert_eq!((bare.number, bare.retry, bare.message), (Some(648), false, &b""[..]));
    }

    #[test]
    fn a_failure_without_a_number_is_a_message() {
        for text in ["", "Bad luck", "ROOM=5 is closed", "E=mc2", "R=1 E="] {
            let failure = parse(text.as_bytes());
            assert_eq!((failure.number, failure.retry), (None, false), "{text}");
            assert_eq!(failure.message, text.as_bytes());
            assert_eq!(failure.fault().code, FaultCode::AuthRejected);
        }
    }

    #[test]
    fn numbers_have_their_faults() {
        for (text, code) in [
            ("E=646", FaultCode::AuthHours),
            ("E=647", FaultCode::AuthDisabled),
            ("E=648", FaultCode::AuthExpired),
            ("E=649", FaultCode::AuthNoVpnRight),
            ("E=691", FaultCode::AuthRejected),
            ("E=708", FaultCode::AuthExpiredAccount),
            ("E=709", FaultCode::AuthChangeFailed),
            ("E=4294967295", FaultCode::AuthRejected),
        ] {
            assert_eq!(parse(text.as_bytes()).fault().code, code, "{text}");
        }
    }

    #[test]
    fn the_evidence_is_the_number_and_the_message() {
        let fault = parse(b"E=649 R=0 V=3 M=Ask \x1bIT").fault();
        let expected = vec![
            Evidence::Method(AuthMethod::MsChapV2),
            Evidence::RasError(649),
            Evidence::server_text(b"Ask  IT"),
        ];
        assert_eq!(fault.evidence, expected);
        let nak = Failure::parse(AuthMethod::Pap, b"\x02No!").fault();
        assert_eq!(nak.evidence, [Evidence::Method(AuthMethod::Pap), Evidence::server_text(b"No")]);
        assert_eq!(
            Failure::parse(AuthMethod::Pap, b"").fault().evidence,
            [Evidence::Method(AuthMethod::Pap)]
        );
    }

    #[test]
    fn another_try_answers_the_named_challenge_or_the_old_one() {
        let old = Challenge { identifier: 255, value: vec![250; 16] };
        let next = parse(b"E=691 R=1 C=000102030405060708090A0B0C0D0E0F V=3").next(&old).unwrap();
        assert_eq!((next.identifier, next.value), (0, (0..16).collect()));
        for text in [&b"E=691 R=1 V=3"[..], b"E=691 R=1 C=0001 V=3", b"E=691 R=1 C= V=3"] {
            assert_eq!(parse(text).next(&old).unwrap().value, old.value);
        }
        let old = Challenge { identifier: 1, value: vec![250; 8] };
        let next = Failure::parse(AuthMethod::MsChapV1, b"E=691 R=1 V=2").next(&old).unwrap();
        assert_eq!((next.identifier, next.value), (2, vec![17, 250, 250, 250, 250, 250, 250, 250]));
    }

    #[test]
    fn there_is_no_other_try_where_none_can_help() {
        let old = Challenge { identifier: 1, value: vec![0; 16] };
        assert!(parse(b"E=691 R=0").next(&old).is_none());
        assert!(parse(b"E=647 R=1").next(&old).is_none());
        assert!(Failure::parse(AuthMethod::ChapMd5, b"E=691 R=1").next(&old).is_none());
    }

    #[test]
    fn what_we_write_we_read() {
        let text = failure_text(AuthMethod::MsChapV2, &[0xAB; 16], true);
        assert_eq!(text, b"E=691 R=1 C=ABABABABABABABABABABABABABABABAB V=3");
        assert_eq!(failure_text(AuthMethod::MsChapV1, &[1; 8], false), b"E=691 R=0 C=0101010101010101 V=2");
        assert!(failure_text(AuthMethod::Pap, &[], false).is_empty());
    }
}
