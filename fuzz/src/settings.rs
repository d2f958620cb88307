//! Git's configuration and attributes of any bytes: reading ends without a panic, with the same answer
//! twice. Nothing is run: there is no program on the path.

use std::fs;
use std::path::Path;
use std::sync::Once;

use super::{folder, parts};
use track_work::git::{Repository, Surroundings};
use track_work::model::RepoPath;

const PATHS: [&str; 5] = ["a", "a.txt", "src/a.rs", "src/deep/b.bin", "[x] y"];

/// What settings and attributes make of merges, as text; or why there is no answer.
fn answers(top: &Path, around: &Surroundings) -> String {
    let repository = match Repository::discover_in(top, around) {
        Ok(repository) => repository,
        Err(error) => return error.to_string(),
    };
    let mut said = String::new();
    for branch in [None, Some("main")] {
        let options = repository.merge_options(false, &repository.merge_site(branch));
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

/// One input. Nothing is to be on the path of this process, and no settings in its home.
pub fn run(input: &[u8]) {
    let (config, attributes) = parts(input);
    let (top_attributes, own) = parts(attributes);
    static REPOSITORY: Once = Once::new();
    let top = folder("settings");
    REPOSITORY.call_once(|| {
        for name in [".git/objects", ".git/refs/heads", ".git/info", "src"] {
            fs::create_dir_all(top.join(name)).expect("a folder");
        }
        fs::write(top.join(".git/HEAD"), "ref: refs/heads/main\n").expect("written");
    });
    fs::write(top.join(".git/config"), config).expect("written");
    fs::write(top.join(".gitattributes"), top_attributes).expect("written");
    fs::write(top.join(".git/info/attributes"), own).expect("written");
    let none = Some("/dev/null".into());
    let around = Surroundings { global: none.clone(), system: none, ..Surroundings::default() };
    assert_eq!(answers(&top, &around), answers(&top, &around));
}
