//! What the two ends say to each other.

use culvert_model::{ConnectionId, Profile, Protection, Secret, Statistics, Status};
use serde::{Deserialize, Serialize};

use crate::{ManagedOutline, Outline, hidden};

/// The version of these messages. The two ends talk only if theirs are equal.
///
/// To be raised with every change, once per release, of what can cross: a message, a field, or a word of an enum here
/// or in `culvert-model`, new ones included, because neither end takes what it does not know. Only what
/// [`Hello`] and [`Goodbye`] say can grow without it.
pub const VERSION: u32 = 3;

/// The first frame of either side. Its unknown fields are ignored, so that a later version can say more here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The version of the messages that follow.
    pub version: u32,
    /// The version of the program, for people.
    #[serde(default)]
    pub program: String,
}

impl Hello {
    /// The greeting of a program of this version.
    pub fn new() -> Self {
        Self { version: VERSION, program: env!("CARGO_PKG_VERSION").to_owned() }
    }
}

impl Default for Hello {
    fn default() -> Self {
        Self::new()
    }
}

/// A frame from a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToHelper {
    /// The first frame.
    Hello(Hello),
    /// Any other frame.
    Call(Call),
}

/// A frame from the helper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FromHelper {
    /// The first frame.
    Hello(Hello),
    /// The answer to a request.
    Reply(Reply),
    /// The answer to a request takes its time: a person is asked first.
    Asking(RequestId),
    /// Something changed.
    Notice(Notice),
    /// The last frame: the helper closes the connection.
    Goodbye(Goodbye),
}

/// Names a request within one connection; the client picks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestId(pub u64);

/// A request with its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// The name.
    pub id: RequestId,
    /// The request.
    pub request: Request,
}

/// What a client may ask for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Request {
    /// Connect. Answered by [`Outcome::Started`] as soon as the helper has begun.
    Connect {
        /// To what and how.
        profile: Box<Profile>,
        /// The password; without one the helper asks when the server wants it.
        #[serde(default, with = "hidden::optional")]
        password: Option<Secret>,
    },
    /// Connect as a profile of an administrator's says. Answered as `Connect`.
    ConnectManaged {
        /// The profile, as [`ManagedOutline`] names it.
        id: String,
        /// The password where the administrator left none; without one the helper asks when the server wants it.
        #[serde(default, with = "hidden::optional")]
        password: Option<Secret>,
    },
    /// Which profiles an administrator has installed. Answered by [`Outcome::Managed`].
    Managed,
    /// Answer the open question of a connection.
    Answer {
        /// Which connection.
        connection: ConnectionId,
        /// The answer.
        answer: Answer,
    },
    /// End a connection, or an attempt at one. Answered when the end has begun.
    Disconnect {
        /// Which connection.
        connection: ConnectionId,
    },
    /// Dial a connection that was lost at once instead of later.
    Redial {
        /// Which connection.
        connection: ConnectionId,
    },
    /// Look for a captive portal, and open the way to its sign-in page for a while. Answered when that has begun; a
    /// [`Notice::Protected`] tells what came of it.
    SignIn {
        /// The connection that keeps the network closed; `None` where lockdown alone does.
        #[serde(default)]
        connection: Option<ConnectionId>,
    },
    /// Switch lockdown on or off: whether nothing may leave but through a tunnel, connected or not. Answered when
    /// that has begun; a [`Notice::Protected`] tells what came of it.
    Lockdown {
        /// Whether it is to be on.
        on: bool,
    },
    /// Take everything away at once, lockdown as well, and leave the host as it was. Answered when that has begun;
    /// [`Refusal::NotKept`] where it has, but lockdown will be back at the next start.
    Reset,
    /// What is. Answered by [`Outcome::Status`].
    Status,
    /// As `Status`, and every change from then on as a [`Notice`].
    Subscribe,
}

/// The answer to a question of the helper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// The password.
    Password(#[serde(with = "hidden")] Secret),
}

/// The answer to a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// The request's name.
    pub id: RequestId,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Outcome {
    /// Done, or begun.
    Done,
    /// A connection was begun under this name.
    Started {
        /// The name.
        connection: ConnectionId,
    },
    /// Every connection that the helper knows: none before the first, and the last one also after its end.
    Status {
        /// The connections of who asks.
        connections: Vec<Status>,
        /// Those of other users.
        #[serde(default)]
        others: Vec<Outline>,
        /// What stands around them.
        protection: Protection,
    },
    /// The profiles of an administrator's, in the order of their names.
    Managed {
        /// The profiles.
        profiles: Vec<ManagedOutline>,
        /// What of an administrator's files can't be used, and why: for root alone.
        #[serde(default)]
        faults: Vec<String>,
    },
    /// Not done, nothing has changed.
    Refused(Refusal),
}

/// Why a request was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Refusal {
    /// There can be one connection at a time, and one is there.
    #[error("another connection is up or on its way: {name}")]
    Busy {
        /// That connection.
        connection: ConnectionId,
        /// What it is called; empty where it is another user's.
        name: String,
    },
    /// No connection has that name (any more).
    #[error("there is no such connection")]
    UnknownConnection,
    /// An administrator installed no profile of that name.
    #[error("there is no such managed profile")]
    UnknownProfile,
    /// Nothing is closed that could be opened.
    #[error("nothing is closed")]
    NothingClosed,
    /// Nothing was asked.
    #[error("no question is open")]
    NoQuestion,
    /// A field of the profile cannot be used.
    #[error("the profile's {field} cannot be used")]
    Unusable {
        /// The field's name.
        field: String,
    },
    /// The helper is about to end.
    #[error("the helper is shutting down")]
    ShuttingDown,
    /// What was asked for has to outlive the helper, and could not be written to the disk.
    #[error("that could not be written to the disk")]
    NotKept,
    /// This user may not do that, or not from here.
    #[error("{0}")]
    NotPermitted(Denial),
}

/// Why a user may not do what it asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Denial {
    /// It takes an administrator, and none has vouched.
    #[error("this takes an administrator")]
    Administrator,
    /// It takes somebody who sits at this computer, an administrator, or a member of a group.
    #[error("from afar this takes an administrator or a member of the group {group}")]
    Remote {
        /// The group.
        group: String,
    },
    /// This computer's rules forbid it, whoever vouches.
    #[error("this computer's rules forbid it from here")]
    Forbidden,
    /// Nobody on this computer (polkit) can tell who may do it: then only root may, or a member of a group where
    /// one is named.
    #[error("without polkit only root may do this")]
    NoAuthority {
        /// The group.
        group: Option<String>,
    },
    /// An administrator's files want lockdown.
    #[error("an administrator's files want it so")]
    Demanded,
    /// Less protection than the default is an administrator's to allow.
    #[error("an administrator has forbidden less than the default protection")]
    Weaker,
    /// Who should tell (polkit) did not in time.
    #[error("polkit did not answer in time")]
    TooSlow,
    /// The same user is being asked about something else.
    #[error("this user is being asked already")]
    AlreadyAsking,
    /// The program that asks can't be recognised (any more).
    #[error("the program that asks can't be recognised")]
    Unrecognised,
}

/// A change that the helper tells without being asked again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Notice {
    /// The state of a connection, its stage, its question or its fault changed.
    Changed(Box<Status>),
    /// The state of another user's connection changed.
    OtherChanged(Outline),
    /// What stands around the connections changed, or what is known of it.
    Protected(Protection),
    /// The counters of a connection, at most once a second.
    Counted {
        /// Which connection.
        connection: ConnectionId,
        /// The counters.
        statistics: Statistics,
    },
}

/// Why the helper closes a connection to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum Goodbye {
    /// The client's user may not talk to the helper.
    #[error("this user may not talk to the helper")]
    NotAllowed,
    /// Too many connections to the helper are open.
    #[error("too many programs are connected to the helper")]
    TooMany,
    /// The versions differ; the helper's own `Hello` went before.
    #[error("the helper speaks another version")]
    OtherVersion,
    /// A frame above 64 KiB.
    #[error("a frame was too large")]
    TooLarge,
    /// A frame that is not understood.
    #[error("a frame was not understood")]
    NotUnderstood,
    /// A frame, or the greeting, took too long.
    #[error("a frame took too long")]
    TooSlow,
    /// The helper ends.
    #[error("the helper is shutting down")]
    ShuttingDown,
    /// A reason that this version does not know.
    #[serde(other)]
    #[error("the helper hung up")]
    Other,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connect(password: &str) -> ToHelper {
        let profile = Profile::new("vpn.example.com".parse().unwrap(), "alice");
        let password = Some(Secret::new(password.to_owned()));
        ToHelper::Call(Call {
            id: RequestId(1),
            request: Request::Connect { profile: Box::new(profile), password },
        })
    }

    #[test]
    fn a_password_crosses_without_escapes_and_unchanged() {
        for password in ["", "clientPass", "a\"b\\c\n\0", "pässwörd ☂"] {
            let text = serde_json::to_string(&connect(password)).unwrap();
            assert!(!text.contains('\\'), "{text}");
            assert_eq!(serde_json::from_str::<ToHelper>(&text).unwrap(), connect(password));
        }
    }

    #[test]
    fn debug_shows_no_password() {
        let text = format!("{:?}", connect("clientPass"));
        assert!(!text.contains("clientPass") && text.contains("redacted"), "{text}");
        let answer = Answer::Password(Secret::new("clientPass".to_owned()));
        assert!(!format!("{answer:?}").contains("clientPass"));
    }

    #[test]
    fn an_unknown_field_is_an_error_except_in_the_greeting() {
        let refused = [
            r#"{"call":{"id":1,"request":"status","more":1}}"#,
            r#"{"call":{"id":1,"request":{"disconnect":{"connection":1,"more":1}}}}"#,
            r#"{"call":{"id":1,"request":{"connect":{"profile":{"server":"h","username":"u","plugin":"x"}}}}}"#,
            r#"{"call":{"id":1,"request":{"answer":{"connection":1,"answer":{"password":"6g"}}}}}"#,
            r#"{"call":{"id":1,"request":{"answer":{"connection":1,"answer":{"password":"6"}}}}}"#,
            r#"{"call":{"id":1,"request":"reboot"}}"#,
            r#"{"call":{"id":1,"request":"status"}} "#.trim_end().strip_suffix('}').unwrap(),
        ];
        for text in refused {
            assert!(serde_json::from_str::<ToHelper>(text).is_err(), "{text}");
        }
        let hello = serde_json::from_str::<ToHelper>(r#"{"hello":{"version":1,"more":1}}"#).unwrap();
        assert_eq!(hello, ToHelper::Hello(Hello { version: 1, program: String::new() }));
        let connect = r#"{"call":{"id":1,"request":{"connect":{"profile":{"server":"h","username":"u"}}}}}"#;
        assert!(serde_json::from_str::<ToHelper>(connect).is_ok());
    }

    #[test]
    fn a_reason_of_a_later_version_is_still_a_goodbye() {
        let goodbye = serde_json::from_str::<FromHelper>(r#"{"goodbye":"too-cold"}"#).unwrap();
        assert_eq!(goodbye, FromHelper::Goodbye(Goodbye::Other));
    }
}
