//! How long the order is searched for.

/// How long to search where no proof is demanded.
pub struct Effort<'a> {
    over: &'a dyn Fn() -> bool,
}

impl<'a> Effort<'a> {
    /// Searches until `over` returns true.
    pub fn new(over: &'a dyn Fn() -> bool) -> Effort<'a> {
        Effort { over }
    }

    pub(super) fn is_over(&self) -> bool {
        (self.over)()
    }
}
