//! Methods by name: what the desk brings along, and what is registered beside it.
//!
//! A name stands for one method; a second of the same name is refused, as is a factor whose name does
//! not begin with `f_`. Order is the order of registration.

use std::sync::Arc;

use crate::protocol::{Allocator, Factor, Sizer, nearest_words};

/// What a registry needs to know of a method.
pub trait Named {
    /// What such methods are called: `factor`.
    const KIND: &'static str;
    /// What every name begins with.
    const PREFIX: &'static str;
    /// Returns the name it goes by.
    fn named(&self) -> &str;
}

impl Named for dyn Factor {
    const KIND: &'static str = "factor";
    const PREFIX: &'static str = "f_";
    fn named(&self) -> &str {
        self.name()
    }
}

impl Named for dyn Sizer {
    const KIND: &'static str = "sizer";
    const PREFIX: &'static str = "";
    fn named(&self) -> &str {
        self.name()
    }
}

impl Named for dyn Allocator {
    const KIND: &'static str = "allocator";
    const PREFIX: &'static str = "";
    fn named(&self) -> &str {
        self.name()
    }
}

/// Why a method was not registered or found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// The name is taken.
    #[error("there is a {kind} '{name}' already: choose another name")]
    Taken {
        /// What kind.
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// The name does not begin as it must.
    #[error("{kind} '{name}' must have a name that begins with '{prefix}'")]
    Prefix {
        /// What kind.
        kind: &'static str,
        /// The name.
        name: String,
        /// What it must begin with.
        prefix: &'static str,
    },
    /// Nothing of that name.
    #[error("no {kind} '{name}'{near}: there are {known}")]
    Unknown {
        /// What kind.
        kind: &'static str,
        /// The name.
        name: String,
        /// `, did you mean '…'?`, or nothing.
        near: String,
        /// The names there are.
        known: String,
    },
}

/// Methods of one kind.
#[derive(Debug, Clone)]
pub struct Registry<T: ?Sized> {
    methods: Vec<Arc<T>>,
}

impl<T: Named + ?Sized> Registry<T> {
    /// Makes an empty registry.
    pub fn new() -> Self {
        Self {
            methods: Vec::new(),
        }
    }

    /// Makes a registry of methods whose names are known to differ; of two of one name the first stays.
    pub(crate) fn of(methods: Vec<Arc<T>>) -> Self {
        let mut all = Self::new();
        for method in methods {
            if all.find(method.named()).is_none() {
                all.methods.push(method);
            }
        }
        all
    }

    /// Adds a method.
    ///
    /// # Errors
    /// When its name is taken, or does not begin as names of its kind do.
    pub fn register(&mut self, method: Arc<T>) -> Result<(), RegistryError> {
        let name = method.named().to_owned();
        let kind = T::KIND;
        if !name.starts_with(T::PREFIX) || name.is_empty() {
            let prefix = T::PREFIX;
            return Err(RegistryError::Prefix { kind, name, prefix });
        }
        if self.find(&name).is_some() {
            return Err(RegistryError::Taken { kind, name });
        }
        self.methods.push(method);
        Ok(())
    }

    /// Returns the method of that name.
    ///
    /// # Errors
    /// When there is none; names those there are, and the nearest.
    pub fn get(&self, name: &str) -> Result<&Arc<T>, RegistryError> {
        self.find(name).ok_or_else(|| RegistryError::Unknown {
            kind: T::KIND,
            name: name.chars().take(64).collect(),
            near: nearest_words(name, self.names()),
            known: self.names().collect::<Vec<_>>().join(", "),
        })
    }

    /// Iterates over the names, in order of registration.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.methods.iter().map(|method| method.named())
    }

    /// Iterates over the methods, in order of registration.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<T>> {
        self.methods.iter()
    }

    fn find(&self, name: &str) -> Option<&Arc<T>> {
        self.methods.iter().find(|method| method.named() == name)
    }
}

impl<T: Named + ?Sized> Default for Registry<T> {
    fn default() -> Self {
        Self::new()
    }
}
