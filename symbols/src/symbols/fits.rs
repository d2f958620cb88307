//! Whether a use fits a definition, and what it has to be where it does not.

use super::facts::{
    Arguments, AtOnce, Form, Held, Mention, Method, Parameter, Parameters, Qualifier, Shape, Word,
};

impl Parameters {
    /// Whether a call fits.
    fn accepts(&self, call: &Arguments, given_receiver: bool) -> bool {
        if matches!((self.results, call.results), (Some(gives), Some(wants)) if gives != wants) {
            return false;
        }
        if self.waits && !call.awaited && call.at_once != AtOnce::No {
            return false;
        }
        if self.settled && !self.waits && call.awaited {
            return false;
        }
        if call.opened && call.awaited == self.waits && self.gives == Held::Itself {
            return false;
        }
        let is_wanted = match (call.wants, self.gives) {
            (Held::Unknown, _) | (_, Held::Unknown) => true,
            (wants, gives) if call.awaited == self.waits => wants == gives,
            _ => true,
        };
        if !is_wanted {
            return false;
        }
        if call.open {
            return true;
        }
        if call.rest {
            return self.variadic && usize::from(call.count) == self.named.len();
        }
        // names before values are one more value where a method of Ruby names none
        let is_named = |keyword: &Word| keyword.ends_with(':');
        let takes_names = self.any_keyword || self.named.iter().any(|parameter| parameter.keyword_only);
        if !takes_names && call.keywords().iter().any(is_named) {
            let count = call.count.saturating_add(1);
            return self.accepts(&Arguments { count, ..Arguments::default() }, given_receiver);
        }
        let receiver = usize::from(given_receiver);
        let Some(count) = usize::from(call.count).checked_sub(receiver) else { return false };
        let positional = self.named.iter().filter(|parameter| !parameter.keyword_only);
        let is_filled = |(at, parameter): (usize, &Parameter)| {
            !parameter.required || at < count || call.keywords().contains(&parameter.name)
        };
        let has = |keyword: &Word| self.named.iter().any(|parameter| parameter.name == *keyword);
        let differs = |(parameter, held): (&Parameter, &Held)| {
            matches!((parameter.holds, held), (Held::Perhaps, Held::Itself) | (Held::Itself, Held::Perhaps))
        };
        if !given_receiver && self.named.iter().zip(call.holds()).any(differs) {
            return false;
        }
        (self.variadic || count <= positional.clone().count())
            && positional.enumerate().all(is_filled)
            && (self.any_keyword || call.keywords().iter().all(has))
            && self
                .named
                .iter()
                .filter(|parameter| parameter.keyword_only)
                .all(|parameter| !parameter.required || call.keywords().contains(&parameter.name))
    }

    /// Its head; `None` where a parameter has no name.
    fn written(&self, name: &str) -> Option<String> {
        let one = |parameter: &Parameter| match (parameter.required, parameter.keyword_only) {
            _ if parameter.name.is_empty() => None,
            (true, false) if parameter.holds == Held::Perhaps => Some(format!("{}?", parameter.name)),
            (true, false) => Some(parameter.name.to_string()),
            (true, true) if parameter.name.ends_with(':') => Some(parameter.name.to_string()),
            (false, true) if parameter.name.ends_with(':') => Some(format!("[{}]", parameter.name)),
            (true, true) => Some(format!("{}=", parameter.name)),
            (false, false) => Some(format!("[{}]", parameter.name)),
            (false, true) => Some(format!("[{}=]", parameter.name)),
        };
        let mut all: Vec<String> = self.named.iter().map(one).collect::<Option<_>>()?;
        all.extend((self.variadic || self.any_keyword).then(|| "...".to_string()));
        Some(format!("{name}({})", all.join(", ")))
    }
}

impl Shape {
    /// What a use that fitted this shape has to be now: how it is called, or what it lacks.
    pub fn asks_now(&self, now: &Shape, mention: &Mention) -> Option<String> {
        let listed = |names: Vec<&Word>| {
            (!names.is_empty()).then(|| names.iter().map(|name| &***name).collect::<Vec<_>>().join(", "))
        };
        match (self, now, &mention.form) {
            (_, Shape::Callable(makes), Form::Implementation(own)) => {
                let has = |name: &Word| own.iter().any(|own| own.name == *name);
                listed(makes.lacks.iter().filter(|name| !has(name)).collect())
            }
            (Shape::Callable(was), Shape::Callable(is), _) => {
                let gives = is.results.filter(|_| is.results != was.results).map(|count| match count {
                    0 => " gives nothing".to_string(),
                    1 => " gives 1 value".to_string(),
                    count => format!(" gives {count} values"),
                });
                let is_bare = is.gives == Held::Itself && was.gives == Held::Perhaps;
                let gives = gives.or_else(|| is_bare.then(|| " gives its result itself".to_string()));
                let waits = (is.waits != was.waits).then(|| waiting(is.waits));
                Some(is.written(&mention.name)? + &gives.unwrap_or_default() + waits.unwrap_or_default())
            }
            (_, Shape::Callable(is), Form::Call(call)) if is.waits && call.at_once != AtOnce::No => {
                Some(is.written(&mention.name)? + waiting(true))
            }
            (_, Shape::Record(members), Form::Literal { fields, .. }) => {
                let lacks = members.iter().filter(|(name, required)| *required && !fields.contains(name));
                listed(lacks.map(|(name, _)| name).collect())
            }
            (_, Shape::Choice(variants), Form::Cases(cases)) => {
                listed(variants.iter().filter(|name| !cases.contains(name)).collect())
            }
            (_, Shape::Record(members), Form::Implementation(own)) => {
                let has = |name: &Word| own.iter().any(|own| own.name == *name);
                let lacks = members.iter().filter(|(name, required)| *required && !has(name));
                listed(lacks.map(|(name, _)| name).collect())
            }
            (_, Shape::Contract { methods, .. }, Form::Implementation(own)) => {
                // of overloads, what they take tells which is meant
                let is_overloaded = |name: &Word| methods.iter().filter(|one| one.name == *name).count() > 1;
                let has = |asked: &Method| {
                    let is_it = |own: &&Method| !is_overloaded(&asked.name) || own.takes_as(asked);
                    own.iter().filter(|own| own.name == asked.name).any(|own| is_it(&own))
                };
                let lacks = methods.iter().filter(|method| method.required && !has(method));
                listed(lacks.map(|method| &method.name).collect())
            }
            (Shape::Record(were), Shape::Record(are), Form::Listed(_)) => {
                let is_new = |name: &Word| !were.iter().any(|(was, _)| was == name);
                listed(are.iter().map(|(name, _)| name).filter(|name| is_new(name)).collect())
            }
            (
                Shape::Contract { methods: were, .. },
                Shape::Contract { methods: are, .. },
                Form::Satisfies(_) | Form::Lambda(_),
            ) => {
                let is_new = |is: &&Method| is.required && !were.contains(is);
                listed(are.iter().filter(is_new).map(|is| &is.name).collect())
            }
            (_, Shape::Abstract(lacks), form) => {
                let has = |name: &Word| match form {
                    Form::Implementation(own) => own.iter().any(|own| own.name == *name),
                    _ => false,
                };
                listed(lacks.iter().filter(|name| !has(name)).collect())
            }
            _ => None,
        }
    }

    /// What whoever derives from a type of this shape has to have.
    pub fn required(&self) -> Vec<&Word> {
        match self {
            Shape::Contract { methods, closed: false } => {
                methods.iter().filter(|method| method.required).map(|method| &method.name).collect()
            }
            Shape::Record(members) => {
                members.iter().filter(|(_, must)| *must).map(|(name, _)| name).collect()
            }
            Shape::Abstract(lacks) => lacks.iter().collect(),
            Shape::Callable(makes) => makes.lacks.iter().collect(),
            Shape::Any | Shape::Choice(_) | Shape::Contract { closed: true, .. } => Vec::new(),
        }
    }

    /// Whether a use fits a definition of this shape.
    pub fn fits(&self, mention: &Mention) -> bool {
        match (self, &mention.form) {
            (Shape::Callable(parameters), Form::Call(call)) => {
                let through_type = parameters.receiver && matches!(mention.qualifier, Qualifier::Name(_));
                parameters.accepts(call, false) || through_type && parameters.accepts(call, true)
            }
            (Shape::Record(members), Form::Literal { fields, rest }) => {
                let is_named = |(name, required): &(Word, bool)| *rest || !required || fields.contains(name);
                let exists = |field: &Word| members.iter().any(|(name, _)| name == field);
                members.iter().all(is_named) && fields.iter().all(exists)
            }
            (Shape::Choice(variants), Form::Cases(cases)) => variants.iter().all(|name| cases.contains(name)),
            (Shape::Record(members), Form::Implementation(own)) => {
                let has = |name: &Word| own.iter().any(|own| own.name == *name);
                members.iter().all(|(name, required)| !required || has(name))
            }
            (Shape::Contract { methods, closed }, Form::Implementation(own)) => {
                let has = |method: &Method| {
                    let mut named = own.iter().filter(|own| own.name == method.name).peekable();
                    match named.peek() {
                        // another overload
                        Some(_) => named.any(|own| own.takes_as(method)) || !closed && !method.required,
                        None => !method.required,
                    }
                };
                let is_asked = |own: &Method| methods.iter().any(|method| method.name == own.name);
                methods.iter().all(has) && (!closed || own.iter().all(is_asked))
            }
            (Shape::Callable(parameters), Form::Overrides(Some(count))) => {
                parameters.named.len() + usize::from(parameters.variadic) == usize::from(*count)
            }
            (Shape::Record(members), Form::Listed(count)) => members.len() == usize::from(*count),
            (Shape::Contract { methods, .. }, Form::Lambda(count)) => {
                let required: Vec<&Method> = methods.iter().filter(|method| method.required).collect();
                match required[..] {
                    [] => true,
                    [only] => count.is_none_or(|count| usize::from(count) == only.takes.len()),
                    _ => false,
                }
            }
            (Shape::Abstract(lacks), Form::Implementation(own)) => {
                lacks.iter().all(|name| own.iter().any(|own| own.name == *name))
            }
            (Shape::Callable(makes), Form::Implementation(own)) => {
                makes.lacks.iter().all(|name| own.iter().any(|own| own.name == *name))
            }
            (Shape::Abstract(lacks), Form::Call(_)) => lacks.is_empty(),
            _ => true,
        }
    }
}

/// How a call says whether one waits for it.
fn waiting(waits: bool) -> &'static str {
    if waits { ", which has to be awaited" } else { ", which gives nothing to wait for" }
}

impl Method {
    /// Whether it takes what another one does, as far as the text tells.
    fn takes_as(&self, other: &Method) -> bool {
        let is_same = |(one, other): (&Word, &Word)| one == other || one.is_empty() || other.is_empty();
        self.takes.len() == other.takes.len() && self.takes.iter().zip(&other.takes).all(is_same)
    }
}
