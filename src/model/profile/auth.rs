//! The login methods.

use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

/// A login method that PPP can carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuthMethod {
    /// Password Authentication Protocol (RFC 1334): the password in clear.
    Pap,
    /// CHAP with MD5 (RFC 1994): no encryption keys come of it.
    ChapMd5,
    /// MS-CHAP version 1 (RFC 2433): the server proves nothing.
    MsChapV1,
    /// MS-CHAP version 2 (RFC 2759): the server proves that it knows the password.
    MsChapV2,
}

impl AuthMethod {
    /// Every method, the best first.
    pub const ALL: [Self; 4] = [Self::MsChapV2, Self::MsChapV1, Self::ChapMd5, Self::Pap];

    /// Whether MPPE keys come of this login (RFC 3079).
    pub const fn gives_keys(self) -> bool {
        matches!(self, Self::MsChapV1 | Self::MsChapV2)
    }

    /// What people call it, in every language.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pap => "PAP",
            Self::ChapMd5 => "CHAP-MD5",
            Self::MsChapV1 => "MS-CHAPv1",
            Self::MsChapV2 => "MS-CHAPv2",
        }
    }

    /// The word for it on a command line and in a file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pap => "pap",
            Self::ChapMd5 => "chap-md5",
            Self::MsChapV1 => "ms-chap-v1",
            Self::MsChapV2 => "ms-chap-v2",
        }
    }
}

impl fmt::Display for AuthMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The login methods that a profile allows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<AuthMethod>", into = "Vec<AuthMethod>")]
pub struct AuthMethods(Vec<AuthMethod>);

impl AuthMethods {
    /// Exactly these, in order of preference: the strongest first, however they were listed.
    pub fn new(methods: impl IntoIterator<Item = AuthMethod>) -> Self {
        let mut methods: Vec<_> = methods.into_iter().collect();
        methods.sort_unstable_by(|a, b| b.cmp(a));
        methods.dedup();
        Self(methods)
    }

    /// Whether `method` may be used.
    pub fn allows(&self, method: AuthMethod) -> bool {
        self.0.contains(&method)
    }

    /// The allowed methods, the strongest first.
    pub fn iter(&self) -> impl Iterator<Item = AuthMethod> + '_ {
        self.0.iter().copied()
    }
}

impl Default for AuthMethods {
    fn default() -> Self {
        Self::new([AuthMethod::MsChapV2])
    }
}

impl From<Vec<AuthMethod>> for AuthMethods {
    fn from(methods: Vec<AuthMethod>) -> Self {
        Self::new(methods)
    }
}

impl From<AuthMethods> for Vec<AuthMethod> {
    fn from(methods: AuthMethods) -> Self {
        methods.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_login_method_comes_first() {
        let methods = AuthMethods::new([AuthMethod::Pap, AuthMethod::MsChapV2, AuthMethod::Pap]);
        assert!(methods.iter().eq([AuthMethod::MsChapV2, AuthMethod::Pap]));
    }
}
