//! A page of Markdown, as the topics are written, in the language of man(7).

/// The page of a topic in section 7.
pub(super) fn topic_page(name: &str, markdown: &str) -> String {
    let title = markdown.lines().next().unwrap_or_default().trim_start_matches('#').trim();
    let head = format!(".TH \"TRACK-WORK-{}\" 7\n.SH NAME\n", escaped(&name.to_uppercase()));
    format!("{head}track\\-work\\-{} \\- {}\n{}", escaped(name), escaped(title), sections(markdown))
}

/// The text below the title, with its headings as sections.
pub(super) fn sections(markdown: &str) -> String {
    let mut page = RoffPage { out: String::new(), is_code: false, in_item: false };
    if !markdown
        .lines()
        .skip(1)
        .find(|line| !line.trim().is_empty())
        .is_some_and(|line| line.starts_with('#'))
    {
        page.out.push_str(".SH DESCRIPTION\n");
    }
    markdown.lines().skip(1).for_each(|line| page.line(line));
    page.out
}

struct RoffPage {
    out: String,
    is_code: bool,
    in_item: bool,
}

impl RoffPage {
    fn line(&mut self, line: &str) {
        if line.trim_start().starts_with("```") {
            self.is_code = !self.is_code;
            self.out.push_str(if self.is_code { ".PP\n.nf\n" } else { ".fi\n.PP\n" });
        } else if self.is_code {
            self.text(&escaped(line));
        } else if let Some(heading) = line.strip_prefix('#') {
            let heading = heading.trim_start_matches('#').trim();
            self.in_item = false;
            self.out
                .push_str(&format!(".SH \"{}\"\n", escaped(&heading.to_uppercase()).replace('"', "\\(dq")));
        } else if let Some(item) = line.trim_start().strip_prefix("- ") {
            let indent = (line.len() - line.trim_start().len()) * 2;
            self.in_item = true;
            self.out.push_str(&format!(".IP \"\" {}\n", indent + 4));
            self.text(&inline(&format!("• {item}")));
        } else if line.trim().is_empty() {
            if !self.in_item {
                self.out.push_str(".PP\n");
            }
        } else {
            if self.in_item && !line.starts_with(' ') {
                self.in_item = false;
                self.out.push_str(".PP\n");
            }
            self.text(&inline(line.trim_start()));
        }
    }

    /// A line of text, which is no request whatever it begins with.
    fn text(&mut self, line: &str) {
        let guard = if line.starts_with(['.', '\'']) { "\\&" } else { "" };
        self.out.push_str(&format!("{guard}{line}\n"));
    }
}

/// Text with `code` and **strong** words in bold, and links by their text.
fn inline(text: &str) -> String {
    let mut out = String::new();
    let mut is_bold = false;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let mark = ["**", "`"].into_iter().find(|mark| rest.starts_with(mark));
        if let Some(mark) = mark {
            is_bold = !is_bold;
            out.push_str(if is_bold { "\\fB" } else { "\\fR" });
            rest = &rest[mark.len()..];
        } else if let Some((label, after)) = link(rest) {
            out.push_str(&escaped(label));
            rest = after;
        } else {
            out.push_str(&escaped(&rest[..first.len_utf8()]));
            rest = &rest[first.len_utf8()..];
        }
    }
    out
}

/// The text of a link that begins here, and what follows it.
fn link(text: &str) -> Option<(&str, &str)> {
    let (label, rest) = text.strip_prefix('[')?.split_once("](")?;
    let (_, after) = rest.split_once(')')?;
    (!label.contains(['[', ']'])).then_some((label, after))
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\e").replace('-', "\\-")
}
