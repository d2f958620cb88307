//! Markup with the text of others in it. Only constants are markup; every other text is escaped, here alone.

use std::fmt::Display;

use crate::model::shown;

/// A part of a page.
#[derive(Default)]
pub(super) struct Html(String);

impl Html {
    /// Adds markup.
    pub(super) fn raw(&mut self, markup: &'static str) -> &mut Html {
        self.0.push_str(markup);
        self
    }

    /// Adds a text, as an element's content or between the quotes of an attribute.
    pub(super) fn text(&mut self, text: impl Display) -> &mut Html {
        for sign in shown(&text.to_string()).chars() {
            match sign {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                sign => self.0.push(sign),
            }
        }
        self
    }

    /// The finished page.
    pub(super) fn finish(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_becomes_markup() {
        let mut html = Html::default();
        html.raw("<b title=\"").text("\"><script>'&\u{202e}\n").raw("\">");
        let page = html.finish();
        assert!(page.starts_with("<b title=\"&quot;&gt;&lt;script&gt;&#39;&amp;"), "{page}");
        assert!(page.ends_with("\">") && !page.contains('\u{202e}') && !page.contains('\n'), "{page}");
    }
}
