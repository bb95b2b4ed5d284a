//! A name and a password, and the forms in which servers know them.

use alloc::string::String;

use culvert_model::{AuthMethod, Secret};
use zeroize::Zeroizing;

use super::ms_chap::{nt_password_hash, nt_password_hash_of_octets};

/// What a person logs in with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The name, with `DOMAIN\` in front where there is a domain.
    pub login_name: String,
    /// The password.
    pub password: Secret,
    /// How they are presented, and no other way; `None` is in full, and once in another form where the server
    /// refuses that.
    pub form: Option<Form>,
}

/// How credentials are presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The full name, the password in UTF-16: what the RFCs say.
    Full,
    /// Without the domain, for servers that hash the name as they get it.
    BareName,
    /// The password's UTF-8 octets as 16-bit characters, for servers that store it so.
    PasswordOctets,
}

impl Credentials {
    /// The name behind the last backslash: what MS-CHAPv2 hashes (RFC 2759 section 8.2).
    pub(super) fn user(&self) -> &str {
        bare_name(&self.login_name)
    }

    /// The name that is sent.
    pub(super) fn name(&self, form: Form) -> &str {
        match form {
            Form::Full | Form::PasswordOctets => &self.login_name,
            Form::BareName => self.user(),
        }
    }

    pub(super) fn nt_hash(&self, form: Form) -> Zeroizing<[u8; 16]> {
        if let Some(hash) = self.password.nt_hash() {
            return Zeroizing::new(*hash);
        }
        match form {
            Form::Full | Form::BareName => nt_password_hash(self.password.expose()),
            Form::PasswordOctets => nt_password_hash_of_octets(self.password.expose().as_bytes()),
        }
    }

    /// Whether what is known of the password is enough for `method`.
    pub(super) fn suffice_for(&self, method: AuthMethod) -> bool {
        self.password.nt_hash().is_none() || method == AuthMethod::MsChapV2
    }

    /// The one other form that is worth a try after the full one was refused.
    pub(super) fn other_form(&self, method: AuthMethod) -> Option<Form> {
        if self.user() != self.login_name {
            return Some(Form::BareName);
        }
        let two_hashes = method.gives_keys() && !self.password.expose().is_ascii();
        two_hashes.then_some(Form::PasswordOctets)
    }
}

/// What stands behind the last backslash; a realm (`user@realm`) stays.
pub(super) fn bare_name(name: &str) -> &str {
    name.rsplit_once('\\').map_or(name, |(_, user)| user)
}

#[cfg(test)]
mod tests {
    use std::format;
    use std::string::ToString;

    use super::*;

    fn credentials(name: &str, password: &str) -> Credentials {
        Credentials { login_name: name.to_string(), password: Secret::new(password.to_string()), form: None }
    }

    #[test]
    fn the_domain_is_sent_but_not_hashed() {
        let alice = credentials("A\\OFFICE\\Alice@home", "x");
        assert_eq!(alice.name(Form::Full), "A\\OFFICE\\Alice@home");
        assert_eq!(alice.name(Form::BareName), "Alice@home");
        assert_eq!(alice.user(), "Alice@home");
        assert_eq!(credentials("alice", "x").user(), "alice");
    }

    #[test]
    fn the_other_form_fits_the_credentials() {
        let other = |name, password, method| credentials(name, password).other_form(method);
        assert_eq!(other("alice", "secret", AuthMethod::MsChapV2), None);
        assert_eq!(other("D\\alice", "pässwörd", AuthMethod::MsChapV2), Some(Form::BareName));
        assert_eq!(other("alice", "pässwörd", AuthMethod::MsChapV1), Some(Form::PasswordOctets));
        assert_eq!(other("alice", "pässwörd", AuthMethod::ChapMd5), None);
    }

    #[test]
    fn a_hash_is_enough_for_ms_chap_v2_alone() {
        let known = credentials("alice", "clientPass");
        let hash = *known.nt_hash(Form::Full);
        let hashed = Credentials { password: Secret::of_nt_hash(&hash), ..known };
        assert_eq!(*hashed.nt_hash(Form::Full), hash);
        assert_eq!(*hashed.nt_hash(Form::BareName), hash);
        assert_eq!(hashed.other_form(AuthMethod::MsChapV2), None);
        assert!(hashed.suffice_for(AuthMethod::MsChapV2));
        for method in [AuthMethod::Pap, AuthMethod::ChapMd5, AuthMethod::MsChapV1] {
            assert!(!hashed.suffice_for(method), "{method:?}");
        }
    }

    #[test]
    fn debug_shows_nothing_of_the_password() {
        assert!(!format!("{:?}", credentials("alice", "hunter2")).contains("hunter2"));
    }
}
