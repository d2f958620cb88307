//! What a clean merge breaks: by fixtures, against the compilers that are at hand, and from hostile sources.

mod compiled;
mod fixtures;
mod hostile;
mod sides;
