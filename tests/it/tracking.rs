//! Tracking files: read, edited without loss, saved whole, under many writers.

mod edits;
mod history;
mod random;
mod reading;
mod saving;
mod shapes;
mod stories;
mod uniting;
