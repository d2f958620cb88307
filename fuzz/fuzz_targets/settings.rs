//! Git's configuration and attributes of any bytes: reading ends without a panic, with the same answer
//! twice. Nothing is run: there is no program on the path.
#![no_main]

use std::fs;
use std::path::Path;

use libfuzzer_sys::fuzz_target;
use track_work::git::{Repository, Surroundings};
use track_work::model::RepoPath;
use track_work_fuzz::{folder, parts};

const PATHS: [&str; 5] = ["a", "a.txt", "src/a.rs", "src/deep/b.bin", "[x] y"];

/// What settings and attributes make of merges, as text; or why there is no answer.
fn answers(top: &Path, around: &Surroundings) -> String {
    let repository = match Repository::discover_in(top, around) {
        Ok(repository) => repository,
        Err(error) => return error.to_string(),
    };
    let mut said = String::new();
    for branch in [None, Some("main")] {
        let options = repository.merge_options(false, branch);
        said += &format!(
            "{:?} {:?} {:?} {:?} {:?}\n",
            options.favor,
            options.not_followed,
            options.renames,
            options.rename_limit,
            options.directory_renames
        );
        let attributes = options.attributes;
        for path in PATHS.map(RepoPath::from) {
            let driver = attributes.drivers.as_ref().map(|of| of(&path));
            let comparison = attributes.comparisons.as_ref().map(|of| of(&path));
            let size = attributes.marker_sizes.as_ref().map(|of| of(&path));
            said += &format!("{driver:?} {comparison:?} {size:?}\n");
            if let Some(normalize) = &attributes.normalize {
                said += &format!("{:?}\n", normalize(&path, b"a\r\n$Id$\n"));
            }
        }
    }
    said += &format!("{:?} {:?}", repository.user_name(), repository.is_current());
    said
}

fuzz_target!(
    init: {
        let top = folder();
        // SAFETY: nothing else runs yet.
        unsafe {
            std::env::set_var("PATH", "");
            std::env::set_var("HOME", top.join("home"));
            std::env::remove_var("XDG_CONFIG_HOME");
        }
        for name in [".git/objects", ".git/refs/heads", ".git/info", "src"] {
            fs::create_dir_all(top.join(name)).expect("a folder");
        }
        fs::write(top.join(".git/HEAD"), "ref: refs/heads/main\n").expect("written");
    },
    |input: &[u8]| {
        let (config, attributes) = parts(input);
        let (top_attributes, own) = parts(attributes);
        let top = folder();
        fs::write(top.join(".git/config"), config).expect("written");
        fs::write(top.join(".gitattributes"), top_attributes).expect("written");
        fs::write(top.join(".git/info/attributes"), own).expect("written");
        let none = Some("/dev/null".into());
        let around = Surroundings { global: none.clone(), system: none, ..Surroundings::default() };
        assert_eq!(answers(top, &around), answers(top, &around));
    }
);
