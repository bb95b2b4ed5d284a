//! What of a request is looked at before anybody acts on it.

use culvert_ipc::Refusal;
use culvert_model::{Profile, Secret};

/// The longest password, in bytes: 256 characters (RFC 2759 section 8.3) of up to 4 bytes each.
const LONGEST_PASSWORD: usize = 1024;

/// Checks what the types of a profile leave open.
pub(crate) fn check_profile(profile: &Profile) -> Result<(), Refusal> {
    profile.check().map_err(|unusable| Refusal::Unusable { field: unusable.field.to_owned() })
}

/// Checks a password's length: its text is nobody's business.
pub(crate) fn check_password(password: &Secret) -> Result<(), Refusal> {
    if password.expose().len() <= LONGEST_PASSWORD {
        Ok(())
    } else {
        Err(Refusal::Unusable { field: "password".to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_used_is_named() {
        let refused = |field: &str| Err(Refusal::Unusable { field: field.to_owned() });
        let good = Profile::new("vpn.example.com".parse().unwrap(), "alice");
        assert_eq!(check_profile(&good), Ok(()));
        assert_eq!(check_profile(&Profile { port: 0, ..good }), refused("port"));
        assert_eq!(check_password(&Secret::new("x".repeat(1024))), Ok(()));
        assert_eq!(check_password(&Secret::new("x".repeat(1025))), refused("password"));
    }
}
