//! `policy.toml`: what users of this computer may not do.

use serde::Deserialize;

/// What users may not do without an administrator's word. By default they may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Rules {
    /// Connect with less than the default protection: weaker encryption or login, no guard, or anything let past it.
    pub forbid_weaker: bool,
}

impl Rules {
    /// What counts where the file is there and can't be read.
    pub(super) const STRICTEST: Self = Self { forbid_weaker: true };

    pub(super) fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }
}
