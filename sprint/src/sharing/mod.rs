//! Shares terminals between the clones of a team, through refs at the remote that they have anyway.
//!
//! ```text
//!  push:  terminals ─> commits (tree: the terminal's, parent: its head) ─> refs/track-work/MACHINE/TERMINAL ─> remote
//!  pull:  remote ─> refs/track-work-pulled/MACHINE/TERMINAL ─> terminals of every command that reads
//! ```
//!
//! - **Who.** A clone has an id and the name of its machine (`.git/track-work/share.json`, [`state`]). The id is in the
//!   message of each commit ([`message`]). A ref of this machine's name that this clone did not put there belongs to
//!   somebody else: it is never overwritten, and told. That is so for another clone with the same name, and for a copy
//!   of this clone, which has its id: what this clone puts there is noted before it is sent.
//! - **What.** Decided and shown before anything is written or sent ([`contents`]): the commits of the terminal; its
//!   uncommitted work and untracked files where these are asked for, without what `.gitattributes`, the size or a name
//!   as secrets have ([`crate::model::is_secret_like`]) excludes. A terminal whose commits hold such a file is withheld as a whole.
//! - **How.** One atomic push in which each ref has to be where it was seen ([`exchange`]). A lost race is begun anew.
//! - **How long.** Refs expire by their age; `prune` removes them. What no ref names any more goes with git's `gc`.

pub mod contents;
pub mod error;
pub mod exchange;
pub mod message;
pub mod names;
pub mod state;
