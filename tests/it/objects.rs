//! Objects and refs as they are in files: read as git reads them, and to an end whatever is in the files.

mod clones;
mod damage;
mod endless;
mod missing;
mod packs;
mod replaced;
mod trees;
