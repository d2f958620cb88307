//! See `src/settings.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(
    init: {
        let home = track_work_fuzz::process_folder().join("home");
        // SAFETY: nothing else runs yet.
        unsafe {
            std::env::set_var("PATH", "");
            std::env::set_var("HOME", home);
            std::env::remove_var("XDG_CONFIG_HOME");
        }
    },
    |input: &[u8]| track_work_fuzz::settings::run(input)
);
