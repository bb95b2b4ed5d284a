//! What of a request is looked at before anybody acts on it.

use culvert_ipc::Refusal;
use culvert_model::{AuthMethod, Encryption, Mtu, Profile, Secret, Traffic};

/// The longest name of a profile, a user or a domain, in bytes (RFC 2759 section 4 allows names of 256).
const LONGEST_NAME: usize = 256;
/// The longest password, in bytes: 256 characters (RFC 2759 section 8.3) of up to 4 bytes each.
const LONGEST_PASSWORD: usize = 1024;
/// The most prefixes.
const MOST_ROUTES: usize = 256;

/// Checks what the types of a profile leave open.
pub(crate) fn check_profile(profile: &Profile) -> Result<(), Refusal> {
    let domain = profile.domain.as_deref().unwrap_or_default();
    check(is_name(&profile.name), "name")?;
    check(is_name(&profile.username) && !profile.username.is_empty(), "username")?;
    check(is_name(domain), "domain")?;
    check(profile.port != 0, "port")?;
    check(profile.auth.iter().next().is_some(), "auth")?;
    check(is_mtu(profile.mtu), "mtu")?;
    check(is_traffic(&profile.traffic), "traffic")
}

/// Whether the profile asks for less than the default protection of what it carries.
pub(crate) fn is_weaker(profile: &Profile) -> bool {
    profile.encryption != Encryption::Required128
        || profile.stateful
        || profile.auth.iter().any(|method| method != AuthMethod::MsChapV2)
}

/// Checks a password's length: its text is nobody's business.
pub(crate) fn check_password(password: &Secret) -> Result<(), Refusal> {
    check(password.expose().len() <= LONGEST_PASSWORD, "password")
}

fn check(usable: bool, field: &str) -> Result<(), Refusal> {
    if usable { Ok(()) } else { Err(Refusal::Unusable { field: field.to_owned() }) }
}

fn is_name(text: &str) -> bool {
    text.len() <= LONGEST_NAME && !text.chars().any(char::is_control)
}

fn is_mtu(mtu: Mtu) -> bool {
    match mtu {
        Mtu::Auto => true,
        Mtu::Bytes(bytes) => (576..=1500).contains(&bytes),
    }
}

fn is_traffic(traffic: &Traffic) -> bool {
    match traffic {
        Traffic::All => true,
        Traffic::Only { routes, classful } => {
            routes.len() <= MOST_ROUTES && (*classful || !routes.is_empty())
        }
    }
}

#[cfg(test)]
mod tests {
    use culvert_model::{AuthMethods, Prefix};

    use super::*;

    #[test]
    fn everything_below_the_default_is_weaker() {
        let good = Profile::new("vpn.example.com".parse().unwrap(), "alice");
        assert!(!is_weaker(&good));
        let weak = [
            Profile { encryption: Encryption::Required, ..good.clone() },
            Profile { encryption: Encryption::Preferred, ..good.clone() },
            Profile { encryption: Encryption::None, ..good.clone() },
            Profile { stateful: true, ..good.clone() },
            Profile { auth: AuthMethods::new([AuthMethod::MsChapV2, AuthMethod::Pap]), ..good.clone() },
            Profile { auth: AuthMethods::new([AuthMethod::MsChapV1]), ..good },
        ];
        assert!(weak.iter().all(is_weaker));
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let good = Profile::new("vpn.example.com".parse().unwrap(), "alice");
        assert_eq!(check_profile(&good), Ok(()));
        let long = "x".repeat(LONGEST_NAME + 1);
        let cases: [(&str, Profile); 10] = [
            ("name", Profile { name: "a\nb".to_owned(), ..good.clone() }),
            ("name", Profile { name: long.clone(), ..good.clone() }),
            ("username", Profile { username: String::new(), ..good.clone() }),
            ("username", Profile { username: "a\0".to_owned(), ..good.clone() }),
            ("domain", Profile { domain: Some(long), ..good.clone() }),
            ("port", Profile { port: 0, ..good.clone() }),
            ("auth", Profile { auth: AuthMethods::new([]), ..good.clone() }),
            ("mtu", Profile { mtu: Mtu::Bytes(575), ..good.clone() }),
            ("traffic", Profile { traffic: Traffic::only(vec![]), ..good.clone() }),
            ("traffic", Profile { traffic: Traffic::only(vec![Prefix::ALL; 257]), ..good }),
        ];
        for (field, profile) in cases {
            let refusal = Refusal::Unusable { field: field.to_owned() };
            assert_eq!(check_profile(&profile), Err(refusal), "{profile:?}");
        }
        assert_eq!(check_password(&Secret::new("x".repeat(1024))), Ok(()));
        assert!(check_password(&Secret::new("x".repeat(1025))).is_err());
    }
}
