//! Parses a source text, within bounded time.

use std::cell::RefCell;

use tree_sitter::{ParseOptions, Parser, Tree};

/// After this many steps for each byte (and some more), a file is given up.
const STEPS: usize = 40;

thread_local! {
    /// What a thread parses with, one text after the other: what it took for one serves for the next.
    static PARSER: RefCell<Parser> = RefCell::new(Parser::new());
}

/// The syntax tree of a text, or why there is none.
pub(super) fn parse(syntax: &tree_sitter::Language, text: &str) -> Result<Tree, &'static str> {
    PARSER.with_borrow_mut(|parser| parse_with(parser, syntax, text))
}

fn parse_with(parser: &mut Parser, syntax: &tree_sitter::Language, text: &str) -> Result<Tree, &'static str> {
    // this also drops what is left of a text that was given up
    if parser.set_language(syntax).is_err() {
        return Err("its grammar does not load");
    }
    let mut steps = 0;
    let limit = STEPS * text.len() + 100_000;
    let mut give_up = |_: &_| {
        steps += 100; // it is asked each 100 steps
        steps > limit
    };
    let bytes = text.as_bytes();
    let mut rest = |at: usize, _| bytes.get(at..).unwrap_or_default();
    let options = ParseOptions::new().progress_callback(&mut give_up);
    parser.parse_with_options(&mut rest, None, Some(options)).ok_or("too ambiguous to parse")
}
