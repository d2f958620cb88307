//! See `src/agent_event.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| track_work_fuzz::agent_event::run(input));
