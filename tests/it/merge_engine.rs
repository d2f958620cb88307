//! merge_engine
