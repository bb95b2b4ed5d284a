//! Files of other programs, of every format: what each is, is seen by what stands in it, so that one target is all of them.

#![no_main]

use culvert_profiles::Format;
use culvert_profiles::export::{self, Entry};
use culvert_profiles::import::{self, Source};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let preview = import::read(&[Source::of_bytes("fuzz", input)]);
    for found in &preview.found {
        let mut saved = found.saved.clone();
        if saved.profile.username.is_empty() {
            saved.profile.username.push('u');
        }
        saved.profile.check().expect("what is taken can be kept");
        // What came in can go out in every format, and comes in again.
        for format in Format::WRITTEN {
            let exported =
                export::write(format, &[Entry { saved: &saved, password: found.password.as_ref() }]);
            let sources: Vec<_> = exported
                .files
                .iter()
                .map(|file| Source::of_bytes(&*file.name, file.text.as_bytes()))
                .collect();
            let again = import::read(&sources);
            assert_eq!(again.found.len(), 1, "{format:?}: {:?}", again.refused);
        }
    }
});
