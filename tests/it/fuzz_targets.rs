//! The fuzz targets on some random inputs: they compile, and what they ask for holds.

#[path = "../../fuzz/src/lib.rs"]
mod targets;

use std::fs;
use std::path::Path;

use crate::support::{Whims, seeds};

/// What gets an input.
type Target = fn(&[u8]);

/// Random bytes, or a few letters over and over: much of what is read is text.
fn input(whims: &mut Whims) -> Vec<u8> {
    let letters = b"{}[]:,\"'-#\n\r\t \0abc=.*/!|>&%012";
    let is_text = whims.below(2) == 0;
    (0..whims.below(400))
        .map(|_| if is_text { letters[whims.below(letters.len())] } else { whims.below(256) as u8 })
        .collect()
}

#[test]
fn what_they_ask_for_holds() {
    // what random settings name would be run here
    for harmless in ["", "[core]\n\tautocrlf = true\n\0* text\n\0d/* -text\n"] {
        targets::settings::run(harmless.as_bytes());
    }
    let targets: [Target; 7] = [
        targets::agent_event::run,
        targets::cache::run,
        targets::content_merge::run,
        targets::objects::run,
        targets::symbols::run,
        targets::tracking_files::run,
        targets::tree_merge::run,
    ];
    // what fuzzing begins with
    let folders: [(&str, Target); 3] = [
        ("agent-events", targets::agent_event::run),
        ("tracking", targets::tracking_files::run),
        ("stories", targets::tracking_files::run),
    ];
    for (folder, target) in folders {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(folder);
        for file in fs::read_dir(path).unwrap().flatten().filter(|file| file.path().is_file()) {
            target(&fs::read(file.path()).unwrap());
        }
    }
    for seed in seeds(60) {
        let mut whims = Whims(seed);
        for target in targets {
            target(&input(&mut whims));
        }
    }
    _ = fs::remove_dir_all(targets::process_folder());
}
