//! Hooks go in beside what is there, and come out to the byte.

mod git_files;
mod places;
mod running;
mod settings;
