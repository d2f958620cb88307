//! Between the model's ids and those of the libraries.

use git2::ObjectType;
use sha1::{Digest, Sha1};

use crate::model::Oid;

/// From libgit2. Other hashes than SHA-1 are refused when the repository is discovered.
pub(super) fn from_git2(id: git2::Oid) -> Oid {
    let mut bytes = [0; 20];
    bytes.copy_from_slice(&id.as_bytes()[..20]);
    Oid::new(bytes)
}

/// From twenty bytes.
pub(super) fn from_slice(bytes: &[u8]) -> Option<Oid> {
    bytes.try_into().ok().map(Oid::new)
}

/// The id that git gives to this content. Whether it was forged to have another's is not looked into:
/// git does, before it writes anything.
pub(super) fn hash(kind: ObjectType, content: &[u8]) -> Oid {
    let head = format!("{} {}\0", kind.str(), content.len());
    Oid::new(Sha1::new().chain_update(head).chain_update(content).finalize().into())
}
