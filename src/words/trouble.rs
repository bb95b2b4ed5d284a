//! Why something was not done, in sentences: by the helper, by the keyring, or because of what was typed.

use culvert_ipc::{Denial, Refusal};
use culvert_model::PrefixError;
use culvert_profiles::SecretsError;
use culvert_profiles::typed::TypedError;

use crate::{Word, Words};

impl Words {
    /// Why the helper refuses.
    pub fn refusal_of_helper(&self, refusal: &Refusal) -> String {
        match refusal {
            Refusal::Busy { name, .. } if name.is_empty() => self.say(Word::BusyOther, &[]),
            Refusal::Busy { name, .. } => self.say(Word::Busy, &[("name", name)]),
            Refusal::Unusable { field } => self.say(Word::Unusable, &[("field", field)]),
            Refusal::NotPermitted(denial) => self.denial(denial),
            Refusal::ShuttingDown => self.say(Word::HelperEnding, &[]),
            Refusal::UnknownProfile => self.say(Word::ManagedUnknown, &[]),
            Refusal::NothingClosed => self.say(Word::PortalNotClosed, &[]),
            Refusal::NotKept => self.say(Word::NotKept, &[]),
            other => self.say(Word::HelperTrouble, &[("reason", &other.to_string())]),
        }
    }

    fn denial(&self, denial: &Denial) -> String {
        match denial {
            Denial::Administrator => self.say(Word::DeniedAdministrator, &[]),
            Denial::Remote { group } => self.say(Word::DeniedRemote, &[("group", group)]),
            Denial::Forbidden => self.say(Word::DeniedForbidden, &[]),
            Denial::NoAuthority { group: None } => self.say(Word::DeniedNoAuthority, &[]),
            Denial::NoAuthority { group: Some(group) } => {
                self.say(Word::DeniedNoAuthorityGroup, &[("group", group)])
            }
            Denial::Demanded => self.say(Word::DeniedDemanded, &[]),
            Denial::Weaker => self.say(Word::DeniedWeaker, &[]),
            Denial::TooSlow => self.say(Word::DeniedTooSlow, &[]),
            Denial::AlreadyAsking => self.say(Word::DeniedAlreadyAsking, &[]),
            Denial::Unrecognised => self.say(Word::DeniedUnrecognised, &[]),
        }
    }

    /// Why the keyring does not give or take a password.
    pub fn keyring(&self, error: &SecretsError) -> String {
        match error {
            SecretsError::Absent => self.say(Word::KeyringAbsent, &[]),
            SecretsError::Locked => self.say(Word::KeyringLocked, &[]),
            SecretsError::Refused => self.say(Word::KeyringRefused, &[]),
            SecretsError::Slow => self.say(Word::KeyringSlow, &[]),
            SecretsError::Broken(_) => self.say(Word::KeyringBroken, &[("why", &error.to_string())]),
        }
    }

    /// Why what was typed can't be meant.
    pub fn typed(&self, error: TypedError) -> String {
        let word = match error {
            TypedError::TooMany(most) => {
                return self.say(Word::TypedTooMany, &[("most", &most.to_string())]);
            }
            TypedError::Network(PrefixError::HostBits(network)) => {
                return self.say(Word::TypedHostBits, &[("network", &network.to_string())]);
            }
            TypedError::Network(_) => Word::TypedNetwork,
            TypedError::NameServer => Word::TypedNameServer,
            TypedError::WebAddress => Word::TypedWebAddress,
            TypedError::AfterBracket | TypedError::Server(_) => Word::TypedServer,
            TypedError::Port => Word::TypedPort,
            TypedError::Empty => Word::TypedEmpty,
            TypedError::TooLong => Word::TypedTooLong,
            TypedError::ControlCharacter => Word::TypedControl,
            TypedError::SearchDomain => Word::TypedDomain,
            TypedError::Mtu => Word::TypedMtu,
            TypedError::Keepalive => Word::TypedKeepalive,
        };
        self.say(word, &[])
    }
}
