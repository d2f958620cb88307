//! The only room that names git2. It reads, and never writes.
