//! What a peer gives as its reason in a Terminate-Request.

use culvert_model::{Evidence, FaultCode};

/// The mark of Microsoft's servers between the magic number and the error.
const RAS_MARK: [u8; 4] = [0x00, 0x3C, 0xCD, 0x74];

/// What pppd and its like say in words.
const WORDS: [(&str, FaultCode); 8] = [
    ("mppe", FaultCode::MppeMismatch),
    ("encryption", FaultCode::MppeMismatch),
    ("refused to authenticate", FaultCode::AuthMethodRefused),
    ("authentication failed", FaultCode::AuthRejected),
    ("failed to authenticate", FaultCode::AuthRejected),
    ("inactiv", FaultCode::IdleTimeout),
    ("loopback", FaultCode::Loopback),
    ("shut", FaultCode::ServerShutdown),
];

/// What the data of a Terminate-Request says, and the fault that it names where it names one.
pub(super) fn read(data: &[u8]) -> (Option<FaultCode>, Option<Evidence>) {
    if let &[_, _, _, _, m0, m1, m2, m3, e0, e1, e2, e3, ..] = data
        && [m0, m1, m2, m3] == RAS_MARK
    {
        let error = u32::from_be_bytes([e0, e1, e2, e3]);
        return (ras_fault(error), Some(Evidence::RasError(error)));
    }
    let text = data.trim_ascii();
    if text.is_empty() || !text.iter().all(|octet| octet.is_ascii_graphic() || octet.is_ascii_whitespace()) {
        return (None, None);
    }
    let known = WORDS.iter().find(|(word, _)| contains(text, word));
    (known.map(|&(_, code)| code), Some(Evidence::server_text(text)))
}

fn contains(text: &[u8], word: &str) -> bool {
    text.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word.as_bytes()))
}

/// The fault for an error of Microsoft's Remote Access Service.
///
/// 742 is the server's view: the client lacks the encryption that the server requires.
const fn ras_fault(error: u32) -> Option<FaultCode> {
    Some(match error {
        646 => FaultCode::AuthHours,
        647 => FaultCode::AuthDisabled,
        648 => FaultCode::AuthExpired,
        649 => FaultCode::AuthNoVpnRight,
        691 => FaultCode::AuthRejected,
        708 => FaultCode::AuthExpiredAccount,
        709 => FaultCode::AuthChangeFailed,
        718 | 721 => FaultCode::PppTimeout,
        720 | 733 => FaultCode::IpcpRejected,
        732 => FaultCode::PppNoAgreement,
        736 => FaultCode::NcpTerminated,
        737 => FaultCode::Loopback,
        738 => FaultCode::NoAddress,
        741 | 742 => FaultCode::MppeMismatch,
        743 => FaultCode::MppeRequiredByPeer,
        812 => FaultCode::PolicyRefused,
        828 => FaultCode::IdleTimeout,
        850 => FaultCode::EapRequired,
        919 => FaultCode::AuthMethodRefused,
        _ => return None,
    })
}
