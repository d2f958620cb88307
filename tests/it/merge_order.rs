//! The merge order: against all orders there are, against git itself, and on histories whose best
//! order is known.

mod all_orders;
mod fixtures;
mod real_merges;
mod sets;
