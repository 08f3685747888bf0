//! The key file: read, laid over, checked, made into tries.
//!
//! A keymap that exists is free of collisions: no binding equals another or
//! begins one in a scope that holds at the same time. Faults name the action,
//! the key and what would be right.

use toml::{Table, Value};

use crate::ui::action::{Action, Scope};
use crate::ui::keymap::{Branch, Key, KeyError, Keymap, Node, spelled};
use crate::ui::theme::suggestion;

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
    /// A key that is none.
    #[error("keymap '{action}': {why}")]
    BadKey {
        /// The action or prefix.
        action: String,
        /// What is wrong with it.
        why: KeyError,
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
    Ok(build(&bindings, &labels))
}

type Labels = Vec<(Vec<Key>, String)>;

fn parse(text: &str) -> Result<(Bindings, Labels), KeymapError> {
    let table: Table = text
        .parse()
        .map_err(|error| KeymapError::Syntax(format!("{error}").trim().to_owned()))?;
    let mut bindings = Bindings::new();
    let mut labels = Labels::new();
    for (section, value) in &table {
        let entries = value.as_table();
        if section == "prefix" {
            for (keys, label) in entries.into_iter().flatten() {
                let label = label.as_str().unwrap_or_default().to_owned();
                labels.push((sequence(keys, keys)?, label));
            }
            continue;
        }
        let scope = Scope::ALL
            .into_iter()
            .find(|scope| scope.as_str() == section);
        let (Some(scope), Some(entries)) = (scope, entries) else {
            let known = Scope::ALL.iter().map(|scope| scope.as_str());
            return Err(KeymapError::UnknownSection {
                section: section.clone(),
                hint: suggestion(section, known.chain(["prefix"])),
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
            action: name.to_owned(),
            hint: match Action::named(name) {
                Some(action) => format!("; it belongs in '[{}]'", action.spec().scope.as_str()),
                None => suggestion(name, rows().map(|spec| spec.name)),
            },
        })
}

fn sequences(action: &str, value: &Value) -> Result<Vec<Vec<Key>>, KeymapError> {
    let not_a_list = || KeymapError::NotAList {
        action: action.to_owned(),
    };
    let texts = value.as_array().ok_or_else(not_a_list)?;
    texts
        .iter()
        .map(|text| sequence(action, text.as_str().ok_or_else(not_a_list)?))
        .collect()
}

fn sequence(action: &str, text: &str) -> Result<Vec<Key>, KeymapError> {
    let bad = |why| KeymapError::BadKey {
        action: action.to_owned(),
        why,
    };
    let keys: Result<Vec<Key>, _> = text.split_whitespace().map(str::parse).collect();
    let keys = keys.map_err(bad)?;
    if keys.is_empty() {
        return Err(KeymapError::NotAList {
            action: action.to_owned(),
        });
    }
    Ok(keys)
}

fn check_clashes(bindings: &Bindings) -> Result<(), KeymapError> {
    let all: Vec<(Action, &Vec<Key>)> = bindings
        .iter()
        .flat_map(|(action, many)| many.iter().map(|keys| (*action, keys)))
        .collect();
    for (at, (first, first_keys)) in all.iter().enumerate() {
        for (second, second_keys) in all.iter().skip(at + 1) {
            let begins = first_keys.starts_with(second_keys) || second_keys.starts_with(first_keys);
            if begins && hold_together(first.spec().scope, second.spec().scope) {
                return Err(KeymapError::Clash {
                    first: first.spec().name,
                    first_keys: spelled(first_keys),
                    second: second.spec().name,
                    second_keys: spelled(second_keys),
                });
            }
        }
    }
    Ok(())
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
