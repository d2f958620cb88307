/// What changes the answer of a merge, besides the trees. The default is git's.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whether renames are followed (`merge.renames`).
    pub renames: bool,
    /// How many sources times destinations are compared for inexact renames, as the side of a square
    /// (`merge.renameLimit`); more than that, and only exact renames and equal names are followed.
    pub rename_limit: usize,
    /// Bytes of a file above which its content is not merged but told as unknown.
    pub content_limit: u64,
}

impl Default for Options {
    fn default() -> Options {
        Options { renames: true, rename_limit: 7000, content_limit: 512 * 1024 * 1024 }
    }
}
