//! See `src/cache.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| track_work_fuzz::cache::run(input));
