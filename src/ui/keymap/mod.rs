//! Keys to actions: one trie per scope, made of a file of bindings.
//!
//! Owns the bindings in force and the keys pressed so far of a longer one. A key
//! is looked up in the narrowest scope first. Only presses act; a repeat moves
//! but never trades, a release does nothing. Knows no pane.

mod file;
mod key;

use crossterm::event::{KeyEvent, KeyEventKind};

pub use file::KeymapError;
pub use key::{Key, KeyError};

use crate::ui::action::{Action, Scope};

/// The shipped bindings: the default, embedded.
pub const SHIPPED: &str = include_str!("../../../config/keymap.toml");

/// What a key after a prefix leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// An action.
    Leaf(Action),
    /// Further keys, under a label.
    Branch(Branch),
}

/// Keys that may follow, and what they are called together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Branch {
    /// What the keys are called together.
    pub label: String,
    /// Each key and where it leads, in the order of the file.
    pub keys: Vec<(Key, Node)>,
}

/// What came of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolved {
    /// It means this.
    Action(Action),
    /// It begins or goes on with a longer binding; the next key decides.
    Pending,
    /// It types a character and is bound to nothing here.
    Typed(char),
    /// It means nothing here.
    Nothing,
}

/// The bindings in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keymap {
    roots: Vec<(Scope, Branch)>,
    /// Every binding as written, for hints and help.
    listed: Vec<(Action, Vec<Key>)>,
}

impl Keymap {
    /// Makes the keymap of the shipped file with the user's laid over it.
    ///
    /// # Errors
    /// When a file is not understood or two bindings collide.
    pub fn new(user: Option<&str>) -> Result<Self, KeymapError> {
        file::load(SHIPPED, user)
    }

    /// Returns the keys bound to an action, as text; the first is the one hints show.
    pub fn keys_of(&self, action: Action) -> impl Iterator<Item = String> {
        self.listed
            .iter()
            .filter(move |(bound, _)| *bound == action)
            .map(|(_, keys)| spelled(keys))
    }

    /// Returns the key hints show for an action; empty when it has none.
    pub fn key_of(&self, action: Action) -> String {
        self.keys_of(action).next().unwrap_or_default()
    }

    /// Returns true when the key that hints show for an action that holds in a scope means another one there.
    pub fn is_shadowed(&self, scope: Scope, action: Action) -> bool {
        if !scope.chain().contains(&action.spec().scope) {
            return false;
        }
        let mut bound = self.listed.iter().filter(|(bound, _)| *bound == action);
        let Some((_, keys)) = bound.next() else {
            return false;
        };
        let mut meant = scope
            .chain()
            .iter()
            .filter_map(|scope| self.walk(*scope, keys));
        matches!(meant.next(), Some(Node::Leaf(other)) if *other != action)
    }

    fn root(&self, scope: Scope) -> Option<&Branch> {
        let found = self.roots.iter().find(|(of, _)| *of == scope);
        found.map(|(_, branch)| branch)
    }

    fn walk(&self, scope: Scope, keys: &[Key]) -> Option<&Node> {
        let (first, rest) = keys.split_first()?;
        let mut node = self.root(scope)?.child(*first)?;
        for key in rest {
            let Node::Branch(branch) = node else {
                return None;
            };
            node = branch.child(*key)?;
        }
        Some(node)
    }

    /// Returns the branch the keys pressed so far lead to in a scope or one that holds with it.
    pub fn branch(&self, scope: Scope, keys: &[Key]) -> Option<&Branch> {
        scope
            .chain()
            .iter()
            .find_map(|scope| match self.walk(*scope, keys) {
                Some(Node::Branch(branch)) => Some(branch),
                Some(Node::Leaf(_)) | None => None,
            })
    }
}

impl Branch {
    fn child(&self, key: Key) -> Option<&Node> {
        self.keys
            .iter()
            .find(|(of, _)| *of == key)
            .map(|(_, node)| node)
    }
}

/// Writes keys as the key file does.
pub fn spelled(keys: &[Key]) -> String {
    let texts: Vec<String> = keys.iter().map(Key::to_string).collect();
    texts.join(" ")
}

/// The keys pressed so far of a longer binding.
#[derive(Debug, Clone, Default)]
pub struct Pending {
    keys: Vec<Key>,
}

impl Pending {
    /// Returns the keys pressed so far.
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// Forgets them.
    pub fn clear(&mut self) {
        self.keys.clear();
    }

    /// Takes a key event in and says what came of it in the given scope.
    pub fn feed(&mut self, keymap: &Keymap, scope: Scope, event: KeyEvent) -> Resolved {
        if event.kind == KeyEventKind::Release {
            return Resolved::Nothing;
        }
        let key = Key::from(event);
        let repeat = event.kind == KeyEventKind::Repeat;
        if !self.keys.is_empty() && key.is_escape() {
            self.clear();
            return Resolved::Nothing;
        }
        self.keys.push(key);
        let mut pending = false;
        for scope in scope.chain() {
            match keymap.walk(*scope, &self.keys) {
                Some(Node::Leaf(action)) => {
                    self.clear();
                    let acts = !repeat || action.repeats();
                    return if acts {
                        Resolved::Action(*action)
                    } else {
                        Resolved::Nothing
                    };
                }
                Some(Node::Branch(_)) => pending = true,
                None => {}
            }
        }
        if pending && !repeat {
            return Resolved::Pending;
        }
        let alone = self.keys.len() == 1;
        self.clear();
        // What holds everywhere is not swallowed by a binding that was begun.
        if let Some(Node::Leaf(action)) = keymap.walk(Scope::Always, &[key])
            && !alone
            && !repeat
        {
            return Resolved::Action(*action);
        }
        match key.typed() {
            Some(letter) if alone => Resolved::Typed(letter),
            _ => Resolved::Nothing,
        }
    }
}
