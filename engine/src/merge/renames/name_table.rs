//! The order of git's hash tables of names, which decides between renames that are equally good (found
//! by experiments with git). The hash is the public FNV-1; a table starts with 64 chains and grows
//! fourfold when it is four fifths full.

use crate::model::RepoPath;

/// A chained hash table of paths.
pub(crate) struct NameTable {
    chains: Vec<Vec<(u32, RepoPath)>>,
    size: usize,
}

impl NameTable {
    const FIRST_SIZE: usize = 64;
    const GROWTH: usize = 4;
    const LOAD_PERCENT: usize = 80;

    /// An empty table.
    pub fn new() -> NameTable {
        NameTable { chains: vec![Vec::new(); NameTable::FIRST_SIZE], size: 0 }
    }

    /// Adds a path that is not in it yet. The newest of a chain comes first, so chains are kept
    /// in reverse.
    pub fn insert(&mut self, path: RepoPath) {
        let hash = path
            .as_bytes()
            .iter()
            .fold(0x811c_9dc5_u32, |hash, byte| hash.wrapping_mul(0x0100_0193) ^ u32::from(*byte));
        let chain = hash as usize % self.chains.len();
        self.chains[chain].push((hash, path));
        self.size += 1;
        if self.size > self.chains.len() * NameTable::LOAD_PERCENT / 100 {
            let wider = vec![Vec::new(); self.chains.len() * NameTable::GROWTH];
            for chain in std::mem::replace(&mut self.chains, wider) {
                for (hash, path) in chain.into_iter().rev() {
                    let chain = hash as usize % self.chains.len();
                    self.chains[chain].push((hash, path));
                }
            }
        }
    }

    /// The paths, chain by chain.
    pub fn into_paths(self) -> impl Iterator<Item = RepoPath> {
        self.into_chains().map(|(_, path)| path)
    }

    /// The same, each with the number of its chain.
    pub fn into_chains(self) -> impl Iterator<Item = (usize, RepoPath)> {
        let chains = self.chains.into_iter().enumerate();
        chains.flat_map(|(at, chain)| chain.into_iter().rev().map(move |(_, path)| (at, path)))
    }

    /// How many chains a table of so many paths has.
    pub fn width(size: usize) -> usize {
        let mut width = NameTable::FIRST_SIZE;
        while size > width * NameTable::LOAD_PERCENT / 100 {
            width *= NameTable::GROWTH;
        }
        width
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_width_of_a_table_follows_from_its_size() {
        let mut table = NameTable::new();
        for size in 0..1000 {
            assert_eq!(NameTable::width(size), table.chains.len(), "of {size} paths");
            table.insert(RepoPath::from(format!("folder/{size}").as_str()));
        }
    }
}
