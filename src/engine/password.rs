//! What is kept of a password.

use culvert_model::{AuthMethod, AuthMethods, Secret};
use culvert_proto::ppp::auth::ms_chap::nt_password_hash;

/// No more of `password` than a login by one of `methods` needs: the hash, where MS-CHAPv2 alone may be spoken.
///
/// Beyond ASCII the text stays: servers differ in what they hash.
pub fn reduced(password: Secret, methods: &AuthMethods) -> Secret {
    let is_enough = *methods == AuthMethods::new([AuthMethod::MsChapV2]) && password.expose().is_ascii();
    if !is_enough || password.nt_hash().is_some() {
        return password;
    }
    Secret::of_nt_hash(&nt_password_hash(password.expose()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_kept_where_it_is_needed() {
        let secret = |text: &str| Secret::new(text.to_owned());
        let v2 = AuthMethods::new([AuthMethod::MsChapV2]);
        let both = AuthMethods::new([AuthMethod::MsChapV2, AuthMethod::Pap]);
        let hashed = reduced(secret("clientPass"), &v2);
        assert_eq!(hashed, Secret::of_nt_hash(&nt_password_hash("clientPass")));
        assert_eq!(reduced(hashed.clone(), &v2), hashed);
        assert_eq!(reduced(secret("clientPass"), &both), secret("clientPass"));
        assert_eq!(reduced(secret("pässwörd"), &v2), secret("pässwörd"));
    }
}
