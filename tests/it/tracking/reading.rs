//! What a tracking file says.
