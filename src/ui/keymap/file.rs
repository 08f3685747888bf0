//! The key file: read, laid over, checked, made into tries.
//!
//! A keymap that exists is free of collisions: no binding equals another or
//! begins one in a scope that holds at the same time. Faults name the action,
//! the key and what would be right.

use toml::{Table, Value};

use crate::ui::action::{Action, Scope};
use crate::ui::keymap::{Branch, Key, KeyError, Keymap, Node, spelled};
use crate::ui::theme::{short, suggestion, syntax};

/// Why a key file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeymapError {
    /// The file is not TOML.
    #[error("keymap is not valid TOML: {0}")]
    Syntax(String),
    /// A section there is not.
    #[error("keymap section '[{section}]' is not known{hint}")]
    UnknownSection {
        /// As written.
        section: String,
        /// The nearest one, in words.
        hint: String,
    },
    /// An action there is not, or not in this section.
    #[error("keymap section '[{section}]' binds '{action}', which is no action of it{hint}")]
    UnknownAction {
        /// The section.
        section: String,
        /// As written.
        action: String,
        /// The nearest one, in words.
        hint: String,
    },
    /// A value that is no list of keys.
    #[error("keymap '{action}': write a list of keys, such as [\"b\"]")]
    NotAList {
        /// The action or prefix.
        action: String,
    },
    /// A name of keys that is no text.
    #[error(
        "keymap section '[prefix]' names '{keys}' by something that is no text: write a word, such as \"go to\""
    )]
    NotALabel {
        /// The keys.
        keys: String,
    },
    /// More bindings than can be checked against each other.
    #[error("keymap binds more than {BINDINGS_MOST} keys: leave some out")]
    TooMany,
    /// A key that is none.
    #[error("keymap '{action}': {why}")]
    BadKey {
        /// The action or prefix.
        action: String,
        /// What is wrong with it.
        why: KeyError,
    },
    /// A key that, pressed twice, would send what nobody has read.
    #[error(
        "keymap: '{send_keys}' of {send} ends '{keys}' of {opens}, which leads to the review: pressed twice it would send unread, bind {send} to another key"
    )]
    SendsUnread {
        /// The action that leads to the review.
        opens: &'static str,
        /// Its keys.
        keys: String,
        /// The action that sends.
        send: &'static str,
        /// Its keys.
        send_keys: String,
    },
    /// Two bindings that cannot both hold.
    #[error(
        "keymap: '{first_keys}' of {first} and '{second_keys}' of {second} collide: bind one of them to another key"
    )]
    Clash {
        /// One action.
        first: &'static str,
        /// Its keys.
        first_keys: String,
        /// The other action.
        second: &'static str,
        /// Its keys.
        second_keys: String,
    },
}

/// One action's keys.
type Bindings = Vec<(Action, Vec<Vec<Key>>)>;

/// Reads the shipped file and lays the user's over it.
pub(super) fn load(shipped: &str, user: Option<&str>) -> Result<Keymap, KeymapError> {
    let (mut bindings, mut labels) = parse(shipped)?;
    if let Some(user) = user {
        let (own, own_labels) = parse(user)?;
        bindings.retain(|(action, _)| !own.iter().any(|(named, _)| named == action));
        bindings.extend(own);
        labels.retain(|(keys, _)| !own_labels.iter().any(|(named, _)| named == keys));
        labels.extend(own_labels);
        bindings.sort_by_key(|(action, _)| *action as usize);
    }
    check_clashes(&bindings)?;
    check_sending(&bindings)?;
    Ok(build(&bindings, &labels))
}

type Labels = Vec<(Vec<Key>, String)>;

/// The section that names the beginnings of longer bindings.
const PREFIX: &str = "prefix";
/// The most bindings: each is held against every other, and no hand knows more.
const BINDINGS_MOST: usize = 1000;

fn parse(text: &str) -> Result<(Bindings, Labels), KeymapError> {
    let table: Table = text
        .parse()
        .map_err(|error| KeymapError::Syntax(syntax(text, &error)))?;
    let mut bindings = Bindings::new();
    let mut labels = Labels::new();
    for (section, value) in &table {
        let entries = value.as_table();
        if let (PREFIX, Some(entries)) = (section.as_str(), entries) {
            for (keys, label) in entries {
                let label = label
                    .as_str()
                    .ok_or_else(|| KeymapError::NotALabel { keys: short(keys) })?;
                labels.push((sequence(keys, keys)?, label.to_owned()));
            }
            continue;
        }
        let scope = Scope::ALL
            .into_iter()
            .find(|scope| scope.as_str() == section);
        let (Some(scope), Some(entries)) = (scope, entries) else {
            let known = Scope::ALL.iter().map(|scope| scope.as_str());
            return Err(KeymapError::UnknownSection {
                section: short(section),
                hint: suggestion(section, known.chain([PREFIX])),
            });
        };
        for (name, keys) in entries {
            bindings.push((action_in(scope, name)?, sequences(name, keys)?));
        }
    }
    Ok((bindings, labels))
}

fn action_in(scope: Scope, name: &str) -> Result<Action, KeymapError> {
    let rows = || Action::TABLE.iter().filter(move |spec| spec.scope == scope);
    let found = rows().find(|spec| spec.name == name);
    found
        .map(|spec| spec.action)
        .ok_or_else(|| KeymapError::UnknownAction {
            section: scope.as_str().to_owned(),
            action: short(name),
            hint: match Action::named(name) {
                Some(action) => format!("; it belongs in '[{}]'", action.spec().scope.as_str()),
                None => suggestion(name, rows().map(|spec| spec.name)),
            },
        })
}

fn sequences(action: &str, value: &Value) -> Result<Vec<Vec<Key>>, KeymapError> {
    let not_a_list = || KeymapError::NotAList {
        action: short(action),
    };
    let texts = value.as_array().ok_or_else(not_a_list)?;
    if texts.len() > BINDINGS_MOST {
        return Err(KeymapError::TooMany);
    }
    texts
        .iter()
        .map(|text| sequence(action, text.as_str().ok_or_else(not_a_list)?))
        .collect()
}

fn sequence(action: &str, text: &str) -> Result<Vec<Key>, KeymapError> {
    let bad = |why| KeymapError::BadKey {
        action: short(action),
        why,
    };
    let keys: Result<Vec<Key>, _> = text.split_whitespace().map(str::parse).collect();
    let keys = keys.map_err(bad)?;
    if keys.is_empty() {
        return Err(KeymapError::NotAList {
            action: short(action),
        });
    }
    Ok(keys)
}

fn check_clashes(bindings: &Bindings) -> Result<(), KeymapError> {
    let all: Vec<(Action, &Vec<Key>)> = bindings
        .iter()
        .flat_map(|(action, many)| many.iter().map(|keys| (*action, keys)))
        .collect();
    if all.len() > BINDINGS_MOST {
        return Err(KeymapError::TooMany);
    }
    for (at, (first, first_keys)) in all.iter().enumerate() {
        for (second, second_keys) in all.iter().skip(at + 1) {
            let begins = first_keys.starts_with(second_keys) || second_keys.starts_with(first_keys);
            let (one, other) = (first.spec().scope, second.spec().scope);
            let replaced = first_keys == second_keys && takes_place(one, other);
            if begins && !replaced && hold_together(one, other) {
                return Err(KeymapError::Clash {
                    first: first.spec().name,
                    first_keys: short(&spelled(first_keys)),
                    second: second.spec().name,
                    second_keys: short(&spelled(second_keys)),
                });
            }
        }
    }
    Ok(())
}

/// Checks that no key that leads to a review is the one that sends: pressed twice it would send unread.
fn check_sending(bindings: &Bindings) -> Result<(), KeymapError> {
    let all = |wanted: fn(Action) -> bool| {
        let found = bindings.iter().filter(move |(action, _)| wanted(*action));
        found.flat_map(|(action, many)| many.iter().map(|keys| (*action, keys)))
    };
    for (opens, keys) in all(Action::opens_review) {
        let sends =
            all(|action| action == Action::Send).find(|(_, send)| send.first() == keys.last());
        if let Some((send, send_keys)) = sends {
            return Err(KeymapError::SendsUnread {
                opens: opens.spec().name,
                keys: short(&spelled(keys)),
                send: send.spec().name,
                send_keys: short(&spelled(send_keys)),
            });
        }
    }
    Ok(())
}

/// Returns true where the same key of both scopes means what the narrower of them says.
fn takes_place(a: Scope, b: Scope) -> bool {
    matches!(
        (a, b),
        (Scope::Portfolio, Scope::Desk) | (Scope::Desk, Scope::Portfolio)
    )
}

fn hold_together(a: Scope, b: Scope) -> bool {
    a.chain().contains(&b) || b.chain().contains(&a)
}

fn build(bindings: &Bindings, labels: &Labels) -> Keymap {
    let mut roots: Vec<(Scope, Branch)> = Scope::ALL
        .iter()
        .map(|scope| (*scope, Branch::default()))
        .collect();
    let mut listed = Vec::new();
    for (action, many) in bindings {
        for keys in many {
            listed.push((*action, keys.clone()));
            let root = roots
                .iter_mut()
                .find(|(scope, _)| *scope == action.spec().scope);
            if let Some((_, root)) = root {
                insert(root, *action, keys, 0, labels);
            }
        }
    }
    Keymap { roots, listed }
}

fn insert(branch: &mut Branch, action: Action, keys: &[Key], depth: usize, labels: &Labels) {
    let Some(key) = keys.get(depth).copied() else {
        return;
    };
    if depth + 1 == keys.len() {
        branch.keys.push((key, Node::Leaf(action)));
        return;
    }
    let found = branch.keys.iter().position(|(of, _)| *of == key);
    let at = found.unwrap_or_else(|| {
        let so_far = keys.get(..=depth).unwrap_or(keys);
        let label = labels.iter().find(|(named, _)| named == so_far);
        let label = label.map_or_else(|| spelled(so_far), |(_, label)| label.clone());
        branch.keys.push((
            key,
            Node::Branch(Branch {
                label,
                keys: Vec::new(),
            }),
        ));
        branch.keys.len() - 1
    });
    if let Some((_, Node::Branch(next))) = branch.keys.get_mut(at) {
        insert(next, action, keys, depth + 1, labels);
    }
}
