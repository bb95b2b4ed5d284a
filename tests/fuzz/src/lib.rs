//! What the targets for files with connections share.

use culvert_profiles::Format;
use culvert_profiles::export::{self, Entry};
use culvert_profiles::import::{self, Preview, Source};

/// Reads `input` as a file of this format, and see [`goes_round`].
pub fn import_as(format: Format, input: &[u8]) {
    goes_round(&import::read_as(format, &Source::of_bytes("fuzz", input)));
}

/// What came in can be kept, goes out in every format, and comes in again.
pub fn goes_round(preview: &Preview) {
    for found in &preview.found {
        let mut saved = found.saved.clone();
        if saved.profile.username.is_empty() {
            saved.profile.username.push('u');
        }
        saved.profile.check().expect("what is taken can be kept");
        for format in Format::WRITTEN {
            let exported =
                export::write(format, &[Entry { saved: &saved, password: found.password.as_ref() }]);
            // Where there is a second file, it has the secret alone.
            let file = exported.files.first().expect("a file");
            let again = import::read_as(format, &Source::of_bytes(&*file.name, file.text.as_bytes()));
            assert_eq!(again.found.len(), 1, "{format:?}: {:?}", again.refused);
        }
    }
}
