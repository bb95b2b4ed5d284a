//! What a login leads to.

use culvert_model::Fault;

use super::{Form, StartKeys};

/// What happened in a login, on either end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The login succeeded; on the client's end the server has proved itself too, where the method has that.
    ///
    /// It is said once. Later checks in mid-session change no keys (RFC 3079 section 3).
    Succeeded {
        /// What MPPE starts from, where the method has that.
        keys: Option<StartKeys>,
    },
    /// The name or the password was refused.
    Refused {
        /// Why.
        fault: Fault,
        /// Whether another try is possible in place. If not, the login is over.
        retry: bool,
        /// How the same credentials could be presented on another link, where this one is over.
        other_form: Option<Form>,
    },
    /// The login is over for another reason: the server could not prove itself, or nobody answered.
    Failed(Fault),
}
