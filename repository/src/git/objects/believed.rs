//! Files that git believes without looking into the objects that they tell of: the index of many packs, and
//! the graph of commits (`gitformat-pack`, `gitformat-commit-graph` of git's documents). Nothing is read from
//! them here; but where one is damaged, what git reads is not known. A graph that git refuses, it goes on
//! without.

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
        Ok(bytes) if ends_with_its_sum(&bytes) || is_refused_graph(file, &bytes) => return None,
        Ok(_) => "it is damaged".to_string(),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::FileTooLarge) => return None,
        Err(error) => error.to_string(),
    };
    Some(format!("{}: {why}", shown_path(file)))
}

/// Whether a file is a graph of commits at which git says that it is none, or cut short: by its beginning,
/// and where its parts are.
fn is_refused_graph(file: &Path, bytes: &[u8]) -> bool {
    const HEAD: usize = 8;
    const ROW: usize = 12;
    const SUM: usize = 20;
    if file.file_name().is_some_and(|name| name == "multi-pack-index") {
        return false;
    }
    let Some(([b'C', b'G', b'P', b'H', 1, 1, parts, _], rest)) = bytes.split_first_chunk::<HEAD>() else {
        return true;
    };
    let Some(rows) = rest.get(..(usize::from(*parts) + 1) * ROW) else { return true };
    let place = |row: &[u8]| row.last_chunk::<8>().map_or(0, |place| u64::from_be_bytes(*place));
    let places: Vec<u64> = rows.chunks_exact(ROW).map(place).collect();
    let end = bytes.len().saturating_sub(SUM) as u64;
    !places.is_sorted() || places.iter().any(|place| *place > end)
}

fn ends_with_its_sum(bytes: &[u8]) -> bool {
    bytes.split_last_chunk::<20>().is_some_and(|(content, sum)| Sha1::digest(content)[..] == sum[..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_graph_that_is_cut_short_is_refused_by_git_and_one_with_another_byte_is_not() {
        let mut graph = b"CGPH\x01\x01\x01\x00OIDF".to_vec();
        graph.extend(32u64.to_be_bytes());
        graph.extend([0; 4]);
        graph.extend(40u64.to_be_bytes());
        graph.extend([7; 8 + 20]);
        let is_refused = |bytes: &[u8]| is_refused_graph(Path::new("info/commit-graph"), bytes);
        assert!(!is_refused(&graph));
        assert!((0..graph.len()).all(|end| is_refused(&graph[..end])));
        for (at, refused) in
            [(0, true), (4, true), (5, true), (6, true), (12, true), (36, false), (50, false)]
        {
            let mut other = graph.clone();
            other[at] ^= 0x41;
            assert_eq!(is_refused(&other), refused, "{at}");
        }
        assert!(!is_refused_graph(Path::new("pack/multi-pack-index"), b""));
    }
}
