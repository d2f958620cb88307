//! Files that git believes without looking into the objects that they tell of: the index of many packs, and
//! the graph of commits (`gitformat-pack`, `gitformat-commit-graph` of git's documents). Nothing is read from
//! them here; but where one is damaged, what git reads is not known.

use crate::model::shown_path;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use sha1::{Digest, Sha1};

use crate::files;

/// The checksum of a longer file is not compared: that would take longer than all the rest.
const LONGEST: u64 = 4 << 20;

/// What is the matter with such a file of an object store.
pub(super) fn trouble(store: &Path) -> Option<String> {
    let graphs = fs::read_dir(store.join("info/commit-graphs")).into_iter().flatten().flatten();
    let graphs =
        graphs.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "graph"));
    let files = ["pack/multi-pack-index", "info/commit-graph"].map(|name| store.join(name));
    files.into_iter().chain(graphs).find_map(|file| trouble_in(&file))
}

fn trouble_in(file: &Path) -> Option<String> {
    let why = match files::read(file, LONGEST) {
        Ok(bytes) if ends_with_its_sum(&bytes) => return None,
        Ok(_) => "it is damaged".to_string(),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::FileTooLarge) => return None,
        Err(error) => error.to_string(),
    };
    Some(format!("{}: {why}", shown_path(file)))
}

fn ends_with_its_sum(bytes: &[u8]) -> bool {
    bytes.split_last_chunk::<20>().is_some_and(|(content, sum)| Sha1::digest(content)[..] == sum[..])
}
