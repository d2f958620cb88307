//! The only room that reads and writes tracking files.
