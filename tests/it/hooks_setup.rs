//! Hooks go in beside what is there, and come out to the byte.

mod agent_answers;
mod clients;
mod doctor;
mod git_files;
mod own_names;
mod places;
mod plugin;
mod running;
mod settings;
