//! Two definitions of one name in a file of Python or Ruby, which is no error: what is between them, and whether they are the same.

use super::nodes::words;

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Whether lines at this depth go on with what a definition at `depth` began.
fn goes_on(line: &str, depth: usize) -> bool {
    line.trim().is_empty() || indent(line) > depth || line.trim_start().starts_with([')', ']', '}'])
}

fn is_function(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("def ") || line.starts_with("async def ")
}

/// The text of the definition that begins in a line, from 1.
pub(super) fn definition_at(text: &str, line: u32) -> Vec<&str> {
    let mut lines = text.lines().skip(line as usize - 1);
    let Some(first) = lines.next() else { return Vec::new() };
    let body = lines.take_while(|next| goes_on(next, indent(first)));
    let body = body.map(str::trim_end).filter(|line| !line.is_empty());
    [first.trim_end()].into_iter().chain(body).collect()
}

/// Whether what is run between the two definitions of a name, which begin in these lines, names it: then the first one has
/// served its purpose.
pub(super) fn is_used_between(text: &str, name: &str, [first, second]: [u32; 2]) -> bool {
    let lines = text.lines().skip(first as usize - 1).take(second.saturating_sub(first) as usize);
    let mut function: Option<usize> = None;
    for line in lines {
        if function.is_some_and(|depth| goes_on(line, depth)) {
            continue;
        }
        function = is_function(line).then(|| indent(line));
        let names_itself = is_function(line) || line.trim_start().starts_with("class ");
        let code = line.split('#').next().unwrap_or(line);
        if !names_itself && words(code).any(|word| word == name) {
            return true;
        }
    }
    false
}
